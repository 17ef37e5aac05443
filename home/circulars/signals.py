"""What others may listen to."""

from django.dispatch import Signal

# What readers are shown of a circular is no longer the same, by an act or by the clock: `circular` is its key. Sent
# once the transaction is committed, for the circular itself and for those whose pages speak of it.
circular_changed = Signal()
