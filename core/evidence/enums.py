from django.db import models
from django.utils.translation import gettext_lazy as _

POLICY = "diwan-evidence/1"


class EventCode(models.TextChoices):
    """Legal facts the log may hold; the label is how a history words them."""

    DEPOSIT_ACCEPTED = "deposit.accepted", _("Deposit accepted")
    DEPOSIT_REFUSED = "deposit.refused", _("Deposit refused")
    ENTRY_REGISTERED = "entry.registered", _("Registered")
    ANNULMENT_ASKED = "annulment.asked", _("Annulment asked for")
    ANNULMENT_DECLINED = "annulment.declined", _("Annulment declined")
    ENTRY_ANNULLED = "entry.annulled", _("Annulled")
    ENTRY_RECTIFIED = "entry.rectified", _("Rectified by another entry")
    CONSIGNED = "consigned", _("Made available to the recipient")
    OPENED = "opened", _("Opened by the recipient")
    TAKEN_IN_CHARGE = "taken_in_charge", _("Taken in charge")
    SENT_BACK = "sent_back", _("Sent back to the registry office")
    REDIRECTED = "redirected", _("Redirected to the competent administration")
    PIECES_REQUESTED = "pieces.requested", _("Missing pieces asked for")
    PIECES_RECEIVED = "pieces.received", _("Missing pieces received")
    HOLD_EXPIRED = "hold.expired", _("Time for the missing pieces is over")
    DEADLINE_EXTENDED = "deadline.extended", _("Time limit extended")
    DEADLINE_EXPIRED = "deadline.expired", _("Time limit is over")
    WITHDRAWAL_ASKED = "withdrawal.asked", _("Withdrawal asked for by the sender")
    CLOSED = "closed", _("Closed")
    REOPENED = "reopened", _("Opened again")
    RECEIPT_ISSUED = "receipt.issued", _("Receipt issued")
    RECEIPT_SEALED = "receipt.sealed", _("Receipt sealed")
    CODE_REISSUED = "code.reissued", _("New tracking code issued")
    LETTER_SEALED = "letter.sealed", _("Letter made into its sealed PDF")
    FOLDER_VISA = "folder.visa", _("Endorsed")
    FOLDER_SIGNED = "folder.signed", _("Signed")
    FOLDER_REFUSED = "folder.refused", _("Signature refused")
    FOLDER_COMPLETED = "folder.completed", _("Signature folder completed")
    REGISTER_CLOSED = "register.closed", _("Register closed")
    KEY_ROTATED = "key.rotated", _("Key of the log replaced")
    CLOCK_ANOMALY = "clock.anomaly", _("The clock was set back")
    DATA_ERASED = "data.erased", _("Personal data erased")


# Event codes of registered delivery, ETSI EN 319 522-1 §6, where there is one.
ETSI_CODES = {
    EventCode.DEPOSIT_ACCEPTED: "A.1",
    EventCode.DEPOSIT_REFUSED: "A.2",
    EventCode.TAKEN_IN_CHARGE: "C.3",
    EventCode.SENT_BACK: "C.4",
    EventCode.DEADLINE_EXPIRED: "C.5",
    EventCode.CONSIGNED: "D.1",
    EventCode.OPENED: "E.1",
}


class Assurance(models.TextChoices):
    """How sure the office is of who acts."""

    DECLARED = "declared", _("declared")
    EMAIL_CONFIRMED = "email_confirmed", _("e-mail confirmed")
    AT_COUNTER = "at_counter", _("at the counter")
    SIGNED_IN = "signed_in", _("signed in")


class IdentityCheck(models.TextChoices):
    """How a clerk made sure who asks for a new tracking code."""

    IDENTITY_CARD = "identity_card", _("national identity card shown")
    OTHER_CARD = "other_card", _("passport or residence card shown")
    MANDATE = "mandate", _("written mandate and identity card of the person sent")
    CALLED_BACK = "called_back", _("called back on the phone number given in the letter")


class RequestState(models.TextChoices):
    """Of a wish to annul: another clerk decides it."""

    ASKED = "asked", _("annulment asked for")
    CONFIRMED = "confirmed", _("annulment confirmed")
    DECLINED = "declined", _("annulment declined")
