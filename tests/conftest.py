"""Fixtures of all tests. What runs in a browser, and outside judges, is fetched by script/setup --dev."""

import os
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from django.conf import settings as django_settings
from django.core.cache import cache
from django.core.management import call_command
from django.db import connections
from django.template import engines
from django.test import Client
from django.test.testcases import TransactionTestCase
from django.utils import translation
from hypothesis import settings as hypothesis_settings

from tests import tools
from tests.personas import *  # noqa: F403  the people every test knows

hypothesis_settings.register_profile("diwan", deadline=None, max_examples=60, derandomize=tools.CI)
hypothesis_settings.load_profile("diwan")


def pytest_collection_modifyitems(config, items):
    """Leave out what needs the shared folder where there is none, and keep the browser tests of a file together."""
    if not tools.REAL.is_dir():
        without = [item for item in items if item.get_closest_marker("shared")]
        if without:
            config.hook.pytest_deselected(items=without)
            items[:] = [item for item in items if not item.get_closest_marker("shared")]
    for item in items:
        if item.get_closest_marker("browser"):
            item.add_marker(pytest.mark.xdist_group(str(item.path.name)))


def pytest_unconfigure(config):
    """Remove the temporary folder settings_test made for files, mail and checkpoints."""
    var = django_settings.VAR_DIR
    if var.name.startswith("diwan-test-"):
        shutil.rmtree(var, ignore_errors=True)


# --- database, cache, templates -------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup, django_db_blocker):
    with django_db_blocker.unblock():
        tools.remember_baseline()
    TransactionTestCase._fixture_teardown = lambda self: tools.restore_baseline()


@pytest.fixture(autouse=True)
def _language_of_the_settings():
    """Each test begins in the language of the settings: what a request activates stays with its thread."""
    translation.deactivate()
    yield
    translation.deactivate()


@pytest.fixture(autouse=True)
def _empty_cache():
    yield
    if django_settings.CACHES["default"]["BACKEND"].endswith("LocMemCache"):
        cache.clear()


@pytest.fixture(autouse=True, scope="session")
def _unknown_template_variables_fail():
    unknown = tools.UnknownVariable()
    django_settings.TEMPLATES[0]["OPTIONS"]["string_if_invalid"] = unknown
    for engine in engines.all():
        engine.engine.string_if_invalid = unknown


@pytest.fixture
def real() -> Path:
    """The folder of real input; only for tests marked `shared`."""
    return tools.REAL


@pytest.fixture
def verapdf():
    """verapdf([paths], "3a" | "ua1") fails unless veraPDF finds every file faultless."""

    def judge(paths, flavour):
        faults = {name: problems for name, problems in tools.run_verapdf(paths, flavour).items() if problems}
        assert not faults, "\n".join(f"{name}: {problem}" for name, found in faults.items() for problem in found)

    return judge


# --- a real browser -------------------------------------------------------------------------------------------------

CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
FLAGS = [
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
]


@pytest.fixture(scope="module")
def browser():
    """Chromium for one test file: Playwright's event loop must not outlive it, other tests sign PDFs with asyncio."""
    from playwright.sync_api import expect, sync_playwright

    if not Path(CHROMIUM).exists():
        tools.missing("Chromium")
    expect.set_options(timeout=20_000)
    before = os.environ.get("DJANGO_ALLOW_ASYNC_UNSAFE")
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"  # Playwright's loop runs in this thread; nothing of ours is async
    with sync_playwright() as playwright:
        sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS + sandbox)
        yield chromium
        chromium.close()
    if before is None:
        del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@pytest.fixture
def site(live_server, settings):
    """The address of the running site, which also stands in its mails and QR codes."""
    settings.PUBLIC_URL = live_server.url
    return live_server.url


@pytest.fixture
def open_page(browser, site):
    """open_page("ar", width=390, javascript=True, dark=False) gives a fresh page of a stranger.

    Fails afterwards on errors of scripts, on anything the CSP stopped, and on requests that leave the machine.
    """
    contexts, complaints = [], []

    def guard(route):
        if route.request.url.startswith(("http://localhost", "http://127.0.0.1", "data:", "blob:")):
            return route.continue_()
        complaints.append(f"request to {route.request.url}")
        return route.abort()

    def heard(message):
        ours = message.location["url"]  # what axe injects comes from nowhere
        if ours and message.type == "error" and "Failed to load resource" not in message.text:
            complaints.append(message.text)

    def opener(language="ar", *, width=390, javascript=True, dark=False):
        context = browser.new_context(
            base_url=site,
            locale=f"{language}-MA" if language != "en" else "en-GB",
            timezone_id="Africa/Casablanca",
            viewport={"width": width, "height": 844 if width < 800 else 800},
            java_script_enabled=javascript,
            color_scheme="dark" if dark else "light",
            reduced_motion="reduce",
            accept_downloads=True,
        )
        context.set_default_timeout(30_000)  # two cores carry server, browser and other tests
        contexts.append(context)
        context.route("**/*", guard)
        page = context.new_page()
        page.on("console", heard)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        return page

    yield opener
    for context in contexts:
        context.close()
    assert not complaints, "\n".join(complaints)


@pytest.fixture
def page_ar(open_page):
    """A phone, Arabic."""
    return open_page("ar")


@pytest.fixture
def page_fr(open_page):
    """A phone, French."""
    return open_page("fr")


@pytest.fixture
def desk_ar(open_page):
    """A desk screen, Arabic."""
    return open_page("ar", width=1280)


@pytest.fixture
def desk_fr(open_page):
    """A desk screen, French."""
    return open_page("fr", width=1280)


@pytest.fixture
def page_without_javascript(open_page):
    """A phone, Arabic, that runs no script."""
    return open_page("ar", javascript=False)


@pytest.fixture
def sign_in(site):
    """sign_in(page, user): the page's browser carries the session of `user` from now on."""

    def enter(page, user):
        client = Client()
        client.force_login(user)
        name = django_settings.SESSION_COOKIE_NAME
        page.context.add_cookies([{"name": name, "value": client.cookies[name].value, "url": site}])

    return enter


@pytest.fixture
def assert_axe():
    """assert_axe(page): no barrier found by axe."""
    return tools.assert_axe


@pytest.fixture
def work():
    """work(): everything due in the outbox is done before it returns (in a thread: no event loop, own connection)."""

    def run():
        try:
            call_command("run_worker", "--until-empty")
        finally:
            connections.close_all()

    def until_empty():
        with ThreadPoolExecutor(max_workers=1) as pool:
            pool.submit(run).result()

    return until_empty
