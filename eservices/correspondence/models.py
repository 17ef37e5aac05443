import hashlib
from functools import reduce
from itertools import chain
from operator import or_

from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from uuid_utils.compat import uuid7

from core import dates
from core.files.models import StoredFile
from core.organisations.enums import Clearance, Role
from core.organisations.models import Organisation, Unit
from core.organisations.permissions import organisation_ids_of, unit_ids_of, units_below_of
from core.registers.models import Entry
from core.users.models import User
from eservices.correspondence.clock import Pause, due_date
from eservices.correspondence.enums import (
    OPEN,
    AssignmentRole,
    AttachmentKind,
    Channel,
    Confidentiality,
    DeliveryState,
    ExtensionGround,
    FormLetter,
    Instruction,
    Nature,
    NoActionReason,
    OutgoingState,
    PartyKind,
    SilenceEffect,
    Support,
    Treatment,
)


def _in_language(row, stem):
    """The field of `row` in the active language, or the Arabic one."""
    return getattr(row, f"{stem}_{(get_language() or 'ar')[:2]}", "") or getattr(row, f"{stem}_ar")


class ActiveQuerySet(models.QuerySet):
    def active(self):
        return self.filter(is_active=True)

    def offered(self):
        """Act types a depositor may choose."""
        return self.active().filter(is_offered=True)


class ActType(models.Model):
    """A kind of request: its legal time, the documents it needs, what silence means. Data, confirmed by a jurist."""

    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="act_types")
    code = models.SlugField(
        gettext_lazy("code"),
        max_length=40,
        help_text=gettext_lazy("Latin letters, digits and hyphens; unique within the organisation."),
    )
    name_ar = models.CharField(gettext_lazy("name in Arabic"), max_length=150)
    name_fr = models.CharField(gettext_lazy("name in French"), max_length=150)
    name_en = models.CharField(gettext_lazy("name in English"), max_length=150, blank=True)
    unit = models.ForeignKey(
        Unit, models.PROTECT, null=True, blank=True, verbose_name=gettext_lazy("unit in charge"), related_name="+"
    )
    assigns_itself = models.BooleanField(
        gettext_lazy("assigned without a clerk"),
        default=False,
        help_text=gettext_lazy("A letter of this type goes to the unit in charge as soon as it is registered."),
    )
    nature = models.CharField(gettext_lazy("nature"), max_length=20, choices=Nature, default=Nature.REQUEST)
    max_days = models.PositiveSmallIntegerField(
        gettext_lazy("maximum time in days"),
        null=True,
        blank=True,
        help_text=gettext_lazy("Calendar days, 60 at most by law, 30 for investment. Empty: no legal time runs."),
    )
    pieces_days = models.PositiveSmallIntegerField(
        gettext_lazy("days to supply missing documents"),
        default=15,
        help_text=gettext_lazy("The time limit stands still meanwhile. After that the letter is closed."),
    )
    extension_days = models.PositiveSmallIntegerField(
        gettext_lazy("days of the one extension"),
        default=0,
        help_text=gettext_lazy("0: the time limit cannot be extended."),
    )
    silence_effect = models.CharField(
        gettext_lazy("effect of silence"),
        max_length=10,
        choices=SilenceEffect,
        default=SilenceEffect.NONE,
        help_text=gettext_lazy("What it means in law when the time limit ends without a reply."),
    )
    attestation_issuer_ar = models.CharField(gettext_lazy("who attests it, in Arabic"), max_length=200, blank=True)
    attestation_issuer_fr = models.CharField(
        gettext_lazy("who attests it, in French"),
        max_length=200,
        blank=True,
        help_text=gettext_lazy("Signs the attestation that silence means acceptance. Empty: the organisation."),
    )
    appeals_ar = models.CharField(gettext_lazy("appeals, in Arabic"), max_length=300, blank=True)
    appeals_fr = models.CharField(
        gettext_lazy("appeals, in French"),
        max_length=300,
        blank=True,
        help_text=gettext_lazy("Printed on the receipt: whom the sender may turn to."),
    )
    is_offered = models.BooleanField(
        gettext_lazy("offered on the deposit page"),
        default=True,
        help_text=gettext_lazy("Otherwise only clerks give it to letters."),
    )
    is_active = models.BooleanField(gettext_lazy("active"), default=True)
    order = models.PositiveSmallIntegerField(gettext_lazy("order"), default=0)

    objects = ActiveQuerySet.as_manager()

    class Meta:
        verbose_name = gettext_lazy("act type")
        verbose_name_plural = gettext_lazy("act types")
        ordering = ["order", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["organisation", "code"], name="act_type_once"),
            models.CheckConstraint(condition=Q(max_days__isnull=True) | Q(max_days__lte=60), name="act_type_60_days"),
        ]

    def __str__(self):
        return self.name

    @property
    def name(self):
        return _in_language(self, "name")

    def needed_pieces(self):
        """The documents a request of this type needs today; no query where they are prefetched."""
        return [piece for piece in self.pieces.all() if piece.is_active]


