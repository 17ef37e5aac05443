import io

import pytest
from django.contrib.auth.decorators import login_not_required
from django.db import InterfaceError, OperationalError
from django.http import HttpResponse
from django.test import Client
from django.urls import path
from django.utils.translation import get_language

from core.exceptions import NotAllowed, WrongState
from core.limits import TooMany
from intranet import urls as site_urls
from intranet.middleware import BodySizeMiddleware, client_address

REFUSALS = {
    "not-allowed": NotAllowed,
    "too-late": lambda: WrongState("Somebody was faster."),
    "too-many": lambda: TooMany(retry_after=30),
    "database": lambda: OperationalError("server closed the connection"),
    "interface": lambda: InterfaceError("connection already closed"),
    "bug": lambda: ZeroDivisionError("secret subject"),
}


@login_not_required
def fail(request, how):
    raise REFUSALS[how]()


@login_not_required
def speak(request):
    return HttpResponse(get_language())


@login_not_required
def read(request):
    return HttpResponse(request.POST.get("a", ""))


def mine(request):
    return HttpResponse(request.user.username)


urlpatterns = [
    path("fail/<str:how>", fail),
    path("speak", speak),
    path("mine", mine),
    path("ar/read", read),
    path("ar/speak", speak),
    path("cms/speak", speak),
    *site_urls.urlpatterns,
]
handler400, handler404, handler500 = site_urls.handler400, site_urls.handler404, site_urls.handler500

pytestmark = [pytest.mark.django_db, pytest.mark.urls(__name__)]


@pytest.fixture
def client():
    """A browser that sees what people see, also when the code raises."""
    return Client(raise_request_exception=False)


# --- refusals ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("how", "status"), [("not-allowed", 403), ("too-late", 409), ("too-many", 429), ("database", 503), ("bug", 500)]
)
@pytest.mark.parametrize("language", ["ar", "fr", "en"])
def test_failure_is_a_page_with_a_reference_in_the_readers_language(client, how, status, language):
    answer = client.get(f"/fail/{how}?lang={language}")

    assert answer.status_code == status
    assert f'lang="{language}"' in answer.text
    assert answer["X-Request-ID"] in answer.text
    assert "no-store" in answer["Cache-Control"]
    assert "secret subject" not in answer.text
    assert "Traceback" not in answer.text


def test_refusal_shows_its_own_sentence(client):
    assert "Somebody was faster." in client.get("/fail/too-late?lang=en").text


def test_refusal_is_logged_with_its_code(client, caplog):
    with caplog.at_level("INFO", logger="diwan.security"):
        client.get("/fail/not-allowed")
    [record] = [record for record in caplog.records if record.name == "diwan.security"]
    assert (record.msg, record.code, record.route) == ("refused", "not_allowed", "fail/<str:how>")


def test_limit_says_when_to_come_back(client):
    assert client.get("/fail/too-many")["Retry-After"] == "30"


@pytest.mark.parametrize("how", ["database", "interface"])
def test_database_away_says_when_to_come_back_and_what_became_of_the_form(client, how):
    asked, sent = client.get(f"/fail/{how}?lang=en"), client.post(f"/fail/{how}?lang=en")

    assert asked["Retry-After"] == sent["Retry-After"] == "10"
    assert f'href="/fail/{how}?lang=en"' in asked.text
    assert "Go back in your browser and send it again" in sent.text


def test_database_away_in_a_middleware_is_the_same_page(client, monkeypatch):
    def away(*args):
        raise OperationalError("the server is starting up")

    monkeypatch.setattr("django.contrib.sessions.backends.db.SessionStore.load", away)
    client.cookies["sessionid"] = "x" * 32
    answer = client.get("/mine", headers={"accept-language": "fr"})

    assert (answer.status_code, answer["Retry-After"]) == (503, "10")
    assert 'lang="fr"' in answer.text


def test_unknown_address_is_404_in_the_language_it_names(client):
    answer = client.get("/fr/nulle-part/", headers={"accept-language": "ar"})
    assert answer.status_code == 404
    assert 'lang="fr"' in answer.text


def test_unknown_host_is_400(client):
    assert client.get("/speak", headers={"host": "evil.example"}).status_code == 400


def test_stale_form_is_explained(client):
    strict = Client(enforce_csrf_checks=True)
    answer = strict.post("/ar/read", {"a": "b"})
    assert answer.status_code == 403
    assert 'lang="ar"' in answer.text


# --- size ---------------------------------------------------------------------


def test_body_above_the_limit_is_413(client, settings):
    settings.MAX_REQUEST_BYTES = 1_000_000
    answer = client.post("/ar/read", {"a": io.BytesIO(b"x" * 1_100_000)})

    assert answer.status_code == 413
    assert 'lang="ar"' in answer.text
    assert "1" in answer.text


def test_body_below_the_limit_is_served(client):
    assert client.post("/ar/read", {"a": "b"}).text == "b"


def test_fields_too_large_are_413(client, settings):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1000
    assert client.post("/ar/read", {"a": "b" * 2000}).status_code == 413


def test_body_of_a_strange_length_is_not_our_business(rf):
    request = rf.get("/")
    request.META["CONTENT_LENGTH"] = "many"
    assert BodySizeMiddleware(lambda request: "served")(request) == "served"


