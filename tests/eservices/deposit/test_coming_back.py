"""Drafts live 30 days: code, link, cookie, the confirmed address, and how they end."""

import itertools
import re
from datetime import UTC, datetime, timedelta

import pytest
from django.core import mail
from django.utils import timezone

from core.files.models import StoredFile
from core.outbox.models import Message
from core.outbox.operations import run_pending
from eservices.deposit import operations, tasks
from eservices.deposit.enums import DraftState, Step
from eservices.deposit.models import Draft, end_of_life, letters, typed_letters
from tests.eservices.deposit.conftest import Depositor
from tests.factories.letters import pdf_bytes

pytestmark = pytest.mark.django_db


def age(draft, **ago):
    Draft.objects.filter(pk=draft.pk).update(expires_at=timezone.now() - timedelta(**ago))


def test_draft_lives_thirty_days_from_the_next_full_hour():
    assert end_of_life(datetime(2026, 11, 28, 10, 59, 59, 9, tzinfo=UTC)) == datetime(2026, 12, 28, 11, tzinfo=UTC)
    assert end_of_life(datetime(2026, 11, 28, 11, tzinfo=UTC)) == datetime(2026, 12, 28, 12, tzinfo=UTC)


# --- code ------------------------------------------------------------------------------------------------------------


def test_code_has_eight_letters_easy_to_read(depositor, office):
    depositor.subject()

    code = depositor.draft.resume_code
    assert re.fullmatch(r"[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}", code)
    assert code.replace("-", "") not in str(Draft.objects.values().get())
    assert typed_letters(" k7qm 4x2d ") == "K7QM4X2D"
    assert typed_letters("OIL-oil") == "011011"
    assert letters(b"\0", 3) == "000"


def test_draft_is_taken_up_elsewhere_with_its_code(ready, office):
    elsewhere = Depositor("fr")

    response = elsewhere.post("resume", {"code": f" {ready.draft.resume_code.lower()}"})

    assert response.status_code == 303
    assert response.url == "/fr/deposit/check/"
    assert elsewhere.draft == ready.draft
    assert ready.get("check").status_code == 200  # the first browser keeps it


@pytest.mark.parametrize("code", ["", "ABC", "ABCD-EFGH", "\u202e" * 8, "0" * 41])
def test_wrong_code_opens_nothing(depositor, office, code):
    response = depositor.post("resume", {"code": code})

    assert (response.status_code, response.url) == (303, depositor.url("resume") + "?wrong=1")
    page = depositor.client.get(response.url)
    assert page.context["form"]["code"].value() == code
    assert "error-summary" in page.content.decode()
    assert "error-summary" not in depositor.get("resume").content.decode()
    assert "error-summary" not in Depositor().get("resume", wrong=1).content.decode()


def test_codes_of_ended_drafts_answer_like_unknown_ones(depositor, office, ready):
    code = ready.draft.resume_code
    age(ready.draft, days=1)

    answers = []
    for tried in (code, "ABCD-EFGH"):
        stranger = Depositor()
        page = stranger.client.get(stranger.post("resume", {"code": tried}).url)
        answers.append(page.content.decode().replace(tried, ""))

    assert answers[0].count("field-error") == 1
    assert answers[0] == answers[1]


def test_trying_codes_is_limited(depositor, office):
    for _try in range(20):
        depositor.post("resume", {"code": "ABCD-EFGH"})

    assert depositor.post("resume", {"code": "ABCD-EFGH"}).status_code == 429


def test_same_code_twice_is_drawn_again(depositor, office, monkeypatch):
    depositor.subject()
    first = depositor.draft
    draw, drawn = Draft.take_name, itertools.chain([True], itertools.repeat(False))

    def take_name(draft):
        draw(draft)
        if next(drawn):
            draft.resume_code_hash = first.resume_code_hash

    monkeypatch.setattr(Draft, "take_name", take_name)
    assert operations.start(language="ar").pk != first.pk

    drawn = itertools.repeat(True)
    with pytest.raises(operations.WrongState):
        operations.start(language="ar")


# --- link ------------------------------------------------------------------------------------------------------------


def link_in(message):
    return re.search(r"/(ar|fr|en)/deposit/resume/\S+", message.body).group()


def test_link_opens_the_draft_once_and_only_by_its_button(depositor, office):
    depositor.subject()
    response = depositor.post("later", {"email": "fatima@example.org"})
    run_pending()
    url = link_in(mail.outbox[0])
    elsewhere = Depositor()

    assert response.url == depositor.url("later") + "?sent=1"
    assert elsewhere.client.get(url).status_code == 200
    assert elsewhere.client.get(url).cookies == {}
    taken = elsewhere.client.post(url)
    assert taken.status_code == 303
    assert elsewhere.draft == depositor.draft
    again = Depositor().client.post(url)
    assert again.url == depositor.url("resume") + "?gone=1"
    assert 'role="status"' in Depositor().client.get(again.url).content.decode()


def test_link_needs_an_address(depositor, office):
    depositor.subject()

    response = depositor.post("later", {"email": "x@"})

    assert (response.status_code, response.url) == (303, depositor.url("later") + "?wrong=1")
    page = depositor.client.get(response.url)
    assert page.context["form"].errors
    assert 'value="x@"' in page.content.decode()
    assert Message.objects.filter(name="notifications.mail").count() == 0


def test_later_without_a_draft_leads_to_the_start(depositor, office):
    assert depositor.get("later").url == depositor.url("start")


# --- the browser -----------------------------------------------------------------------------------------------------


def test_start_page_offers_to_go_on(ready):
    page = ready.get("start")

    assert page.context["go_on_url"] == ready.url("check")
    assert "no-store" in page["Cache-Control"]


