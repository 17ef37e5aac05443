"""The act and its texts as editors work on them; whom they let read it."""

from functools import lru_cache

from django.contrib.contenttypes.fields import GenericRelation
from django.contrib.contenttypes.models import ContentType
from django.db import models, transaction
from django.db.models import Count, Exists, F, OuterRef, Q, Subquery
from django.db.models.functions import Cast, Coalesce
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from modelcluster.fields import ParentalKey, ParentalManyToManyField
from modelcluster.models import ClusterableModel
from wagtail.fields import StreamField
from wagtail.models import (
    DraftStateMixin,
    LockableMixin,
    PreviewableMixin,
    Revision,
    RevisionMixin,
    Task,
    TaskState,
    WorkflowMixin,
    WorkflowState,
)

from core.exceptions import NotAllowed, WrongState
from core.files.enums import ReadState
from core.files.models import FilePage, StoredFile
from core.organisations.enums import Role
from core.organisations.models import Named, Organisation
from core.organisations.permissions import holdings_of, is_staff_today, organisation_ids_of
from core.text import ltr
from home.circulars.blocks import text_blocks
from home.circulars.enums import (
    Acknowledging,
    Audience,
    Change,
    FileRole,
    Kind,
    Language,
    Standing,
)
from home.circulars.force import Force
from home.circulars.locks import OWN_EDIT, ReviewLock, WithdrawnLock, edited_last, publishes
from home.circulars.models.addressees import Addressee
from home.circulars.models.reading import Acknowledgement
from home.circulars.numbers import normalise


class Theme(Named):
    """What circulars are about: administrators keep the list."""

    slug = models.SlugField(_("name in addresses"), max_length=60, unique=True)

    class Meta:
        verbose_name = _("theme")
        verbose_name_plural = _("themes")
        ordering = ["name_fr"]


def _acknowledged(user) -> Exists:
    done = Acknowledgement.objects.filter(
        person=user, circular=OuterRef("pk"), meaning_hash=OuterRef("current__meaning_hash")
    )
    return Exists(done.exclude(acknowledged_at=None))


def audiences_of(user) -> list[str]:
    """The audiences to which anybody like `user` belongs."""
    return [Audience.PUBLIC, Audience.STAFF] if is_staff_today(user) else [Audience.PUBLIC]


def issuing_organisations_of(user) -> set[int]:
    """The organisations for which `user` edits or publishes circulars today: they see all of these."""
    editing = organisation_ids_of(user, role=Role.CIRCULAR_EDITOR)
    return editing | organisation_ids_of(user, role=Role.CIRCULAR_PUBLISHER)


class CircularQuerySet(models.QuerySet):
    def published(self):
        """Those that have been published once; also what was withdrawn since, which stays readable and says so."""
        return self.filter(current__isnull=False)

    def visible_to(self, user):
        """Published circulars `user` may read: public ones, staff's own, those addressed to them or made by them."""
        published, open_to = self.published(), audiences_of(user)
        if Audience.STAFF not in open_to:
            return published.filter(audience__in=open_to)
        mine = Q(audience=Audience.ADDRESSEES) & (
            Exists(Addressee.objects.reaching(user).filter(circular=OuterRef("pk")))
            | Q(authority__in=issuing_organisations_of(user))
        )
        return published.filter(Q(audience__in=open_to) | mine)

    def visible_among(self, circulars, user) -> set[int]:
        """As `visible_to`, of circulars read already: the database is asked about those for their addressees alone."""
        open_to = audiences_of(user)
        published = {circular.pk: circular for circular in circulars if circular.current_id}
        found = {key for key, circular in published.items() if circular.audience in open_to}
        asked = {key for key, circular in published.items() if circular.audience == Audience.ADDRESSEES}
        if asked and Audience.STAFF in open_to:
            found.update(self.visible_to(user).filter(pk__in=asked).values_list("pk", flat=True))
        return found

    def addressed_to(self, user):
        """Published circulars that concern `user` by a post held today."""
        reaching = Addressee.objects.reaching(user).filter(circular=OuterRef("pk"))
        return self.published().filter(Exists(reaching))

    def to_acknowledge(self, user):
        """Those of which the current version waits for this person's acknowledgement."""
        asked = self.addressed_to(user).exclude(acknowledging=Acknowledging.NONE).filter(withdrawn_at=None)
        return asked.exclude(_acknowledged(user))

    def acknowledged_by(self, user):
        """Those they may read of which this person has acknowledged the current version."""
        return self.visible_to(user).filter(_acknowledged(user))

    def for_editors(self):
        """With the title of the authentic text as it is in the rows, and how far each is on its way to readers."""
        texts = CircularText.objects.filter(circular=OuterRef("pk")).order_by("standing", "language")
        own = {"base_content_type": ContentType.objects.get_for_model(Circular)}
        own["object_id"] = Cast(OuterRef("pk"), models.CharField())
        states = WorkflowState.objects.filter(**own, status=WorkflowState.STATUS_IN_PROGRESS)
        rows = self.select_related("authority", "latest_revision").defer("latest_revision__content")
        return rows.annotate(
            title=Subquery(texts.values("title")[:1]),
            is_waiting=Exists(states),
            is_scheduled=Exists(Revision.objects.filter(**own, approved_go_live_at__isnull=False)),
        )

    def for_list(self):
        return self.select_related("authority", "current").order_by("-signed_on", "-pk")


