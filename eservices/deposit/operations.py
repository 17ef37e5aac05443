"""The verbs of a depositor: keep a draft, add documents, confirm an address, deposit.

Nothing here asks who somebody is: whoever holds a draft's token may do everything with it. `deposit` is the one act
with legal effect; one draft gives one number, whatever is clicked, cut or killed.
"""

import contextlib
import logging
import secrets
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from core import sql
from core.audit.operations import record
from core.exceptions import BusinessError, WrongState
from core.failpoints import reach
from core.files import operations as files
from core.files.enums import MAX_FILE_BYTES, MAX_FILES, MAX_TOTAL_BYTES, Refusal, ScanState
from core.files.models import StoredFile
from core.files.names import clean_name
from core.files.refusals import FileRefused
from core.limits import TooMany
from core.notifications.operations import send_mail
from core.organisations.models import Unit
from core.registers.numbers import parse_number
from core.states import move
from core.text import clean_line
from eservices.correspondence.enums import Channel, Nature, PartyKind, Support
from eservices.correspondence.models import Correspondence, Party
from eservices.correspondence.operations import ARRIVING, Letter, register_incoming
from eservices.deposit.enums import DRAFT, REQUIRED_STEPS, DraftEvent, DraftState, Step
from eservices.deposit.models import LIFETIME, Deposit, Draft, DraftFile, code_hash, end_of_life, letters, token_hash

logger = logging.getLogger(__name__)

CODE_LENGTH = 6
CODE_LIFETIME = timedelta(minutes=30)
CODE_TRIES = 5
LINK_LIFETIME = LIFETIME
WARNED_BEFORE = timedelta(days=3)
UPLOADS = 200  # documents one draft may ever take in, refused and removed ones included
LONGEST_LABEL = 500
LONGEST_RAW = 20_000  # characters kept of one answer that is too long to be right
_CHANGED = ("language", "organisation_id", "data", "uploads", "saved_at", "expires_at", "warned_at")


class DraftGone(WrongState):
    """The draft was deposited or has expired in the meantime: nothing more is written to it."""

    code = "draft_gone"


class CannotDeposit(BusinessError):
    """What stands in the way of a deposit; `problems` are the steps to go back to with the sentence of each."""

    code = "cannot_deposit"

    def __init__(self, problems):
        self.problems = problems
        super().__init__(problems[0].sentence, code=problems[0].code)


@dataclass(frozen=True)
class Problem:
    """One thing to be put right before the letter can be deposited, and where."""

    step: str
    code: str
    sentence: str


# --- the draft -----------------------------------------------------------------------------------------------------


def start(*, language) -> Draft:
    """Open a draft; its token goes into the depositor's cookie."""
    return _open(Draft.new(language=language))


def _open(draft) -> Draft:
    for _attempt in range(5):
        if sql.create(draft, once=True):
            return draft
        draft.take_name()  # the same eight characters twice: 40 bits, so it happens
    raise WrongState(_("The draft could not be opened. Try again."))


def save_step(draft, step, *, raw, meaning=None, tried=False, organisation=None, language="") -> Draft:
    """Keep what was typed at `step`, and what it means once it stood the checks; the 30 days begin again.

    A draft that is not saved yet is opened with that. Saving the same answers without asking for the checks changes
    nothing about them. With another `organisation` the documents no longer stand for what the former one's kind of
    letter needed. Refused when the draft is deposited or has expired (DraftGone).
    """
    raw = {name: _kept(value) if isinstance(value, str) else value for name, value in raw.items()}

    def write(draft):
        if organisation and draft.organisation_id != organisation.pk:
            draft.organisation = organisation
            draft.data.pop(Step.ADDRESSEE, None)
            if draft.uploads:
                draft.files.update(piece=None)
        if tried or raw != draft.raw(step):
            draft.data[step] = {"raw": raw, "clean": meaning or {}, "tried": tried}

    if draft.pk is None:
        write(draft)
        draft.language = language or draft.language
        return _open(draft)
    with transaction.atomic() if draft.uploads else contextlib.nullcontext():  # without documents it is one statement
        return _change(draft, write, language)


def _kept(typed: str) -> str:
    """An answer as typed, but for what PostgreSQL cannot keep and what is too long to be right."""
    return typed.replace("\x00", "")[:LONGEST_RAW]


def _locked(draft) -> Draft:
    draft = Draft.objects.select_for_update(of=("self",)).get(pk=draft.pk)
    if not draft.is_open:
        raise DraftGone(_("This draft was deposited or has expired in the meantime."))
    return draft


