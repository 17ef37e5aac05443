"""The PDF of a version: archivable, accessible, made once."""

import hashlib
import io
import subprocess

import pikepdf
import pytest
from django.utils import translation

from core.evidence import documents, seal
from core.evidence.models import SealLevel
from core.organisations.models import Tenure
from core.outbox import handlers
from core.outbox.models import Message
from home.circulars import document, operations, tasks
from home.circulars.models import Action, Addressee, Circular, CircularFile, CircularPrint
from tests.factories.circulars import add_text, publish, published, written
from tests.factories.letters import pdf_bytes

pytestmark = pytest.mark.django_db
PAGE = "/eli/ma/msp/circular/2026/12-2026"


@pytest.fixture
def plain_press(monkeypatch):
    """The press and the seal replaced where only the rows matter."""
    monkeypatch.setattr("core.evidence.documents.print_document", lambda document, context: pdf_bytes("print"))
    monkeypatch.setattr("core.evidence.seal.seal", lambda pdf, time_stamp=False: pdf)


def bilingual(organisation, **values):
    circular = written(organisation, hijri_date="26 ربيع الأول 1448", contact="secretariat@msp.example", **values)
    words = "Le <b>délai</b> est de <i>5 jours</i>&nbsp;: <ul><li>un</li></ul> loi n° 55.19 <a href='https://x.example'>ici</a>"
    add_text(
        circular, "fr", "Dépôt numérique obligatoire", [words, "Deux", "Trois"], standing="official", summary="Bref."
    )
    Action.objects.create(circular=circular, text_ar="عين مسؤولا", text_fr="Désigner", due_on=circular.signed_on)
    operations.attach(circular, pdf_bytes("annex"), name="annexe-1.pdf", title="نموذج التقرير")
    return publish(circular)


@pytest.mark.documents
def test_print_is_archivable_accessible_and_reads_forwards(organisation, verapdf, tmp_path):
    version = bilingual(organisation).current
    paths = {}
    for language, level in [("ar", SealLevel.SEALED), ("fr", SealLevel.NONE)]:
        with translation.override(language):
            pdf = documents.render(document.DOCUMENT, document.context(version, language, level))
        paths[language] = tmp_path / f"{language}.pdf"
        paths[language].write_bytes(seal.seal(pdf) if level == SealLevel.SEALED else pdf)

    verapdf(list(paths.values()), "3a")
    verapdf(list(paths.values()), "ua1")
    arabic, french = ("".join(text_of(paths[language]).split()) for language in ("ar", "fr"))
    sha256 = CircularFile.objects.get().file.sha256
    for text in (arabic, french):
        for words in (
            "12/2026",
            "1448",
            version.hash[:32],
            sha256[:32],
            "annexe-1.pdf",
            PAGE,
            document.TEMPLATE_VERSION,
        ):
            assert words in text, words
    assert french.index("Dépôtnumériqueobligatoire") < french.index("Désigner") < french.index("Ledélaiestde5jours")
    assert "loin°55.19ici(https://x.example)" in french
    with pikepdf.open(paths["ar"]) as pdf:
        embedded = pdf.attachments["version.json"].get_file().read_bytes()
    assert hashlib.sha256(embedded).hexdigest() == version.hash


def text_of(path):
    return subprocess.run(["pdftotext", path, "-"], capture_output=True, text=True, check=True).stdout


def test_markup_keeps_words_and_nothing_else():
    html = (
        '<p onclick="x">a &amp; b<br>c <!-- no --><script>d</script></p><table><tr><th scope="row">e</th></tr></table>'
    )
    assert document.markup(html) == (
        '<p>a &amp; b<br/>c </p><table class="grid"><tr><th scope="row">e</th></tr></table>'
    )


def test_each_language_is_made_once_by_the_worker(organisation, plain_press):
    version = bilingual(organisation).current
    asked = Message.objects.filter(name="circulars.print")
    assert sorted(message.payload["language"] for message in asked) == ["ar", "fr"]
    for message in [*asked, *asked]:
        tasks.print_version(message.payload, message=message)
    made = CircularPrint.objects.get(language="fr")
    assert CircularPrint.objects.count() == 2
    assert made.file.organisation == organisation
    assert made.file.name == f"msp-circular-2026-12-2026-{version.address}-fra.pdf"


def test_pdf_is_being_made_until_it_is_there(client, organisation, plain_press):
    version = bilingual(organisation).current
    Message.objects.all().delete()
    waiting = client.get(f"{PAGE}/fra.pdf")
    assert (waiting.status_code, Message.objects.filter(name="circulars.print").count()) == (202, 2)
    assert f"{PAGE}/fra" in waiting.text

    made = operations.print_version(version, "fr")

    for address in (f"{PAGE}/fra.pdf", f"{PAGE}/{version.address}/fra.pdf"):
        answer = client.get(address)
        assert hashlib.sha256(b"".join(answer.streaming_content)).hexdigest() == made.file.sha256
        assert answer.headers["Content-Type"] == "application/pdf"
        assert answer.headers["Content-Disposition"].startswith("inline")