@lru_cache(maxsize=4_096)
def _address(*eli) -> str:
    """Permanent addresses have no language: one and the same for every reader, on a page many times."""
    return reverse("circulars:page", args=eli)


_NOT_WRITTEN = ("current_id", "anchors", "withdrawn_at", "withdrawal_reason", "force", "force_until")


class Circular(WorkflowMixin, DraftStateMixin, LockableMixin, RevisionMixin, PreviewableMixin, ClusterableModel):
    """An official act addressed to units of the administration. Nothing of it is deleted."""

    authority = models.ForeignKey(
        Organisation, models.PROTECT, related_name="+", verbose_name=_("issuing administration")
    )
    kind = models.CharField(_("kind"), max_length=10, choices=Kind, default=Kind.CIRCULAR)
    number = models.CharField(
        _("number"), max_length=40, help_text=_("As it is written on the act, for example 12/2026.")
    )
    number_key = models.CharField(max_length=40, editable=False)
    signed_on = models.DateField(_("signed on"))
    hijri_date = models.CharField(
        _("Hijri date"), max_length=60, blank=True, help_text=_("As it is written on the act; it is never computed.")
    )
    signatory = models.CharField(_("signatory"), max_length=120)
    office = models.CharField(_("office held that day"), max_length=160)
    in_force_on = models.DateField(
        _("in force from"), null=True, blank=True, help_text=_("Empty: from the day of publication.")
    )
    expires_on = models.DateField(_("in force until"), null=True, blank=True)
    review_on = models.DateField(_("to be reviewed on"), null=True, blank=True)
    audience = models.CharField(_("who may read it"), max_length=10, choices=Audience, default=Audience.PUBLIC)
    acknowledging = models.CharField(
        _("acknowledgement"), max_length=8, choices=Acknowledging, default=Acknowledging.NONE
    )
    acknowledge_by = models.DateField(_("to be acknowledged by"), null=True, blank=True)
    themes = ParentalManyToManyField(Theme, blank=True, verbose_name=_("themes"))
    keywords = models.CharField(
        _("keywords"),
        max_length=250,
        blank=True,
        help_text=_("Words people look for that do not stand in the text, separated by commas."),
    )
    contact = models.CharField(
        _("whom to ask"), max_length=200, blank=True, help_text=_("A service with its telephone or e-mail.")
    )
    change = models.CharField(
        _("what this edit changes"),
        max_length=10,
        choices=[choice for choice in Change.choices if choice[0] != Change.FIRST],
        default=Change.MAJOR,
        help_text=_("After a major change those who had acknowledged are asked again."),
    )
    change_note = models.CharField(_("what was changed"), max_length=250, blank=True)

    # What publication, withdrawal and the nightly job write; editors never do.
    current = models.ForeignKey(
        "CircularVersion", models.PROTECT, null=True, blank=True, editable=False, related_name="+"
    )
    anchors = models.JSONField(default=dict, editable=False)
    withdrawn_at = models.DateTimeField(_("withdrawn at"), null=True, blank=True, editable=False)
    withdrawal_reason = models.CharField(_("reason of the withdrawal"), max_length=250, blank=True, editable=False)
    force = models.CharField(_("force"), max_length=10, choices=Force, blank=True, editable=False)
    force_until = models.DateField(null=True, blank=True, editable=False)

    _revisions = GenericRelation(
        "wagtailcore.Revision",
        content_type_field="base_content_type",
        object_id_field="object_id",
        related_query_name="circular",
        for_concrete_model=False,
    )
    workflow_states = GenericRelation(
        "wagtailcore.WorkflowState",
        content_type_field="base_content_type",
        object_id_field="object_id",
        related_query_name="circular",
        for_concrete_model=False,
    )

    objects = CircularQuerySet.as_manager()

    class Meta:
        verbose_name = _("circular")
        verbose_name_plural = _("circulars")
        ordering = ["-signed_on", "-pk"]
        constraints = [
            models.UniqueConstraint(
                F("authority"),
                F("kind"),
                F("signed_on__year"),
                F("number_key"),
                name="one_circular_a_number",
                violation_error_message=_("This administration has another act of this kind, year and number."),
            ),
            models.CheckConstraint(
                condition=Q(expires_on=None) | Q(in_force_on=None) | Q(expires_on__gte=F("in_force_on")),
                name="circular_ends_after_it_begins",
                violation_error_message=_("A circular cannot end before it is in force."),
            ),
            models.CheckConstraint(
                condition=~Q(acknowledging=Acknowledging.REQUIRED) | ~Q(acknowledge_by=None),
                name="required_by_a_date",
                violation_error_message=_("Say by which date the acknowledgement is required."),
            ),
        ]
        indexes = [
            models.Index(fields=["force", "-signed_on"], name="circular_by_force"),
            models.Index(fields=["force_until"], name="circular_by_change", condition=~Q(force_until=None)),
        ]

    def __str__(self):
        return f"{self.get_kind_display()} {ltr(self.number)}"

    def full_name(self) -> str:
        """Its kind and number in the reader's language; Wagtail's lists would keep that of whoever saved it last."""
        return str(self)

    full_name.short_description = _("circular")

    def full_clean(self, *args, **kwargs):
        self.number_key = normalise(self.number)
        super().full_clean(*args, **kwargs)

    def save(self, *args, **kwargs):
        self.number_key = normalise(self.number)
        super().save(*args, **kwargs)

    @transaction.atomic
    def publish(self, revision, user=None, *, skip_permission_checks=False, **kwargs):
        """As Wagtail publishes, and whoever listens learns from the revision who did. Refused: NotAllowed on one's own.

        `skip_permission_checks` is for what no editor wrote: an import, the demonstration.
        """
        if user and revision.user_id == user.pk and not skip_permission_checks:
            raise NotAllowed(OWN_EDIT, code="own_edit")
        revision.published_by = user
        super().publish(revision, user=user, skip_permission_checks=True, **kwargs)

    def with_content_json(self, content):
        """A revision is what editors wrote; what was published, withdrawn or computed since stays as it is."""
        circular = super().with_content_json(content)
        for name, value in Circular.objects.values(*_NOT_WRITTEN).get(pk=self.pk).items():
            setattr(circular, name, value)
        return circular

    @property
    def preview_modes(self):
        """Arabic and French always: a missing text is said so. Other languages when they are there."""
        written = {text.language for text in self.texts.all()}
        wanted = [Language.ARABIC, Language.FRENCH, *(written - {Language.ARABIC, Language.FRENCH})]
        return [(language, Language(language).label) for language in wanted]

    def serve_preview(self, request, mode_name):
        """The page as its readers will see it; `shown_by` is set where pages are made."""
        return self.shown_by(request, mode_name)

    def get_lock(self):
        return WithdrawnLock(self) if self.is_withdrawn else super().get_lock()

    def unpublish(self, **kwargs):
        """Refused, always: what was published is withdrawn with a reason, and stays readable."""
        raise WrongState(_("A published circular is not taken away: withdraw it, with a reason."))

    def get_absolute_url(self):
        return _address(*self.eli)

    @property
    def eli(self) -> tuple[str, str, int, str]:
        """Authority, kind, year and number, as permanent addresses write them."""
        return self.authority.slug, self.kind, self.signed_on.year, self.number_key.replace("/", "-")

    @property
    def is_public(self) -> bool:
        return self.current_id is not None and self.audience == Audience.PUBLIC

    @property
    def is_withdrawn(self) -> bool:
        return self.withdrawn_at is not None

    @cached_property
    def all_addressees(self) -> list["Addressee"]:
        """Its addressees with what their names need, read once."""
        return list(self.addressees.select_related("organisation", "post"))

    def reasons_for(self, user) -> list["Addressee"]:
        """The addressees that mean a post `user` holds today: why the circular concerns them."""
        held = holdings_of(user)
        return [each for each in (self.all_addressees if held else ()) if any(map(each.means, held))]

    def best_language(self, wanted="", *, version=None) -> str:
        """The language to show of the version (by default the current one): the wanted, the reader's, the authentic."""
        version = version or self.current
        asked = (wanted, (get_language() or "")[:2])
        return next((code for code in asked if code in version.content["texts"]), version.authentic)


