from django.dispatch import Signal

# entry: its personal words are being erased in this transaction; receivers erase what they keep of the same person.
entry_erased = Signal()
