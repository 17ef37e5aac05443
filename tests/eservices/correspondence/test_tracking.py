import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from core.evidence.models import Event
from core.outbox.models import Message
from eservices.correspondence import operations
from eservices.correspondence.models import WorkItem
from tests.factories.letters import deposited, pdf_bytes, stored_pdf

pytestmark = pytest.mark.django_db
TRACK = "/ar/track/"


@pytest.fixture
def done(organisation, registry, act_type):
    return deposited(organisation, act_type=act_type)


@pytest.fixture
def follower(client, done):
    """A browser that proved number and code."""
    client.post(TRACK, {"number": done.item.correspondence.number, "code": done.tracking_code})
    return client


def story_url(item):
    return f"{TRACK}{item.correspondence.number}/"


def put_on_hold(item, unit, amina, youssef):
    operations.assign(item, to_unit=unit, by=amina)
    operations.take(item, by=youssef)
    operations.request_pieces(item, by=youssef, text="نسخة من التصميم")


def test_track_with_number_and_code_leads_to_the_story(client, done):
    response = client.post(TRACK, {"number": done.item.correspondence.number.lower(), "code": done.tracking_code})

    assert response.url == story_url(done.item)
    body = client.get(response.url).content.decode()
    assert "سُجلت مراسلتك بمكتب الضبط" in body
    assert done.tracking_code not in body


def test_track_answers_unknown_number_and_wrong_code_alike(client, done):
    wrong_code = client.post(TRACK, {"number": done.item.correspondence.number, "code": "0000-0000-0000"})
    unknown = client.post(TRACK, {"number": "MSP-A-2026-999999-X", "code": done.tracking_code})

    assert wrong_code.status_code == unknown.status_code == 200
    assert wrong_code.context["form"].non_field_errors() == unknown.context["form"].non_field_errors()


def test_track_is_limited(client, done):
    answers = [
        client.post(TRACK, {"number": done.item.correspondence.number, "code": f"0000-0000-{n:04d}"}) for n in range(12)
    ]

    assert answers[-1].status_code == 429


def test_story_without_proof_asks_for_the_code(client, done):
    response = client.get(story_url(done.item))

    assert response.status_code == 302
    assert response.url == f"{TRACK}?number={done.item.correspondence.number}"


@pytest.mark.parametrize("page", ["documents/", "withdraw/"])
def test_acts_without_proof_are_unknown(client, done, page):
    assert client.post(story_url(done.item) + page).status_code == 404


def test_story_takes_few_queries(follower, done, django_assert_num_queries):
    with django_assert_num_queries(16, exact=False):
        assert follower.get(story_url(done.item)).status_code == 200


def test_missing_documents_are_asked_and_supplied_once(follower, done, unit, amina, youssef):
    put_on_hold(done.item, unit, amina, youssef)
    assert "نسخة من التصميم" in follower.get(story_url(done.item)).content.decode()
    files = [SimpleUploadedFile(f"plan{n}.pdf", pdf_bytes(str(n)), "application/pdf") for n in range(2)]

    first = follower.post(f"{story_url(done.item)}documents/", {"files": files, "message": "تفضلوا"})

    item = WorkItem.objects.get(pk=done.item.pk)
    assert first.status_code == 302
    assert item.state == "in_progress"
    assert item.correspondence.attachments.filter(kind="piece").count() == 2
    again = follower.post(
        f"{story_url(done.item)}documents/", {"files": SimpleUploadedFile("x.pdf", pdf_bytes("y"), "application/pdf")}
    )
    assert again.status_code == 200
    assert item.correspondence.attachments.filter(kind="piece").count() == 2


def test_missing_documents_without_a_file_say_so(follower, done, unit, amina, youssef):
    put_on_hold(done.item, unit, amina, youssef)

    response = follower.post(f"{story_url(done.item)}documents/", {"message": "نص"})

    assert "files" in response.context["supply"].errors
    assert "نص" in response.content.decode()


def test_answer_is_read_and_its_first_opening_is_evidence(follower, done, organisation, unit, amina, youssef):
    operations.assign(done.item, to_unit=unit, by=amina)
    operations.take(done.item, by=youssef)
    answer = operations.dispatch_answer(
        done.item, pdf=stored_pdf(organisation, "answer"), subject="جواب", signed_by="يوسف", by=youssef
    )
    url = f"{story_url(done.item)}{answer.number}/"
    assert answer.number in follower.get(story_url(done.item)).content.decode()

    page = follower.get(url)
    follower.get(url)

    assert page.status_code == 200
    assert Event.objects.filter(object_id=answer.object_id, code="opened").count() == 1
    file_url = page.context["files"][0].url
    response = follower.get(file_url)
    assert response.status_code == 200
    response.close()


def test_answer_file_is_unknown_to_another_browser(follower, done, organisation, unit, amina, youssef):
    operations.assign(done.item, to_unit=unit, by=amina)
    operations.take(done.item, by=youssef)
    answer = operations.dispatch_answer(
        done.item, pdf=stored_pdf(organisation, "answer"), subject="جواب", signed_by="يوسف", by=youssef
    )
    page = follower.get(f"{story_url(done.item)}{answer.number}/")

    assert Client().get(page.context["files"][0].url).status_code == 404
    assert Client().get(f"{story_url(done.item)}{answer.number}/").status_code == 404


def test_story_goes_on_at_the_competent_administration(follower, done, amina, other_organisation, other_registry):
    arrived = operations.redirect(done.item, to_organisation=other_organisation, by=amina)

    body = follower.get(story_url(done.item)).content.decode()

    assert arrived.correspondence.number in body


def test_withdraw_is_confirmed_then_told(follower, done):
    assert follower.get(f"{story_url(done.item)}withdraw/").status_code == 200

    response = follower.post(f"{story_url(done.item)}withdraw/", {})

    assert response.status_code == 302
    assert WorkItem.objects.get(pk=done.item.pk).withdrawal_asked_at is not None


def test_mail_link_works_once_and_carries_no_code(client, done):
    message = Message.objects.get(name="notifications.mail")
    url = message.payload["data"]["track_url"].removeprefix("http://localhost:8000")
    assert done.tracking_code not in str(message.payload)
    assert client.get(url).status_code == 200

    response = client.post(url)

    assert response.url == story_url(done.item)
    assert client.get(response.url).status_code == 200
    assert client.post(url).status_code == 404
