"""Whom a circular reached: counted, named along the chain, reminded, attested."""

import csv
import hashlib
import io
import subprocess
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone, translation
from openpyxl import load_workbook

from core.audit.models import AuditEntry
from core.dates import today
from core.evidence import documents, seal
from core.evidence.models import SealLevel
from core.exceptions import NotAllowed, WrongState
from core.notifications.models import Notification
from core.organisations.enums import Role
from core.outbox import handlers
from core.outbox.models import Message
from home.circulars import document_reach, operations, tasks
from home.circulars.enums import Acknowledging, Audience, Change
from home.circulars.models import Acknowledgement, Circular, ReachProof
from tests.factories.circulars import publish, published
from tests.factories.letters import pdf_bytes
from tests.factories.organisations import UnitFactory, post_for
from tests.factories.users import UserFactory

pytestmark = pytest.mark.django_db
REACH = "/ar/circulars/msp/circular/2026/12-2026/reach"


@pytest.fixture
def editor(unit):
    """Writes circulars in the unit above youssef's."""
    user = UserFactory(username="editor")
    above = UnitFactory(organisation=unit.organisation, code="ABOVE", name_ar="الوحدة العليا")
    unit.parent = above
    unit.save()
    post_for(user, above, Role.CIRCULAR_EDITOR)
    return user


@pytest.fixture
def circular(unit, editor, amina, youssef, karim):
    """Addressed to everybody of both organisations, delivered, opened by amina, acknowledged by youssef."""
    circular = published(unit.organisation, addressees=[{"organisation": None}], acknowledging=Acknowledging.ASKED)
    operations.deliver(circular.current)
    operations.open_version(circular, by=amina)
    operations.acknowledge(circular, by=youssef, hash=circular.current.hash)
    return circular


def counts(circular, version=None):
    return {
        row.unit.pk: (row.delivered, row.opened, row.acknowledged, row.waiting)
        for row in operations.reach(circular, version or circular.current)
    }


def unit_of(user):
    return user.tenures.get().post.unit


# --- counted ---------------------------------------------------------------------------------------------------------


def test_units_are_counted(circular, unit, editor, amina, karim):
    assert counts(circular) == {
        unit.pk: (1, 1, 1, 0),
        unit_of(amina).pk: (1, 1, 0, 1),
        unit_of(editor).pk: (1, 0, 0, 1),
        unit_of(karim).pk: (1, 0, 0, 1),
    }


def test_who_left_counts_as_reached_and_the_successor_is_waited_for(circular, unit, youssef, amina):
    for user in (youssef, amina):
        tenure = user.tenures.get()
        tenure.ends_on = today() - timedelta(days=1)
        tenure.save()
    successor = UserFactory(username="successor")
    youssef.tenures.get().post.tenures.create(user=successor, starts_on=today())
    assert counts(circular)[unit.pk] == (1, 1, 1, 1)
    assert counts(circular)[unit_of(amina).pk] == (1, 1, 0, 0)


def test_successor_before_any_delivery_to_the_unit_is_counted(circular):
    late = UserFactory(username="late")
    post_for(late, UnitFactory(organisation=circular.authority, code="LATE"), Role.AGENT)
    assert counts(circular)[unit_of(late).pk] == (0, 0, 0, 1)


def test_of_an_earlier_version_nobody_is_waited_for(circular, unit, amina):
    first = circular.current
    Circular.objects.filter(pk=circular.pk).update(change=Change.MAJOR, office="الوزير")
    second = publish(circular)
    operations.deliver(second.current)
    assert counts(second, first)[unit_of(amina).pk] == (1, 1, 0, 0)
    assert counts(second)[unit.pk] == (1, 0, 0, 1)


def test_nobody_is_waited_for_where_nothing_is_asked(circular, unit, amina):
    Circular.objects.filter(pk=circular.pk).update(acknowledging=Acknowledging.NONE)
    circular.refresh_from_db()
    assert counts(circular)[unit_of(amina).pk] == (1, 1, 0, 0)


