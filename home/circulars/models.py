"""Circulars: the act and its texts as editors work on them, and what was published, which never changes.

The circular is independent of language; its texts hang below it and are edited with it on one screen. Whatever is
published is frozen in a `CircularVersion`: readers are shown versions, never the editors' rows.
"""

import uuid
from functools import lru_cache

from django.conf import settings
from django.contrib.contenttypes.fields import GenericRelation
from django.contrib.contenttypes.models import ContentType
from django.db import models, transaction
from django.db.models import Count, Exists, F, OuterRef, Q, Subquery
from django.db.models.functions import Cast, Coalesce
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import get_language, gettext
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

from core.evidence.models import SealLevel
from core.exceptions import NotAllowed, WrongState
from core.files.enums import ReadState
from core.files.models import FilePage, StoredFile
from core.organisations.enums import Role
from core.organisations.models import Named, Organisation, Post, Unit
from core.organisations.permissions import holdings_of, is_staff_today, organisation_ids_of
from core.text import ltr
from core.users.enums import NoticePreference
from home.circulars.blocks import text_blocks
from home.circulars.enums import (
    ELI_CODES,
    Acknowledging,
    Audience,
    Change,
    ExternalKind,
    FileRole,
    ImportState,
    Kind,
    Language,
    LineState,
    OccurrenceKind,
    Predicate,
    Purpose,
    Standing,
    UnitKind,
)
from home.circulars.force import ASKING, Force
from home.circulars.locks import OWN_EDIT, ReviewLock, WithdrawnLock, edited_last, publishes
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


class AddresseeQuerySet(models.QuerySet):
    def reaching(self, user):
        """Those that mean a post `user` holds today: the whole organisation, its kind of unit, or the very post."""
        holdings = holdings_of(user)
        means = Q(post__in=[holding.post_id for holding in holdings]) | Q(pk__in=())
        for organisation, kinds in {(holding.organisation_id, kinds_of(holding)) for holding in holdings}:
            whole = Q(organisation=organisation) | Q(organisation=None)
            means |= whole & Q(post=None) & Q(unit_kind__in=["", *kinds])
        return self.filter(means)

    def of_organisation(self, organisation):
        """Those that mean it as a whole, all organisations, or something in it."""
        return self.filter(
            Q(post__unit__organisation=organisation)
            | Q(post=None) & (Q(organisation=organisation) | Q(organisation=None))
        )


_UNITS = {
    UnitKind.REGISTRY: Q(post__unit__is_registry=True),
    UnitKind.CENTRAL: Q(post__unit__is_deconcentrated=False),
    UnitKind.DECONCENTRATED: Q(post__unit__is_deconcentrated=True),
}
_KINDS = {
    "": Q(),
    UnitKind.REGISTRY: Q(is_registry=True),
    UnitKind.CENTRAL: Q(is_deconcentrated=False),
    UnitKind.DECONCENTRATED: Q(is_deconcentrated=True),
}


def kinds_of(holding) -> tuple[str, ...]:
    """The kinds of unit that of a held post counts as for addressees."""
    place = UnitKind.DECONCENTRATED if holding.is_deconcentrated else UnitKind.CENTRAL
    return (place, UnitKind.REGISTRY) if holding.is_registry else (place,)


class Addressee(models.Model):
    """Whom a circular is for: an organisation (none: all), a kind of unit in it, or one post."""

    circular = ParentalKey(Circular, on_delete=models.CASCADE, related_name="addressees")
    organisation = models.ForeignKey(
        Organisation,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("organisation"),
        help_text=_("Empty: all organisations."),
    )
    unit_kind = models.CharField(_("kind of unit"), max_length=14, choices=UnitKind, blank=True)
    post = models.ForeignKey(Post, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("post"))
    purpose = models.CharField(_("purpose"), max_length=11, choices=Purpose, default=Purpose.ACTION)

    objects = AddresseeQuerySet.as_manager()

    class Meta:
        verbose_name = _("addressee")
        verbose_name_plural = _("addressees")

    def __str__(self):
        if self.post_id:
            return str(self.post)
        whole = self.organisation.name if self.organisation_id else gettext("all organisations")
        named = {"kind": self.get_unit_kind_display(), "whole": whole}
        return gettext("%(kind)s, %(whole)s") % named if self.unit_kind else whole

    def means(self, holding) -> bool:
        """Whether it reaches the post of that holding."""
        if self.post_id:
            return self.post_id == holding.post_id
        is_there = self.organisation_id in (None, holding.organisation_id)
        return is_there and (not self.unit_kind or self.unit_kind in kinds_of(holding))

    @classmethod
    def units_of(cls, circular):
        """The units in which anybody is meant."""
        means = Q(pk__in=())
        for addressee in circular.addressees.select_related("post"):
            if addressee.post_id:
                means |= Q(pk=addressee.post.unit_id)
            else:
                whole = Q(organisation=addressee.organisation_id) if addressee.organisation_id else ~Q(pk=None)
                means |= whole & _KINDS[addressee.unit_kind]
        return Unit.objects.filter(means)

    def posts(self) -> Q:
        """The posts it means, as a condition on what has a `post`."""
        if self.post_id:
            return Q(post=self.post_id)
        means = Q(post__unit__organisation=self.organisation_id) if self.organisation_id else Q()
        if not self.unit_kind:
            return means if self.organisation_id else Q(post__isnull=False)
        return means & _UNITS[self.unit_kind]


