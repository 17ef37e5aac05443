"""The registers and their lines. A line is written once: triggers refuse what is not a step of its state.

Keys are made of what they stand for (register: organisation, direction, year; entry: register, number), so that a key
cannot be altered unnoticed either and a registration needs no other sequence than the number itself.
"""

import hashlib
import json

from django.db import models
from django.db.models import Case, F, Q, Value, When
from django.utils.translation import gettext_lazy as _

from core.organisations.enums import Role
from core.organisations.models import Organisation
from core.organisations.permissions import organisation_ids_of
from core.registers.enums import AnnulReason, Direction, EntryState
from core.registers.numbers import Number, parse_number

NUMBERS_PER_REGISTER = 10_000_000
DIRECTIONS = "ADI"
_PLACE_OF_DIRECTION = Case(*(When(direction=name, then=Value(place)) for place, name in enumerate(DIRECTIONS, start=1)))


_encoder = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"))
quoted = json.encoder.encode_basestring  # one string as `canonical` writes it


def canonical(data: dict) -> bytes:
    """The one byte form of a JSON object that is hashed: sorted keys, no spaces, UTF-8."""
    return _encoder.encode(data).encode()


class KeyField(models.BigIntegerField):
    """A primary key made of what it stands for.

    On SQLite an "integer", by which the rows themselves are stored: a "bigint" would need an index beside them.
    """

    def db_type(self, connection):
        return "integer" if connection.vendor == "sqlite" else super().db_type(connection)


class RareLinkField(models.OneToOneField):
    """A link to one row that few rows have. It is unique by a constraint of the model over those that have it, so that
    the others stand in no index: the database is made a plain foreign key without any."""

    def deconstruct(self):
        name, _path, args, kwargs = super().deconstruct()
        return name, "django.db.models.ForeignKey", args, kwargs | {"db_index": False}


def book_organisation_ids(user) -> set[int]:
    """Organisations whose registers `user` may read as a book: clerks there, and auditors."""
    return organisation_ids_of(user, role=Role.CLERK) | organisation_ids_of(user, role=Role.AUDITOR)


class RegisterQuerySet(models.QuerySet):
    def visible_to(self, user):
        return self.filter(organisation__in=book_organisation_ids(user))


class Register(models.Model):
    """The numbers of one organisation in one direction and year; the row is made by whoever takes its first number."""

    id = KeyField(primary_key=True)
    organisation = models.ForeignKey(Organisation, models.PROTECT, db_index=False, verbose_name=_("organisation"))
    direction = models.CharField(_("direction"), max_length=1, choices=Direction)
    year = models.PositiveSmallIntegerField(_("year"))
    last_number = models.PositiveIntegerField(_("last number"))
    last_at = models.DateTimeField(_("moment of the last number"))

    objects = RegisterQuerySet.as_manager()

    class Meta:
        verbose_name = _("register")
        verbose_name_plural = _("registers")
        ordering = ["-year", "organisation", "direction"]
        # One register a year: the key is made of the three. With a second unique index two first letters of a year that
        # come at the same moment could fail, for an upsert waits at one index only.
        constraints = [
            models.CheckConstraint(
                condition=Q(pk=(F("organisation") * 10 + _PLACE_OF_DIRECTION) * 10_000 + F("year")),
                name="register_key_is_what_it_is",
            ),
        ]

    def __str__(self):
        return f"{self.organisation.code}-{self.direction}-{self.year}"

    @staticmethod
    def key(organisation_id: int, direction: str, year: int) -> int:
        """The primary key of that register, whether it exists or not."""
        return (organisation_id * 10 + DIRECTIONS.index(direction) + 1) * 10_000 + year


def _keys(numbers: list[Number]) -> list:
    """`Entry.key` of each number whose organisation is ours: of one an expression, so that it takes no query of its
    own; of several as integers, for a hundred subqueries cost more than one query."""
    codes = {number.code for number in numbers}
    known = Organisation.objects.filter(code__in=codes)
    if len(numbers) == 1:
        organisations = dict.fromkeys(codes, models.Subquery(known.values("pk")))
    else:
        organisations = dict(known.values_list("code", "pk"))
    return [
        Entry.key(Register.key(organisations[number.code], number.direction, number.year), number.number)
        for number in numbers
        if number.code in organisations
    ]