def test_names_are_those_of_the_chain(circular, editor, youssef, amina):
    people = [row.person for row in operations.named(circular, circular.current, to=editor)]
    assert people == [editor, youssef]
    assert [row.person for row in operations.named(circular, circular.current, to=amina)] == [amina]


# --- reminded --------------------------------------------------------------------------------------------------------


def run_outbox(name, task):
    for message in Message.objects.filter(name=name):
        task(message.payload, message=message)


def test_who_has_not_acknowledged_is_reminded_once_a_day(circular, editor, amina, youssef, karim):
    late = UserFactory(username="late")
    post_for(late, unit_of(amina), Role.AGENT)

    assert operations.remind(circular, by=editor) == 4
    assert operations.remind(circular, by=editor) == 0

    run_outbox("circulars.remind", tasks.remind)
    run_outbox("circulars.remind", tasks.remind)
    told = Notification.objects.filter(event="circulars.reminder")
    assert {notice.recipient for notice in told} == {amina, karim, late, editor}
    assert told.count() == 4
    assert AuditEntry.objects.get(event="circulars.reminded").data == {"version": 1, "people": 4}

    Acknowledgement.objects.update(reminded_at=timezone.now() - timedelta(days=1))
    assert operations.remind(circular, by=editor) == 4


def test_who_acknowledges_meanwhile_is_not_told(circular, editor, amina):
    operations.remind(circular, by=editor)
    operations.acknowledge(circular, by=amina, hash=circular.current.hash)
    run_outbox("circulars.remind", tasks.remind)
    assert not Notification.objects.filter(event="circulars.reminder", recipient=amina).exists()


def test_reminding_is_refused(circular, editor, karim):
    with pytest.raises(NotAllowed):
        operations.remind(circular, by=karim)
    Circular.objects.filter(pk=circular.pk).update(acknowledging=Acknowledging.NONE)
    circular.refresh_from_db()
    with pytest.raises(WrongState):
        operations.remind(circular, by=editor)


# --- attested --------------------------------------------------------------------------------------------------------


@pytest.fixture
def plain_press(monkeypatch):
    monkeypatch.setattr("core.evidence.documents.print_document", lambda document, context: pdf_bytes("proof"))
    monkeypatch.setattr("core.evidence.seal.seal", lambda pdf, time_stamp=False: pdf)


def test_proof_keeps_the_counts_of_its_moment(circular, editor, amina, plain_press):
    proof = operations.attest(circular, circular.current, by=editor)
    operations.acknowledge(circular, by=amina, hash=circular.current.hash)
    second = operations.attest(circular, circular.current, by=editor)

    totals = [[sum(row[name] for row in one.counts) for name in document_reach.FIGURES] for one in (proof, second)]
    assert totals == [[4, 2, 1, 3], [4, 2, 2, 2]]
    assert (proof.number, second.number) == (1, 2)
    run_outbox("circulars.prove_reach", tasks.print_proof)
    made = ReachProof.objects.get(number=1)
    assert operations.print_proof(made).file == made.file
    assert (made.file.organisation, made.file.name) == (circular.authority, "msp-circular-2026-12-2026-reach-1.pdf")
    assert AuditEntry.objects.filter(event="circulars.reach_attested").count() == 2


def no_key():
    raise seal.SealUnavailable


@pytest.fixture
def unsealed(circular, editor, client_of, plain_press, monkeypatch):
    """A proof whose PDF was made while the seal key was missing, by the task that makes it."""
    with monkeypatch.context() as without:
        without.setattr("core.evidence.seal.load", no_key)
        operations.attest(circular, circular.current, by=editor)
        run_outbox("circulars.prove_reach", tasks.print_proof)
        tasks.improve_prints()
    return ReachProof.objects.get()