class ActionQuerySet(models.QuerySet):
    def asked_of(self, user):
        """Of circulars that apply or will apply, what `user` must do by a post held today."""
        for_action = Addressee.objects.reaching(user).filter(circular=OuterRef("circular"), purpose=Purpose.ACTION)
        asking = self.filter(circular__force__in=ASKING)
        return asking.filter(Exists(for_action), circular__withdrawn_at=None, circular__current__isnull=False)

    def done_by(self, user):
        return self.filter(self._done(user))

    def left_by(self, user):
        return self.exclude(self._done(user))

    def _done(self, user):
        return Exists(DoneAction.objects.of(user).filter(circular=OuterRef("circular"), action=OuterRef("pk")))


class Action(models.Model):
    """What an addressee must do, by when, and where."""

    circular = ParentalKey(Circular, on_delete=models.CASCADE, related_name="actions")
    text_ar = models.CharField(_("what to do, in Arabic"), max_length=250)
    text_fr = models.CharField(_("what to do, in French"), max_length=250, blank=True)
    due_on = models.DateField(_("by"), null=True, blank=True, help_text=_("Empty: at all times."))
    url = models.URLField(_("form or service"), blank=True)

    objects = ActionQuerySet.as_manager()

    class Meta:
        verbose_name = _("action")
        verbose_name_plural = _("actions")
        ordering = ["due_on", "pk"]  # names only: drafts are sorted in memory

    def __str__(self):
        return self.text_ar


class ExternalAct(models.Model):
    """A law, decree or other act that is not kept here, as circulars name it."""

    kind = models.CharField(_("kind"), max_length=8, choices=ExternalKind)
    number = models.CharField(_("number"), max_length=40)
    number_key = models.CharField(max_length=40, editable=False)
    title = models.CharField(_("title"), max_length=300, blank=True)
    signed_on = models.DateField(_("signed on"), null=True, blank=True)
    bulletin = models.CharField(_("Official Bulletin"), max_length=40, blank=True)

    class Meta:
        verbose_name = _("act of another body")
        verbose_name_plural = _("acts of other bodies")
        ordering = ["kind", "number_key"]
        constraints = [models.UniqueConstraint(fields=["kind", "number_key"], name="one_external_act_a_number")]

    def __str__(self):
        return f"{self.get_kind_display()} {ltr(self.number)}"

    def save(self, *args, **kwargs):
        self.number_key = normalise(self.number)
        super().save(*args, **kwargs)


def paragraphs_in(words: str) -> frozenset[str]:
    """The anchors of paragraphs as editors write them: “p3, p5”."""
    return frozenset(words.replace(",", " ").replace("،", " ").split())


