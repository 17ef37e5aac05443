"""The house keeps its own rules: who may enter without signing in, where things stand, what is written nowhere else."""

import ast
import re
import subprocess
from pathlib import Path

import pytest
from django.apps import apps
from django.urls import URLPattern, get_resolver
from django.urls.resolvers import LocalePrefixPattern

from tests.tools import BASE_DIR

# Every view a stranger may open, by the name of its route. A new line here is a decision.
OPEN_TO_STRANGERS = {
    "root", "healthz", "readyz", "wagtail_serve",
    "home:theme", "notifications:mailbox",
    "files:serve", "files:preview", "files:text",  # a signed address, and the reader's right is asked again
    "deposit:start", "deposit:new", "deposit:forget", "deposit:addressee", "deposit:sender", "deposit:subject",
    "deposit:documents", "deposit:email", "deposit:check", "deposit:done", "deposit:pdf", "deposit:later",
    "deposit:resume", "deposit:resume_link",
    "correspondence:track", "correspondence:track_link", "correspondence:story", "correspondence:supply",
    "correspondence:withdraw", "correspondence:answer",
    "evidence:verify", "evidence:check", "evidence:program",
    "circulars:list", "circulars:page", "circulars:text", "circulars:version", "circulars:version_text",
    "circulars:linked_data", "circulars:compare", "circulars:comparison", "circulars:calendar",
    "circulars:calendar_of_action", "circulars:on_day", "circulars:beside", "circulars:offline",
    "circulars:feed", "circulars:feed_changes", "circulars:feed_authority", "circulars:feed_theme",
    "circulars:feed_addressee", "circulars:data",
    "circulars:akoma_ntoso_best", "circulars:akoma_ntoso", "circulars:version_akoma_ntoso",
    "circulars:file",
    "circulars:pdf", "circulars:version_pdf",
    "circulars:page_html", "circulars:text_html", "circulars:version_html", "circulars:version_text_html",
    "circulars:best_pdf", "circulars:best_version_pdf",
    "search:results", "search:suggest",  # of what is public
    "evidence:receipt_pdf",  # with a signed pass that only a page made for its reader gives
}  # fmt: skip
# Whole trees that other libraries bring; each is one line of docs/addresses.md and asks for signing in by itself.
FOREIGN = ("cms/", "documents/", "<language>/account/", "<language>/^account/")
# Of those trees, what a stranger may open: signing in, a forgotten password. Wagtail's API asks for its own signing in;
# what allauth would offer to make accounts is answered by `not_here`.
FOREIGN_OPEN = {
    "account_login", "account_logout", "account_inactive", "account_signup", "account_confirm_login_code",
    "account_email_verification_sent", "account_confirm_email", "account_reset_password", "account_reset_password_done",
    "account_reset_password_from_key", "account_reset_password_from_key_done",
    "mfa_authenticate", "mfa_login_webauthn", "users:", "users:set_language", "wagtailadmin_login",
    "wagtailadmin_api:pages:listing", "wagtailadmin_api:pages:detail", "wagtailadmin_api:pages:find",
    "wagtailadmin_api:pages:action", "wagtailadmin_api:documents:listing", "wagtailadmin_api:documents:detail",
    "wagtailadmin_api:documents:find", "wagtailadmin_api:images:listing", "wagtailadmin_api:images:detail",
    "wagtailadmin_api:images:find",
}  # fmt: skip

FLOORS = ("core", "eservices", "home", "intranet", "search")


def our_apps():
    return [config for config in apps.get_app_configs() if config.name.split(".")[0] in FLOORS]


def routes():
    """Every route as (address, name with namespace, view), `<language>/` standing for the prefix of languages."""

    def walk(resolver, address, namespaces):
        for pattern in resolver.url_patterns:
            is_prefix = isinstance(pattern.pattern, LocalePrefixPattern)
            here = address + ("<language>/" if is_prefix else str(pattern.pattern))
            if isinstance(pattern, URLPattern):
                yield here, ":".join([*namespaces, pattern.name or ""]), pattern.callback
            else:
                yield from walk(pattern, here, [*namespaces, *filter(None, [pattern.namespace])])

    return list(walk(get_resolver(), "", []))


def ours():
    return [route for route in routes() if not route[0].startswith(FOREIGN)]


def sources(*folders):
    for folder in folders or FLOORS:
        yield from (path for path in sorted((BASE_DIR / folder).rglob("*.py")) if "migrations" not in path.parts)


def shown(path):
    return str(Path(path).relative_to(BASE_DIR))


# --- who may enter --------------------------------------------------------------------------------------------------


def test_views_open_to_strangers_are_the_listed_ones():
    found = {name for _address, name, view in ours() if not getattr(view, "login_required", True)}

    assert found == OPEN_TO_STRANGERS


