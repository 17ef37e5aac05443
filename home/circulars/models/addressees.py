"""To whom a circular is addressed, and what they must do by when."""

from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from modelcluster.fields import ParentalKey

from core.organisations.models import Organisation, Post, Unit
from core.organisations.permissions import holdings_of
from home.circulars.enums import (
    Purpose,
    UnitKind,
)
from home.circulars.force import ASKING
from home.circulars.models.reading import DoneAction


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

    circular = ParentalKey("Circular", on_delete=models.CASCADE, related_name="addressees")
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

    circular = ParentalKey("Circular", on_delete=models.CASCADE, related_name="actions")
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