def test_proof_made_without_a_key_is_sealed_once_there_is_one(unsealed, client_of, editor, monkeypatch):
    assert unsealed.seal_level == SealLevel.NONE
    with translation.override("ar"):
        assert str(SealLevel.NONE.label) in client_of(editor).get(f"{REACH}/").text
    counts, file = unsealed.counts, unsealed.file
    assert operations.print_proof(unsealed).file == file  # made once

    job = next(job for job in handlers.jobs() if job.name == "circulars.improve_prints")
    monkeypatch.setattr("core.evidence.documents.print_document", lambda document, context: pdf_bytes(context["seal"]))
    assert job.wanted()
    job.func()

    proof = ReachProof.objects.get()
    assert (proof.seal_level, proof.counts) == (SealLevel.SEALED, counts)
    answer = client_of(editor).get(f"{REACH}/proofs/1.pdf")
    assert hashlib.sha256(b"".join(answer.streaming_content)).hexdigest() == proof.file.sha256 != file.sha256
    entry = AuditEntry.objects.get(event="circulars.reach_proof_sealed")
    assert entry.data == {"proof": 1, "before": file.sha256, "after": proof.file.sha256}
    assert not job.wanted()
    assert not operations.improve_proof(proof)


def test_proof_that_another_worker_sealed_first_stays_as_it_is(unsealed, monkeypatch):
    late = ReachProof.objects.get()
    monkeypatch.setattr("core.evidence.documents.print_document", lambda document, context: pdf_bytes(context["seal"]))
    assert operations.improve_proof(unsealed)

    assert operations.improve_proof(late)
    assert late.file == unsealed.file
    assert AuditEntry.objects.filter(event="circulars.reach_proof_sealed").count() == 1


def test_seal_that_only_seemed_to_be_there_leaves_the_proof(unsealed, monkeypatch):
    monkeypatch.setattr("core.evidence.seal.seal", lambda pdf, time_stamp=False: no_key())
    tasks.improve_prints()
    assert ReachProof.objects.get().file == unsealed.file


def test_proof_is_refused_to_others(circular, karim):
    with pytest.raises(NotAllowed):
        operations.attest(circular, circular.current, by=karim)


@pytest.mark.documents
def test_proof_is_archivable_and_accessible(circular, editor, verapdf, tmp_path):
    proof = operations.attest(circular, circular.current, by=editor)
    paths = {}
    for language in ("ar", "fr"):
        with translation.override(language):
            pdf = documents.render(document_reach.DOCUMENT, document_reach.context(proof, SealLevel.SEALED))
        paths[language] = tmp_path / f"{language}.pdf"
        paths[language].write_bytes(seal.seal(pdf))
    verapdf(list(paths.values()), "3a")
    verapdf(list(paths.values()), "ua1")
    for path in paths.values():
        text = subprocess.run(["pdftotext", path, "-"], capture_output=True, text=True, check=True).stdout
        assert "12/2026" in text
        assert circular.current.hash[:8] in text


# --- the page --------------------------------------------------------------------------------------------------------


def test_page_shows_counts_for_all_and_names_of_the_chain(circular, editor, youssef, amina, client_of):
    page = client_of(editor).get(f"{REACH}/")
    total = page.context["total"]
    assert [total[name] for name in document_reach.FIGURES] == [4, 2, 1, 3]
    assert (total["opened_share"], total["acknowledged_share"]) == (50, 25)
    assert youssef.get_full_name() in page.text
    assert amina.get_full_name() not in page.text
    assert f"{REACH}/" in client_of(editor).get("/eli/ma/msp/circular/2026/12-2026/ara").text


@pytest.mark.parametrize("end", ["/", ".csv", ".xlsx", "/proofs/1.pdf"])
def test_page_does_not_exist_for_others(circular, editor, youssef, karim, client_of, end):
    operations.attest(circular, circular.current, by=editor)
    for user in (youssef, karim):
        assert client_of(user).get(REACH + end).status_code == 404
    assert f"{REACH}/" not in client_of(youssef).get("/eli/ma/msp/circular/2026/12-2026/ara").text