class RequiredPiece(models.Model):
    """A document that a request of this type needs; missing ones are asked for, never block a deposit."""

    act_type = models.ForeignKey(ActType, models.CASCADE, related_name="pieces")
    name_ar = models.CharField(gettext_lazy("name in Arabic"), max_length=150)
    name_fr = models.CharField(gettext_lazy("name in French"), max_length=150)
    name_en = models.CharField(gettext_lazy("name in English"), max_length=150, blank=True)
    is_active = models.BooleanField(gettext_lazy("active"), default=True)
    order = models.PositiveSmallIntegerField(gettext_lazy("order"), default=0)

    objects = ActiveQuerySet.as_manager()

    class Meta:
        verbose_name = gettext_lazy("required document")
        verbose_name_plural = gettext_lazy("required documents")
        ordering = ["order", "pk"]

    def __str__(self):
        return self.name

    @property
    def name(self):
        return _in_language(self, "name")

    @property
    def organisation_id(self):
        return self.act_type.organisation_id


class PartyQuerySet(models.QuerySet):
    def known_to(self, organisation):
        """Parties this organisation may propose to its clerks: those the clerks themselves wrote down."""
        return self.filter(organisation=organisation, is_directory=True)


class Party(models.Model):
    """Who wrote a letter or receives one, as stated: a person, a company, an association, an administration."""

    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="+")  # whose papers name it
    kind = models.CharField(gettext_lazy("kind"), max_length=20, choices=PartyKind, default=PartyKind.PERSON)
    name = models.CharField(gettext_lazy("name"), max_length=200)
    on_behalf_of = models.CharField(gettext_lazy("on behalf of"), max_length=200, blank=True)
    cin = models.CharField(gettext_lazy("national identity card"), max_length=12, blank=True)
    ice = models.CharField(gettext_lazy("common company identifier (ICE)"), max_length=15, blank=True)
    phone = models.CharField(gettext_lazy("phone"), max_length=20, blank=True)
    email = models.EmailField(gettext_lazy("e-mail"), blank=True)
    address = models.CharField(gettext_lazy("postal address"), max_length=300, blank=True)
    language = models.CharField(gettext_lazy("language"), max_length=2, default="ar")
    is_directory = models.BooleanField(gettext_lazy("proposed to clerks"), default=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = PartyQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["organisation", "is_directory", "name"], name="party_directory")]

    def __str__(self):
        return self.name or _("erased")


class CorrespondenceQuerySet(models.QuerySet):
    def numbered(self, *numbers):
        """The letters with these numbers; one whose entry was rectified has several."""
        return self.filter(object_id__in=Entry.objects.numbered(*numbers).values("object_id"))

    def confidential_entry(self):
        """Over entries: whether the letter of the entry is confidential, so that the book masks its words."""
        return Exists(self.filter(entry=OuterRef("pk"), confidentiality=Confidentiality.CONFIDENTIAL))


