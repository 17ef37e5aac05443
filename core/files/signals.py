"""News for the floors above."""

from django.dispatch import Signal

file_infected = Signal()  # sender: StoredFile; file: the row, after the commit