class Relation(models.Model):
    """What a circular does to another act; it takes effect with the publication of the circular that says so."""

    subject = ParentalKey(Circular, on_delete=models.CASCADE, related_name="relations")
    predicate = models.CharField(_("relation"), max_length=11, choices=Predicate)
    circular = models.ForeignKey(
        Circular, models.PROTECT, null=True, blank=True, related_name="related_by", verbose_name=_("circular")
    )
    external = models.ForeignKey(
        ExternalAct,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="related_by",
        verbose_name=_("act of another body"),
    )
    paragraphs = models.CharField(
        _("paragraphs"), max_length=120, blank=True, help_text=_("For example p3, p5. Empty: the whole act.")
    )
    starts_on = models.DateField(_("from"), null=True, blank=True, help_text=_("Empty: with the circular itself."))
    ends_on = models.DateField(_("until"), null=True, blank=True)

    class Meta:
        verbose_name = _("relation")
        verbose_name_plural = _("relations")
        constraints = [
            models.CheckConstraint(
                condition=Q(circular=None) ^ Q(external=None),
                name="related_to_one_act",
                violation_error_message=_("Name either a circular or an act of another body."),
            ),
            models.CheckConstraint(
                condition=Q(circular=None) | ~Q(circular=F("subject")),
                name="not_related_to_itself",
                violation_error_message=_("A circular cannot be related to itself."),
            ),
        ]

    def __str__(self):
        return f"{self.get_predicate_display()} {self.circular or self.external}"

    @property
    def found(self) -> "CitationDecision | None":
        """How it came: the citation that somebody confirmed; None if an editor asserted it."""
        target = {"target": self.circular} if self.circular_id else {"external": self.external}
        return CitationDecision.objects.filter(circular=self.subject_id, is_confirmed=True, **target).first()

    @property
    def anchors(self) -> frozenset[str]:
        """The paragraphs meant; none for the whole act."""
        return paragraphs_in(self.paragraphs)


class CitationDecision(models.Model):
    """What an editor said to a citation the matcher found: a relation or none; so the relation's origin is known."""

    circular = models.ForeignKey(Circular, models.PROTECT, related_name="citation_decisions")
    key = models.CharField(max_length=60)
    words = models.CharField(_("words"), max_length=300)
    is_confirmed = models.BooleanField(_("confirmed"))
    target = models.ForeignKey(Circular, models.PROTECT, null=True, related_name="+", verbose_name=_("circular"))
    external = models.ForeignKey(
        ExternalAct, models.PROTECT, null=True, related_name="+", verbose_name=_("act of another body")
    )
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("decided by"))
    at = models.DateTimeField(_("decided at"), default=timezone.now)

    class Meta:
        verbose_name = _("decision on a citation")
        verbose_name_plural = _("decisions on citations")
        ordering = ["-at", "-pk"]
        constraints = [models.UniqueConstraint(fields=["circular", "key"], name="one_decision_a_citation")]

    def __str__(self):
        return self.words


class CircularVersion(models.Model):
    """A circular as it was published: texts, dates and files under one hash. Written once; triggers refuse the rest."""

    circular = models.ForeignKey(Circular, models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField(_("version"))
    day = models.DateField(_("date"))
    of_day = models.PositiveSmallIntegerField(default=1)
    published_at = models.DateTimeField(_("published at"), default=timezone.now)
    published_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("published by")
    )
    change = models.CharField(_("change"), max_length=10, choices=Change)
    note = models.CharField(_("what was changed"), max_length=250, blank=True)
    authentic = models.CharField(_("authentic language"), max_length=2, choices=Language)
    content = models.JSONField()
    hash = models.CharField(max_length=64)
    # The hash of the last version that asked to be acknowledged: acknowledgements of it stand for corrections.
    meaning_hash = models.CharField(max_length=64, db_index=True)

    class Meta:
        verbose_name = _("version")
        verbose_name_plural = _("versions")
        ordering = ["circular", "number"]
        constraints = [
            models.UniqueConstraint(fields=["circular", "number"], name="one_version_a_number"),
            models.UniqueConstraint(fields=["circular", "day", "of_day"], name="one_version_an_address"),
        ]

    def __str__(self):
        return f"{self.circular} · {self.number}"

    @property
    def address(self) -> str:
        """The date as permanent addresses write it; `.2` for the second version of a day."""
        return f"{self.day:%Y-%m-%d}" + (f".{self.of_day}" if self.of_day > 1 else "")

    def get_absolute_url(self):
        return reverse("circulars:version", args=[*self.circular.eli, self.address])

    def text(self, language="") -> dict:
        """Title, summary and blocks in that language, else the reader's, else the authentic one."""
        texts = self.content["texts"]
        wanted = (language, (get_language() or "")[:2], self.authentic)
        return next(texts[code] for code in wanted if code in texts)

    @property
    def title(self) -> str:
        return self.text()["title"]

    @property
    def eli_languages(self) -> list[tuple[str, str]]:
        """(language, code of its address) of the texts it has."""
        return [(code, ELI_CODES[code]) for code in Language.values if code in self.content["texts"]]


