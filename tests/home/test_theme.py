import pytest


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_theme_is_remembered(client, pages, theme):
    answer = client.post("/ar/appearance/", {"theme": theme, "next": "/ar/help/?a=1"})

    assert (answer.status_code, answer.headers["Location"]) == (303, "/ar/help/?a=1")
    html = client.get("/ar/help/").content.decode()
    assert f'data-bs-theme="{theme}"' in html
    assert f'value="{theme}" aria-pressed="true"' in html


def test_theme_of_the_device_forgets(client, pages):
    client.post("/ar/appearance/", {"theme": "dark"})
    client.post("/ar/appearance/", {"theme": "system"})

    assert "data-bs-theme" not in client.get("/ar/").content.decode()


def test_theme_leads_nowhere_else(client, db):
    answer = client.post("/fr/appearance/", {"theme": "dark", "next": "https://evil.example/"})

    assert answer.headers["Location"] == "/fr/"


def test_theme_unknown_in_the_cookie_is_ignored(client, pages):
    client.cookies["theme"] = '"><script>'

    assert "data-bs-theme" not in client.get("/ar/").content.decode()


def test_theme_is_changed_by_post_only(client, db):
    assert client.get("/ar/appearance/").status_code == 405
