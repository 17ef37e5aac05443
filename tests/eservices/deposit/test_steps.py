"""The steps: what they take, what they say, and that nothing typed is lost."""

import pytest
from django.test import Client
from django.utils import translation

from core.dates import today
from eservices.deposit import operations
from eservices.deposit.enums import Step
from eservices.deposit.forms import AddresseeForm, SenderForm, SubjectForm, folded, search_organisations
from eservices.deposit.models import Draft
from eservices.deposit.views_gate import network_of
from tests.eservices.deposit.conftest import SENDER, SUBJECT, Depositor
from tests.factories.organisations import OrganisationFactory, UnitFactory

pytestmark = pytest.mark.django_db

ICE = "001561191000066"


def errors_of(form):
    with translation.override("en"):
        return {name: [str(error) for error in errors] for name, errors in form.errors.items()}


def sender(**answers):
    return SenderForm({**SENDER, **answers})


def test_start_page_sets_no_cookie(depositor):
    response = depositor.get("start")

    assert response.status_code == 200
    assert response.cookies == {}
    assert "no-store" not in response.get("Cache-Control", "")
    assert Draft.objects.count() == 0


def test_no_draft_is_made_by_looking(depositor, office):
    for step in ("addressee", "sender", "subject", "documents"):
        response = depositor.get(step)
        assert response.status_code == 200
        assert response.cookies == {}
    assert Draft.objects.count() == 0


def test_first_answer_makes_a_draft_with_a_cookie(depositor, office):
    response = depositor.addressee(office)

    assert response.status_code == 303
    assert response.url == depositor.url("sender")
    cookie = response.cookies["deposit"]
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"
    assert cookie["path"] == "/"
    draft = depositor.draft
    assert depositor.token not in str(Draft.objects.values().get())
    assert draft.organisation == office
    assert draft.is_done(Step.ADDRESSEE)


def test_steps_lead_on(depositor, office):
    assert depositor.addressee(office).url == depositor.url("sender")
    assert depositor.sender(email="", phone="0661234567").url == depositor.url("subject")
    assert depositor.subject().url == depositor.url("documents")
    assert depositor.describe().url == depositor.url("check")


def test_sender_with_mail_is_offered_to_confirm_it(depositor, office):
    depositor.addressee(office)
    depositor.sender()
    depositor.subject()

    assert depositor.describe().url == depositor.url("email")


def test_change_from_the_check_leads_back_there(ready):
    response = ready.post("subject", {**SUBJECT, "subject": "موضوع آخر"}, query="?back=check")

    assert response.url == ready.url("check")
    assert "موضوع آخر" in ready.get("check").content.decode()


# --- addressee -------------------------------------------------------------------------------------------------------


def test_only_administration_needs_no_choice(depositor, office):
    page = depositor.get("addressee")

    assert "deposit/addressee.html" in [template.name for template in page.templates]
    assert office.name_ar in page.content.decode()


def test_administration_is_searched_without_accents_and_letters_people_swap(office, other_organisation, other_registry):
    OrganisationFactory(name_ar="الأكاديمية", name_fr="Académie régionale")
    OrganisationFactory(name_ar="مصلحة مغلقة", name_fr="Service fermé", accepts_deposits=False)

    assert search_organisations("academie", limit=9)[0].get().name_fr == "Académie régionale"
    assert search_organisations("الاكاديميه", limit=9)[0].get().name_ar == "الأكاديمية"
    assert search_organisations("commune essai", limit=9)[0].get() == other_organisation
    assert search_organisations("ferme", limit=9)[1] == 0
    assert folded("مُحَمَّد") == folded("محمد")


def test_search_shows_at_most_twenty_and_says_how_many_more(depositor, office):
    for number in range(25):
        OrganisationFactory(name_ar=f"جماعة {number}", name_fr=f"Commune {number}")

    page = depositor.get("addressee", q="commune", find=1)

    assert page.context["count"] == 25
    assert page.context["more"] == 5
    assert len(page.context["form"].fields["organisation"].queryset) == 20
    assert depositor.get("addressee", q="xyz", find=1).context["count"] == 0


def test_administration_can_be_changed_and_a_closed_one_is_asked_for_again(depositor, office, other_organisation):
    depositor.addressee(office)
    assert depositor.get("addressee").context["has_choice"]
    assert depositor.get("addressee", choose=1).context["count"] == 2

    type(office).objects.filter(pk=office.pk).update(accepts_deposits=False)

    assert depositor.get("addressee").context["count"] == 1