@pytest.mark.parametrize("end", ["/remind/", "/proofs/"])
def test_acts_do_not_exist_for_others(circular, karim, client_of, end):
    assert client_of(karim).post(REACH + end).status_code == 404
    assert not ReachProof.objects.exists()


def test_reminding_says_how_many(circular, editor, client_of):
    client = client_of(editor)
    first, second = (client.post(f"{REACH}/remind/", follow=True) for _time in range(2))
    assert first.redirect_chain == [(f"{REACH}/", 303)]
    assert [str(message) for message in first.context["messages"]] != [str(m) for m in second.context["messages"]]
    assert Message.objects.filter(name="circulars.remind").count() == 1


def test_proof_is_being_made_until_it_is_there(circular, editor, client_of, plain_press):
    client = client_of(editor)
    client.post(f"{REACH}/proofs/?version=1")
    assert client.get(f"{REACH}/proofs/1.pdf").status_code == 202
    assert client.get(f"{REACH}/proofs/2.pdf").status_code == 404
    run_outbox("circulars.prove_reach", tasks.print_proof)
    answer = client.get(f"{REACH}/proofs/1.pdf")
    assert b"".join(answer.streaming_content).startswith(b"%PDF")
    assert f"{REACH}/proofs/1.pdf" in client.get(f"{REACH}/").text


def test_earlier_version_has_its_own_counts(circular, editor, client_of):
    Circular.objects.filter(pk=circular.pk).update(change=Change.MAJOR, office="الوزير")
    publish(circular)
    client = client_of(editor)
    assert client.get(f"{REACH}/?version=1").context["total"]["delivered"] == 4
    assert client.get(f"{REACH}/?version=2").context["total"]["delivered"] == 0
    assert client.get(f"{REACH}/?version=3").status_code == 404
    assert client.get(f"{REACH}/?version=x").context["version"].number == 2


def test_tables_hold_the_same(circular, editor, unit, client_of):
    unit.name_ar = "=1+1"
    unit.save()
    client = client_of(editor)
    rows = list(csv.reader(io.StringIO(client.get(f"{REACH}.csv").content.decode("utf-8-sig"))))
    assert [row[2:] for row in rows if row[1] == "'=1+1"] == [["1", "1", "1", "0"]]
    assert len(rows) == 5
    book = load_workbook(io.BytesIO(client.get(f"{REACH}.xlsx").content))
    counts, people = (list(sheet.values) for sheet in book)
    assert (len(counts), len(people)) == (5, 3)
    assert people[1][0] == editor.get_full_name()


QUERIES = 19


def test_page_takes_as_many_queries_for_three_units_as_for_one(
    unit, editor, youssef, client_of, django_assert_num_queries
):
    circular = published(unit.organisation, addressees=[{"organisation": unit.organisation}], acknowledging="asked")
    operations.deliver(circular.current)
    client, path = client_of(editor), reverse("circulars:reach", args=circular.eli)
    client.get(path)
    with django_assert_num_queries(QUERIES):
        client.get(path)
    for name in ("b", "c", "d"):
        post_for(UserFactory(username=name), UnitFactory(organisation=unit.organisation, code=name), Role.AGENT)
    operations.deliver(circular.current)
    with django_assert_num_queries(QUERIES):
        page = client.get(path)
    assert len(page.context["organisations"][0]["rows"]) == 5


def test_circular_for_its_addressees_only_is_seen_by_its_issuer(unit, editor, youssef, client_of):
    post = youssef.tenures.get().post
    published(unit.organisation, audience=Audience.ADDRESSEES, addressees=[{"post": post}])
    assert client_of(editor).get(f"{REACH}/").status_code == 200