class Correspondence(models.Model):
    """One letter, incoming or outgoing, with its entry in the register. What happens to it is a `WorkItem`'s."""

    # Its name in the evidence log; names that grow with time (RFC 9562 §5.7) are written at one end of every index.
    object_id = models.UUIDField(default=uuid7, unique=True, editable=False)
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="+")
    entry = models.OneToOneField(Entry, models.PROTECT, null=True, related_name="+")
    current_entry = models.OneToOneField(Entry, models.PROTECT, null=True, related_name="+")  # once it is rectified
    subject = models.CharField(gettext_lazy("subject"), max_length=200)
    message = models.TextField(gettext_lazy("message"), max_length=5000, blank=True)
    nature = models.CharField(gettext_lazy("nature"), max_length=20, choices=Nature, default=Nature.LETTER)
    act_type = models.ForeignKey(ActType, models.PROTECT, null=True, blank=True, related_name="+")
    confidentiality = models.PositiveSmallIntegerField(
        gettext_lazy("confidentiality"), choices=Confidentiality, default=Confidentiality.NORMAL
    )
    language = models.CharField(gettext_lazy("language"), max_length=2, default="ar")
    channel = models.CharField(gettext_lazy("channel"), max_length=12, choices=Channel, default=Channel.PORTAL)
    support = models.CharField(gettext_lazy("support"), max_length=12, choices=Support, default=Support.ELECTRONIC)
    party = models.ForeignKey(Party, models.PROTECT, related_name="+")  # sender if incoming, recipient if outgoing
    addressee_unit = models.ForeignKey(Unit, models.PROTECT, null=True, blank=True, related_name="+")
    own_reference = models.CharField(gettext_lazy("the sender's own reference"), max_length=80, blank=True)
    own_reference_on = models.DateField(gettext_lazy("date of the sender's reference"), null=True, blank=True)
    document_date = models.DateField(gettext_lazy("date of the letter"), null=True, blank=True)
    signed_by = models.CharField(gettext_lazy("signatory named on the letter"), max_length=200, blank=True)
    reply_to = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="replies")
    redirected_from = models.OneToOneField("self", models.PROTECT, null=True, blank=True, related_name="redirected_to")
    outgoing_state = models.CharField(max_length=12, choices=OutgoingState, blank=True)  # empty: incoming
    form_letter = models.CharField(
        max_length=12, choices=FormLetter, blank=True
    )  # outgoing, its PDF made by the worker
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = CorrespondenceQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["organisation", "subject"], name="correspondence_subject")]

    def __str__(self):
        return self.number

    @property
    def number(self) -> str:
        """The number of its valid line; `entry` stays the line it came in by, with the moment that counts."""
        entry = self.current_entry or self.entry
        return entry.number_text if entry else ""

    @property
    def title(self) -> str:
        """The subject, or what is said in its place once the words were erased."""
        return self.subject or _("Correspondence no. %(number)s, words erased") % {"number": self.number}

    def shown_subject(self) -> str:
        """The subject where it may be read outside the item itself; a confidential one stays masked."""
        if self.confidentiality == Confidentiality.CONFIDENTIAL:
            return _("Confidential correspondence no. %(number)s") % {"number": self.number}
        return self.title


class Attachment(models.Model):
    correspondence = models.ForeignKey(Correspondence, models.PROTECT, related_name="attachments")
    file = models.ForeignKey(StoredFile, models.PROTECT, related_name="+")
    kind = models.CharField(max_length=12, choices=AttachmentKind, default=AttachmentKind.RECEIVED)
    label = models.CharField(gettext_lazy("label"), max_length=120, blank=True)
    order = models.PositiveSmallIntegerField(default=0)
    added_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["order", "pk"]
        constraints = [models.UniqueConstraint(fields=["correspondence", "file", "order"], name="attachment_once")]

    def __str__(self):
        return self.label or self.file.name