def _change(draft, write, language="", then=lambda draft: None) -> Draft:
    """Have `write` change the draft as it was read, or as it is now if somebody else wrote meanwhile; the 30 days begin
    again. With it goes what `then` asks for. Gives the draft as it is written; inside a transaction its row stays
    locked. Refused when it is deposited or has expired (DraftGone).
    """
    as_read, was_open = draft.saved_at, draft.is_open
    write(draft)
    if was_open and _saved(draft, language, then, saved_at=as_read):
        return draft
    with transaction.atomic():
        draft = _locked(draft)
        write(draft)
        _saved(draft, language, then)
    return draft


def _saved(draft, language="", then=lambda draft: None, **unchanged) -> bool:
    """Write what steps change of an open draft and what `then` asks for, unless it is no longer as `unchanged` says."""
    now = timezone.now()
    draft.language = language or draft.language
    draft.saved_at, draft.expires_at, draft.warned_at = now, end_of_life(now), None
    changes = {name: getattr(draft, name) for name in _CHANGED}
    return sql.update_and(Draft, changes, partial(then, draft), id=draft.pk, state=DraftState.OPEN, **unchanged)


# --- coming back ---------------------------------------------------------------------------------------------------


@transaction.atomic
def send_link(draft, *, to, language) -> None:
    """Mail a link with which the draft can be taken up again, once; an earlier link ends."""
    draft = _locked(draft)
    token = secrets.token_urlsafe(32)
    draft.link_hash, draft.link_expires_at = token_hash(token), timezone.now() + LINK_LIFETIME
    draft.save(update_fields=["link_hash", "link_expires_at"])
    _mail_link(draft, token, to=to, event="deposit.resume_link", language=language)


def take_up_link(token: str) -> Draft | None:
    """The open draft a mailed link belongs to; the link is used up. None: unknown, used before, or too old."""
    with transaction.atomic():
        draft = Draft.objects.open().with_link(token).select_for_update(of=("self",)).first()
        if draft:
            draft.link_hash = ""
            draft.save(update_fields=["link_hash"])
    return draft


def _mail_link(draft, token, *, to, event, language):
    with translation.override(language):
        path = reverse("deposit:resume_link", args=[token])
    send_mail(
        to,
        event,
        language=language,
        key=f"{event}:{draft.public_id}:{draft.link_hash[:16]}",
        data={"link": f"{settings.PUBLIC_URL}{path}", "until": draft.expires_at},
    )


# --- documents -----------------------------------------------------------------------------------------------------


def add_file(draft, upload, *, name, declared_type) -> DraftFile:
    """Take a document in, or note why it was refused; both show in the list. The bytes are lasting when this returns.

    Refused with a sentence in the row: what `core.files` refuses, an eleventh file, more than 60 MB in all. Raises
    TooMany after 200 documents of one draft, StorageFull when nothing can be written, DraftGone when it is closed.
    """
    if draft.uploads >= UPLOADS:
        raise TooMany(_("This draft has taken too many documents. Begin another letter."))
    row = DraftFile(draft=draft, name=clean_name(name), size=upload.size or 0)
    try:
        row.refusal = _over_limit(draft, row, sent=draft.uploads + 1)
        if not row.refusal:
            row.file = files.take_in(upload, name=name, declared_type=declared_type, draft=draft.public_id.hex)
            row.name, row.size = row.file.name, row.file.size
    except FileRefused as refused:
        row.refusal = {"code": refused.code, "detail": refused.detail}
        row.size = max(row.size, refused.params["size"])
    stored = row.file
    try:
        _add_row(draft, row, stored)
    except DraftGone:
        if stored:
            files.discard([stored])
        raise
    if stored and not row.file:
        files.discard([stored])
    return row


def _add_row(draft, row, stored):
    def write(draft):
        draft.uploads += 1
        _touch_documents(draft)
        if stored:
            over = _over_limit(draft, row, sent=draft.uploads)  # several uploads at once
            row.file, row.refusal = (None, over) if over else (stored, {})

    def insert(draft):
        with sql.together(keys_of=(StoredFile, DraftFile)):
            if row.file:
                files.insert(stored)
                row.file = stored  # now with its key
            row.draft = draft
            row.order = draft.uploads + MAX_FILES  # behind all others, whichever way they were ordered
            sql.create(row)

    _change(draft, write, then=insert)


