"""News for the floors above."""

from django.dispatch import Signal

file_infected = Signal()  # sender: StoredFile; file: the row, after the commit

# The text of a file is there, or is no longer the same; sender: StoredFile; file: the row, its `reading` settled. Sent
# inside the transaction that makes it so: who listens asks for work of their own (outbox) and does nothing slow.
file_read = Signal()
