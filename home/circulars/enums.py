from django.db import models
from django.utils.translation import gettext_lazy as _


class Kind(models.TextChoices):
    """Kinds of circular acts; the value stands in permanent addresses and never changes."""

    CIRCULAR = "circular", _("circular")
    PERIODICAL = "dawriya", _("periodical circular")
    NOTE = "note", _("memorandum")
    DECISION = "decision", _("decision")
    LETTER = "letter", _("letter of instruction")


class Language(models.TextChoices):
    """The languages a circular is written in, with the codes of permanent addresses (ISO 639-2)."""

    ARABIC = "ar", _("Arabic")
    FRENCH = "fr", _("French")
    ENGLISH = "en", _("English")


ELI_CODES = {Language.ARABIC: "ara", Language.FRENCH: "fra", Language.ENGLISH: "eng"}


class Standing(models.TextChoices):
    AUTHENTIC = "authentic", _("authentic text")
    OFFICIAL = "official", _("official translation")
    WORKING = "working", _("working translation")


class Audience(models.TextChoices):
    """Who may read a circular."""

    PUBLIC = "public", _("everybody")
    STAFF = "staff", _("all civil servants")
    ADDRESSEES = "addressees", _("its addressees only")


class Acknowledging(models.TextChoices):
    NONE = "none", _("not asked")
    ASKED = "asked", _("asked")
    REQUIRED = "required", _("required by a date")


class Purpose(models.TextChoices):
    ACTION = "action", _("for action")
    INFORMATION = "information", _("for information")


class UnitKind(models.TextChoices):
    """Kinds of unit a circular may be addressed to in every organisation."""

    REGISTRY = "registry", _("registry offices")
    CENTRAL = "central", _("central units")
    DECONCENTRATED = "deconcentrated", _("deconcentrated units")


DRAFTS = "circular."  # begins the key under which a circular's file waits until its form is saved


class FileRole(models.TextChoices):
    """What a file is to the circular it hangs on."""

    SCAN = "scan", _("signed scan")
    PDF = "pdf", _("digital original")
    ANNEX = "annex", _("annex")


class Change(models.TextChoices):
    """What a published edit changes for those who had read the earlier version."""

    FIRST = "first", _("first publication")
    CORRECTION = "correction", _("correction: acknowledgements stand")
    MAJOR = "major", _("major change: acknowledgement is asked again")


class Predicate(models.TextChoices):
    """What one act does to another, read from the later act."""

    AMENDS = "amends", _("amends")
    REPLACES = "replaces", _("replaces")
    ABROGATES = "abrogates", _("abrogates")
    SUSPENDS = "suspends", _("suspends")
    EXTENDS = "extends", _("extends")
    CORRECTS = "corrects", _("corrects")
    SUPPLEMENTS = "supplements", _("supplements")
    APPLIES = "applies", _("applies")
    INTERPRETS = "interprets", _("interprets")
    CITES = "cites", _("cites")
    ANSWERS = "answers", _("answers")


class OccurrenceKind(models.TextChoices):
    """What happens to a circular: by its own versions, by other acts, by the calendar."""

    PUBLISHED = "published", _("Published")
    CORRECTED = "corrected", _("Corrected")
    CHANGED = "changed", _("Changed")
    ENTERED = "entered", _("Entered into force")
    PUT_OFF = "put_off", _("Its entry into force was put off")
    PARTLY = "partly", _("In force in part only")
    SUSPENDED = "suspended", _("Suspended")
    RESUMED = "resumed", _("In force again")
    EXPIRED = "expired", _("Expired")
    ABROGATED = "abrogated", _("Abrogated")
    REPLACED = "replaced", _("Replaced")
    WITHDRAWN = "withdrawn", _("Withdrawn")
    AMENDED = "amended", _("Amended by another act")
    EXTENDED = "extended", _("Extended by another act")
    CORRECTED_BY = "rectified", _("Corrected by another act")
    SUPPLEMENTED = "supplement", _("Supplemented by another act")
    APPLIED = "applied", _("Applied by another act")
    INTERPRETED = "explained", _("Interpreted by another act")


class ExternalKind(models.TextChoices):
    """Acts of other bodies that circulars speak of."""

    DAHIR = "dahir", _("dahir")
    LAW = "law", _("law")
    DECREE = "decree", _("decree")
    ORDER = "order", _("ministerial order")
    BULLETIN = "bulletin", _("Official Bulletin")
    OTHER = "other", _("other act")


class ImportState(models.TextChoices):
    """How far the import of a legacy stock is."""

    PREPARING = "preparing", _("files are being collected")
    CHECKING = "checking", _("being checked")
    CHECKED = "checked", _("checked, nothing imported yet")
    IMPORTING = "importing", _("being imported")
    DONE = "done", _("imported")
    REFUSED = "refused", _("the table was refused")


class LineState(models.TextChoices):
    """What became of one line of a legacy stock."""

    READY = "ready", _("ready to import")
    REFUSED = "refused", _("refused")
    IMPORTED = "imported", _("imported and published")
    DRAFTED = "drafted", _("imported as a draft")
    KNOWN = "known", _("imported before")
    CHANGED = "changed", _("imported before, and different now")