def test_foreign_views_open_to_strangers_are_the_listed_ones():
    found = {
        name
        for address, name, view in routes()
        if address.startswith(FOREIGN) and not getattr(view, "login_required", True)
    }

    assert found == FOREIGN_OPEN


EXAMPLES = {"uuid": "00000000-0000-4000-8000-000000000000", "int": "1", "slug": "x", "str": "x", "path": "x"}


@pytest.mark.django_db
def test_stranger_is_sent_to_sign_in_everywhere_else(client):
    answers = {}
    for address, name, _view in ours():
        if name in OPEN_TO_STRANGERS or "(?" in address:
            continue
        path = "/" + re.sub(r"<(?:(\w+):)?(\w+)>", _example, address)
        response = client.get(path)
        if response.status_code != 404 and not (
            response.status_code == 302 and "/account/login/" in response.headers["Location"]
        ):
            answers[path] = response.status_code

    assert answers == {}


def _example(match):
    return "ar" if match[2] == "language" else EXAMPLES.get(match[1] or "str", "x")


# --- where things stand ---------------------------------------------------------------------------------------------

TREE = {
    "CHANGELOG.md", "CONTRIBUTING.md", "LICENSE", "README.md", "SECURITY.md", "publiccode.yml", "manage.py",
    "gunicorn.conf.py", "pyproject.toml", "requirements.in", "requirements.txt", "requirements-dev.in",
    "requirements-dev.txt", "bench", "core", "docs", "eservices", "home", "intranet", "locale", "script", "search",
    "static", "templates", "tests", "var",
}  # fmt: skip


def test_tree_holds_nothing_unforeseen():
    found = {
        path.name for path in BASE_DIR.iterdir() if not path.name.startswith((".", "_")) and path.suffix != ".egg-info"
    }

    assert found <= TREE
    assert found >= TREE - {"search", "var"}


def test_app_labels_are_the_last_word_of_their_path():
    assert {config.name: config.label for config in our_apps()} == {
        config.name: config.name.split(".")[-1] for config in our_apps()
    }


def test_templates_lie_under_the_label_of_their_app():
    labels = {config.label for config in our_apps()} | {
        "account",
        "mfa",
        "usersessions",
        "allauth",
        "components",
        "wagtailadmin",
        "demo",
    }
    found = {path.name for path in (BASE_DIR / "templates").iterdir() if path.is_dir()}

    assert found <= labels


def test_requests_and_responses_are_known_to_views_and_middleware_only():
    """`wagtail_hooks` stands among the views: Wagtail asks it before a page is served."""
    found = []
    for path in sources():
        if path.stem.split("_")[0] in {"views", "middleware", "wagtail"}:
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            modules = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            modules += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            found += [f"{shown(path)}:{node.lineno}" for name in modules if f"{name}.".startswith("django.http.")]

    assert found == []


# Three places must hear of any bug: the worker writes it into the row, a child process tells its parent, and after a
# deposit that broke the page asks the database what happened and tells the truth.
CATCH_ALL = {"core/outbox/operations.py", "core/evidence/typeset.py", "eservices/deposit/views_deposit.py"}


def test_nobody_catches_every_exception():
    found = set()
    for path in sources(*FLOORS, "bench"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ExceptHandler) and not _raises_again(node):
                caught = node.type.elts if isinstance(node.type, ast.Tuple) else [node.type]
                if any(item is None or getattr(item, "id", "") in {"Exception", "BaseException"} for item in caught):
                    found.add(shown(path))

    assert found <= CATCH_ALL


def _raises_again(handler):
    """Whether it only tidies up: its last word is a bare `raise`."""
    return isinstance(handler.body[-1], ast.Raise) and handler.body[-1].exc is None


# --- templates and styles -------------------------------------------------------------------------------------------

INLINE = re.compile(
    r"""<style\b|\sstyle\s*=|\son[a-z]+\s*=\s*["']|javascript:|<script\b(?![^>]*\bsrc=)(?![^>]*type="application/)""",
    re.IGNORECASE,
)


def test_templates_have_no_inline_script_or_style():
    found = []
    for path in sorted((BASE_DIR / "templates").rglob("*.html")):
        text = re.sub(r"{%\s*comment.*?endcomment\s*%}|{#.*?#}", "", path.read_text(), flags=re.DOTALL)
        found += [f"{shown(path)}: {match[0].strip()}" for match in INLINE.finditer(text)]

    assert found == []


PHYSICAL = re.compile(
    r"(?<![\w-])(?:(?:margin|padding|border|scroll-margin|scroll-padding|inset)-(?:left|right)(?:-\w+)?|left|right"
    r"|border-(?:top|bottom)-(?:left|right)-radius)\s*:|(?:text-align|float|clear)\s*:\s*(?:left|right)",
)