def test_another_letter_is_begun_beside_the_first(ready, office):
    first = ready.draft
    ready.post("new")

    assert ready.draft != first
    assert ready.client.cookies["deposit"].value.split(".")[1] == first.token


def test_forget_leaves_nothing_in_the_browser(ready):
    ready.post("forget")

    assert ready.client.cookies["deposit"].value == ""
    assert ready.get("check").url == ready.url("start") + "?gone=1"
    assert ready.get("start", gone=1).context["gone"]


# --- e-mail ----------------------------------------------------------------------------------------------------------


def code_in(message):
    return re.search(r"\u2066([0-9A-Z]{6})\u2069", message.body).group(1)


def test_address_is_confirmed_with_the_mailed_code(ready):
    ready.post("email", {"intent": "send"})
    run_pending()
    code = code_in(mail.outbox[0])

    assert code not in str(Draft.objects.values().get())
    assert "wrong=1" in ready.post("email", {"code": "ABCDEF"}).url
    assert ready.client.get(ready.url("email") + "?wrong=1").context["has_errors"]
    assert ready.post("email", {"code": code.lower()}).url == ready.url("check")
    assert ready.draft.assurance == "email_confirmed"
    assert ready.get("email").context["is_confirmed"]
    page = ready.client.get(ready.deposit().url)
    assert page.context["facts"]["assurance"] == "email_confirmed"


def test_sixth_try_is_never_right(ready):
    ready.post("email", {"intent": "send"})
    run_pending()
    code = code_in(mail.outbox[0])
    for _try in range(5):
        ready.post("email", {"code": "ABCDEF"})

    ready.post("email", {"code": code})

    assert ready.draft.assurance == "declared"
    assert not ready.get("email").context["is_pending"]


def test_code_ends_after_half_an_hour_and_with_the_address(ready):
    operations.send_email_code(ready.draft, language="ar")
    Draft.objects.update(email_code_expires_at=timezone.now() - timedelta(seconds=1))
    run_pending()
    code = code_in(mail.outbox[0])
    assert not operations.confirm_email(ready.draft, code)

    operations.send_email_code(ready.draft, language="ar")
    run_pending()
    ready.sender(email="other@example.org")
    assert not operations.confirm_email(ready.draft, code_in(mail.outbox[1]))


def test_confirmed_address_that_is_changed_counts_no_more(ready):
    draft = ready.draft
    Draft.objects.filter(pk=draft.pk).update(confirmed_email=draft.email)
    assert ready.draft.assurance == "email_confirmed"

    ready.sender(email="other@example.org")

    assert ready.draft.assurance == "declared"


def test_asking_for_codes_is_limited(ready):
    for _time in range(5):
        assert ready.post("email", {"intent": "send"}).status_code == 303
    assert ready.post("email", {"intent": "send"}).status_code == 429


def test_email_step_without_an_address_is_passed_over(depositor, office):
    assert depositor.get("email").url == depositor.url("start")
    depositor.sender(email="", phone="0661234567")

    assert depositor.get("email").url == depositor.url("check")
    with pytest.raises(operations.BusinessError):
        operations.send_email_code(depositor.draft, language="ar")


def test_language_buttons_work_on_every_page(ready):
    assert ready.post("email", {"language": "fr"}).url == "/fr/deposit/email/"
    assert ready.post("check", {"language": "en"}).url == "/en/deposit/check/"
    assert ready.post("documents", {"language": "fr"}).url == "/fr/deposit/documents/"


# --- the end ---------------------------------------------------------------------------------------------------------


def test_expired_draft_is_said_and_what_is_posted_is_kept_in_a_new_one(ready, office):
    old = ready.draft
    age(old, days=1)

    assert ready.get("start").context["has_expired"]
    assert ready.deposit().url == ready.url("start") + "?gone=1"
    ready.subject(subject="موضوع جديد")
    assert ready.draft != old
    assert ready.draft.clean(Step.SUBJECT)["subject"] == "موضوع جديد"


def test_expired_drafts_are_erased(ready, django_capture_on_commit_callbacks):
    draft = ready.draft
    path = draft.files.get().file.path
    age(draft, days=1)
    assert tasks.is_wanted()

    with django_capture_on_commit_callbacks(execute=True):
        tasks.end_drafts()

    draft.refresh_from_db()
    assert draft.state == DraftState.EXPIRED
    assert draft.data == {}
    assert not draft.files.exists()
    assert StoredFile.objects.count() == 0
    assert not path.exists()
    assert not tasks.is_wanted()
    operations.expire(draft)


def test_draft_saved_meanwhile_is_not_erased(ready):
    operations.expire(ready.draft)

    assert ready.draft.state == DraftState.OPEN


def test_depositor_is_warned_once_three_days_before(ready):
    Draft.objects.update(expires_at=timezone.now() + timedelta(days=2))

    tasks.end_drafts()
    tasks.end_drafts()
    operations.warn_before_expiry(ready.draft)
    run_pending()

    assert len(mail.outbox) == 1
    elsewhere = Depositor()
    elsewhere.client.post(link_in(mail.outbox[0]))
    assert elsewhere.draft == ready.draft


def test_draft_without_address_is_not_warned(depositor, office):
    depositor.upload(("a.pdf", pdf_bytes()))
    Draft.objects.update(expires_at=timezone.now() + timedelta(days=2))

    tasks.end_drafts()

    assert Message.objects.filter(name="notifications.mail").count() == 0


def test_every_save_begins_the_thirty_days_again(ready):
    Draft.objects.update(expires_at=timezone.now() + timedelta(days=1), warned_at=timezone.now())

    ready.subject()

    assert ready.draft.expires_at > timezone.now() + timedelta(days=29)
    assert ready.draft.warned_at is None
