"""What happened on this floor, for whoever above listens: the audit, the mail."""

from django.dispatch import Signal

# sender: the class of `obj`; event: "<label>.<what happened>"; obj; by: User or None; data: keys and codes
happened = Signal()
# sender: User; to, subject, body, language: a mail about an account, to be sent after the transaction
mail_written = Signal()


def tell(event, obj, *, by, **data):
    """Report an operation while its transaction is open, so that what listeners write belongs to it."""
    happened.send(sender=type(obj), event=event, obj=obj, by=by, data=data)