class OccurrenceQuerySet(models.QuerySet):
    def visible_to(self, user):
        return self.filter(circular__in=Circular.objects.visible_to(user))

    def changes(self):
        """What is news after the first publication; entering into force that very day is not."""
        first = self.model.objects.filter(
            circular=OuterRef("circular"), day=OuterRef("day"), kind=OccurrenceKind.PUBLISHED
        )
        return self.exclude(kind=OccurrenceKind.PUBLISHED).exclude(Exists(first), kind=OccurrenceKind.ENTERED)

    def of_force(self):
        """How the force of circulars has changed."""
        return self.filter(force_number__isnull=False)


class Occurrence(models.Model):
    """Something that happened to a published circular: written once, for feeds, alerts, caches and search."""

    circular = models.ForeignKey(Circular, models.PROTECT, related_name="history")
    key = models.CharField(max_length=40)
    kind = models.CharField(_("what happened"), max_length=10, choices=OccurrenceKind)
    day = models.DateField(_("day"))
    at = models.DateTimeField(_("written down at"), default=timezone.now)
    act = models.ForeignKey(
        Circular, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("by which act")
    )
    version = models.ForeignKey("CircularVersion", models.PROTECT, null=True, blank=True, related_name="+")
    paragraphs = models.TextField(_("paragraphs"), blank=True)
    # Of a change of force: its place in their order and the force from then on; of a relation: its predicate.
    force_number = models.PositiveIntegerField(null=True, blank=True)
    force = models.CharField(_("force"), max_length=10, choices=Force, blank=True)
    predicate = models.CharField(_("relation"), max_length=11, choices=Predicate, blank=True)

    objects = OccurrenceQuerySet.as_manager()

    class Meta:
        verbose_name = _("occurrence")
        verbose_name_plural = _("occurrences")
        ordering = ["-at", "-pk"]
        constraints = [models.UniqueConstraint(fields=["circular", "key"], name="happened_once")]
        indexes = [models.Index(fields=["-at", "-id"], name="occurrence_newest")]

    def __str__(self):
        return f"{self.circular} · {self.get_kind_display()}"


class CircularPrintQuerySet(models.QuerySet):
    def newest(self):
        """Of each version and language the edition that is given out now."""
        newer = CircularPrint.objects.filter(version=OuterRef("version"), language=OuterRef("language"))
        return self.filter(~Exists(newer.filter(number__gt=OuterRef("number"))))

    def below(self, level):
        """The newest editions that are sealed less well than `level`."""
        return self.newest().filter(seal_level__in=SealLevel.values[: SealLevel.values.index(level)])


class CircularPrint(models.Model):
    """The PDF of a version in one language, given out unchanged; a better seal makes the next edition."""

    version = models.ForeignKey(CircularVersion, models.PROTECT, related_name="prints")
    language = models.CharField(_("language"), max_length=2, choices=Language)
    number = models.PositiveSmallIntegerField(_("edition"), default=1)
    file = models.ForeignKey(StoredFile, models.PROTECT, related_name="+", verbose_name=_("file"))
    seal_level = models.CharField(_("seal"), max_length=10, choices=SealLevel)

    objects = CircularPrintQuerySet.as_manager()

    class Meta:
        verbose_name = _("PDF of a version")
        verbose_name_plural = _("PDFs of versions")
        ordering = ["version", "language", "number"]
        constraints = [
            models.UniqueConstraint(fields=["version", "language", "number"], name="one_print_an_edition"),
        ]
        indexes = [
            models.Index(fields=["version"], condition=~Q(seal_level=SealLevel.STAMPED), name="print_not_stamped"),
        ]

    def __str__(self):
        return self.file.name


class FollowQuerySet(models.QuerySet):
    def visible_to(self, user):
        """What somebody follows is their own business."""
        return self.filter(person_id=user.pk)

    def of(self, circular):
        """Those to which news of this circular belong: it, its authority, its themes, units it is addressed to."""
        return self.filter(
            Q(circular=circular)
            | Q(authority=circular.authority_id)
            | Q(theme__in=circular.themes.all())
            | Q(unit__in=Addressee.units_of(circular))
        )


