"""What search knows of every object, and the embedded index itself.

A `Document` is written in the transaction that changes its object: `version` rises, and `shown_version` and
`server_version` follow once the embedded index and the search server show it. Whatever is behind is work to be done,
whatever happens to queues and workers; and what is behind a change of access is found by nobody.
"""

from django.db import models
from django.db.models import F, Q

from .reader_models import EmptySearch, PublicWord, SavedSearch  # noqa: F401 — Django looks for models here
from .tuning_models import JudgedQuery, Tuning  # noqa: F401 — as above


class AccessSet(models.Model):
    """Tokens of which a reader needs one. Many documents share few sets; the key is made from what is in it."""

    id = models.BigIntegerField(primary_key=True)

    def __str__(self):
        return str(self.pk)


class AccessToken(models.Model):
    access = models.ForeignKey(AccessSet, models.CASCADE, related_name="tokens")
    token = models.CharField(max_length=80)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["token", "access"], name="search_token_once")]

    def __str__(self):
        return self.token


class Facets(models.Model):
    """What a document is narrowed by. Many documents share few.

    The key is made from the values, so that a row never changes and may be remembered.
    """

    id = models.BigIntegerField(primary_key=True)
    kind = models.CharField(max_length=20)
    authority = models.CharField(max_length=20, blank=True)
    year = models.CharField(max_length=4, blank=True)
    status = models.CharField(max_length=20, blank=True)
    organisation = models.CharField(max_length=20, blank=True)
    themes = models.JSONField(default=list)
    in_force = models.BooleanField(default=True)

    def __str__(self):
        return str(self.pk)


class DocumentQuerySet(models.QuerySet):
    def behind(self, shown: str):
        """Those the engine whose versions stand in the column `shown` does not show as they are."""
        return self.exclude(version=F(shown))

    def pending(self, shown: str):
        """Those that nobody may find there: the engine does not show yet who may read them.

        What is new is not among them: it is not there to be found.
        """
        return self.behind(shown).filter(access_version__gt=F(shown)).filter(access_version__gt=1)


class Document(models.Model):
    """One object that can be found, or could be: `is_gone` once it cannot."""

    doc_id = models.CharField(max_length=80, unique=True)  # kind:primary key
    kind = models.CharField(max_length=20)
    object_key = models.CharField(max_length=40)
    version = models.BigIntegerField(default=1)
    access_version = models.BigIntegerField(default=1)  # the version at which who may read it last changed
    shown_version = models.BigIntegerField(default=0)
    server_version = models.BigIntegerField(default=0)
    is_gone = models.BooleanField(default=False)
    digest = models.CharField(max_length=64, blank=True)  # of what was last written of it: tells a change nobody told
    refused_version = models.BigIntegerField(default=0)  # the version the search server does not take, and why
    refusal = models.TextField(blank=True)

    access = models.ForeignKey(
        AccessSet, models.PROTECT, null=True, related_name="+"
    )  # null: not in the embedded index

    objects = DocumentQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["id"], name="search_not_shown", condition=~Q(version=F("shown_version"))),
            models.Index(fields=["id"], name="search_not_on_server", condition=~Q(version=F("server_version"))),
            models.Index(fields=["kind", "object_key"], name="search_by_object"),
        ]

    def __str__(self):
        return self.doc_id


class Passage(models.Model):
    """What is found and shown of a document: its text in a language, or a page of a file; the tokens are beside."""

    document = models.ForeignKey(Document, models.CASCADE, related_name="passages")
    number = models.PositiveIntegerField()  # from 0, as the record counts
    language = models.CharField(max_length=3, blank=True)
    title = models.TextField(blank=True)
    body = models.TextField(blank=True)
    file_id = models.BigIntegerField(null=True)
    page = models.PositiveIntegerField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["document", "number"], name="search_passage_once")]

    def __str__(self):
        return f"{self.document_id}, {self.number}"


class Streams(models.Model):
    """The tokens of a passage, joined by spaces, for the ranking; `search.ranking` says what is what."""

    passage = models.OneToOneField(Passage, models.CASCADE, primary_key=True)
    refs = models.TextField(blank=True)
    starts = models.TextField(blank=True)  # what suggestions are looked up by
    title_nrm = models.TextField(blank=True)
    title_stm = models.TextField(blank=True)
    body_nrm = models.TextField(blank=True)
    body_stm = models.TextField(blank=True)

    def __str__(self):
        return str(self.passage_id)


class Place(models.Model):
    """What is read of every passage that matches, and so in a narrow table; on PostgreSQL with the index of tokens."""

    passage = models.OneToOneField(Passage, models.CASCADE, primary_key=True)
    document = models.ForeignKey(Document, models.CASCADE, related_name="places")
    access = models.ForeignKey(AccessSet, models.PROTECT, related_name="+", db_index=False)
    facets = models.ForeignKey(Facets, models.PROTECT, related_name="+", db_index=False)
    day = models.IntegerField(default=0)  # the date's ordinal; 0 without a date
    words = models.IntegerField()  # in the body

    def __str__(self):
        return str(self.passage_id)


class Vocabulary(models.Model):
    """In how many passages a token stands, by stream; under `#` and the name of a field, how many tokens it has."""

    token = models.TextField()
    passages = models.BigIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["token"], name="search_vocabulary_token_once")]

    def __str__(self):
        return self.token
