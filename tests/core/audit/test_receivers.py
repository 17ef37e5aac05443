import pytest
from django.contrib.auth import authenticate

from tests.factories.users import PASSWORD

pytestmark = pytest.mark.django_db


def said(caplog):
    return [(record.msg, getattr(record, "user", None)) for record in caplog.records if record.name == "diwan.security"]


def test_signing_in_and_out_is_logged_by_key(client, youssef, caplog):
    with caplog.at_level("INFO", logger="diwan.security"):
        client.login(username="youssef", password=PASSWORD)
        client.logout()
    assert said(caplog) == [("account.signed_in", youssef.pk), ("account.signed_out", youssef.pk)]


def test_failed_attempt_is_logged_without_what_was_typed(rf, youssef, caplog):
    with caplog.at_level("INFO", logger="diwan.security"):
        authenticate(rf.post("/"), username="youssef", password="what I typed")
    assert said(caplog) == [("account.sign_in_failed", None)]
    assert "what I typed" not in caplog.text
    assert "youssef" not in caplog.text
