import os
import subprocess
import sys
from zoneinfo import ZoneInfo

import pytest
from django.core.checks import run_checks

from core.states import Machine, Transition
from intranet import checks
from tests.tools import BASE_DIR

PRODUCTION = {
    "SECRET_KEY": "jB3-" + "k7Qw" * 15,
    "FIELD_KEY": "a-long-text-of-its-own-" + "z" * 30,
    "ALLOWED_HOSTS": "diwan.example.ma",
    "PUBLIC_URL": "https://diwan.example.ma",
    "DATABASE_URL": "postgres://diwan@localhost/diwan",
    "SEAL_PKCS12": "/etc/diwan/seal.p12",
}


def ids(errors):
    return [error.id for error in errors]


def manage(tmp_path, *arguments, **environment):
    """Run manage.py configured by nothing but these variables."""
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=BASE_DIR,
        env={"PATH": os.environ["PATH"], "DIWAN_VAR": str(tmp_path), **environment},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.slow
def test_production_settings_are_clean_of_warnings(tmp_path):
    done = manage(tmp_path, "check", "--deploy", "--fail-level", "WARNING", **PRODUCTION)
    assert done.returncode == 0, done.stderr
    assert "no issues" in done.stdout


@pytest.mark.slow
def test_demonstration_refuses_to_start_on_a_database_server(tmp_path):
    done = manage(tmp_path, "check", **PRODUCTION | {"DIWAN_DEMO": "1", "ALLOWED_HOSTS": "localhost"})
    assert done.returncode != 0
    assert "diwan.E002" in done.stderr


def test_checks_are_registered_and_pass_here():
    assert [error for error in run_checks() if error.id.startswith("diwan.E")] == []


def test_zone_data_of_today_is_accepted():
    assert checks.time_zone_data(None) == []


def test_stale_zone_data_is_refused(monkeypatch):
    # Before 2026-09-20 Casablanca was an hour ahead, as Tunis always is: what stale data would say.
    monkeypatch.setattr(checks, "NEW_TIME", checks.NEW_TIME.replace(tzinfo=ZoneInfo("Africa/Tunis")))
    assert ids(checks.time_zone_data(None)) == ["diwan.E001"]


@pytest.mark.parametrize(
    ("database", "hosts", "found"),
    [
        ({"ENGINE": "django.db.backends.sqlite3", "NAME": "x"}, ["localhost"], []),
        ({"ENGINE": "django.db.backends.postgresql", "NAME": "diwan"}, ["localhost"], ["diwan.E002"]),
        ({"ENGINE": "django.db.backends.sqlite3", "NAME": "x"}, ["*"], ["diwan.E003"]),
        ({"ENGINE": "django.db.backends.sqlite3", "NAME": "x"}, ["diwan.gov.ma"], ["diwan.E003"]),
    ],
)
def test_demonstration_keeps_to_itself(settings, monkeypatch, database, hosts, found):
    monkeypatch.setenv("DJANGO_SETTINGS_MODULE", "intranet.settings")
    settings.DEMO = True
    monkeypatch.setitem(settings.DATABASES, "default", database)
    settings.ALLOWED_HOSTS = hosts
    assert ids(checks.demonstration(None)) == found


def test_installation_may_have_any_database_and_name(settings):
    settings.DEMO = False
    settings.ALLOWED_HOSTS = ["diwan.gov.ma"]
    assert checks.demonstration(None) == []


@pytest.mark.parametrize(("is_demo", "found"), [(True, []), (False, ["diwan.E004"])])
def test_fail_points_are_for_the_demonstration_and_tests(settings, monkeypatch, is_demo, found):
    monkeypatch.setenv("FAILPOINTS", "x=exit")
    settings.DEMO = is_demo
    assert ids(checks.fail_points(None)) == found


@pytest.mark.parametrize(
    ("store", "found"),
    [("letters", []), ("media", ["diwan.E005"]), ("media/letters", ["diwan.E005"]), (".", ["diwan.E005"] * 2)],
)
def test_letters_never_lie_where_the_web_server_looks(settings, tmp_path, store, found):
    settings.MEDIA_ROOT, settings.STATIC_ROOT = tmp_path / "media", tmp_path / "static"
    settings.STATICFILES_DIRS = []
    settings.FILE_STORE = tmp_path / store
    assert ids(checks.file_store(None)) == found


def test_every_table_of_states_is_found_and_right():
    assert "correspondence.treatment" in checks.machines()
    assert checks.tables_of_states(None) == []


def test_wrong_table_of_states_is_refused(monkeypatch):
    broken = Machine(["new"], ["close"], {"new": {"close": Transition("gone", ("nobody",))}}, actors={}, guards={})
    monkeypatch.setattr(checks, "machines", lambda: {"tried.machine": broken})
    errors = checks.tables_of_states(None)
    assert ids(errors) == ["diwan.E006"] * 2
    assert "tried.machine" in errors[0].msg


def test_field_key_of_its_own_is_asked_for(monkeypatch):
    monkeypatch.delenv("FIELD_KEY", raising=False)
    assert ids(checks.field_key(None)) == ["diwan.W001"]
    monkeypatch.setenv("FIELD_KEY", "x" * 40)
    assert checks.field_key(None) == []


@pytest.mark.parametrize(
    ("url", "found"),
    [("https://diwan.gov.ma", []), ("http://diwan.gov.ma", ["diwan.W002"]), ("https://localhost", ["diwan.W002"])],
)
def test_public_address_is_one_people_can_open(settings, url, found):
    settings.PUBLIC_URL = url
    assert ids(checks.public_address(None)) == found