def test_networks_are_neighbourhoods(rf):
    def network(address):
        request = rf.get("/")
        request.client_address = address
        return network_of(request)

    assert network("192.0.2.77") == "192.0.2.0/24"
    assert network("2001:db8:1:2ff::9") == "2001:db8:1:200::/56"
    assert network("") == ""


def test_searching_again_forgets_what_was_ticked(depositor, office, other_organisation):
    page = depositor.get("addressee", q="commune", organisation=office.slug, find=1)

    assert page.context["count"] == 1
    assert not page.context["form"].errors


def test_administration_must_be_chosen(depositor, office, other_organisation):
    page = depositor.get("addressee", choose=1, q="", next=1)

    assert errors_of(page.context["form"]) == {"organisation": ["Choose the administration your letter is for."]}
    assert page.content.decode().count("<title>") == 1
    assert depositor.get("addressee", organisation="unknown").context["form"].errors


def test_another_administration_asks_service_and_kind_anew(depositor, office, licence, other_organisation):
    depositor.addressee(office, "licence")
    depositor.upload(("a.pdf", b"x"))

    depositor.addressee(other_organisation)

    draft = depositor.draft
    assert draft.organisation == other_organisation
    assert draft.act_type() is None


def test_kind_of_letter_must_be_chosen(office, licence):
    form = AddresseeForm({"unit": ""}, organisation=office)

    assert errors_of(form) == {"act_type": ["Choose the kind of your letter."]}


def test_kind_and_service_of_another_administration_are_refused(office, licence, other_organisation):
    foreign = UnitFactory(organisation=other_organisation, code="X1")

    form = AddresseeForm({"unit": foreign.code, "act_type": "unknown"}, organisation=office)

    assert errors_of(form) == {
        "unit": ["Choose a service of the list."],
        "act_type": ["Choose the kind of your letter."],
    }


def test_page_shows_what_a_kind_of_letter_needs(depositor, office, licence):
    page = depositor.get("addressee").content.decode()

    assert "عقد الكراء" in page
    assert "نسخة من التصميم" in page


def test_reply_is_checked_by_its_check_character(office, registry, ready):
    ready.deposit()
    number = ready.client.get(ready.url("start")).context["deposit"].number
    wrong = number[:-1] + ("A" if number[-1] != "A" else "B")

    def reply(text):
        return AddresseeForm({"act_type": "other", "reply_to": text}, organisation=office)

    assert reply(f"\u2066{number.lower()}\u2069 ").is_valid()
    assert reply(number).is_valid()
    assert "a character is wrong" in errors_of(reply(wrong))["reply_to"][0]
    from core.registers.numbers import format_number

    missing = errors_of(reply(format_number("MSP", "D", 2026, 999)))
    assert "has no letter with this number" in missing["reply_to"][0]
    assert "fewer characters" in errors_of(reply("x" * 61))["reply_to"][0]


# --- sender ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("answers", "field", "sentence"),
    [
        ({"name": ""}, "name", "Enter your name, or that of your company, association or administration."),
        ({"name": "\u202e \u200b"}, "name", "Enter your name, or that of your company, association or administration."),
        ({"name": "x" * 201}, "name", "This has 201 characters; at most 200 fit."),
        ({"kind": ""}, "kind", "Choose in which capacity you write."),
        ({"kind": "king"}, "kind", "Choose in which capacity you write."),
        ({"behalf": ""}, "behalf", "Choose for whom you deposit this letter."),
        ({"behalf": "other"}, "on_behalf_of", "Enter the name of whom you represent."),
        ({"email": ""}, "phone", "Enter your phone number or e-mail address so that we can inform you."),
        (
            {"email": "fatima@"},
            "email",
            "This is not an e-mail address. Write it in full, for example name@example.ma.",
        ),
        ({"email": "a" * 250 + "@b.ma"}, "email", "This has 255 characters; at most 254 fit."),
        ({"kind": "company", "ice": "123"}, "ice", "The ICE has 15 digits."),
        ({"kind": "company", "ice": "00156119100006X"}, "ice", "The ICE has 15 digits."),
        ({"kind": "company", "ice": ICE[:-1] + "7"}, "ice", "This ICE does not exist: one of its 15 digits is wrong."),
    ],
)
def test_sender_is_told_what_to_correct(answers, field, sentence):
    assert errors_of(sender(**answers)) == {field: [sentence]}


