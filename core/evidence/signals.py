from django.dispatch import Signal

# entry: its personal words are being erased in this transaction; receivers erase what they keep of the same person.
entry_erased = Signal()
# entry, new: a line was rectified by a new one in this transaction; whoever shows its number shows the new one.
entry_rectified = Signal()