class EntryQuerySet(models.QuerySet):
    def visible_to(self, user):
        """For the book: clerks of the organisation and auditors. What a party may read is its own app's question."""
        return self.filter(register__organisation__in=book_organisation_ids(user))

    def of_register(self, register):
        """The lines of one register; by their keys, which are in the order of the numbers."""
        return self.filter(pk__gt=Entry.key(register.pk, 0), pk__lt=Entry.key(register.pk + 1, 0))

    def numbered(self, *texts):
        """The lines with these numbers, as people write them; by the keys made of them, for the text has no index."""
        numbers = [number for text in texts if (number := parse_number(text))]
        return self.filter(pk__in=_keys(numbers), number_text__in=[number.text for number in numbers])

    def as_of(self, day):
        """Entries that were in the book at the end of that day."""
        return self.filter(local_date__lte=day)


class Entry(models.Model):
    """One line of a register. Subject, sender and recipients lie beside it in `body`, which can be erased."""

    id = KeyField(primary_key=True)
    register = models.ForeignKey(
        Register, models.PROTECT, db_index=False, related_name="entries", verbose_name=_("register")
    )
    number = models.PositiveIntegerField(_("number"))
    number_text = models.CharField(_("number"), max_length=32)
    registered_at = models.DateTimeField(_("registered at"))
    local_date = models.DateField(_("registered on"))
    document_date = models.DateField(_("date of the document"), null=True, blank=True)
    nature = models.CharField(_("nature"), max_length=40, blank=True)
    channel = models.CharField(_("channel"), max_length=40, blank=True)
    support = models.CharField(_("support"), max_length=40, blank=True)
    content_hash = models.CharField(_("fingerprint of the content"), max_length=64, blank=True)
    body_hash = models.CharField(max_length=64)
    object_id = models.UUIDField()
    rectifies = RareLinkField(
        "self", models.PROTECT, null=True, blank=True, related_name="rectified_by", verbose_name=_("rectifies")
    )
    state = models.CharField(_("state"), max_length=9, choices=EntryState, default=EntryState.VALID)
    annul_reason = models.CharField(_("reason of the annulment"), max_length=20, choices=AnnulReason, blank=True)

    objects = EntryQuerySet.as_manager()

    class Meta:
        verbose_name = _("entry")
        verbose_name_plural = _("entries")
        ordering = ["pk"]
        # One entry a number: the key is made of the two, and its text of the key: `numbered` finds it. What is written
        # while everybody waits has few indexes.
        constraints = [
            models.CheckConstraint(
                condition=Q(pk=F("register") * NUMBERS_PER_REGISTER + F("number")), name="entry_key_is_what_it_is"
            ),
            models.UniqueConstraint(fields=["rectifies"], condition=~Q(rectifies=None), name="rectified_once"),
            models.CheckConstraint(
                condition=Q(state=EntryState.ANNULLED) ^ Q(annul_reason=""),
                name="annulled_with_a_reason",
            ),
        ]

    def __str__(self):
        return self.number_text

    @staticmethod
    def key(register_id: int, number: int) -> int:
        return register_id * NUMBERS_PER_REGISTER + number

    @property
    def direction(self) -> Direction:
        return Direction(self.number_text.split("-")[1])

    @property
    def year(self) -> int:
        return int(self.number_text.split("-")[2])

    @property
    def is_valid(self) -> bool:
        return self.state == EntryState.VALID

    @property
    def is_annulled(self) -> bool:
        return self.state == EntryState.ANNULLED

    @property
    def is_rectified(self) -> bool:
        return self.state == EntryState.RECTIFIED


class EntryBody(models.Model):
    """The personal words of an entry. `Entry.body_hash` is over salt and words; erasing empties both (law 09-08)."""

    # Written in one statement with the entry, never deleted: the database need not look for it a second time.
    entry = models.OneToOneField(Entry, models.PROTECT, primary_key=True, related_name="body", db_constraint=False)
    subject = models.TextField(_("subject"), blank=True)
    sender = models.TextField(_("sender"), blank=True)
    recipients = models.TextField(_("recipients"), blank=True)
    salt = models.BinaryField(null=True)

    class Meta:
        verbose_name = _("words of an entry")
        verbose_name_plural = _("words of entries")

    def __str__(self):
        return str(self.pk)

    @property
    def is_erased(self) -> bool:
        return self.salt is None

    def hash(self) -> str:
        """What `Entry.body_hash` must be, as long as the body is not erased."""
        return body_hash(bytes(self.salt), self.subject, self.sender, self.recipients)


def body_hash(salt: bytes, subject: str, sender: str, recipients: str) -> str:
    """Over the canonical form of the three."""
    subject, sender, recipients = quoted(subject), quoted(sender), quoted(recipients)
    words = f'{{"recipients":{recipients},"sender":{sender},"subject":{subject}}}'
    return hashlib.sha256(salt + words.encode()).hexdigest()
