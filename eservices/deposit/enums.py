"""What a draft can be and become, the steps in their order, and the declarations a depositor is asked for."""

from dataclasses import dataclass

from django.db import models
from django.utils.translation import get_language, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from core.states import CLOCK, DEPOSITOR, Transition


class DraftState(models.TextChoices):
    OPEN = "open", pgettext_lazy("deposit draft", "open")
    DEPOSITED = "deposited", pgettext_lazy("deposit draft", "deposited")
    EXPIRED = "expired", pgettext_lazy("deposit draft", "expired")


class DraftEvent(models.TextChoices):
    DEPOSIT = "deposit", _("deposit")
    EXPIRE = "expire", _("expire")


DRAFT = {
    DraftState.OPEN: {
        DraftEvent.DEPOSIT: Transition(DraftState.DEPOSITED, (DEPOSITOR,)),
        DraftEvent.EXPIRE: Transition(DraftState.EXPIRED, (CLOCK,)),
    },
    DraftState.DEPOSITED: {},
    DraftState.EXPIRED: {},
}


class Step(models.TextChoices):
    """The steps in their order; each is an address and an entry of `Draft.data`."""

    ADDRESSEE = "addressee", pgettext_lazy("step of a deposit", "Addressee")
    SENDER = "sender", pgettext_lazy("step of a deposit", "Sender")
    SUBJECT = "subject", pgettext_lazy("step of a deposit", "Subject")
    DOCUMENTS = "documents", pgettext_lazy("step of a deposit", "Documents")
    EMAIL = "email", pgettext_lazy("step of a deposit", "E-mail address")
    CHECK = "check", pgettext_lazy("step of a deposit", "Check")
    DONE = "done", pgettext_lazy("step of a deposit", "Receipt")


# What must be answered before a letter can be deposited; the e-mail step never blocks.
REQUIRED_STEPS = (Step.ADDRESSEE, Step.SENDER, Step.SUBJECT)


class Assurance(models.TextChoices):
    """How sure the office can be of who deposited; printed on the receipt."""

    DECLARED = "declared", _("as declared")
    EMAIL_CONFIRMED = "email_confirmed", _("e-mail address confirmed")


@dataclass(frozen=True)
class Declaration:
    """A sentence the depositor makes their own. A change of wording is a new version; old receipts keep the old one."""

    code: str
    version: int
    ar: str
    fr: str
    en: str
    is_required: bool = False

    @property
    def text(self) -> str:
        return getattr(self, (get_language() or "ar")[:2], self.ar)


DECLARATIONS = (
    Declaration(
        "accurate",
        1,
        "أصرح أن المعلومات والوثائق المدلى بها صحيحة.",
        "Je déclare que les informations et les documents fournis sont exacts.",
        "I declare that the information and the documents supplied are accurate.",
        is_required=True,
    ),
    Declaration(
        "reply_here",
        1,
        "أقبل التوصل بالجواب بواسطة هذه المنصة.",
        "J'accepte de recevoir la réponse sur cette plateforme.",
        "I agree to receive the reply on this platform.",
    ),
)
