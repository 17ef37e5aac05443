"""Letters as they arrive, through the real operations: every test item has its number, events and receipt."""

import io
from datetime import timedelta

import pikepdf

from core.files.operations import receive
from eservices.correspondence import operations
from eservices.correspondence.enums import Channel, SilenceEffect
from eservices.correspondence.models import ActType, Party


def pdf_bytes(text="x") -> bytes:
    """A small PDF, different for every `text`."""
    pdf = pikepdf.new()
    pdf.add_blank_page(page_size=(200, 200))
    pdf.docinfo["/Title"] = text
    out = io.BytesIO()
    pdf.save(out)
    return out.getvalue()


def stored_pdf(organisation, text="x", name="lettre.pdf"):
    return receive(io.BytesIO(pdf_bytes(text)), name=name, declared_type="application/pdf", organisation=organisation)


def act_type_for(organisation, **fields):
    defaults = {
        "code": "authorisation",
        "name_ar": "طلب رخصة",
        "name_fr": "Demande d'autorisation",
        "name_en": "Request for authorisation",
        "max_days": 60,
        "pieces_days": 15,
        "extension_days": 30,
        "silence_effect": SilenceEffect.ACCEPTED,
    }
    return ActType.objects.create(organisation=organisation, **{**defaults, **fields})


def party(**fields):
    return Party(**{"name": "فاطمة الزهراء العلمي", "phone": "+212600000000", "email": "fatima@example.org", **fields})


def deposited(organisation, *, sender=None, subject="طلب رخصة استغلال محل", files=(), **fields):
    """A letter deposited on the portal; returns `Registered(item, receipt, tracking_code)`."""
    letter = operations.Letter(
        organisation,
        sender or party(),
        subject,
        message="نص المراسلة",
        channel=Channel.PORTAL,
        attachments=files,
        **fields,
    )
    return operations.register_incoming(letter)


def overdue(item, days=90):
    """The item as it will be when its legal time has been over for some weeks."""
    item.started_on -= timedelta(days=days)
    item.due_on = item.effective_due_on()
    item.save(update_fields=["started_on", "due_on"])
    return item
