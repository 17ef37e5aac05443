"""The register as a book: who may open it, what a line shows, print and export, and the forms of the clerks."""

import csv
import io
from datetime import date, timedelta

import pytest
from django.db.models import Value
from django.urls import reverse
from openpyxl import load_workbook

from core.dates import today
from core.evidence import book
from core.evidence.operations import ask_annulment, confirm_annulment, erase_body, rectify
from core.registers.enums import AnnulReason, EntryState, RectifyReason
from core.registers.models import Entry, Register
from core.registers.templatetags.registers import direction_slug, register_name, state_name
from tests.factories.registers import entry_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def entry(organisation):
    return entry_of(organisation, subject="طلب رخصة", sender="فاطمة الزهراء", document_date=date(2026, 11, 2))


@pytest.fixture
def clerk(client, amina):
    client.force_login(amina)
    return client


def address(name, entry=None, **query):
    if entry is None:
        return reverse(f"registers:{name}", args=["MSP", today().year, "incoming"], query=query)
    return reverse(f"registers:{name}", args=[entry.number_text])


def numbers(response):
    return [line.number for line in response.context["page"]]


def streamed(response):
    return b"".join(response.streaming_content).decode()


# --- who -----------------------------------------------------------------------------------------------------------

READ = ["book", "print", "export_csv", "export_xlsx", "entry"]
ACTS = ["annul", "decide", "rectify"]


def place(name, entry):
    return address(name, entry if name in ("entry", *ACTS) else None)


@pytest.mark.parametrize("name", READ)
def test_page_is_for_clerks_and_auditors(entry, client, amina, rachid, name):
    for person in (amina, rachid):
        client.force_login(person)
        assert client.get(place(name, entry)).status_code == 200


@pytest.mark.parametrize("name", [*READ, *ACTS])
def test_page_does_not_exist_for_others(
    entry, client, karim, youssef, nadia, expired_delegate, disabled_account, colleague, name
):
    for person in (karim, youssef, nadia, expired_delegate, colleague):
        client.force_login(person)
        assert client.get(place(name, entry)).status_code == 404


@pytest.mark.parametrize("name", ACTS)
def test_auditor_only_reads(entry, client, rachid, name):
    client.force_login(rachid)
    assert client.get(address(name, entry)).status_code == 404


@pytest.mark.parametrize("name", [*READ, *ACTS])
def test_stranger_is_sent_to_the_sign_in(entry, client, name):
    response = client.get(place(name, entry))
    assert (response.status_code, "/login/" in response.url or "account" in response.url) == (302, True)


def test_list_of_registers_shows_only_ones_own(entry, other_organisation, client, amina, karim, youssef):
    entry_of(other_organisation)
    client.force_login(amina)
    assert [row.organisation.code for row in client.get(reverse("registers:list")).context["registers"]] == ["MSP"]
    client.force_login(karim)
    assert [row.organisation.code for row in client.get(reverse("registers:list")).context["registers"]] == ["CAM"]
    client.force_login(youssef)
    assert client.get(reverse("registers:list")).status_code == 404


def test_wrong_check_character_is_not_found(entry, clerk):
    wrong = entry.number_text[:-1] + ("0" if entry.number_text[-1] != "0" else "1")
    assert clerk.get(address("entry", entry).replace(entry.number_text, wrong)).status_code == 404


def test_menu_and_panel_are_for_clerks(entry, rf, amina, hamza, youssef):
    def request(user):
        made = rf.get("/")
        made.user = user
        return made

    ask_annulment(entry, by=amina, reason=AnnulReason.WRONG_REGISTER)
    assert book.menu_entry(request(amina)).url == reverse("registers:list")
    assert book.menu_entry(request(youssef)) is None
    assert book.requests_panel(request(hamza)).tiles[0].count == 1
    assert book.requests_panel(request(amina)) is None
    assert book.requests_panel(request(youssef)) is None