def served(client, address=f"{PAGE}/ara.pdf"):
    return hashlib.sha256(b"".join(client.get(address).streaming_content)).hexdigest()


def test_pdf_made_without_a_key_is_sealed_once_there_is_one(client, organisation, plain_press, monkeypatch):
    version = published(organisation).current
    with monkeypatch.context() as without:
        without.setattr("core.evidence.seal.load", no_key)
        first = operations.print_version(version, "ar")
        tasks.improve_prints()
    assert (first.seal_level, CircularPrint.objects.count()) == (SealLevel.NONE, 1)
    assert served(client) == first.file.sha256

    job = next(job for job in handlers.jobs() if job.name == "circulars.improve_prints")
    monkeypatch.setattr("core.evidence.documents.print_document", lambda document, context: pdf_bytes(context["seal"]))
    assert job.wanted()
    job.func()
    second = operations.current_print(version, "ar")
    assert (second.number, second.seal_level) == (2, SealLevel.SEALED)
    assert served(client) == second.file.sha256 != first.file.sha256
    assert not job.wanted()
    assert operations.print_version(version, "ar") == second
    assert CircularPrint.objects.count() == 2


def no_key():
    raise seal.SealUnavailable


def test_seal_that_only_seemed_to_be_there_makes_no_edition(organisation, plain_press, settings, monkeypatch):
    version = published(organisation).current
    first = operations.print_version(version, "ar")
    assert first.seal_level == SealLevel.SEALED
    assert not operations.improve_print(first)
    settings.TIME_STAMP_URL = "http://127.0.0.1:9/tsa"
    seal.forget()

    for failing in (without_key, without_stamp):
        monkeypatch.setattr("core.evidence.seal.seal", failing)
        tasks.improve_prints()
        assert CircularPrint.objects.count() == 1


def without_key(pdf, time_stamp=False):
    raise seal.SealUnavailable


def without_stamp(pdf, time_stamp=False):
    if time_stamp:
        raise seal.TimeStampUnavailable
    return pdf


def test_print_names_the_addressees_of_its_version(client, organisation, other_organisation, youssef):
    post = Tenure.objects.get(user=youssef).post
    circular = published(organisation, addressees=[{"post": post}, {"organisation": organisation}])
    first = circular.current
    Addressee.objects.filter(circular=circular).delete()
    Addressee.objects.create(circular=circular, organisation=other_organisation)
    Addressee.objects.create(circular=circular, unit_kind="registry")
    Circular.objects.filter(pk=circular.pk).update(office="الوزير المنتدب")
    second = publish(circular).current
    names = {}
    with translation.override("fr"):
        for version in (first, second):
            context = document.context(version, "ar", SealLevel.NONE)
            names[version.number] = [name.strip("\u2068\u2069") for name in context["addressees"]]
    assert names == {
        1: ["Directeur", "Ministère des services publics"],
        2: ["Commune d'essai", "bureaux d’ordre, tous les organismes"],
    }
    assert "جماعة تجريبية" not in client.get(f"{PAGE}/{first.address}/ara").text
    assert "وزارة الخدمات العمومية" in client.get(f"{PAGE}/{first.address}/ara").text
    assert "جماعة تجريبية" in client.get(f"{PAGE}/ara").text


def test_pdf_of_an_earlier_version_stays(client, organisation, plain_press):
    first = published(organisation)
    kept = operations.print_version(first.current, "ar")
    Circular.objects.filter(pk=first.pk).update(office="الوزير المنتدب")
    second = publish(first)
    assert client.get(f"{PAGE}/ara.pdf").status_code == 202
    answer = client.get(f"{PAGE}/{first.current.address}/ara.pdf")
    assert hashlib.sha256(io.BytesIO(b"".join(answer.streaming_content)).getvalue()).hexdigest() == kept.file.sha256
    assert f"{PAGE}/ara.pdf" in client.get(f"{PAGE}/ara").text
    assert f"{PAGE}/{first.current.address}/ara.pdf" in client.get(f"{PAGE}/{first.current.address}/ara").text
    assert second.current.address.endswith(".2")


def test_pdf_in_a_language_it_has_not_leads_to_the_authentic_one(client, organisation):
    version = published(organisation).current
    assert client.get(f"{PAGE}/eng.pdf").url == f"{PAGE}/ara.pdf"
    assert client.get(f"{PAGE}/{version.address}/eng.pdf").url == f"{PAGE}/{version.address}/ara.pdf"