class WorkItemQuerySet(models.QuerySet):
    def visible_to(self, user):
        """Items of units where `user` holds a post with the clearance they need, of all units below one they head,
        those copied to such a unit, and an auditor's mandate."""
        return self.filter(reduce(or_, chain(*ways_to_see(user)), Q(pk__in=[])))

    def numbered(self, *numbers):
        return self.filter(correspondence__in=Correspondence.objects.numbered(*numbers))

    def open(self):
        return self.filter(state__in=OPEN)

    def waiting_for(self, user):
        """What the person may see and their units must act on."""
        return self.visible_to(user).owed_by(user)

    def owed_by(self, user):
        """Of items the person may see: to assign for a registry, to take and treat for a unit in charge."""
        return self.filter(reduce(or_, ways_to_owe(user)))

    def late(self, on=None):
        return self.open().filter(due_on__lt=on or dates.today())

    def for_display(self):
        return self.select_related(
            "correspondence__entry",
            "correspondence__current_entry",
            "correspondence__party",
            "owner_unit",
            "registry",
        )


def ways_to_see(user, *, copied: str = "pk__in") -> tuple[list[Q], list[Q]]:
    """Why `user` sees items, one condition for each reason; together they are `visible_to`.

    First those of many items, each with an index of its own in the order of the desk, then those of few, coordination
    and copies. Apart, because any two joined by OR have no index. `copied` is the look-up of a copy's item: whoever
    asks for each reason by itself takes that of `core.lookups`.
    """
    many, few = [], []
    for units, levels in _cleared_units(user).items():
        cleared = Q() if len(levels) == len(Clearance) else Q(confidentiality__in=levels)
        many += [Q(registry__in=units) & cleared, Q(owner_unit__in=units) & cleared]
        copies = Copy.objects.filter(unit__in=units).values("item")
        few += [Q(coordinator__in=units) & cleared, Q((copied, copies)) & cleared]
    if audited := organisation_ids_of(user, role=Role.AUDITOR):
        many.append(Q(organisation__in=audited, confidentiality__lt=Confidentiality.CONFIDENTIAL))
    return many, few


def ways_to_owe(user) -> list[Q]:
    """Why items wait for `user`, one condition for each reason; together they are `owed_by`."""
    return [
        Q(state=Treatment.TO_QUALIFY, registry__in=unit_ids_of(user, role=Role.CLERK)),
        Q(state__in=(Treatment.ASSIGNED, Treatment.IN_PROGRESS), owner_unit__in=unit_ids_of(user)),
    ]


def _cleared_units(user) -> dict[frozenset[int], list[int]]:
    """Sets of units with the levels of confidentiality `user` may read there; one set alone where all are equal."""
    sets = {}
    for level in Clearance.values:
        units = frozenset(unit_ids_of(user, clearance=level) | units_below_of(user, clearance=level))
        if units:
            sets.setdefault(units, []).append(level)
    return sets


TONES = {
    Treatment.TO_QUALIFY: "waiting",
    Treatment.ASSIGNED: "waiting",
    Treatment.IN_PROGRESS: "soon",
    Treatment.ON_HOLD: "partly",
    Treatment.CLOSED: "force",
    Treatment.ARCHIVED: "expired",
}