# --- lines ---------------------------------------------------------------------------------------------------------


def test_book_shows_every_line_with_its_state(organisation, clerk, amina, hamza, nadia):
    plain, annulled, rectified, erased = [entry_of(organisation, subject=f"موضوع {n}") for n in range(4)]
    ask_annulment(annulled, by=amina, reason=AnnulReason.REGISTERED_TWICE)
    confirm_annulment(annulled, by=hamza)
    new = rectify(rectified, by=amina, changes={"subject": "موضوع آخر"}, reason=RectifyReason.TYPING_ERROR)
    erase_body(erased, by=nadia, reason="request")
    ask_annulment(plain, by=amina, reason=AnnulReason.WRONG_REGISTER)

    response = clerk.get(address("book"))

    assert [(line.number, line.shown_state, line.is_asked) for line in response.context["page"]] == [
        (1, "valid", True),
        (2, "annulled", False),
        (3, "rectified", False),
        (4, "valid", False),
        (5, "valid", False),
    ]
    page = response.content.decode()
    assert page.count('class="is-annulled"') == 2
    assert "موضوع 3" not in page
    assert new.number_text in page


def test_book_as_of_a_day_shows_what_stood_then(organisation, clerk, amina, hamza):
    annulled, _ = entry_of(organisation), entry_of(organisation)
    ask_annulment(annulled, by=amina, reason=AnnulReason.WRONG_REGISTER)
    confirm_annulment(annulled, by=hamza)
    yesterday = today() - timedelta(days=1)

    assert numbers(clerk.get(address("book", as_of=yesterday))) == []
    now = clerk.get(address("book", as_of=today())).context["page"]
    assert [line.shown_state for line in now] == ["annulled", "valid"]
    register = Register.objects.get()
    later = book.lines(register.entries.all(), as_of=yesterday)
    assert not later.exists()


def test_state_as_of_a_day_ignores_what_came_later(organisation, amina, hamza, monkeypatch):
    annulled = entry_of(organisation)
    ask_annulment(annulled, by=amina, reason=AnnulReason.WRONG_REGISTER)
    confirm_annulment(annulled, by=hamza)
    monkeypatch.setattr(book, "end_of", lambda day: annulled.registered_at + timedelta(microseconds=1))
    (line,) = book.lines(Entry.objects.all(), as_of=today())
    assert (line.shown_state, line.is_asked) == (EntryState.VALID, False)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"q": "رخصة"}, [1]),
        ({"q": "سعيد"}, [2]),
        ({"q": "2"}, [2]),
        ({"q": "msp - a - {year} - 2 - {check}"}, [2]),
        ({"q": "لا شيء"}, []),
        ({"since": "2999-01-01"}, []),
        ({"until": "1999-01-01"}, []),
        ({"since": "nonsense", "state": "nonsense"}, [1, 2]),
        ({"state": "annulled"}, []),
        ({"state": "asked"}, [1]),
    ],
)
def test_book_is_narrowed_by_the_filters_in_the_address(organisation, entry, clerk, amina, query, expected):
    second = entry_of(organisation, sender="سعيد", subject="شكاية")
    ask_annulment(entry, by=amina, reason=AnnulReason.WRONG_REGISTER)
    query = {name: value.format(year=second.year, check=second.number_text[-1]) for name, value in query.items()}
    assert numbers(clerk.get(address("book", **query))) == expected


def test_book_turns_pages(organisation, clerk, monkeypatch):
    monkeypatch.setattr(book, "PAGE", 2)
    for _ in range(3):
        entry_of(organisation)
    assert numbers(clerk.get(address("book", page=2))) == [3]