class Follow(models.Model):
    """Somebody wants news of a circular, an authority's circulars, a theme, or all that is addressed to their unit."""

    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+", verbose_name=_("person"))
    circular = models.ForeignKey(Circular, models.CASCADE, null=True, blank=True, related_name="+")
    authority = models.ForeignKey(Organisation, models.CASCADE, null=True, blank=True, related_name="+")
    theme = models.ForeignKey(Theme, models.CASCADE, null=True, blank=True, related_name="+")
    unit = models.ForeignKey(Unit, models.CASCADE, null=True, blank=True, related_name="+")
    pace = models.CharField(_("by e-mail"), max_length=8, choices=NoticePreference, blank=True, default="")
    since = models.DateTimeField(_("since"), default=timezone.now)

    TARGETS = ("circular", "authority", "theme", "unit")

    objects = FollowQuerySet.as_manager()

    class Meta:
        verbose_name = _("following")
        verbose_name_plural = _("follows")
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["person", "circular"], name="follow_circular_once"),
            models.UniqueConstraint(fields=["person", "authority"], name="follow_authority_once"),
            models.UniqueConstraint(fields=["person", "theme"], name="follow_theme_once"),
            models.UniqueConstraint(fields=["person", "unit"], name="follow_unit_once"),
            models.CheckConstraint(
                condition=Q(circular=None, authority=None, theme=None, unit__isnull=False)
                | Q(circular=None, authority=None, theme__isnull=False, unit=None)
                | Q(circular=None, authority__isnull=False, theme=None, unit=None)
                | Q(circular__isnull=False, authority=None, theme=None, unit=None),
                name="follow_one_thing",
            ),
        ]

    def __str__(self):
        return str(self.target)

    @property
    def what(self) -> str:
        """Which of TARGETS it is."""
        return next(name for name in self.TARGETS if getattr(self, f"{name}_id"))

    @property
    def target(self):
        return getattr(self, self.what)


class ReachProofQuerySet(models.QuerySet):
    def below(self, level):
        """Those with a PDF that is sealed less well than `level`."""
        return self.filter(seal_level__in=SealLevel.values[: SealLevel.values.index(level)])


class ReachProof(models.Model):
    """Whom a version had reached at one moment, counted by unit; its PDF follows by the workers.

    The counts stay as they were; a PDF that had to do without the seal gives way to a sealed one.
    """

    version = models.ForeignKey(CircularVersion, models.PROTECT, related_name="reach_proofs")
    number = models.PositiveIntegerField(_("number"))
    at = models.DateTimeField(_("at"))
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("asked by"))
    language = models.CharField(_("language"), max_length=2, choices=Language)
    counts = models.JSONField()
    file = models.ForeignKey(StoredFile, models.PROTECT, null=True, related_name="+", verbose_name=_("file"))
    seal_level = models.CharField(_("seal"), max_length=10, choices=SealLevel, blank=True)

    objects = ReachProofQuerySet.as_manager()

    class Meta:
        verbose_name = _("proof of reach")
        verbose_name_plural = _("proofs of reach")
        ordering = ["-at", "-pk"]
        constraints = [models.UniqueConstraint(fields=["version", "number"], name="one_proof_a_number")]

    def __str__(self):
        return f"{self.version} · {self.number}"


class AcknowledgementQuerySet(models.QuerySet):
    def of(self, user, version):
        return self.filter(person=user, circular=version.circular_id, meaning_hash=version.meaning_hash)

    def last_read(self, user, circular):
        """The latest version of which this person knows what it says; None before the first."""
        known = self.filter(person=user, circular=circular).exclude(read_version=None)
        row = known.select_related("read_version").order_by("-read_version__number").first()
        return row.read_version if row else None


class Acknowledgement(models.Model):
    """What one person did with one version at one post: delivered, opened, acknowledged are three acts kept apart.

    Bound to the version's hash; a successor in the post has none and is asked anew, and who leaves keeps theirs.
    """

    circular = models.ForeignKey(Circular, models.PROTECT, related_name="acknowledgements")
    meaning_hash = models.CharField(max_length=64)
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("person"))
    post = models.ForeignKey(Post, models.PROTECT, related_name="+", verbose_name=_("post"))
    delivered_at = models.DateTimeField(_("delivered at"))
    opened_at = models.DateTimeField(_("opened at"), null=True)
    acknowledged_at = models.DateTimeField(_("acknowledged at"), null=True)
    reminded_at = models.DateTimeField(_("reminded at"), null=True)
    # The last version they know: the first one opened, then each they acknowledged or of which they saw what changed.
    read_version = models.ForeignKey(
        CircularVersion, models.PROTECT, null=True, editable=False, related_name="+", verbose_name=_("version read")
    )

    objects = AcknowledgementQuerySet.as_manager()

    class Meta:
        verbose_name = _("acknowledgement")
        verbose_name_plural = _("acknowledgements")
        constraints = [
            models.UniqueConstraint(fields=["person", "circular", "meaning_hash"], name="acknowledged_once_a_version"),
        ]

    def __str__(self):
        return f"{self.person} · {self.circular}"


