"""What several tests share and what is no fixture: the database between tests, outside judges, paths."""

import json
import os
import shutil
import subprocess
from contextlib import contextmanager
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.core.cache import cache
from django.db import connection, transaction
from django.template.base import Node

BASE_DIR = Path(__file__).resolve().parent.parent
SHARED = Path(os.environ.get("DIWAN_SHARED") or BASE_DIR.parent / "shared")
REAL = SHARED / "data" / "real"
CI = os.environ.get("CI", "").lower() in {"1", "true", "yes"}


def missing(what):
    """Skip the test because `what` is not on this machine; where everything must run (CI), fail instead."""
    if CI:
        pytest.fail(f"{what} is missing; script/setup --dev installs it")
    pytest.skip(f"{what} is missing; script/setup --dev installs it")


# --- the database between tests -----------------------------------------------------------------------------------
# A test with real transactions leaves rows behind, some of them in tables that refuse DELETE and TRUNCATE. They are
# put back to what the migrations left. Only here: no code of the product can do this.

_baseline: dict[str, str] = {}


def remember_baseline():
    """Copy every row the migrations made, so that `restore_baseline` can bring it back."""
    with connection.cursor() as cursor:
        for index, table in enumerate(_filled(cursor)):
            _baseline[table] = f"_baseline_{index}"
            cursor.execute(f'DROP TABLE IF EXISTS "_baseline_{index}"')
            cursor.execute(f'CREATE TABLE "_baseline_{index}" AS SELECT * FROM "{table}"')


def restore_baseline():
    """Empty every table and put the rows of the migrations back."""
    with past_triggers() as cursor:
        _refill(cursor)
    cache.clear()


@contextmanager
def past_triggers():
    """A transaction in which neither the triggers of append-only tables nor foreign keys refuse anything."""
    if connection.vendor == "postgresql":
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL session_replication_role = replica")
            cursor.execute("SET LOCAL lock_timeout = '30s'")
            yield cursor
    else:
        with connection.constraint_checks_disabled(), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND upper(sql) LIKE '%RAISE%'")
            triggers = cursor.fetchall()
            for name, _sql in triggers:
                cursor.execute(f'DROP TRIGGER "{name}"')
            yield cursor
            for _name, sql in triggers:
                cursor.execute(sql)


def _filled(cursor):
    tables = sorted(connection.introspection.django_table_names(only_existing=True, include_views=False))
    cursor.execute(" UNION ALL ".join(f"SELECT '{t}' WHERE EXISTS (SELECT 1 FROM \"{t}\")" for t in tables))
    return [row[0] for row in cursor.fetchall()]


def _refill(cursor):
    for table in _filled(cursor):
        cursor.execute(f'DELETE FROM "{table}"')
    for table, copy in _baseline.items():
        cursor.execute(f'INSERT INTO "{table}" SELECT * FROM "{copy}"')


# --- templates ------------------------------------------------------------------------------------------------------


class UnknownVariable(str):
    """Fails the test when a template of ours uses a variable nobody gave it; in others it is empty as in production."""

    def __new__(cls):
        return super().__new__(cls, "")

    def __bool__(self):
        import inspect

        frame = inspect.currentframe().f_back
        template = variable = None
        while frame and template is None:
            holder = frame.f_locals.get("self")
            if variable is None and hasattr(holder, "var"):
                variable = str(holder.var)
            if isinstance(holder, Node) and getattr(holder, "origin", None):
                template = holder.origin.name
            frame = frame.f_back
        if template and str(template).startswith(str(BASE_DIR / "templates")):
            pytest.fail(f"unknown variable {variable!r} in {Path(template).relative_to(BASE_DIR)}")
        return False

    def __contains__(self, part):
        return bool(self)


# --- outside judges -------------------------------------------------------------------------------------------------


def cache_dir() -> Path:
    """Where script/setup keeps what it fetched for the tests (see script/lib.sh)."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "diwan"


def run_verapdf(paths, flavour) -> dict[str, list[str]]:
    """What veraPDF finds wrong with each PDF for "3a" or "ua1": {path: ["rule: message", …]}, empty when faultless."""
    jars = Path(os.environ.get("DIWAN_VERAPDF") or cache_dir() / "verapdf-1.28.2")
    if not shutil.which("java") or not list(jars.glob("*.jar")):
        missing("veraPDF")
    command = ["java", "-Djava.awt.headless=true", "-cp", f"{jars}/*", "org.verapdf.apps.GreenfieldCliWrapper"]
    command += ["-f", flavour, "--format", "json", *map(str, paths)]
    answer = subprocess.run(command, capture_output=True, text=True, timeout=180, check=False)
    try:
        jobs = json.loads(answer.stdout)["report"]["jobs"]
    except (ValueError, KeyError):
        pytest.fail(f"veraPDF gave no report: {answer.stdout[:500]} {answer.stderr[-1500:]}")
    found = {}
    for job in jobs:
        problems = [str(job["taskException"])] if job.get("taskException") else []
        for result in job.get("validationResult", []):
            for rule in result["details"]["ruleSummaries"]:
                if rule["ruleStatus"] == "FAILED":
                    problems.append(
                        f"{rule['clause']}-{rule['testNumber']} ({rule['failedChecks']}×): {rule['description']}"
                    )
        if not problems and not job.get("validationResult"):
            problems = ["not validated"]
        found[job["itemDetails"]["name"]] = problems
    return found


AXE_RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


def assert_axe(page, *, without=()):
    """Fail with a readable list when axe finds a barrier on the page; `without` names rules that do not apply here."""
    options = {
        "runOnly": {"type": "tag", "values": AXE_RULES},
        "rules": {rule: {"enabled": False} for rule in without},
        "resultTypes": ["violations"],
        "preload": False,  # axe would fetch our stylesheets again, at wrong addresses
    }
    found = Axe().run(page, options=options).response["violations"]
    lines = []
    for violation in found:
        nodes = " | ".join(node["html"][:160] for node in violation["nodes"][:4])
        lines.append(f"{violation['id']} ({violation['impact']}): {violation['help']} — {nodes}")
    assert not lines, f"{page.url}\n" + "\n".join(lines)


WIDER_THAN_THE_WINDOW = """() => document.documentElement.scrollWidth <= window.innerWidth ? [] :
    [...document.body.querySelectorAll("*")].filter((node) => {
      const box = node.getBoundingClientRect();
      return box.width && (box.right > window.innerWidth || box.left < 0);
    }).map((node) => node.outerHTML.slice(0, 100))"""


def look(page):
    """What people see has no barrier and needs no sideways scrolling; only where scripts run."""
    page.wait_for_load_state("load")  # a page without its styles yet is not what people see
    assert_axe(page)
    wide = page.evaluate(WIDER_THAN_THE_WINDOW)
    assert not wide, f"{page.url}\n" + "\n".join(wide)
