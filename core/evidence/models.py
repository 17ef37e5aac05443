"""Evidence: legal facts as leaves of one Merkle log a year, and the checkpoints that fix its state.

Everything here is append-only; triggers refuse the rest. Keys are made of shard (year) and position, so that a key is
covered by a hash like any other column.
"""

import json

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from core.evidence.enums import EventCode, RequestState
from core.registers.enums import AnnulReason
from core.registers.models import Entry, KeyField

EVENTS_PER_SHARD = 10_000_000_000
_LEVEL_BITS, _INDEX_BITS = 6, 40


class LogHead(models.Model):
    """The growing end of one year's log: size and roots of its complete subtrees. The last lock of a transaction."""

    shard = models.PositiveSmallIntegerField(_("year"), primary_key=True)
    size = models.BigIntegerField(_("number of events"), default=0)
    frontier = models.BinaryField(default=b"")
    last_at = models.DateTimeField(_("moment of the last event"))
    is_behind = models.BooleanField(_("the clock is behind the log"), default=False)

    class Meta:
        verbose_name = _("log of a year")
        verbose_name_plural = _("logs by year")

    def __str__(self):
        return str(self.shard)


class EventQuerySet(models.QuerySet):
    def of_object(self, object_id):
        """The facts about one object, oldest first."""
        return self.filter(object_id=object_id).order_by("step")

    def of_entry(self, entry):
        """The facts about this entry's object that name the entry, oldest first."""
        return self.filter(object_id=entry.object_id, entry=entry).order_by("pk")


class Event(models.Model):
    """One legal fact, without personal data. `record` holds the very bytes that are hashed; the other columns repeat
    what is selected by, and `verify_registers` compares them."""

    id = KeyField(primary_key=True)
    code = models.CharField(_("fact"), max_length=24, choices=EventCode)
    at = models.DateTimeField(_("at"))
    object_id = models.UUIDField()
    step = models.PositiveIntegerField(_("position among the facts about the object"))
    # No constraints to rows that are written in the same statement and can never be deleted (also in EventBody).
    # No index either: what looks for the facts of an entry knows its object.
    entry = models.ForeignKey(
        Entry,
        models.PROTECT,
        null=True,
        related_name="+",
        db_constraint=False,
        db_index=False,
        verbose_name=_("entry"),
    )
    record = models.BinaryField()
    leaf_hash = models.BinaryField(max_length=32)

    objects = EventQuerySet.as_manager()

    class Meta:
        verbose_name = _("event")
        verbose_name_plural = _("events")
        ordering = ["pk"]
        # Also keeps the chain of an object from forking if two transactions should ever take the same predecessor.
        constraints = [models.UniqueConstraint(fields=["object_id", "step"], name="one_chain_an_object")]

    def __str__(self):
        return f"{self.shard}/{self.seq}"

    @staticmethod
    def key(shard: int, seq: int) -> int:
        return shard * EVENTS_PER_SHARD + seq

    @property
    def shard(self) -> int:
        return self.pk // EVENTS_PER_SHARD

    @property
    def seq(self) -> int:
        """The index of the leaf in its year's log, from 0."""
        return self.pk % EVENTS_PER_SHARD

    @property
    def facts(self) -> dict:
        """The record as it was hashed."""
        return json.loads(bytes(self.record))


class EventBody(models.Model):
    """The personal data of an event; the event holds only `commit = SHA-256(salt ‖ body)`. Erasing empties both."""

    event = models.OneToOneField(Event, models.PROTECT, primary_key=True, related_name="body", db_constraint=False)
    salt = models.BinaryField(null=True)
    body = models.BinaryField(null=True)

    class Meta:
        verbose_name = _("personal data of an event")
        verbose_name_plural = _("personal data of events")

    def __str__(self):
        return str(self.pk)

    @property
    def personal(self) -> dict:
        """What was said, or nothing once it is erased."""
        return json.loads(bytes(self.body)) if self.body is not None else {}


class Subtree(models.Model):
    """The root of a complete subtree of a year's log, written by the append that completed it.

    Smaller ones than of 16 leaves are computed when they are asked for: hashing is quicker than finding rows.
    """

    LOWEST = 4

    id = KeyField(primary_key=True)
    hash = models.BinaryField(max_length=32)

    class Meta:
        verbose_name = _("subtree of the log")
        verbose_name_plural = _("subtrees of the log")

    def __str__(self):
        return str(self.pk)

    @staticmethod
    def key(shard: int, level: int, index: int) -> int:
        return ((shard << _LEVEL_BITS | level) << _INDEX_BITS) | index

    @staticmethod
    def parts(key: int) -> tuple[int, int, int]:
        """Shard, level and index of a key."""
        index = key & ((1 << _INDEX_BITS) - 1)
        return key >> _INDEX_BITS + _LEVEL_BITS, (key >> _INDEX_BITS) & ((1 << _LEVEL_BITS) - 1), index


class Checkpoint(models.Model):
    """A signed note over size and root of a year's log; the same bytes lie in a file outside the database."""

    id = KeyField(primary_key=True)
    root = models.BinaryField(max_length=32)
    note = models.TextField(_("signed note"))
    signed_at = models.DateTimeField(_("signed at"))
    time_stamp = models.BinaryField(_("time stamp"), null=True)

    class Meta:
        verbose_name = _("checkpoint")
        verbose_name_plural = _("checkpoints")
        ordering = ["pk"]

    def __str__(self):
        return f"{self.shard}/{self.size}"

    @staticmethod
    def key(shard: int, size: int) -> int:
        return shard * EVENTS_PER_SHARD + size

    @property
    def shard(self) -> int:
        return self.pk // EVENTS_PER_SHARD

    @property
    def size(self) -> int:
        return self.pk % EVENTS_PER_SHARD


class Pseudonym(models.Model):
    """How the log names a person; deleting the row makes what they did anonymous."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, models.PROTECT, primary_key=True, related_name="+")
    value = models.CharField(max_length=32, unique=True)

    class Meta:
        verbose_name = _("pseudonym")
        verbose_name_plural = _("pseudonyms")

    def __str__(self):
        return self.value


class AnnulmentRequest(models.Model):
    """A clerk's wish to annul an entry, decided by another clerk. Why, in words, is in the body of `asked_event`."""

    entry = models.ForeignKey(Entry, models.PROTECT, related_name="+", verbose_name=_("entry"))
    reason = models.CharField(_("reason"), max_length=20, choices=AnnulReason)
    state = models.CharField(_("state"), max_length=9, choices=RequestState, default=RequestState.ASKED)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("asked by"))
    asked_event = models.OneToOneField(Event, models.PROTECT, related_name="+")
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("decided by")
    )
    decided_event = models.OneToOneField(Event, models.PROTECT, null=True, related_name="+")

    class Meta:
        verbose_name = _("request for annulment")
        verbose_name_plural = _("requests for annulment")
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["entry"], condition=Q(state=RequestState.ASKED), name="one_open_annulment_request"
            ),
            models.CheckConstraint(
                condition=Q(decided_by=None) | ~Q(decided_by=models.F("asked_by")) | ~Q(state=RequestState.CONFIRMED),
                name="annulled_by_two_people",
            ),
        ]

    def __str__(self):
        return f"{self.entry_id} {self.state}"


from core.evidence.receipt_models import Edition, Receipt, SealLevel  # noqa: E402,F401  their events are ours
