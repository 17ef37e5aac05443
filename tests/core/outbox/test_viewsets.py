import pytest
from django.urls import reverse

from core.organisations.operations import sync_groups
from core.outbox import handlers, operations
from core.outbox.enums import MessageState
from core.outbox.models import Job, Message, Worker
from core.outbox.operations import enqueue

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _groups(nadia, youssef, amina, colleague):
    sync_groups()


@pytest.fixture
def dead(known):
    def refuse(payload, *, message):
        raise ValueError("no mailbox for <citizen@example.ma> of MSP-A-2026-000007-X")

    handlers.register("refuse", refuse, max_attempts=1)
    message = enqueue("refuse", {"to": "citizen@example.ma"}, key="MSP-A-2026-000007-X")
    operations.run_pending()
    return message


def test_administrator_sees_names_and_errors_but_no_contents(client_of, nadia, dead):
    client = client_of(nadia)
    listing = client.get(reverse("message:index"))
    detail = client.get(reverse("message:inspect", args=[dead.pk]))

    assert listing.status_code == detail.status_code == 200
    assert "refuse" in listing.text
    assert '<pre dir="ltr">Traceback' in detail.text
    assert "ValueError: no mailbox for" in detail.text
    assert "citizen@example.ma" not in listing.text + detail.text
    assert "MSP-A-2026" not in listing.text + detail.text


def test_administrator_has_a_dead_row_tried_again(client_of, nadia, dead):
    url = reverse("message:inspect", args=[dead.pk])
    answer = client_of(nadia).post(url, follow=True)

    dead.refresh_from_db()
    assert answer.status_code == 200
    assert dead.state == MessageState.WAITING


def test_second_try_says_that_it_was_asked_already(client_of, nadia, dead):
    client, url = client_of(nadia), reverse("message:inspect", args=[dead.pk])
    client.post(url)
    answer = client.post(url, follow=True)
    assert answer.status_code == 200
    assert Message.objects.get().state == MessageState.WAITING


def test_administrator_sees_jobs_and_workers(client_of, nadia):
    from django.utils import timezone

    job = Job.objects.create(name="evidence.checkpoint", due_at=timezone.now())
    Worker.objects.create(name="host:1:abc")
    client = client_of(nadia)
    assert "evidence.checkpoint" in client.get(reverse("job:index")).text
    assert "evidence.checkpoint" in client.get(reverse("job:inspect", args=[job.pk])).text
    assert "host:1:abc" in client.get(reverse("worker:index")).text


@pytest.mark.parametrize("name", ["youssef", "amina", "colleague"])
def test_others_see_nothing_of_it(client_of, request, dead, name):
    client = client_of(request.getfixturevalue(name))
    for url in (reverse("message:index"), reverse("message:inspect", args=[dead.pk]), reverse("job:index")):
        assert (client.get(url).status_code, client.post(url).status_code) == (404, 404)
    assert Message.objects.get().state == MessageState.DEAD
