import hashlib
import uuid
from base64 import urlsafe_b64encode
from datetime import datetime, timedelta

from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.crypto import salted_hmac

from core.files.models import StoredFile
from core.organisations.models import Organisation
from core.text import plain_number
from eservices.correspondence.models import ActType, RequiredPiece, WorkItem
from eservices.deposit.enums import REQUIRED_STEPS, Assurance, DraftState, Step

LIFETIME = timedelta(days=30)
_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_LOOKALIKES = str.maketrans("OIL", "011")


def letters(data: bytes, count: int) -> str:
    """`count` characters of Crockford's base32, five bits each; what people read aloud and type."""
    number = int.from_bytes(data)
    return "".join(_CROCKFORD[number >> 5 * place & 31] for place in range(count))


def end_of_life(now: datetime) -> datetime:
    """When a draft saved now ends: 30 days from the next full hour. Within an hour saving again leaves it as it is, so
    that the database need not touch the indexes of the row."""
    return (now + LIFETIME + timedelta(hours=1)).replace(minute=0, second=0, microsecond=0)


def typed_letters(text: str) -> str:
    """A code as somebody typed it: hyphens, spaces and case forgiven, O read as 0, I and L as 1."""
    return plain_number(text).replace("-", "").translate(_LOOKALIKES)


def token_hash(token: str) -> str:
    """A cookie's token or a link's, as stored: 256 random bits need no salt."""
    return hashlib.sha256(token.encode()).hexdigest()


def code_hash(purpose: str, code: str) -> str:
    """A short code as stored: keyed, so that whoever reads the database cannot try them all."""
    return salted_hmac(f"deposit.{purpose}", code, algorithm="sha256").hexdigest()


class DraftQuerySet(models.QuerySet):
    def open(self, now=None):
        """Those that can still be worked on."""
        return self.filter(state=DraftState.OPEN, expires_at__gt=now or timezone.now())

    def overdue(self, now=None):
        return self.filter(state=DraftState.OPEN, expires_at__lte=now or timezone.now())

    def with_code(self, code):
        return self.filter(resume_code_hash=code_hash("resume", typed_letters(code)))

    def with_link(self, token, now=None):
        return self.filter(link_hash=token_hash(token), link_expires_at__gt=now or timezone.now())