class WorkItem(models.Model):
    """What an organisation does with one incoming letter: who owes an act, until when, in which state."""

    correspondence = models.OneToOneField(Correspondence, models.PROTECT, related_name="item")
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="+")
    # No index of their own where the ones below begin with them, or nobody looks by them.
    registry = models.ForeignKey(Unit, models.PROTECT, related_name="+", db_index=False)
    owner_unit = models.ForeignKey(Unit, models.PROTECT, null=True, related_name="+", db_index=False)
    coordinator = models.ForeignKey(Unit, models.PROTECT, null=True, related_name="+")
    state = models.CharField(max_length=12, choices=Treatment, default=Treatment.TO_QUALIFY)
    # The letter's level, kept beside the item because every list of items is trimmed by it.
    confidentiality = models.PositiveSmallIntegerField(choices=Confidentiality, default=Confidentiality.NORMAL)
    registered_at = models.DateTimeField(default=timezone.now)  # the entry's moment: lists are sorted by it
    started_on = models.DateField(null=True)  # the effective date: the first day of the legal clock
    due_on = models.DateField(gettext_lazy("due date"), null=True)
    asked_due_on = models.DateField(null=True)  # a nearer day set by whoever assigned
    extension_days = models.PositiveSmallIntegerField(default=0)
    extension_ground = models.CharField(max_length=12, choices=ExtensionGround, blank=True)
    taken_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", db_index=False)
    sent_back_count = models.PositiveSmallIntegerField(default=0)
    withdrawal_asked_at = models.DateTimeField(null=True)
    deadline_reached_at = models.DateTimeField(null=True)
    warned_percent = models.PositiveSmallIntegerField(default=0)
    closed_at = models.DateTimeField(null=True)
    closing_reason = models.CharField(max_length=24, choices=NoActionReason, blank=True)
    closing_note = models.CharField(max_length=500, blank=True)
    duplicate_of = models.ForeignKey("self", models.PROTECT, null=True, related_name="+", db_index=False)
    updated_at = models.DateTimeField(default=timezone.now)

    objects = WorkItemQuerySet.as_manager()

    class Meta:
        ordering = ["-registered_at", "-pk"]
        indexes = [
            models.Index(fields=["registry", "state", "-registered_at", "-id"], name="item_registry"),
            models.Index(fields=["registry", "-registered_at", "-id"], name="item_registry_newest"),
            models.Index(fields=["registry", "state", "due_on", "registered_at"], name="item_registry_due"),
            models.Index(fields=["owner_unit", "state", "-registered_at", "-id"], name="item_owner"),
            models.Index(fields=["owner_unit", "-registered_at", "-id"], name="item_owner_newest"),
            models.Index(fields=["-registered_at", "-id"], name="item_newest"),
            models.Index(fields=["state", "-registered_at", "-id"], name="item_state_newest"),
            models.Index(fields=["due_on", "id"], name="item_soonest"),
            models.Index(fields=["state", "due_on"], name="item_due"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(state="to_qualify") | Q(state="closed") | Q(owner_unit__isnull=False),
                name="item_has_owner_once_assigned",
            )
        ]

    def __str__(self):
        return self.correspondence.number

    def get_absolute_url(self):
        return reverse("correspondence:item", args=[self.correspondence.number])

    @property
    def shown_sender(self) -> str:
        """The sender's name in lists; that of a confidential letter stays masked like its subject."""
        if self.confidentiality == Confidentiality.CONFIDENTIAL:
            return _("confidential")
        return str(self.correspondence.party)

    @property
    def tone(self) -> str:
        """The colour that repeats the state's word (components/_status.html)."""
        return TONES[self.state]

    @property
    def is_open(self) -> bool:
        return self.state in OPEN

    def is_late(self, on=None) -> bool:
        return bool(self.is_open and self.due_on and self.due_on < (on or dates.today()))

    def days_left(self, on=None) -> int | None:
        """Days until the due date (negative once it is over), None where none runs."""
        return (self.due_on - (on or dates.today())).days if self.due_on else None

    def pauses(self) -> list[Pause]:
        request = getattr(self, "pieces_request", None)
        return [Pause(request.asked_on, request.ended_on)] if request else []

    def legal_due_on(self, on=None):
        """The due date recomputed from the facts: start, act type, extension, pauses, calendar."""
        act_type = self.correspondence.act_type
        if act_type is None or self.started_on is None:
            return None
        return due_date(
            self.organisation,
            self.started_on,
            act_type.max_days,
            extension=self.extension_days,
            pauses=self.pauses(),
            on=on or dates.today(),
        )

    def effective_due_on(self, on=None):
        """The stored due date: the legal one, or the nearer day asked by whoever assigned."""
        return min((day for day in (self.legal_due_on(on), self.asked_due_on) if day), default=None)


