import pytest
from django.core import signing
from django.urls import reverse

from core.files import links, operations
from core.files.enums import ScanState
from tests.core.files import makers

pytestmark = pytest.mark.django_db


@pytest.fixture
def letter(receive, readers, amina):
    """A file that only amina may read."""
    readers(lambda user, file, scope: user == amina)
    return receive(makers.pdf(pages=2), "رسالة «1».pdf")


@pytest.fixture
def signed_in(client, amina):
    client.force_login(amina)
    return client


def body(response):
    return b"".join(response.streaming_content) if response.streaming else response.content


def test_file_is_given_as_an_attachment_that_can_do_nothing(signed_in, letter, amina):
    response = signed_in.get(links.url_for(letter, amina))

    assert response.status_code == 200
    assert body(response) == makers_read(letter)
    assert response["Content-Type"] == "application/pdf"
    assert response["Content-Length"] == str(letter.size)
    assert response["Content-Disposition"].startswith("attachment; filename*=utf-8''%D8%B1")
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert response["Cache-Control"] == "private, no-store"
    assert response["Cross-Origin-Resource-Policy"] == "same-origin"


def makers_read(file):
    with file.open_stream() as stream:
        return stream.read()


def test_file_is_shown_only_where_the_address_says_so(signed_in, letter, amina):
    response = signed_in.get(links.url_for(letter, amina, inline=True))

    assert response["Content-Disposition"].startswith("inline")
    body(response)


def test_office_file_is_never_shown_in_the_browser(signed_in, receive, readers, amina):
    readers(lambda user, file, scope: True)
    response = signed_in.get(links.url_for(receive(makers.docx(), "a.docx"), amina, inline=True))

    assert response["Content-Disposition"] == 'attachment; filename="a.docx"'
    body(response)


@pytest.mark.parametrize("make", [links.url_for, links.preview_url_for])
def test_karim_finds_nothing_even_with_an_address_of_his_own(client, letter, karim, make):
    client.force_login(karim)

    assert client.get(make(letter, karim)).status_code == 404


def test_address_made_for_amina_is_nothing_to_karim(client, letter, amina, karim, readers):
    readers(lambda user, file, scope: True)
    client.force_login(karim)

    assert client.get(links.url_for(letter, amina)).status_code == 404


def test_address_made_for_amina_is_nothing_to_a_stranger(client, letter, amina):
    assert client.get(links.url_for(letter, amina)).status_code == 404


def test_permission_is_asked_again_at_delivery(signed_in, receive, readers, amina):
    allowed = [True]
    readers(lambda user, file, scope: allowed[0])
    url = links.url_for(receive(), amina)
    body(signed_in.get(url))
    allowed[0] = False

    assert signed_in.get(url).status_code == 404


def test_old_address_is_none(signed_in, letter, amina, monkeypatch):
    url = links.url_for(letter, amina)
    monkeypatch.setattr(links, "FOR_A_PERSON", -1)

    assert signed_in.get(url).status_code == 404


@pytest.mark.parametrize(
    "signed",
    ["x", "x:y:z", signing.TimestampSigner(salt="other").sign_object(["a"])],
    ids=["too short", "nonsense", "other salt"],
)
def test_address_of_another_make_is_none(signed_in, letter, signed):
    assert signed_in.get(reverse("files:serve", args=[signed])).status_code == 404


def test_erased_file_is_not_found(signed_in, letter, amina):
    url = links.url_for(letter, amina)
    operations.discard([letter])

    assert signed_in.get(url).status_code == 404


def test_lost_bytes_are_not_found(signed_in, letter, amina):
    letter.path.unlink()

    assert signed_in.get(links.url_for(letter, amina)).status_code == 404


def test_only_get_is_answered(signed_in, letter, amina):
    assert signed_in.post(links.url_for(letter, amina)).status_code == 405


# --- without an account ---


def test_scope_opens_the_file_to_whoever_the_reader_knows(client, receive, readers):
    readers(lambda user, file, scope, request=None: scope == "draft" and request.COOKIES.get("draft") == "secret")
    url = links.url_for(receive(), scope="draft")
    assert client.get(url).status_code == 404

    client.cookies["draft"] = "secret"
    response = client.get(url)

    assert response.status_code == 200
    body(response)


def test_address_for_a_scope_lives_shorter(client, receive, readers, monkeypatch):
    readers(lambda user, file, scope: True)
    url = links.url_for(receive(), scope="draft")
    monkeypatch.setattr(links, "FOR_A_SCOPE", -1)

    assert client.get(url).status_code == 404


def test_address_for_nobody_is_not_made(receive):
    with pytest.raises(ValueError, match="person or for a scope"):
        links.url_for(receive())


# --- the virus scan ---


