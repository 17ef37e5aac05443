from datetime import timedelta

import pytest
from django.db import OperationalError
from django.utils import timezone

from core.outbox.models import Worker
from intranet import views

pytestmark = [pytest.mark.django_db, pytest.mark.both]


def test_live_process_says_so_without_asking_anybody(client, django_assert_num_queries):
    with django_assert_num_queries(0):
        answer = client.get("/healthz")
    assert (answer.status_code, answer.text, answer["Cache-Control"]) == (200, "ok\n", "no-store")


def test_process_is_ready_with_database_and_worker(client):
    Worker.objects.create(name="here")
    answer = client.get("/readyz")
    assert answer.status_code == 200
    assert answer.json() == {"database": "ok", "migrations": "ok", "worker": "ok"}


def test_silent_worker_is_said_but_stops_nothing(client):
    Worker.objects.create(name="gone", seen_at=timezone.now() - timedelta(hours=1))
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()["worker"]) == (200, "silent")


def test_process_is_not_ready_before_the_migrations(client, monkeypatch):
    monkeypatch.setattr(views, "_migrated", False)
    monkeypatch.setattr("intranet.views.MigrationExecutor.migration_plan", lambda self, targets: ["one"])
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()["migrations"]) == (503, "missing")


def test_process_is_not_ready_without_database(client, monkeypatch):
    def away():
        raise OperationalError

    monkeypatch.setattr(views, "_is_migrated", away)
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json() == {"database": "away", "migrations": "unknown", "worker": "unknown"}


def test_language_of_a_person_is_the_browsers_while_the_database_is_away(rf, settings):
    class Away:
        @property
        def language(self):
            raise OperationalError

    request = rf.get("/", headers={"accept-language": "fr"})
    request.COOKIES[settings.SESSION_COOKIE_NAME] = "x"
    request.user = Away()
    assert views.language_of(request) == "fr"