class ImportRunQuerySet(models.QuerySet):
    def visible_to(self, user):
        """The imports for administrations whose editor or publisher `user` is."""
        return self.filter(authority__in=issuing_organisations_of(user))


class ImportRun(models.Model):
    """A legacy stock on its way in: one table and its PDFs, checked, then imported line by line."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    # None: from the console, for every administration of this installation.
    authority = models.ForeignKey(
        Organisation, models.PROTECT, null=True, related_name="+", verbose_name=_("issuing administration")
    )
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    # Who sent files last: as little as `by` may this person start what they put together.
    changed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField(_("begun at"), default=timezone.now)
    finished_at = models.DateTimeField(null=True)
    state = models.CharField(_("state"), max_length=10, choices=ImportState, default=ImportState.CHECKING)
    table_name = models.CharField(_("table"), max_length=180)
    form = models.JSONField(default=dict)  # how the table was written, and the columns that meant nothing
    problem = models.JSONField(default=dict)  # why the table as a whole was refused
    done = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(default=0)

    objects = ImportRunQuerySet.as_manager()

    class Meta:
        verbose_name = _("import of a legacy stock")
        verbose_name_plural = _("imports of a legacy stock")
        ordering = ["-pk"]

    def __str__(self):
        return self.table_name

    def get_absolute_url(self):
        return reverse("circular_imports:show", args=[self.public_id])

    @property
    def is_open(self) -> bool:
        """Whether files may still be added, and the whole be checked (again)."""
        return self.state in (ImportState.PREPARING, ImportState.CHECKED)

    @property
    def is_running(self) -> bool:
        return self.state in (ImportState.CHECKING, ImportState.IMPORTING)


class ImportLineQuerySet(models.QuerySet):
    def brought_in(self):
        """Those that became a circular: by them a line is recognised when it comes again."""
        return self.filter(state__in=[LineState.IMPORTED, LineState.DRAFTED])


class ImportLine(models.Model):
    """What became of one line of the table, and why; `digest` is what it said."""

    run = models.ForeignKey(ImportRun, models.CASCADE, related_name="lines")
    number = models.PositiveIntegerField(_("line"))
    label = models.CharField(max_length=200)
    digest = models.CharField(max_length=64)
    state = models.CharField(_("state"), max_length=10, choices=LineState)
    problems = models.JSONField(default=list)
    circular = models.ForeignKey(Circular, models.PROTECT, null=True, related_name="+", verbose_name=_("circular"))
    is_bound = models.BooleanField(default=False)  # whether its relations are entered

    objects = ImportLineQuerySet.as_manager()

    class Meta:
        verbose_name = _("line of an import")
        verbose_name_plural = _("lines of an import")
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["run", "number"], name="one_line_a_number"),
            models.UniqueConstraint(
                fields=["circular"], condition=Q(state__in=["imported", "drafted"]), name="brought_in_once"
            ),
        ]

    def __str__(self):
        return self.label


class DoneActionQuerySet(models.QuerySet):
    def of(self, user):
        """What counts as done for `user`: what they did, and what was done at a post they hold today."""
        return self.done(user.pk, [holding.post_id for holding in holdings_of(user)])

    def done(self, person, posts):
        """What was done by that person or at one of these posts, and not taken back."""
        theirs = Q(person=person)
        for post in posts:
            theirs |= Q(post=post)
        return self.filter(theirs, undone_at=None)


class DoneAction(models.Model):
    """That an action of a circular was carried out at a post, by whom and when; taken back, it stays as it was.

    It names the action by the key that versions carry, as editors may remove an action that somebody has done.
    """

    circular = models.ForeignKey(Circular, models.PROTECT, related_name="+")
    action = models.PositiveBigIntegerField()
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("person"))
    post = models.ForeignKey(Post, models.PROTECT, related_name="+", verbose_name=_("post"))
    done_at = models.DateTimeField(_("done at"), default=timezone.now)
    undone_at = models.DateTimeField(_("taken back at"), null=True)

    objects = DoneActionQuerySet.as_manager()

    class Meta:
        verbose_name = _("done action")
        verbose_name_plural = _("done actions")
        constraints = [
            models.UniqueConstraint(
                fields=["circular", "action", "post"], name="done_once_a_post", condition=Q(undone_at=None)
            ),
        ]

    def __str__(self):
        return f"{self.circular} · {self.person}"