@pytest.mark.parametrize("state", [ScanState.WAITING, ScanState.NOT_SCANNED, ScanState.INFECTED])
@pytest.mark.parametrize("make", [links.url_for, links.preview_url_for])
def test_file_not_known_to_be_clean_cannot_be_opened(signed_in, letter, amina, state, make):
    operations.mark_scanned(letter, state=state)

    assert signed_in.get(make(letter, amina)).status_code == 409


def test_file_not_known_to_be_clean_is_listed_without_addresses(letter, amina):
    operations.mark_scanned(letter, state=ScanState.WAITING)

    assert links.shown(letter, amina) == links.Shown(letter, is_for_staff=True)


# --- parts and proxies ---


@pytest.mark.parametrize(
    ("wanted", "first", "last"),
    [("bytes=0-9", 0, 9), ("bytes=5-", 5, None), ("bytes=-7", -7, None), ("bytes=3-999999", 3, None)],
)
def test_part_of_a_file_is_given(signed_in, letter, amina, wanted, first, last):
    response = signed_in.get(links.url_for(letter, amina), headers={"Range": wanted})
    data = makers_read(letter)
    begin = first if first >= 0 else letter.size + first
    end = letter.size - 1 if last is None else last

    assert response.status_code == 206
    assert response.content == data[begin : end + 1]
    assert response["Content-Range"] == f"bytes {begin}-{end}/{letter.size}"
    assert response["Content-Type"] == "application/pdf"


def test_part_beyond_the_end_is_refused(signed_in, letter, amina):
    response = signed_in.get(links.url_for(letter, amina), headers={"Range": "bytes=99999999-"})

    assert response.status_code == 416


@pytest.mark.parametrize("wanted", ["bytes=-", "lines=1-2", "bytes=1-2,5-6"])
def test_odd_ranges_get_the_whole(signed_in, letter, amina, wanted):
    response = signed_in.get(links.url_for(letter, amina), headers={"Range": wanted})

    assert response.status_code == 200
    assert body(response) == makers_read(letter)


def test_nginx_is_told_where_the_bytes_lie(signed_in, letter, amina, settings):
    settings.ACCEL_REDIRECT = "/internal/"
    response = signed_in.get(links.url_for(letter, amina))

    assert response["X-Accel-Redirect"] == f"/internal/{letter.key}"
    assert response["Content-Type"] == "application/pdf"
    assert response.content == b""


# --- previews and text ---


def test_page_is_shown_as_a_picture(signed_in, letter, amina):
    response = signed_in.get(links.preview_url_for(letter, amina, page=2))

    assert response["Content-Type"] == "image/png"
    assert response.content.startswith(b"\x89PNG")
    assert response["Cache-Control"] == "private, no-store"


def test_page_that_is_not_there_is_not_found(signed_in, letter, amina):
    assert signed_in.get(links.preview_url_for(letter, amina, page=3)).status_code == 404


def test_pdf_has_no_text_page(signed_in, letter, amina):
    assert signed_in.get(links.text_url_for(letter, amina)).status_code == 404


@pytest.mark.parametrize("language", ["ar", "fr", "en"])
def test_text_of_an_office_file_is_read_on_a_page(signed_in, receive, readers, amina, language):
    readers(lambda user, file, scope: True)
    file = receive(makers.docx(), "a.docx")
    url = links.text_url_for(file, amina).replace("/ar/", f"/{language}/")
    response = signed_in.get(url)

    assert response.status_code == 200
    assert "السيد الوزير" in response.content.decode()
    assert links.sign(file, amina).split(":")[0] in response.content.decode()
    assert response["Cache-Control"] == "private, no-store"


def test_everything_a_page_needs_is_there(letter, receive, amina):
    shown = links.shown(letter, amina)
    text = links.shown(receive(makers.odf(), "a.odt"), amina)

    assert len(shown.page_urls) == 2
    assert shown.inline_url
    assert not shown.text_url
    assert not shown.needs_care
    assert text.text_url
    assert text.page_urls == ()


@pytest.mark.parametrize("state", ScanState.values)
def test_file_in_a_list_says_what_the_scan_says(receive, amina, state, django_template):
    file = receive(makers.pdf(makers.form))
    operations.mark_scanned(file, state=state)

    html = django_template("files/_file.html", {"shown": links.shown(file, amina)})
    assert "letter.pdf" in html
    assert ('class="file-actions"' in html) == file.is_openable


@pytest.fixture
def django_template():
    from django.template.loader import render_to_string

    return render_to_string


def test_reader_is_asked_once_however_often_registered(receive, readers):
    asked = []

    def reader(user, file, scope):
        asked.append(scope)
        return False

    readers(reader)
    readers(reader)
    from core.files.permissions import can_read

    assert not can_read(None, receive())
    assert asked == [""]