def test_styles_use_logical_properties_only():
    found = []
    for path in sorted([*(BASE_DIR / "static").rglob("*.css"), *(BASE_DIR / "core/evidence/assets").glob("*.css")]):
        if "vendor" in path.parts:
            continue
        text = re.sub(r"/\*.*?\*/", lambda match: "\n" * match[0].count("\n"), path.read_text(), flags=re.DOTALL)
        for number, line in enumerate(text.splitlines(), start=1):
            found += [f"{shown(path)}:{number}: {match[0]}" for match in PHYSICAL.finditer(line)]

    assert found == []


def test_templates_and_styles_ask_nothing_of_other_hosts():
    wanted = re.compile(r"""(?:src|href|url)\s*[=(]\s*["']?(?:https?:)?//(?!www\.w3\.org)""", re.IGNORECASE)
    links = re.compile(r"<a\b[^>]*>", re.IGNORECASE)
    paths = [*(BASE_DIR / "templates").rglob("*.html"), *(BASE_DIR / "static").rglob("*.css")]
    found = [shown(path) for path in sorted(paths) if wanted.search(links.sub("", path.read_text()))]

    assert found == []


# --- what must be written down --------------------------------------------------------------------------------------


def variables():
    text = (BASE_DIR / "intranet/settings.py").read_text() + (BASE_DIR / "gunicorn.conf.py").read_text()
    return set(re.findall(r"""(?:env\.\w+|environ\.get)\(\s*"([A-Z][A-Z0-9_]+)\"""", text))


def test_every_variable_is_in_the_example_and_in_the_documentation():
    example = set(re.findall(r"^#?([A-Z][A-Z0-9_]+)=", (BASE_DIR / ".env.example").read_text(), flags=re.MULTILINE))
    table = [
        line.split("|")[1]
        for line in (BASE_DIR / "docs/configuration.md").read_text().splitlines()
        if line[:3] == "| `"
    ]

    assert example == variables()
    assert set(re.findall(r"`([A-Z0-9_]+)`", " ".join(table))) == variables()


def test_no_secret_has_a_default():
    text = (BASE_DIR / "intranet/settings.py").read_text()

    assert 'SECRET_KEY = env.str("SECRET_KEY")\n' in text


def test_every_dependency_has_its_reason():
    names = set()
    for name in ("requirements.in", "requirements-dev.in"):
        lines = (BASE_DIR / name).read_text().splitlines()
        names |= {re.match(r"[\w.-]+", line)[0].lower() for line in lines if line and line[0] not in "#-"}
    reasons = re.findall(
        r"^\| ([\w.-]+) \| (.{8,}) \|$", (BASE_DIR / "docs/dependencies.md").read_text(), flags=re.MULTILINE
    )

    assert {name for name, _reason in reasons} - {"Library"} == names


def test_every_route_has_its_line_in_the_addresses():
    """`docs/addresses.md` names each route of ours once: `| /<language>/track/ | who | what |`; trees end in `…`."""
    listed = re.findall(r"^\| `/(.*?)` \|", (BASE_DIR / "docs/addresses.md").read_text(), flags=re.MULTILINE)
    listed = [address.replace("\\|", "|") for address in listed]
    trees = tuple(address.removesuffix("…") for address in listed if address.endswith("…"))
    found = {address for address, name, _view in routes() if name != "wagtail_serve" and not address.startswith(trees)}

    assert len(listed) == len(set(listed))
    assert {address for address in listed if not address.endswith("…")} == found


def test_scripts_can_be_run():
    for path in [*(BASE_DIR / "script").iterdir(), BASE_DIR / ".ci/run"]:
        if path.name != "lib.sh":
            assert path.stat().st_mode & 0o111, path.name
            assert path.read_text().startswith("#!/usr/bin/env bash\n"), path.name


def test_no_file_names_a_registry_or_this_machine():
    """Clones are set up through the machine's own configuration; whoever mirrors packages must not be overruled."""
    hosts = "|".join([r"pypi\.org", r"pythonhosted", r"repo1?\.maven\.", r"registry\.npmjs", r"deb\.debian\.org"])
    listed = subprocess.run(
        ["git", "ls-files"], cwd=BASE_DIR, capture_output=True, text=True, check=False
    ).stdout.split("\n")
    found = []
    for name in filter(None, listed):
        path = BASE_DIR / name
        if (
            path.suffix in {".py", ".md", ".toml", ".txt", ".in", ".sh", ".yml", ""}
            and path.is_file()
            and path != Path(__file__)
        ):
            found += [f"{name}: {match[0]}" for match in re.finditer(hosts, path.read_text(errors="replace"))]

    assert found == []