def test_large_body_is_read_so_that_the_answer_is_seen_but_not_for_ever(rf, settings):
    settings.MAX_REQUEST_BYTES = 100_000
    request = rf.post("/ar/", data=b"", content_type="text/plain")
    request.META |= {"CONTENT_LENGTH": "1000000", "wsgi.input": io.BytesIO(b"x" * 1_000_000)}
    assert BodySizeMiddleware(None)(request).status_code == 413
    assert request.META["wsgi.input"].tell() == 200_000


# --- language ---------------------------------------------------------------------


def test_language_is_the_addresss_before_anything_else(client, youssef):
    youssef.language = "fr"
    youssef.save()
    client.force_login(youssef)
    assert client.get("/ar/speak?lang=en", headers={"accept-language": "fr"}).text == "ar"


def test_language_without_prefix_is_asked_for_then_the_persons_then_the_browsers(client, youssef):
    youssef.language = "fr"
    youssef.save()
    assert client.get("/speak", headers={"accept-language": "en"}).text == "en"
    client.force_login(youssef)
    assert client.get("/speak", headers={"accept-language": "en"}).text == "fr"
    assert client.get("/speak?lang=en").text == "en"
    assert client.get("/speak?lang=xx").text == "fr"


@pytest.mark.parametrize("browser", ["", "de", "*", "de-DE,zh;q=0.5"])
def test_language_is_arabic_where_nothing_says_otherwise(client, browser):
    assert client.get("/speak", headers={"accept-language": browser}).text == "ar"


@pytest.mark.parametrize("language", ["ar", "fr", "en"])
def test_root_leads_to_the_front_page_in_the_readers_language(client, language):
    answer = client.get("/", headers={"accept-language": language})
    assert (answer.status_code, answer["Location"]) == (302, f"/{language}/")
    assert answer["Vary"] == "Accept-Language, Cookie"


def test_public_page_sets_no_cookie_and_does_not_depend_on_the_browsers_language(client):
    answer = client.get("/ar/speak")
    assert not answer.cookies
    assert "Accept-Language" not in answer.get("Vary", "")


# --- privacy ---------------------------------------------------------------------


def test_page_of_a_person_is_stored_nowhere(client, youssef):
    client.force_login(youssef)
    answer = client.get("/ar/speak")
    assert {"private", "no-store"} <= set(answer["Cache-Control"].split(", "))


def test_page_of_a_stranger_with_a_stale_cookie_stays_public(client):
    client.cookies["sessionid"] = "x" * 32
    assert not client.get("/ar/speak").has_header("Cache-Control")


def test_policy_is_strict_everywhere_but_in_the_administration(client):
    strict, relaxed = (client.get(url)["Content-Security-Policy"] for url in ("/ar/speak", "/cms/speak"))
    assert "unsafe" not in strict
    assert "script-src 'self';" in f"{strict};"
    assert "frame-ancestors 'none'" in strict
    assert "script-src 'self' 'unsafe-inline'" in relaxed
    assert "http" not in strict + relaxed


# --- second factor ---------------------------------------------------------------------


def test_account_without_second_factor_is_led_to_set_one_up(client, youssef, settings):
    settings.MFA_REQUIRED = True
    client.force_login(youssef)

    answer = client.get("/mine")
    assert (answer.status_code, answer["Location"]) == (302, "/ar/account/2fa/")
    assert client.get("/ar/speak").status_code == 200
    assert client.get("/ar/account/2fa/").status_code == 200


def test_account_with_second_factor_goes_on(client, youssef, settings):
    from allauth.mfa.models import Authenticator

    settings.MFA_REQUIRED = True
    Authenticator.objects.create(user=youssef, type=Authenticator.Type.TOTP, data={"secret": "x"})
    client.force_login(youssef)
    assert client.get("/mine").text == "youssef"


def test_second_factor_is_not_asked_where_it_is_not_required(client, youssef, settings):
    settings.MFA_REQUIRED = False
    client.force_login(youssef)
    assert client.get("/mine").text == "youssef"


def test_stranger_is_led_to_sign_in(client, settings):
    settings.MFA_REQUIRED = True
    client.cookies["sessionid"] = "x" * 32
    assert client.get("/mine")["Location"].startswith("/ar/account/login/")


# --- who asks ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("proxies", "forwarded", "address"),
    [
        (0, "203.0.113.7", "127.0.0.1"),
        (1, "203.0.113.7", "203.0.113.7"),
        (1, "10.0.0.1, 203.0.113.7", "203.0.113.7"),
        (2, "6.6.6.6, 203.0.113.7, 10.0.0.1", "203.0.113.7"),
        (2, "203.0.113.7", "127.0.0.1"),
        (1, "", "127.0.0.1"),
        (1, "<script>", ""),
        (1, "2001:DB8::1", "2001:db8::1"),
    ],
)
def test_address_is_what_the_trusted_proxies_saw(rf, settings, proxies, forwarded, address):
    settings.TRUSTED_PROXIES = proxies
    assert client_address(rf.get("/", headers={"x-forwarded-for": forwarded})) == address


@pytest.mark.parametrize(("proxies", "is_kept"), [(0, False), (1, True)])
def test_request_id_is_taken_from_trusted_proxies_only(client, settings, proxies, is_kept):
    settings.TRUSTED_PROXIES = proxies
    answer = client.get("/ar/speak", headers={"x-request-id": "from-the-proxy"})
    assert (answer["X-Request-ID"] == "from-the-proxy") is is_kept


def test_request_id_that_is_none_is_replaced(client, settings):
    settings.TRUSTED_PROXIES = 1
    answer = client.get("/ar/speak", headers={"x-request-id": "<b>\n"})
    assert len(answer["X-Request-ID"]) == 12
