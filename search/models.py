"""What search knows of every object, and the embedded index itself.

A `Document` is written in the transaction that changes its object: `version` rises, and `shown_version` and
`server_version` follow once the embedded index and the search server show it. Whatever is behind is work to be done,
whatever happens to queues and workers; and what is behind a change of access is found by nobody.
"""

from django.db import models
from django.db.models import F, Q


class AccessSet(models.Model):
    """Tokens of which a reader needs one. Many documents share few sets."""

    key = models.CharField(max_length=64, unique=True)  # SHA-256 of the sorted tokens

    def __str__(self):
        return self.key


class AccessToken(models.Model):
    access = models.ForeignKey(AccessSet, models.CASCADE, related_name="tokens")
    token = models.CharField(max_length=80)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["token", "access"], name="search_token_once")]

    def __str__(self):
        return self.token


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

    # What the embedded index narrows and sorts by.
    access = models.ForeignKey(AccessSet, models.PROTECT, null=True, related_name="+")
    dated = models.DateField(null=True)
    year = models.CharField(max_length=4, blank=True)
    authority = models.CharField(max_length=20, blank=True)
    organisation = models.CharField(max_length=20, blank=True)
    unit = models.CharField(max_length=20, blank=True)
    status = models.CharField(max_length=20, blank=True)
    in_force = models.BooleanField(default=True)

    objects = DocumentQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["id"], name="search_not_shown", condition=~Q(version=F("shown_version"))),
            models.Index(fields=["id"], name="search_not_on_server", condition=~Q(version=F("server_version"))),
            models.Index(fields=["kind", "object_key"], name="search_by_object"),
        ]

    def __str__(self):
        return self.doc_id


class DocumentTheme(models.Model):
    document = models.ForeignKey(Document, models.CASCADE, related_name="themes")
    theme = models.CharField(max_length=60)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["document", "theme"], name="search_theme_once")]

    def __str__(self):
        return self.theme


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
