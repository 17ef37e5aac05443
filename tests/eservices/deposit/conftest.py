"""An office that takes deposits, and a depositor who walks through its pages as a browser without scripts does."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import translation

from eservices.correspondence.models import RequiredPiece
from eservices.deposit import cookies
from eservices.deposit.models import Draft, token_hash
from tests.factories.letters import act_type_for, pdf_bytes

SENDER = {"kind": "person", "behalf": "self", "name": "فاطمة الزهراء العلمي", "email": "fatima@example.org"}
SUBJECT = {"subject": "طلب رخصة استغلال محل", "message": "نلتمس منكم منحنا الرخصة."}


class Depositor:
    """Answers the steps one after the other; `client` is their browser."""

    def __init__(self, language="ar"):
        self.client = Client()
        self.language = language

    def url(self, name, *args):
        with translation.override(self.language):
            return reverse(f"deposit:{name}", args=args)

    def get(self, name, *args, **query):
        return self.client.get(self.url(name, *args), query)

    def post(self, name, data=None, *, query="", **extra):
        return self.client.post(self.url(name) + query, data or {}, **extra)

    def addressee(self, organisation, act_type="other", **answers):
        return self.post("addressee", {"act_type": act_type, **answers}, query=f"?organisation={organisation.slug}")

    def sender(self, **answers):
        return self.post("sender", {**SENDER, **answers})

    def subject(self, **answers):
        return self.post("subject", {**SUBJECT, **answers})

    def upload(self, *files):
        """Each file is (name, bytes) or (name, bytes, type)."""
        sent = [SimpleUploadedFile(name, data, *(kind or ["application/pdf"])) for name, data, *kind in files]
        return self.post("documents", {"intent": "upload", "file": sent})

    def describe(self, label="الطلب", **answers):
        labels = {f"file-{row.public_id.hex}-label": label for row in self.draft.files.all()}
        return self.post("documents", {**labels, **answers})

    def deposit(self, **answers):
        return self.post("check", {"accurate": "on", "reply_here": "on", **answers})

    def fill(self, organisation, act_type="other", files=None):
        """Everything up to the check, with one document unless other `files` are given."""
        files = [("lettre.pdf", pdf_bytes("a"))] if files is None else files
        self.addressee(organisation, act_type)
        self.sender()
        self.subject()
        if files:
            self.upload(*files)
            self.describe()
        return self

    @property
    def token(self):
        return self.client.cookies[cookies.NAME].value.split(".")[0]

    @property
    def draft(self):
        return Draft.objects.get(token_hash=token_hash(self.token))


@pytest.fixture
def office(organisation, registry):
    """The ministry with its registry office: takes deposits."""
    return organisation


@pytest.fixture
def licence(office, unit):
    """A kind of letter with a legal time and two documents it needs."""
    licence = act_type_for(office, code="licence", unit=unit)
    RequiredPiece.objects.create(act_type=licence, name_ar="عقد الكراء", name_fr="Contrat de bail", order=1)
    RequiredPiece.objects.create(act_type=licence, name_ar="نسخة من التصميم", name_fr="Copie du plan", order=2)
    return licence


@pytest.fixture
def depositor(office):
    return Depositor()


@pytest.fixture
def ready(depositor, office):
    """A depositor at the check, with one document."""
    return depositor.fill(office)
