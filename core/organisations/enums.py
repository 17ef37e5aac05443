from django.db import models
from django.utils.translation import gettext_lazy as _


class TerritoryKind(models.TextChoices):
    REGION = "region", _("region")
    PROVINCE = "province", _("province or prefecture")
    COMMUNE = "commune", _("commune")


class OrganisationKind(models.TextChoices):
    MINISTRY = "ministry", _("ministry")
    INSTITUTION = "institution", _("public institution")
    TERRITORY = "territory", _("wilaya, prefecture or province")
    REGION = "region", _("region")
    COMMUNE = "commune", _("commune")
    OTHER = "other", _("other administration")


class Role(models.TextChoices):
    """What a post allows; each is also a Wagtail group of the same name."""

    READER = "reader", _("reader")
    AGENT = "agent", _("agent")
    CLERK = "clerk", _("registry clerk")
    HEAD = "head", _("head of unit")
    SIGNATORY = "signatory", _("signatory")
    CIRCULAR_EDITOR = "circular_editor", _("circular editor")
    CIRCULAR_PUBLISHER = "circular_publisher", _("circular publisher")
    TRAINER = "trainer", _("trainer")
    AUDITOR = "auditor", _("auditor")
    ADMINISTRATOR = "administrator", _("administrator")


class Clearance(models.IntegerChoices):
    """How far a person may read where they hold a post; the same scale as the confidentiality of what is read."""

    NORMAL = 0, _("normal")
    RESTRICTED = 1, _("restricted")
    CONFIDENTIAL = 2, _("confidential")


class Act(models.TextChoices):
    """Kinds of act that can be delegated; auditing and administration never are."""

    REGISTER = "register", _("register correspondence")
    TREAT = "treat", _("treat correspondence")
    DIRECT = "direct", _("assign and endorse as head of unit")
    SIGN = "sign", _("sign")
    PUBLISH = "publish", _("prepare and publish circulars")


# The roles of the post that a delegation of these acts lends; nothing the post does not have itself.
ROLES_OF_ACT = {
    Act.REGISTER: {Role.CLERK},
    Act.TREAT: {Role.AGENT},
    Act.DIRECT: {Role.HEAD},
    Act.SIGN: {Role.SIGNATORY},
    Act.PUBLISH: {Role.CIRCULAR_EDITOR, Role.CIRCULAR_PUBLISHER},
}


class Weekday(models.IntegerChoices):
    """As `date.weekday()` counts."""

    MONDAY = 0, _("Monday")
    TUESDAY = 1, _("Tuesday")
    WEDNESDAY = 2, _("Wednesday")
    THURSDAY = 3, _("Thursday")
    FRIDAY = 4, _("Friday")
    SATURDAY = 5, _("Saturday")
    SUNDAY = 6, _("Sunday")


class Period(models.TextChoices):
    REGULAR = "regular", _("all year")
    RAMADAN = "ramadan", _("Ramadan")