@pytest.mark.parametrize("phone", ["123", "06 61 23 45", "hello", "+999 123456789"])
def test_phone_that_is_none_is_refused(phone):
    assert list(errors_of(sender(phone=phone))) == ["phone"]


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("06 61 23 45 67", "+212661234567"),
        ("٠٦٦١٢٣٤٥٦٧", "+212661234567"),
        ("+212 661-234567", "+212661234567"),
        ("05 37 00 00 00", "+212537000000"),
        ("+33 6 12 34 56 78", "+33612345678"),
    ],
)
def test_phone_is_kept_one_way(typed, kept):
    form = sender(phone=typed)

    assert form.is_valid(), form.errors
    assert form.meaning()["phone"] == kept


def test_company_number_is_taken_with_spaces_and_eastern_digits():
    eastern = "".join("٠١٢٣٤٥٦٧٨٩"[int(digit)] for digit in ICE)

    for typed in (ICE, "001 561 191 000 066", eastern):
        form = sender(kind="company", ice=typed)
        assert form.is_valid(), form.errors
        assert form.meaning()["ice"] == ICE
    assert sender(kind="company", ice="").is_valid()


def test_answers_of_another_capacity_neither_count_nor_block():
    form = sender(kind="person", ice="123", reference="A/1", reference_on="never", on_behalf_of="سعيد")

    assert form.is_valid(), form.errors
    meaning = form.meaning()
    assert (meaning["ice"], meaning["reference"], meaning["reference_on"]) == ("", "", None)
    assert meaning["on_behalf_of"] == ""


def test_identity_card_is_optional_and_checked():
    assert sender(cin="").is_valid()
    assert sender(cin="ab 123456").is_valid()
    assert list(errors_of(sender(cin="123456"))) == ["cin"]
    assert sender(kind="company", cin="123456").is_valid()


def test_administration_names_its_own_number_and_date():
    form = sender(kind="administration")

    assert errors_of(form) == {
        "reference": ["Enter the number of your letter in your own register."],
        "reference_on": ["Enter the date of your letter."],
    }
    assert sender(kind="administration", reference="12/2026", reference_on="16/11/2026").is_valid()


# --- subject ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("answers", "field", "sentence"),
    [
        ({"subject": ""}, "subject", "Enter the subject of your letter."),
        ({"subject": " \u202e\x00\n"}, "subject", "Enter the subject of your letter."),
        ({"subject": "م" * 201}, "subject", "This has 201 characters; at most 200 fit."),
        ({"message": "م" * 5001}, "message", "This has 5001 characters; at most 5000 fit."),
        ({"own_reference": "x" * 81}, "own_reference", "This has 81 characters; at most 80 fit."),
        ({"own_reference_on": "2999-01-01"}, "own_reference_on", "This date lies in the future. Check the year."),
    ],
)
def test_subject_says_what_to_correct(answers, field, sentence):
    assert errors_of(SubjectForm({**SUBJECT, **answers})) == {field: [sentence]}


def test_wrong_date_says_how_to_write_it():
    form = SubjectForm({**SUBJECT, "own_reference_on": "yesterday"})

    assert "day/month/year" in errors_of(form)["own_reference_on"][0]


@pytest.mark.parametrize("typed", ["2026-01-31", "31/01/2026", "٣١/٠١/٢٠٢٦", "31.01.2026"])
def test_date_is_taken_as_people_write_it(typed):
    form = SubjectForm({**SUBJECT, "own_reference_on": typed})

    assert form.is_valid(), form.errors
    assert form.meaning()["own_reference_on"] == "2026-01-31"


def test_today_is_not_the_future():
    assert SubjectForm({**SUBJECT, "own_reference_on": today().isoformat()}).is_valid()


def test_control_and_override_characters_are_dropped_from_what_is_kept(depositor, office):
    depositor.addressee(office)

    depositor.sender(name="محمد\u202e \u200fالفاسي\x07")
    depositor.subject(subject="طلب\u2066 رخصة\u200b", message="سطر\r\nثان\u202d")

    draft = depositor.draft
    assert draft.clean(Step.SENDER)["name"] == "محمد الفاسي"
    assert draft.clean(Step.SUBJECT)["subject"] == "طلب رخصة"
    assert draft.clean(Step.SUBJECT)["message"] == "سطر\nثان"


# --- nothing typed is lost -------------------------------------------------------------------------------------------


def test_wrong_answers_are_shown_again_beside_right_ones(depositor, office):
    response = depositor.sender(name="سعيد الوزاني", email="wrong@")
    page = depositor.client.get(response.url)

    assert response.status_code == 303
    assert response.url == depositor.url("sender")
    text = page.content.decode()
    assert "سعيد الوزاني" in text
    assert "wrong@" in text
    assert "error-summary" in text
    assert "<title>خطأ: " in text


