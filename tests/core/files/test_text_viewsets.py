"""The administrator's page: how far the text of all files is known, and what is not readable."""

import pytest
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation

from core.files import links, operations_text, reading
from core.files.enums import ReadProblem, ReadState
from core.files.models import StoredFile
from core.organisations.operations import sync_groups
from core.outbox.models import Message
from tests.core.files import makers

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _groups(nadia, youssef, amina, colleague):
    sync_groups()


@pytest.fixture
def files(receive, organisation):
    """One in each state, and one that was read in part."""
    found = {}
    for state, problem in [
        (ReadState.WAITING, ""),
        (ReadState.READ, ""),
        (ReadState.READ, ReadProblem.CUT),
        (ReadState.NOTHING, ReadProblem.DAMAGED),
        (ReadState.NOT_NOW, ReadProblem.NO_RECOGNITION),
    ]:
        file = receive(makers.pdf(pages=len(found) + 1), "Plainte de M. Alaoui.pdf", organisation=organisation)
        StoredFile.objects.filter(pk=file.pk).update(reading=state, read_problem=problem)
        found[state, problem] = StoredFile.objects.get(pk=file.pk)
    return found


def test_administrator_sees_counts_and_reasons_but_no_names(client_of, nadia, files, monkeypatch):
    monkeypatch.setattr(reading, "languages", lambda: ())
    page = client_of(nadia).get(reverse("file_texts:index"))

    assert [count for _label, count in page.context["counts"]] == [1, 2, 1, 1]
    assert {file.read_problem for file in page.context["object_list"]} == {"cut", "damaged", "no_recognition"}
    assert "Alaoui" not in page.text
    assert page.context["can_recognise"] is False


def test_one_file_is_read_again(client_of, nadia, files):
    file = files[ReadState.NOTHING, ReadProblem.DAMAGED]
    url = reverse("file_texts:inspect", args=[file.pk])
    client = client_of(nadia)
    detail = client.get(url)
    assert detail.status_code == 200
    assert "Alaoui" not in detail.text

    answer = client.post(url)

    assert answer.headers["Location"] == reverse("file_texts:index")
    assert StoredFile.objects.get(pk=file.pk).reading == ReadState.WAITING
    assert Message.objects.filter(name=operations_text.READ, payload={"file": file.pk}).count() == 2


def test_all_that_could_not_be_read_is_read_again(client_of, nadia, files):
    client_of(nadia).post(reverse("file_texts:index"))

    states = set(StoredFile.objects.filter(reading=ReadState.WAITING).values_list("pk", flat=True))
    assert states == {files[ReadState.WAITING, ""].pk, files[ReadState.NOT_NOW, ReadProblem.NO_RECOGNITION].pk}


@pytest.mark.parametrize("person", ["youssef", "amina", "colleague"])
def test_nobody_else_sees_or_asks(client_of, request, person, files):
    client = client_of(request.getfixturevalue(person))
    file = files[ReadState.NOT_NOW, ReadProblem.NO_RECOGNITION]

    for url in (reverse("file_texts:index"), reverse("file_texts:inspect", args=[file.pk])):
        assert client.get(url).status_code in (302, 403, 404)
        assert client.post(url).status_code in (302, 403, 404)
    assert StoredFile.objects.filter(reading=ReadState.WAITING).count() == 1


def test_right_is_asked_at_the_operation_too(client_of, nadia, files, monkeypatch):
    monkeypatch.setattr(operations_text, "can_read_again", lambda user: False)

    assert client_of(nadia).post(reverse("file_texts:index")).headers["Location"] == reverse("wagtailadmin_home")
    assert StoredFile.objects.filter(reading=ReadState.WAITING).count() == 1


def test_file_of_a_draft_is_not_shown(client_of, nadia, receive):
    file = receive(draft="d" * 32)

    assert client_of(nadia).get(reverse("file_texts:inspect", args=[file.pk])).status_code == 404


# --- where files are listed -------------------------------------------------------------------------------------------


@translation.override("en")
def test_list_of_files_says_how_far_the_text_is_known(files, youssef):
    said = {
        key: render_to_string("files/_file.html", {"shown": links.shown(file, user=youssef)})
        for key, file in files.items()
    }

    assert "has not been read yet" in said[ReadState.WAITING, ""]
    assert "No text was found" in said[ReadState.NOTHING, ReadProblem.DAMAGED]
    assert "Tesseract is not installed here" in said[ReadState.NOT_NOW, ReadProblem.NO_RECOGNITION]
    assert "only the beginning" in said[ReadState.READ, ReadProblem.CUT]
    assert said[ReadState.READ, ""].count("file-state") == 1


@translation.override("en")
def test_depositor_is_not_told_of_searches(files):
    waiting = files[ReadState.WAITING, ""]

    html = render_to_string("files/_file.html", {"shown": links.shown(waiting, scope="track:1")})

    assert "has not been read yet" not in html