class FourEyesTask(Task):
    """The one step of the workflow of circulars: a publisher who did not make the last edit approves or sends back."""

    lock_class = ReviewLock

    class Meta:
        verbose_name = _("approval of a circular by a second person")
        verbose_name_plural = _("approvals of circulars by a second person")

    def locked_for_user(self, obj, user):
        return True

    def get_actions(self, obj, user):
        if not publishes(user, obj):
            return []
        send_back = ("reject", _("Send back"), True)
        return [send_back] if edited_last(user, obj) else [send_back, ("approve", _("Approve"), False)]

    def on_action(self, task_state, user, action_name, **kwargs):
        circular = task_state.workflow_state.content_object
        if action_name not in {name for name, _label, _asks in self.get_actions(circular, user)}:
            raise NotAllowed(OWN_EDIT if edited_last(user, circular) else NotAllowed().message, code="own_edit")
        super().on_action(task_state, user, action_name, **kwargs)

    def get_task_states_user_can_moderate(self, user, **kwargs):
        mine = Circular.objects.filter(authority__in=organisation_ids_of(user, role=Role.CIRCULAR_PUBLISHER))
        keys = [str(key) for key in mine.values_list("pk", flat=True)]
        waiting = self.task_states.filter(status=TaskState.STATUS_IN_PROGRESS, workflow_state__object_id__in=keys)
        return waiting.exclude(revision__user=user)

    @classmethod
    def get_description(cls):
        return _("A publisher who did not make the last edit approves it or sends it back.")