def test_answer_to_an_unknown_draft_begins_a_new_one(depositor, office):
    depositor.client.cookies["deposit"] = "lost"

    depositor.subject()

    assert depositor.draft.clean(Step.SUBJECT)["subject"] == SUBJECT["subject"]


def test_language_button_keeps_what_was_typed(depositor, office):
    response = depositor.post("sender", {**SENDER, "name": "نصف اسم", "email": "", "language": "fr"})
    page = depositor.client.get(response.url)

    assert response.status_code == 303
    assert response.url == "/fr/deposit/sender/"
    assert "نصف اسم" in page.content.decode()
    assert not page.context["form"].errors


def test_language_switch_keeps_answers_errors_and_documents(ready):
    ready.sender(name="")
    french = Depositor("fr")
    french.client = ready.client

    page = french.get("sender")

    assert errors_of(page.context["form"])
    assert SENDER["email"] in page.content.decode()
    assert "lettre.pdf" in french.get("documents").content.decode()


def test_autosave_keeps_without_judging(depositor, office):
    response = depositor.post("subject", {"subject": "", "message": "بداية", "intent": "save"})

    assert response.status_code == 200
    assert "saved" in response.json()
    page = depositor.get("subject")
    assert "بداية" in page.content.decode()
    assert not page.context["form"].errors


def test_autosave_of_the_same_answers_leaves_a_step_done(depositor, office):
    depositor.subject()
    depositor.subject(intent="save")

    assert depositor.draft.is_done(Step.SUBJECT)

    depositor.subject(message="نص آخر", intent="save")
    assert not depositor.draft.is_done(Step.SUBJECT)


def test_save_and_finish_later_shows_the_code(depositor, office):
    response = depositor.subject(intent="later")

    page = depositor.client.get(response.url)
    assert response.url == depositor.url("later")
    assert depositor.draft.resume_code in page.content.decode()


@pytest.mark.parametrize("step", ["addressee", "sender", "subject", "documents"])
def test_another_look_keeps_what_was_typed(depositor, office, step):
    depositor.addressee(office)
    typed = {"addressee": "reply_to", "sender": "name", "subject": "message"}.get(step)

    page = depositor.get(step).content.decode()
    response = depositor.post(step, {"theme": "dark", **({typed: "نص"} if typed else {})})

    assert 'form="step-form" name="theme" value="dark"' in page
    assert (response.status_code, response.url) == (303, depositor.url(step))
    page = depositor.client.get(response.url).content.decode()
    assert 'data-bs-theme="dark"' in page
    assert "error-summary" not in page
    assert not typed or depositor.draft.raw(step)[typed] == "نص"


def test_post_from_another_site_is_refused(depositor, office):
    url = depositor.url("subject")

    assert depositor.client.post(url, SUBJECT, headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403
    assert depositor.client.post(url, SUBJECT, headers={"Origin": "https://evil.example"}).status_code == 403
    assert Draft.objects.count() == 0
    assert depositor.client.post(url, SUBJECT, headers={"Sec-Fetch-Site": "same-origin"}).status_code == 303
    assert depositor.client.post(url, SUBJECT, headers={"Origin": "http://testserver"}).status_code == 303


def test_very_long_answer_is_cut_and_refused(depositor, office):
    response = depositor.subject(message="م" * 30_000)

    assert response.url == depositor.url("subject")
    assert len(depositor.draft.raw(Step.SUBJECT)["message"]) == 20_000


def test_beginning_too_many_drafts_is_refused(depositor, office, settings):
    for _number in range(60):
        assert depositor.post("new").status_code == 303

    response = depositor.post("new")

    assert response.status_code == 429
    settings.DEPOSITS_PER_HOUR = 0
    assert depositor.post("new").status_code == 303


def test_no_token_can_expire_with_what_was_typed(office):
    depositor = Depositor()
    depositor.client = Client(enforce_csrf_checks=True)

    assert depositor.subject().status_code == 303
    assert depositor.draft.clean(Step.SUBJECT)["message"] == SUBJECT["message"]


def test_what_another_window_saved_meanwhile_is_kept(depositor, office):
    depositor.sender()
    as_read_before = depositor.draft
    depositor.subject()

    operations.save_step(as_read_before, "sender", raw={"name": "سعاد"})

    draft = depositor.draft
    assert draft.raw("sender") == {"name": "سعاد"}
    assert draft.is_done("subject")
