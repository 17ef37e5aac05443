import psycopg
import pytest
from django.db import connection
from django.test import Client

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.both,
    pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has no server that could go away"),
]


@pytest.fixture
def restart():
    """restart() ends every connection of the test's database, as a restart of the server does."""

    def end_all():
        database = connection.settings_dict
        with psycopg.connect(
            dbname=database["NAME"],
            user=database["USER"],
            password=database["PASSWORD"] or None,
            host=database["HOST"],
            port=database["PORT"],
            autocommit=True,
        ) as other:
            other.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )

    return end_all


@pytest.mark.parametrize("path", ["/fr/notifications/", "/fr/notifications/mail/"])
def test_request_in_the_middle_of_a_restart_gets_the_retry_page_and_the_next_one_its_answer(youssef, restart, path):
    client = Client(raise_request_exception=False)
    client.force_login(youssef)
    assert client.get("/fr/notifications/").status_code == 200

    restart()
    broken = client.post(path, {"notices": "none"}) if "mail" in path else client.get(path)
    assert (broken.status_code, broken["Retry-After"]) == (503, "10")
    assert 'lang="fr"' in broken.text

    again = client.post(path, {"notices": "none"}) if "mail" in path else client.get(path)
    assert again.status_code in (200, 303)
