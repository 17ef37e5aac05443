"""Facts of receipts for tests: what `correspondence` would state of a letter."""

import base64
import functools
import hashlib
import uuid

from django.db import transaction

from core.evidence import checkpoints, documents, merkle, seal
from core.evidence.operations import EntryDraft, register_entry
from core.evidence.press import Attachment
from core.evidence.receipts import issue_receipt
from core.registers.models import canonical


def file_facts(order, name="طلب-الرخصة.pdf", *, content=None, **changes):
    content = content if content is not None else f"file {order}".encode()
    return {
        "order": order,
        "name": name,
        "label": "الطلب",
        "kind": "pdf",
        "size": len(content),
        "pages": 3,
        "sha256": hashlib.sha256(content).hexdigest(),
        "scan_state": "clean",
    } | changes


def facts(number="MSP-A-2026-004213-7", *, files=2, **changes):
    return {
        "language": "ar",
        "number": number,
        "moment": "2026-11-18T10:42:07+00:00",
        "effective_on": "2026-11-19",
        "organisation": {
            "name_ar": "وزارة المرافق العمومية",
            "name_fr": "Ministère des Services publics",
            "office_ar": "مكتب الضبط المركزي",
            "office_fr": "Bureau d’ordre central",
            "address_ar": "شارع الاستقلال، الرباط",
            "address_fr": "Avenue de l’Indépendance, Rabat",
            "phone": "05 30 00 00 00",
            "email": "bo@diwan.example",
        },
        "addressee": {"ar": "مديرية الرخص والتراخيص", "fr": "Direction des autorisations"},
        "depositor": {
            "name": "عبد الرحيم بناني",
            "capacity": "company",
            "on_behalf_of": "شركة الأطلس للنجارة ش.م.م",
            "cin": "AB123456",
            "ice": "001524873000046",
            "reference": "AB-77/2026",
            "reference_on": "2026-11-16",
        },
        "assurance": "email_confirmed",
        "channel": "portal",
        "type": {"ar": "طلب رخصة استغلال محل مهني", "fr": "Demande d’autorisation d’exploitation"},
        "subject": "طلب رخصة استغلال ورشة للنجارة بحي الصناعة التقليدية",
        "own_reference": "AB-77/2026",
        "own_reference_on": "2026-11-16",
        "files": [file_facts(order + 1) for order in range(files)],
        "missing_pieces": [{"ar": "نسخة من التصميم", "fr": "copie du plan"}],
        "declarations": [{"ar": "صحة المعلومات", "fr": "Exactitude des informations"}],
        "unit_in_charge": {"ar": "مصلحة الرخص المهنية", "fr": "Service des autorisations professionnelles"},
        "max_days": 60,
        "due_on": "2027-01-18",
        "silence_effect": "accepted",
        "attestation_issuer": {"ar": "مديرية الرخص والتراخيص", "fr": "Direction des autorisations"},
        "appeals": {"ar": "يمكن الطعن أمام رئيس الإدارة", "fr": "Recours auprès du chef de l’administration"},
        "cndp_number": "D-GC-000/2026",
    } | changes


def registered(organisation, **changes):
    """A registered letter with its receipt: (entry, IssuedReceipt)."""
    draft = EntryDraft(organisation, "A", "طلب رخصة", "عبد الرحيم بناني", organisation.name_ar, uuid.uuid4())
    with transaction.atomic():
        entry = register_entry(draft, by=None, role="depositor")
        issued = issue_receipt(entry, facts(entry.number_text, **changes), language="ar")
    return entry, issued


# --- a receipt's PDF without a database ------------------------------------------------------------------------------


@functools.cache
def parts(number="MSP-A-2026-004213-7", files=2):
    """What proves a receipt, as `receipts.edition_context` embeds it: leaf 3 of a log of six."""
    stated = canonical(facts(number, files=files) | {"subject": "طلب /ByteRange [0 1 2 3] رخصة"})
    salt = bytes(range(16))
    record = canonical(
        {
            "code": "receipt.issued",
            "commit": hashlib.sha256(salt + stated).hexdigest(),
            "register": {"number": number},
        }
    )
    leaves = [merkle.leaf_hash(record if index == 3 else bytes([index])) for index in range(6)]
    frontier = []
    for size, leaf in enumerate(leaves):
        frontier, _made = merkle.append(size, frontier, leaf)
    path = [leaves[2], merkle.node_hash(leaves[0], leaves[1]), merkle.node_hash(leaves[4], leaves[5])]
    note = checkpoints.signed_note(2026, 6, merkle.root(frontier))
    proof = (
        "c2sp.org/tlog-proof@v1\nindex 3\n" + "".join(f"{base64.b64encode(h).decode()}\n" for h in path) + f"\n{note}"
    )
    return {
        "manifest.json": stated,
        "manifest.salt": salt.hex().encode(),
        "evidence.json": record,
        "receipt.tlog-proof": proof.encode(),
    }


def context(level="sealed", *, embedded=None, files=2, **changes):
    embedded = embedded or parts(files=files)
    attachments = [
        Attachment(name, content, "application/json" if name.endswith("json") else "text/plain", name)
        for name, content in embedded.items()
    ]
    return documents.receipt_context(
        facts(files=files, **changes),
        token="4RZQ7N0TYB3KD8W2M6XV5CJH1P",
        seal_level=level,
        tracking_code="7H2K-Q9M4-XW8T",
        position=3,
        tree_size=6,
        attachments=attachments,
    )


@functools.cache
def unsealed_pdf(files=2):
    return documents.render(documents.RECEIPT, context("none", files=files))


@functools.cache
def sealed_pdf(files=2):
    return seal.seal(documents.render(documents.RECEIPT, context("sealed", files=files)))