def test_book_answers_htmx_with_the_list_only(entry, clerk):
    page = clerk.get(address("book"), headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in page
    assert entry.number_text in page


@pytest.mark.parametrize("name", ["book", "print", "export_csv"])
def test_as_many_queries_for_three_lines_as_for_one(organisation, clerk, amina, hamza, django_assert_num_queries, name):
    def queries():
        from django.db import connection
        from django.test.utils import CaptureQueriesContext

        with CaptureQueriesContext(connection) as captured:
            response = clerk.get(address(name))
            if response.streaming:
                streamed(response)
        return len(captured)

    entry_of(organisation)
    clerk.get(address(name))
    one = queries()
    rectify(entry_of(organisation), by=amina, changes={"subject": "x"}, reason=RectifyReason.TYPING_ERROR)
    assert queries() == one


def test_masked_line_says_only_that_it_is_confidential(entry, clerk, monkeypatch):
    monkeypatch.setattr(book, "_masks", [])
    book.register_mask(_always)
    book.register_mask(_always)
    for name in ("book", "print", "entry"):
        response = clerk.get(place(name, entry))
        page = streamed(response) if response.streaming else response.content.decode()
        assert entry.number_text in page
        assert "طلب رخصة" not in page
        assert "فاطمة" not in page
    assert "طلب رخصة" not in streamed(clerk.get(address("export_csv")))
    assert numbers(clerk.get(address("book", q="رخصة"))) == []
    assert clerk.get(address("rectify", entry)).status_code == 404


def _always():
    return Value(True)


# --- print and export ----------------------------------------------------------------------------------------------


def test_print_holds_every_line_of_the_year(organisation, clerk, monkeypatch):
    from core.evidence import views_book

    monkeypatch.setattr(views_book, "PRINTED_AT_ONCE", 2)
    entries = [entry_of(organisation) for _ in range(5)]
    page = streamed(clerk.get(address("print")))
    assert [entry.number_text in page for entry in entries] == [True] * 5
    assert page.index(entries[0].number_text) < page.index(entries[4].number_text) < page.index("</table>")


def test_print_speaks_the_language_of_the_address(entry, clerk):
    from django.utils.translation import override

    with override("fr"):
        page = streamed(clerk.get(address("print")))
    assert 'lang="fr"' in page


def test_csv_has_a_mark_a_heading_and_no_formulas(organisation, clerk, amina):
    entry_of(organisation, subject="=1+1", sender="+212")
    old = entry_of(organisation)
    new = rectify(old, by=amina, changes={"sender": "سعيد"}, reason=RectifyReason.WRONG_PARTY)
    text = streamed(clerk.get(address("export_csv")))
    assert text.startswith("\ufeff")
    rows = list(csv.reader(io.StringIO(text[1:])))
    assert len(rows) == 4
    assert rows[1][3:6] == ["'+212", "مديرية الخدمات الرقمية", "'=1+1"]
    assert (rows[2][11], rows[3][10]) == (new.number_text, old.number_text)


def test_xlsx_holds_the_same_lines(entry, clerk):
    response = clerk.get(address("export_xlsx"))
    rows = list(load_workbook(io.BytesIO(response.content)).active.values)
    assert (len(rows), rows[1][0], rows[1][5]) == (2, entry.number_text, "طلب رخصة")


def test_codes_are_given_in_words_where_somebody_knows_them(monkeypatch):
    monkeypatch.setattr(book, "_labels", {})
    book.register_labels(channel=[("portal", "البوابة")])
    assert (book.label("channel", "portal"), book.label("nature", "portal")) == ("البوابة", "portal")


def test_registers_and_states_have_names():
    names = {register_name(Register(direction=direction)) for direction in "ADI"}
    assert len(names) == 3
    assert [direction_slug(direction) for direction in "ADI"] == list(book.SLUGS)
    assert state_name("annulled") == EntryState.ANNULLED.label


# --- acts ----------------------------------------------------------------------------------------------------------


def test_annulment_is_asked_by_one_clerk_and_confirmed_by_another(entry, client, amina, hamza):
    client.force_login(amina)
    assert client.get(address("annul", entry)).status_code == 200
    response = client.post(address("annul", entry), {"reason": "registered_twice", "note": "مرتين"})
    assert response.url == address("entry", entry)
    page = client.get(address("decide", entry)).content.decode()
    assert 'value="confirm"' not in page
    assert 'value="decline"' in page
    assert client.get(address("entry", entry)).context["asked"].reason == "registered_twice"

    client.force_login(hamza)
    listed = client.get(reverse("registers:list"))
    assert [row.entry for row in listed.context["requests"]] == [entry]
    page = client.get(address("decide", entry)).content.decode()
    assert "مرتين" in page
    assert client.post(address("decide", entry), {"decision": "confirm"}).url == address("entry", entry)

    assert Entry.objects.get().state == EntryState.ANNULLED
    history = client.get(address("entry", entry)).context["history"]
    assert [fact.person for fact in history] == [None, amina, hamza]
    assert history[1].note == "مرتين"
    assert client.get(address("decide", entry)).url == address("entry", entry)


def test_annulment_confirmed_by_whoever_asked_is_refused_with_a_sentence(entry, clerk, amina):
    ask_annulment(entry, by=amina, reason=AnnulReason.WRONG_REGISTER)
    response = clerk.post(address("decide", entry), {"decision": "confirm"}, follow=True)
    assert len(response.context["messages"]) == 1
    assert Entry.objects.get().is_valid


def test_annulment_declined_leaves_the_entry(entry, client, amina, hamza):
    ask_annulment(entry, by=amina, reason=AnnulReason.WRONG_REGISTER)
    client.force_login(hamza)
    client.post(address("decide", entry), {"decision": "decline"})
    assert Entry.objects.get().is_valid
    assert client.get(address("entry", entry)).context["asked"] is None


def test_annulment_without_a_reason_is_refused(entry, clerk):
    response = clerk.post(address("annul", entry), {"note": "x"})
    assert (response.status_code, set(response.context["form"].errors)) == (200, {"reason"})


def test_annulment_asked_too_late_says_so(entry, clerk, amina, hamza):
    ask_annulment(entry, by=hamza, reason=AnnulReason.WRONG_REGISTER)
    response = clerk.post(address("annul", entry), {"reason": "wrong_register"})
    assert (response.status_code, len(response.context["messages"])) == (200, 1)


def rectification(entry, **changes):
    before = {"subject": entry.body.subject, "sender": entry.body.sender, "recipients": entry.body.recipients}
    return {"reason": "typing_error", "document_date": "2026-11-02", **before, **changes}


def test_rectification_leads_to_the_new_entry(entry, clerk):
    entry = Entry.objects.select_related("body").get()
    assert clerk.get(address("rectify", entry)).context["form"]["subject"].value() == "طلب رخصة"
    response = clerk.post(address("rectify", entry), rectification(entry, subject="  طلب   رخصة جديدة "))
    new = Entry.objects.get(number=2)
    assert response.url == address("entry", new)
    assert new.body.subject == "طلب رخصة جديدة"
    (fact,) = [fact for fact in clerk.get(address("entry", entry)).context["history"] if fact.changes]
    assert fact.changes[0][1:] == ("طلب رخصة", "طلب رخصة جديدة")


def test_rectification_without_a_change_is_refused_with_a_sentence(entry, clerk):
    entry = Entry.objects.select_related("body").get()
    response = clerk.post(address("rectify", entry), rectification(entry))
    assert (response.status_code, len(response.context["form"].non_field_errors())) == (200, 1)


def test_rectification_without_a_subject_is_refused(entry, clerk):
    entry = Entry.objects.select_related("body").get()
    response = clerk.post(address("rectify", entry), rectification(entry, subject=" "))
    assert set(response.context["form"].errors) == {"subject"}


def test_erased_entry_offers_no_rectification(entry, clerk, nadia):
    erase_body(entry, by=nadia, reason="request")
    assert not clerk.get(address("entry", entry)).context["may_rectify"]
    assert clerk.get(address("rectify", entry)).status_code == 404