class Assignment(models.Model):
    """One handing over of an item to a unit, with its instruction; the newest owner row is the current one."""

    item = models.ForeignKey(WorkItem, models.PROTECT, related_name="assignments")
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+")
    role = models.CharField(max_length=12, choices=AssignmentRole, default=AssignmentRole.OWNER)
    instruction = models.CharField(gettext_lazy("instruction"), max_length=12, choices=Instruction, blank=True)
    note = models.CharField(gettext_lazy("note"), max_length=500, blank=True)
    by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-at", "-pk"]

    def __str__(self):
        return f"{self.item} → {self.unit}"


class Copy(models.Model):
    """A copy for information: unread, then read; it blocks nothing."""

    item = models.ForeignKey(WorkItem, models.PROTECT, related_name="copies", db_index=False)  # copy_once
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+", db_index=False)  # copy_of_unit
    sent_at = models.DateTimeField(default=timezone.now)
    read_at = models.DateTimeField(null=True)
    read_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["item", "unit"], name="copy_once")]
        indexes = [models.Index(fields=["unit", "item"], name="copy_of_unit")]

    def __str__(self):
        return f"{self.item} · {self.unit}"


class PiecesRequest(models.Model):
    """The one request for missing documents a letter may get (law 55-19, art. 12); the clock stands while it waits."""

    item = models.OneToOneField(WorkItem, models.PROTECT, related_name="pieces_request")
    letter = models.OneToOneField(Correspondence, models.PROTECT, null=True, related_name="pieces_request")
    text = models.TextField(gettext_lazy("which documents are missing"), max_length=2000)
    asked_on = models.DateField()
    due_on = models.DateField()
    ended_on = models.DateField(null=True)
    by = models.ForeignKey(User, models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)
    answer = models.TextField(max_length=2000, blank=True)
    answered_at = models.DateTimeField(null=True)

    def __str__(self):
        return str(self.item)


class SenderNotice(models.Model):
    """A line of the story its sender reads on the tracking page, worded in the reader's language (`sender.py`)."""

    item = models.ForeignKey(WorkItem, models.PROTECT, related_name="sender_notices")
    event = models.CharField(max_length=40)
    at = models.DateTimeField(default=timezone.now)
    data = models.JSONField(default=dict)

    class Meta:
        ordering = ["at", "pk"]

    def __str__(self):
        return self.event


class TrackingLinkQuerySet(models.QuerySet):
    def usable(self):
        return self.filter(used_at=None, expires_at__gt=timezone.now())


class TrackingLink(models.Model):
    """The one-time link of a mail to the sender: its button lets one browser follow the letter. Kept as a hash."""

    item = models.ForeignKey(WorkItem, models.PROTECT, related_name="+")
    token_hash = models.CharField(max_length=64, unique=True)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    objects = TrackingLinkQuerySet.as_manager()

    def __str__(self):
        return str(self.item)

    @staticmethod
    def of(token: str) -> dict:
        """The look-up of the link that carries `token`."""
        return {"token_hash": hashlib.sha256(token.encode()).hexdigest()}


class CallTask(models.Model):
    """A sender who left only a phone must be called with a piece of news: waits at the registry until somebody did."""

    item = models.ForeignKey(WorkItem, models.PROTECT, related_name="call_tasks")
    notice = models.OneToOneField(SenderNotice, models.PROTECT, related_name="+")
    done_at = models.DateTimeField(null=True)
    done_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")

    class Meta:
        ordering = ["notice__at"]

    def __str__(self):
        return f"{self.item} · {self.notice}"


class Delivery(models.Model):
    """An outgoing letter on its way to one recipient; a depositor receives it on the tracking page."""

    correspondence = models.ForeignKey(Correspondence, models.PROTECT, related_name="deliveries")
    party = models.ForeignKey(Party, models.PROTECT, related_name="+")
    state = models.CharField(max_length=12, choices=DeliveryState, default=DeliveryState.DELIVERED)
    delivered_at = models.DateTimeField(default=timezone.now)
    opened_at = models.DateTimeField(null=True)

    def __str__(self):
        return f"{self.correspondence} → {self.party}"