def _over_limit(draft, row, *, sent) -> dict:
    """Why `row`, the document number `sent` of the draft, no longer fits; the first three do whatever their size."""
    if sent <= min(MAX_FILES, MAX_TOTAL_BYTES // MAX_FILE_BYTES):
        return {}
    sizes = list(draft.files.received().values_list("size", flat=True))
    if len(sizes) >= MAX_FILES:
        return {"code": "too-many"}
    return {"code": "total"} if sum(sizes) + row.size > MAX_TOTAL_BYTES else {}


@transaction.atomic
def remove_file(draft, public_id) -> None:
    """Take a document off the list; its bytes go too. Removing it twice changes nothing."""
    draft = _locked(draft)
    row = draft.files.select_related("file").filter(public_id=public_id).first()
    if row is None:
        return
    stored = row.file
    row.delete()
    if stored:
        files.discard([stored])
    _touch_documents(draft)
    _saved(draft)


@transaction.atomic
def move_file(draft, public_id, *, by_places) -> None:
    """Move a document up (-1) or down (+1) in the order of the receipt."""
    draft = _locked(draft)
    rows = list(draft.files.all())
    here = next((place for place, row in enumerate(rows) if row.public_id == public_id), None)
    if here is None or not 0 <= here + by_places < len(rows):
        return
    rows.insert(here + by_places, rows.pop(here))
    for order, row in enumerate(rows, start=1):
        row.order = order
    DraftFile.objects.bulk_update(rows, ["order"])
    _touch_documents(draft)
    _saved(draft)


def describe_files(draft, descriptions, *, is_done, tried, language="") -> Draft:
    """Write down what each document is: `descriptions` are (row, label, piece or None), as typed."""

    def write(draft):
        draft.data[Step.DOCUMENTS] = {"raw": {}, "clean": {"listed": True} if is_done else {}, "tried": tried}

    steps = [
        ({"label": clean_line(label)[:LONGEST_LABEL], "piece": piece and piece.pk}, {"id": row.pk})
        for row, label, piece in descriptions
        if (row.label, row.piece_id) != (label, piece and piece.pk)
    ]
    return _change(draft, write, language, then=lambda _draft: sql.change(DraftFile, steps))


def _touch_documents(draft):
    """The list changed: it must be gone through once more, and nothing typed about it is wrong yet."""
    draft.data[Step.DOCUMENTS] = {"raw": {}, "clean": {}, "tried": False}


# --- the e-mail address --------------------------------------------------------------------------------------------


@transaction.atomic
def send_email_code(draft, *, language) -> None:
    """Mail a six-character code to the address the sender gave; an earlier code ends."""
    draft = _locked(draft)
    if not draft.email:
        raise BusinessError(_("Enter your e-mail address first."), code="no_email")
    code = letters(secrets.token_bytes(8), CODE_LENGTH)
    draft.email_code_hash = code_hash("email", f"{draft.public_id.hex}:{code}")
    draft.email_code_for = draft.email
    draft.email_code_expires_at = timezone.now() + CODE_LIFETIME
    draft.email_code_tries = 0
    draft.save()
    key = f"deposit-code:{draft.public_id}:{draft.email_code_hash[:16]}"
    send_mail(draft.email, "deposit.email_code", language=language, key=key, data={"code": code, "minutes": 30})


@transaction.atomic
def confirm_email(draft, code) -> bool:
    """Whether `code` is the one mailed last, to the address still given; then the address counts as confirmed.

    After five wrong codes none is right any more until a new one is asked for.
    """
    draft = _locked(draft)
    if not draft.email or draft.email_code_for != draft.email or draft.email_code_tries >= CODE_TRIES:
        return False
    draft.email_code_tries += 1
    given = code_hash("email", f"{draft.public_id.hex}:{code}")
    is_right = secrets.compare_digest(given, draft.email_code_hash) and draft.email_code_expires_at > timezone.now()
    if is_right:
        draft.confirmed_email, draft.email_code_hash, draft.email_code_for = draft.email, "", ""
    draft.save()
    return is_right


# --- the deposit ---------------------------------------------------------------------------------------------------


def problems(draft, rows=None) -> list[Problem]:
    """What stands in the way of depositing `draft` now, in the order of the steps."""
    found = [Problem(step, "step_open", _sentence_of(step)) for step in REQUIRED_STEPS if not draft.is_done(step)]
    if draft.organisation_id and not (draft.organisation.is_active and draft.organisation.accepts_deposits):
        sentence = _("This administration no longer takes deposits. Choose another one.")
        found.append(Problem(Step.ADDRESSEE, "closed", sentence))
    rows = rows_of(draft) if rows is None else rows
    infected = [row for row in rows if row.file and row.file.scan_state == ScanState.INFECTED]
    if infected:
        refused = FileRefused(Refusal.MALWARE, name=infected[0].name, size=infected[0].size)
        found.append(Problem(Step.DOCUMENTS, "malware", refused.message))
    elif any(row.is_refused for row in rows):
        sentence = _("A document was refused. Remove it, or replace it with another file.")
        found.append(Problem(Step.DOCUMENTS, "refused_file", sentence))
    elif rows and not draft.is_done(Step.DOCUMENTS):
        sentence = _("Go through the list of documents and say what each one is.")
        found.append(Problem(Step.DOCUMENTS, "step_open", sentence))
    if not rows and draft.is_done(Step.SUBJECT) and not draft.clean(Step.SUBJECT)["message"]:
        found.append(Problem(Step.SUBJECT, "empty", _("Write your message, or attach the letter as a document.")))
    return found


def _sentence_of(step):
    return {
        Step.ADDRESSEE: _("Say which administration the letter is for and of what kind it is."),
        Step.SENDER: _("Say who you are and how you can be reached."),
        Step.SUBJECT: _("Say what the letter is about."),
    }[step]


def missing_pieces(draft, rows) -> list:
    """Documents the kind of letter needs and the list does not have: said beforehand, never in the way."""
    act_type = draft.act_type()
    here = {row.piece_id for row in rows if not row.is_refused}
    return [piece for piece in act_type.needed_pieces() if piece.pk not in here] if act_type else []


@dataclass(frozen=True)
class Made:
    """A deposit, and whether it had been made before this call."""

    deposit: Deposit
    is_again: bool


def deposit(draft, *, declarations, language) -> Made:
    """Turn the draft into a registered letter with its number and receipt, or give back the one it has become.

    The bytes of the documents are read again before anything is locked. Everything is written in one transaction; no
    network is asked. Refused: CannotDeposit with the steps to go back to, FileRefused when a virus was found meanwhile,
    DraftGone when the draft has expired.
    """
    as_read, rows, verified = draft.saved_at, *_verified(draft)
    with transaction.atomic(), sql.together(keys_of=(*ARRIVING, Deposit)):
        draft = sql.find(Draft, related=("organisation",), id=draft.pk, is_locked=True)
        reach("deposit.locked")
        if draft.state == DraftState.DEPOSITED:
            return Made(made_of(draft), is_again=True)
        if not draft.is_open:
            raise DraftGone(_("This draft has expired."))
        if draft.saved_at != as_read:  # the list may have changed since the bytes were read
            rows = rows_of(draft)
        _check_manifest(draft, rows, verified)
        reach("deposit.manifest")
        made = _register(draft, rows, declarations=declarations, language=language)
        reach("deposit.before_commit")
    reach("deposit.after_commit")
    return Made(made, is_again=False)


def made_of(draft) -> Deposit | None:
    """What the draft has become, asked of the database."""
    return Deposit.objects.filter(draft=draft).select_related("item__correspondence__entry").first()


def deposit_made_with(tokens: list[str], number: str) -> Deposit | None:
    """The deposit with this number, as people write it, if its draft had one of these tokens; with draft, letter and
    sender."""
    parsed = parse_number(number)
    if not parsed or not tokens:
        return None
    return sql.find(
        Deposit,
        related=("draft", "item__correspondence__entry", "item__correspondence__party"),
        draft__token_hash=[token_hash(token) for token in tokens],
        item__correspondence__entry__number_text=parsed.text,
    )


def rows_of(draft) -> list[DraftFile]:
    """The list of documents in its order, with what is stored of each."""
    rows = sql.find_all(DraftFile, related=("file", "piece"), draft=draft.pk)
    for row in rows:
        row.draft = draft
    return rows


def _verified(draft) -> tuple[list[DraftFile], set]:
    """The list of documents, and of its stored files those whose bytes are what was received: key and fingerprint."""
    rows = rows_of(draft)
    return rows, {(row.file_id, row.file.sha256) for row in rows if row.file and row.file.is_intact()}


def _check_manifest(draft, rows, verified):
    """Every listed file was verified, is still listed, and the limits hold."""
    found = problems(draft, rows)
    if damaged := [row for row in rows if row.file and (row.file_id, row.file.sha256) not in verified]:
        sentence = _("The file “%(name)s” could not be read back. Remove it and send it again.")
        found.append(Problem(Step.DOCUMENTS, "not_intact", sentence % {"name": damaged[0].name}))
    if len(rows) > MAX_FILES or sum(row.size for row in rows) > MAX_TOTAL_BYTES:
        found.append(Problem(Step.DOCUMENTS, "limits", _("At most 10 files and 60 MB in all can be deposited.")))
    if found:
        raise CannotDeposit(found)


def _register(draft, rows, *, declarations, language):
    """What needs no number comes first: once it is taken, everybody who registers there waits for the commit."""
    letter, missing, assurance = _letter(draft, rows, language), missing_pieces(draft, rows), draft.assurance
    if rows:
        files.link([row.file for row in rows], organisation=draft.organisation)
        sql.remove(DraftFile, id=[row.pk for row in rows])  # the letter's attachments will hold them
    move(draft, DRAFT[DraftState.OPEN][DraftEvent.DEPOSIT], data={}, link_hash="")
    registered = register_incoming(
        letter,
        assurance=assurance,
        declarations=[{"ar": text.ar, "fr": text.fr} for text in declarations],
        missing_pieces=missing,
    )
    reach("deposit.registered")
    entry = registered.item.correspondence.entry
    made = Deposit(draft=draft, item=registered.item, assurance=assurance, made_at=entry.registered_at)
    sql.create(made)
    accepted = [f"{text.code}.{text.version}" for text in declarations]
    record("deposit.deposited", made, by=None, files=len(rows), declarations=accepted, assurance=str(assurance))
    return made


def _letter(draft, rows, language):
    addressee, sender, subject = (draft.clean(step) for step in REQUIRED_STEPS)
    is_administration = sender["kind"] == PartyKind.ADMINISTRATION
    reference = sender["reference"] if is_administration else subject["own_reference"]
    reference_on = sender["reference_on"] if is_administration else subject["own_reference_on"]
    reply_to = addressee["reply_to"]
    return Letter(
        organisation=draft.organisation,
        party=Party(
            kind=sender["kind"],
            name=sender["name"],
            on_behalf_of=sender["on_behalf_of"],
            cin=sender["cin"],
            ice=sender["ice"],
            phone=sender["phone"],
            email=sender["email"],
            language=language,
        ),
        subject=subject["subject"],
        message=subject["message"],
        act_type=draft.act_type(),
        nature=Nature.REPLY if reply_to else "",
        language=language,
        channel=Channel.PORTAL,
        support=Support.ELECTRONIC,
        addressee_unit=Unit.objects.active().filter(pk=addressee["unit"]).first() if addressee["unit"] else None,
        own_reference=reference,
        own_reference_on=date.fromisoformat(reference_on) if reference_on else None,
        reply_to=Correspondence.objects.numbered(reply_to).first() if reply_to else None,
        attachments=[(row.file, _title(row, language)) for row in rows],
    )


def _title(row, language):
    with translation.override(language):
        return row.title


# --- the end of drafts ---------------------------------------------------------------------------------------------


def warn_before_expiry(draft) -> None:
    """Tell a depositor whose address is known that the draft ends in three days, with a link to it. Once."""
    with transaction.atomic():
        draft = _locked(draft)
        if draft.warned_at is not None:
            return
        token = secrets.token_urlsafe(32)
        draft.link_hash, draft.link_expires_at, draft.warned_at = token_hash(token), draft.expires_at, timezone.now()
        draft.save(update_fields=["link_hash", "link_expires_at", "warned_at"])
        _mail_link(draft, token, to=draft.email, event="deposit.expires_soon", language=draft.language)


@transaction.atomic
def expire(draft) -> None:
    """End a draft nobody deposited in time: answers and documents are erased, the row stays to say so."""
    draft = Draft.objects.select_for_update(of=("self",)).get(pk=draft.pk)
    if draft.state != DraftState.OPEN or draft.is_open:
        return
    stored = [row.file for row in draft.files.received().select_related("file")]
    draft.files.all().delete()
    files.discard(stored)
    move(
        draft,
        DRAFT[DraftState.OPEN][DraftEvent.EXPIRE],
        data={},
        link_hash="",
        confirmed_email="",
        email_code_hash="",
        email_code_for="",
    )
    record("deposit.draft_expired", draft, by=None, files=len(stored))
