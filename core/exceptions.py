"""What an operation may refuse. Each carries one sentence for the reader; anything else that is raised is a bug."""

from django.utils.translation import gettext_lazy as _


class BusinessError(Exception):
    """A refusal with its reason: `message` is a translated sentence, `code` a constant word for logs and tests."""

    code = "refused"

    def __init__(self, message, *, code=None):
        self.message = message
        self.code = code or self.code
        super().__init__(self.code)

    def __str__(self):
        return str(self.message)


class NotAllowed(BusinessError):
    """The person may know of the object, yet not do this to it: answered with 403."""

    code = "not_allowed"

    def __init__(self, message=_("Your posts do not give you the right to do this."), *, code=None):
        super().__init__(message, code=code)


class WrongState(BusinessError):
    """The object is no longer, or not yet, in a state that allows the event."""

    code = "wrong_state"
