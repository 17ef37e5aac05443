"""What must hold before the product starts: `Error` stops every command, `Warning` is said by `check --deploy`."""

import os
import zoneinfo
from datetime import datetime, timedelta
from importlib import import_module
from pathlib import Path

from django.apps import apps
from django.conf import settings
from django.core.checks import Error, Tags, Warning, register

from core import failpoints
from core.dates import CASABLANCA
from core.states import Machine

# The first day on which old and new data disagree: Morocco left its hour of advance on 2026-09-20 (data 2026c).
NEW_TIME = datetime(2026, 10, 1, 12, tzinfo=CASABLANCA)
LOCAL_HOSTS = {"localhost", "127.0.0.1", "[::1]"}
LOCAL_DATABASES = {"", "localhost", "127.0.0.1", "::1"}


@register()
def time_zone_data(app_configs, **kwargs):
    """Numbers and deadlines depend on the office's day: an hour wrong is a wrong legal fact."""
    if NEW_TIME.utcoffset() == timedelta(0):
        return []
    return [
        Error(
            "The time-zone data is stale: Africa/Casablanca must be UTC+0 since 2026-09-20.",
            hint=f"Install the pinned package `tzdata` again; zone data was searched in {zoneinfo.TZPATH or 'tzdata'}.",
            id="diwan.E001",
        )
    ]


@register()
def demonstration(app_configs, **kwargs):
    """The demonstration has public passwords: it never meets real data nor a network."""
    if not settings.DEMO:
        return []
    found = []
    database = settings.DATABASES["default"]
    if not database["ENGINE"].endswith("sqlite3") and not _is_for_tests(database):
        found.append(
            Error(
                "DIWAN_DEMO=1 refuses a database server: the demonstration never touches a production database.",
                hint="Unset DIWAN_DEMO, or unset DATABASE_URL.",
                id="diwan.E002",
            )
        )
    if foreign := set(settings.ALLOWED_HOSTS) - LOCAL_HOSTS - {"testserver"}:
        found.append(
            Error(
                f"DIWAN_DEMO=1 answers on this machine only, not as {', '.join(sorted(foreign))}.",
                hint="Unset DIWAN_DEMO, or leave ALLOWED_HOSTS to its default.",
                id="diwan.E003",
            )
        )
    return found


def _is_for_tests(database):
    """The test settings run with the demonstration's cookies on a database made for tests alone."""
    return os.environ.get("DJANGO_SETTINGS_MODULE", "").endswith("settings_test") or database["NAME"].startswith(
        "test_"
    )


@register()
def fail_points(app_configs, **kwargs):
    """Only tests may make a process fail."""
    if settings.DEMO or failpoints.VARIABLE not in os.environ:
        return []
    return [Error(f"{failpoints.VARIABLE} is set: this process would fail on purpose.", id="diwan.E004")]


@register()
def file_store(app_configs, **kwargs):
    """Letters lie where no web server hands them out."""
    store = Path(settings.FILE_STORE).resolve()
    public = {"MEDIA_ROOT": settings.MEDIA_ROOT, "STATIC_ROOT": settings.STATIC_ROOT}
    public |= {f"STATICFILES_DIRS[{number}]": path for number, path in enumerate(settings.STATICFILES_DIRS)}
    return [
        Error(
            f"FILE_STORE ({store}) and {name} lie in one another: letters would have a public address.",
            hint="Choose a folder of its own for FILE_STORE.",
            id="diwan.E005",
        )
        for name, folder in public.items()
        if folder and _overlap(store, Path(folder).resolve())
    ]


def _overlap(one, other):
    return one == other or one in other.parents or other in one.parents


@register()
def tables_of_states(app_configs, **kwargs):
    """Each table of states names only states, events, actors and guards that exist."""
    return [
        Error(f"The table of states `{name}` is wrong: {problem}.", id="diwan.E006")
        for name, machine in machines().items()
        for problem in machine.problems()
    ]


def machines() -> dict[str, Machine]:
    """Every machine an app's `permissions.py` makes."""
    found = {}
    for config in apps.get_app_configs():
        if not config.name.startswith(("core.", "eservices.", "home")):
            continue
        try:
            module = import_module(f"{config.name}.permissions")
        except ModuleNotFoundError as error:
            if error.name != f"{config.name}.permissions":
                raise
            continue
        found |= {f"{config.label}.{name}": value for name, value in vars(module).items() if isinstance(value, Machine)}
    return found


@register(Tags.security, deploy=True)
def field_key(app_configs, **kwargs):
    """Second factors and tracking codes are encrypted with FIELD_KEY: changing SECRET_KEY must not lose them."""
    if os.environ.get("FIELD_KEY"):
        return []
    return [
        Warning(
            "FIELD_KEY is not set, so stored secrets are encrypted with SECRET_KEY.",
            hint="Set FIELD_KEY to a long random text of its own, keep it with the backups' keys, and never change it.",
            id="diwan.W001",
        )
    ]


@register(Tags.security, deploy=True)
def public_address(app_configs, **kwargs):
    """Mails and QR codes carry PUBLIC_URL for years."""
    if settings.PUBLIC_URL.startswith("https://") and "localhost" not in settings.PUBLIC_URL:
        return []
    return [
        Warning(
            f"PUBLIC_URL is {settings.PUBLIC_URL}: receipts and mails would lead nowhere.",
            hint="Set PUBLIC_URL to the https address people use.",
            id="diwan.W002",
        )
    ]