class Draft(models.Model):
    """A letter on its way to being deposited: belongs to whoever holds its token, lives 30 days after the last save.

    `data` keeps, for each step, what was typed (`raw`), what it means (`clean`, only when it stood the checks) and
    whether the person asked for the checks (`tried`). Token and resume code follow from `public_id` and the
    installation's secret: only their hashes are stored.
    """

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    token_hash = models.CharField(max_length=64, unique=True, editable=False)
    resume_code_hash = models.CharField(max_length=64, unique=True, editable=False)
    link_hash = models.CharField(max_length=64, blank=True, db_index=True)  # the one-time link mailed last
    link_expires_at = models.DateTimeField(null=True)
    language = models.CharField(max_length=2, default="ar")
    state = models.CharField(max_length=10, choices=DraftState, default=DraftState.OPEN)
    organisation = models.ForeignKey(Organisation, models.PROTECT, null=True, related_name="+")
    data = models.JSONField(default=dict)
    uploads = models.PositiveSmallIntegerField(default=0)  # documents ever sent, refused and removed ones too
    confirmed_email = models.EmailField(blank=True)
    email_code_hash = models.CharField(max_length=64, blank=True)
    email_code_for = models.EmailField(blank=True)
    email_code_expires_at = models.DateTimeField(null=True)
    email_code_tries = models.PositiveSmallIntegerField(default=0)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    saved_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField()
    warned_at = models.DateTimeField(null=True)

    objects = DraftQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["expires_at"], name="deposit_draft_open", condition=Q(state="open"))]

    def __str__(self):
        return str(self.public_id)

    @classmethod
    def new(cls, *, language):
        """An unsaved draft with its secrets hashed."""
        draft = cls(language=language, expires_at=end_of_life(timezone.now()))
        draft.take_name()
        return draft

    def take_name(self):
        """Another identity with its secrets hashed, for a draft that is not saved yet."""
        self.public_id = uuid.uuid4()
        self.token_hash = token_hash(self.token)
        self.resume_code_hash = code_hash("resume", self.resume_code.replace("-", ""))

    @property
    def token(self) -> str:
        """What the depositor's cookie holds."""
        secret = salted_hmac("deposit.token", self.public_id.hex, algorithm="sha256").digest()
        return urlsafe_b64encode(secret).decode().rstrip("=")

    @property
    def resume_code(self) -> str:
        """Eight characters with which the depositor comes back, from any device."""
        code = letters(salted_hmac("deposit.code", self.public_id.hex, algorithm="sha256").digest(), 8)
        return f"{code[:4]}-{code[4:]}"

    @property
    def is_open(self) -> bool:
        return self.state == DraftState.OPEN and self.expires_at > timezone.now()

    def raw(self, step) -> dict:
        """What was typed at `step`, right or wrong."""
        return self.data.get(step, {}).get("raw", {})

    def clean(self, step) -> dict:
        """What `step` means, empty until it stood the checks."""
        return self.data.get(step, {}).get("clean") or {}

    def is_done(self, step) -> bool:
        return bool(self.data.get(step, {}).get("clean"))

    def was_tried(self, step) -> bool:
        return bool(self.data.get(step, {}).get("tried"))

    @property
    def email(self) -> str:
        """The e-mail address the sender gave, where it stood the checks."""
        return self.clean(Step.SENDER).get("email", "")

    @property
    def assurance(self) -> str:
        confirmed = self.email and self.email == self.confirmed_email
        return Assurance.EMAIL_CONFIRMED if confirmed else Assurance.DECLARED

    def act_type(self):
        """The act type chosen, while the organisation still offers it."""
        pk = self.clean(Step.ADDRESSEE).get("act_type")
        if not pk:
            return None
        offered = ActType.objects.offered().filter(organisation=self.organisation_id).select_related("unit")
        return offered.filter(pk=pk).first()

    def first_open_step(self) -> str:
        """Where to go on: the first step that needs an answer, else the check of all answers."""
        waiting = [step for step in REQUIRED_STEPS if not self.is_done(step)]
        if waiting:
            return waiting[0]
        return Step.CHECK if self.is_done(Step.DOCUMENTS) else Step.DOCUMENTS


class DraftFileQuerySet(models.QuerySet):
    def received(self):
        return self.filter(file__isnull=False)

    def refused(self):
        return self.filter(file=None)


class DraftFile(models.Model):
    """One line of the list of documents: a stored file with what it is, or a refused one with the reason."""

    draft = models.ForeignKey(Draft, models.CASCADE, related_name="files")
    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    file = models.ForeignKey(StoredFile, models.PROTECT, null=True, related_name="+")
    name = models.CharField(max_length=255)
    size = models.PositiveBigIntegerField(default=0)
    label = models.CharField(max_length=500, blank=True)  # as typed; the step lets 120 characters pass
    piece = models.ForeignKey(RequiredPiece, models.SET_NULL, null=True, related_name="+")
    order = models.PositiveSmallIntegerField(default=0)
    refusal = models.JSONField(default=dict)  # {"code": ..., and the sentence in each language}
    added_at = models.DateTimeField(default=timezone.now)

    objects = DraftFileQuerySet.as_manager()

    class Meta:
        ordering = ["order", "pk"]

    def __str__(self):
        return self.name

    @property
    def is_refused(self) -> bool:
        return self.file_id is None

    @property
    def title(self) -> str:
        """What the file is, as it goes on the receipt."""
        return self.label or (self.piece.name if self.piece else "")


class Deposit(models.Model):
    """The fact that a draft became a registered letter: one draft, one number, one receipt."""

    draft = models.OneToOneField(Draft, models.PROTECT, related_name="deposit")
    item = models.OneToOneField(WorkItem, models.PROTECT, related_name="+")
    assurance = models.CharField(max_length=16, choices=Assurance, default=Assurance.DECLARED)
    made_at = models.DateTimeField(default=timezone.now)

    def __str__(self):
        return self.number

    @property
    def entry(self):
        return self.item.correspondence.entry

    @property
    def number(self) -> str:
        return self.entry.number_text

    def get_absolute_url(self):
        return reverse("deposit:done", args=[self.number])