class CircularText(models.Model):
    """The circular in one language."""

    circular = ParentalKey(Circular, on_delete=models.CASCADE, related_name="texts")
    language = models.CharField(_("language"), max_length=2, choices=Language)
    standing = models.CharField(_("standing"), max_length=10, choices=Standing, default=Standing.AUTHENTIC)
    title = models.CharField(_("title"), max_length=250)
    summary = models.TextField(_("summary"), blank=True, help_text=_("At most 60 words: what changes, for whom."))
    body = StreamField(text_blocks(), verbose_name=_("text"))

    class Meta:
        verbose_name = _("text")
        verbose_name_plural = _("texts")
        constraints = [models.UniqueConstraint(fields=["circular", "language"], name="one_text_a_language")]

    def __str__(self):
        return self.title


class Alias(models.Model):
    """A number the act was known by: its old address leads to the present one, and it is found by it."""

    circular = ParentalKey(Circular, on_delete=models.CASCADE, related_name="aliases")
    kind = models.CharField(_("kind"), max_length=10, choices=Kind, default=Kind.CIRCULAR)
    number = models.CharField(_("old number"), max_length=40, help_text=_("As it was written, for example 303/FP."))
    number_key = models.CharField(max_length=40, editable=False, db_index=True)
    year = models.PositiveSmallIntegerField(
        _("year"), help_text=_("The year in which the act was signed under this number.")
    )

    class Meta:
        verbose_name = _("old number")
        verbose_name_plural = _("old numbers")
        ordering = ["year", "number"]

    def __str__(self):
        return f"{self.get_kind_display()} {ltr(self.number)}"

    def save(self, *args, **kwargs):
        self.number_key = normalise(self.number)
        super().save(*args, **kwargs)


class KnownAddress(models.Model):
    """Authority, kind, year and number under which a version was published: that address answers for ever."""

    circular = models.ForeignKey(Circular, models.PROTECT, related_name="known_addresses")
    authority = models.CharField(max_length=60)
    kind = models.CharField(max_length=10)
    year = models.PositiveSmallIntegerField()
    number = models.CharField(max_length=40)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["authority", "kind", "year", "number", "circular"], name="one_known_address_a_circular"
            )
        ]

    def __str__(self):
        return f"/eli/ma/{self.authority}/{self.kind}/{self.year}/{self.number}"


class CircularFileQuerySet(models.QuerySet):
    def to_proofread(self, user):
        """The originals of drafts in whose administration `user` edits or publishes."""
        mine = issuing_organisations_of(user)
        return self.filter(circular__authority__in=mine).exclude(role=FileRole.ANNEX)

    def with_compared(self):
        """Each with the number of its pages that somebody has compared (`compared`)."""
        pages = FilePage.objects.filter(file=OuterRef("file"), is_corrected=True).order_by()
        count = pages.values("file").annotate(count=Count("pk")).values("count")
        return self.annotate(compared=Coalesce(Subquery(count), 0))


class CircularFile(models.Model):
    """A file that belongs to the act: its signed scan, its digital original, an annex."""

    circular = ParentalKey(Circular, on_delete=models.CASCADE, related_name="files")
    role = models.CharField(_("what it is"), max_length=5, choices=FileRole, default=FileRole.ANNEX)
    title = models.CharField(_("title"), max_length=250, blank=True)
    language = models.CharField(_("language"), max_length=2, choices=Language, blank=True)
    file = models.ForeignKey(StoredFile, models.PROTECT, related_name="+", verbose_name=_("file"))

    objects = CircularFileQuerySet.as_manager()

    class Meta:
        verbose_name = _("file")
        verbose_name_plural = _("files")
        ordering = ["pk"]

    def __str__(self):
        return self.title or self.file.name

    @property
    def is_read(self) -> bool:
        """Whether the text of every page is there, or there is none."""
        return self.file.reading in (ReadState.READ, ReadState.NOTHING)

    def get_text_url(self):
        """Where its pages and what was read from them stand side by side."""
        return reverse("circular_imports:text", args=[self.pk])
