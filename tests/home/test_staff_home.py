import pytest

from core import panels
from core.organisations.operations import make_role_groups, sync_groups
from home.setup import create_default_pages

TILE = panels.Tile(count=14, label="Letters to assign", url="/ar/desk/", note="6 today")
LATE = panels.Tile(count=3, label="Letters past their date", url="/ar/desk/?late=1", is_late=True)
ROW = panels.Row(
    title="Request",
    url="/ar/i/1/",
    tone="late",
    status="2 days late",
    number="MSP-A-2026-003998-0",
    notes=("Legal",),
)


@pytest.fixture
def registered(monkeypatch):
    """Only what the test registers is shown."""
    for name in ("_panels", "_actions", "_entries"):
        monkeypatch.setattr(panels, name, {})


def test_staff_home_asks_strangers_to_sign_in(client, pages):
    answer = client.get("/ar/my-desk/")

    assert answer.status_code == 302
    assert answer.headers["Location"] == "/ar/account/login/?next=/ar/my-desk/"


@pytest.mark.parametrize(("language", "direction"), [("ar", "rtl"), ("fr", "ltr"), ("en", "ltr")])
def test_staff_home_greets_in_each_language(client_of, amina, pages, language, direction):
    answer = client_of(amina).get(f"/{language}/my-desk/")

    assert answer.status_code == 200
    assert f'<html lang="{language}" dir="{direction}"' in answer.content.decode()


def test_staff_home_shows_what_apps_below_registered(client_of, amina, pages, registered):
    @panels.register_panel
    def waiting(request):
        return panels.Panel(title="Late", tiles=[TILE, LATE], rows=[ROW], url="/ar/desk/", order=2)

    @panels.register_panel
    def aside(request):
        return panels.Panel(title="Beside", empty="Nothing beside.", is_aside=True, order=1)

    @panels.register_panel
    def not_yours(request):
        return None

    @panels.register_action
    def register(request):
        return panels.Action(label="Register a letter", url="/ar/desk/new/")

    @panels.register_entry
    def desk(request):
        return panels.Entry(label="Desk", url="/ar/desk/", count=14)

    answer = client_of(amina).get("/ar/my-desk/")

    html = answer.content.decode()
    assert answer.context["tiles"] == [TILE, LATE]
    assert [panel.title for panel in answer.context["lists"]] == ["Late"]
    assert [panel.title for panel in answer.context["asides"]] == ["Beside"]
    assert 'class="tile is-late"' in html
    assert "MSP-A-2026-003998-0" in html
    assert "Nothing beside." in html
    assert "Register a letter" in html
    assert 'Desk <span class="count">14<' in html


def test_panel_registered_twice_is_shown_once(registered, rf):
    def waiting(request):
        return panels.Panel(title="Late")

    panels.register_panel(waiting)
    panels.register_panel(waiting)

    assert len(panels.panels(rf.get("/"))) == 1


def test_staff_home_without_its_page(client_of, amina):
    assert client_of(amina).get("/ar/my-desk/").status_code == 200


def test_staff_home_tells_a_person_without_post(client_of, expired_delegate, organisation):
    create_default_pages()

    answer = client_of(expired_delegate).get("/en/my-desk/")

    assert "You hold no post today" in answer.content.decode()


def test_administration_is_in_the_menu_of_those_who_may(client_of, amina, nadia, pages):
    make_role_groups()
    sync_groups()

    assert 'href="/cms/"' not in client_of(amina).get("/ar/my-desk/").content.decode()
    assert 'href="/cms/"' in client_of(nadia).get("/ar/my-desk/").content.decode()
