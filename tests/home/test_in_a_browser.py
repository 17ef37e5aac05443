import pytest

from tests.factories.users import PASSWORD

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def site_pages(site, pages):
    return site


@pytest.mark.parametrize("language", ["ar", "fr"])
@pytest.mark.parametrize(("width", "dark"), [(390, False), (1280, False), (1280, True)])
def test_public_pages_hold_no_barrier(open_page, site_pages, assert_axe, language, width, dark):
    page = open_page(language, width=width, dark=dark)

    for path in ("", "help/", "news/", "account/login/", "nowhere/"):
        page.goto(f"/{language}/{path}")
        assert_axe(page)
        assert not page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"), path


@pytest.mark.parametrize("language", ["ar", "fr"])
def test_staff_pages_hold_no_barrier(open_page, site_pages, sign_in, amina, assert_axe, language):
    page = open_page(language, width=1280)
    sign_in(page, amina)

    for path in ("my-desk/", "account/2fa/", "account/sessions/", "account/password/change/"):
        page.goto(f"/{language}/{path}")
        assert_axe(page)


def test_menu_opens_without_javascript(page_without_javascript, site_pages):
    page = page_without_javascript
    page.goto("/ar/")

    page.get_by_role("button", name="القائمة", exact=True).click()
    page.get_by_role("link", name="مساعدة").first.click()

    assert page.url.endswith("/ar/help/")


def test_theme_is_switched_without_javascript(page_without_javascript, site_pages):
    page = page_without_javascript
    page.goto("/ar/help/")

    page.get_by_role("button", name="داكن").click()

    assert page.url.endswith("/ar/help/")
    assert page.locator("html[data-bs-theme=dark]").count() == 1


def test_nothing_is_lost_at_320_pixels(open_page, site_pages):
    page = open_page("ar", width=320)
    for path in ("/ar/", "/fr/", "/ar/help/", "/fr/account/login/"):
        page.goto(path)
        assert not page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"), path


def test_passkey_is_added_and_signs_in(open_page, site_pages, sign_in, amina):
    """On localhost, with a virtual authenticator: added to the account, then enough to sign in."""
    page = open_page("fr", width=1280)
    devtools = page.context.new_cdp_session(page)
    devtools.send("WebAuthn.enable")
    devtools.send(
        "WebAuthn.addVirtualAuthenticator",
        {
            "options": {
                "protocol": "ctap2",
                "transport": "internal",
                "hasResidentKey": True,
                "hasUserVerification": True,
                "isUserVerified": True,
                "automaticPresenceSimulation": True,
            }
        },
    )
    base = site_pages.replace("127.0.0.1", "localhost")
    page.goto(f"{base}/fr/account/login/")
    page.fill("#id_login", "amina")
    page.fill("#id_password", PASSWORD)
    page.get_by_role("button", name="Se connecter", exact=True).click()
    page.wait_for_url("**/fr/my-desk/")
    page.goto(f"{base}/fr/account/2fa/webauthn/add/")
    page.fill("#id_password", PASSWORD)
    page.get_by_role("button", name="Confirmer").click()
    page.fill("#id_name", "Clé du bureau")
    page.check("#id_passwordless")
    page.click("#mfa_webauthn_add")
    page.wait_for_url(lambda url: not url.endswith("/add/"))
    page.goto(f"{base}/fr/account/logout/")
    page.get_by_role("button", name="Se déconnecter").click()
    page.goto(f"{base}/fr/account/login/")
    page.click("#passkey_login")
    page.wait_for_url("**/fr/my-desk/")
