"""The act itself: one draft, one number, one receipt, whatever is clicked."""

import uuid

import pytest
from django.db import OperationalError
from django.utils import timezone

from core import failpoints
from core.audit.models import AuditEntry
from core.evidence.receipts import make_edition, receipt_for
from core.files.enums import ScanState
from core.files.models import StoredFile
from core.organisations.models import Organisation
from core.registers.models import Entry
from core.registers.numbers import format_number
from eservices.correspondence.models import Correspondence
from eservices.deposit import operations
from eservices.deposit.enums import DECLARATIONS, DraftState, Step
from eservices.deposit.models import Deposit, Draft, DraftFile
from tests.eservices.deposit.conftest import SENDER, SUBJECT, Depositor
from tests.factories.letters import pdf_bytes

pytestmark = pytest.mark.django_db


def test_deposit_gives_number_and_receipt(ready, office):
    response = ready.deposit()

    deposit = Deposit.objects.get()
    letter = deposit.item.correspondence
    assert response.status_code == 303
    assert response.url == ready.url("done", deposit.number)
    assert deposit.number.startswith("MSP-A-")
    assert (letter.subject, letter.party.name, letter.language) == (SUBJECT["subject"], SENDER["name"], "ar")
    assert [(a.file.name, a.label) for a in letter.attachments.all()] == [("lettre.pdf", "الطلب")]
    assert letter.attachments.get().file.organisation == office
    assert ready.draft.state == DraftState.DEPOSITED
    assert ready.draft.data == {}
    assert DraftFile.objects.count() == 0
    assert deposit.made_at == deposit.entry.registered_at
    assert AuditEntry.objects.filter(event="deposit.deposited").count() == 1
    assert str(deposit) == deposit.number
    assert deposit.get_absolute_url() == response.url


def test_page_deposited_tells_number_moment_office_and_what_follows(depositor, office, licence):
    depositor.fill(office, "licence")

    page = depositor.client.get(depositor.deposit().url)

    text = page.content.decode()
    facts = page.context["facts"]
    assert Deposit.objects.get().number in text
    assert "UTC+0" in text
    assert "مكتب الضبط" in text
    assert page.context["tracking_code"] in text
    assert page.context["due_on"] is not None
    assert [piece["fr"] for piece in facts["missing_pieces"]] == ["Contrat de bail", "Copie du plan"]
    assert [line["ar"] for line in facts["declarations"]] == [line.ar for line in DECLARATIONS]
    assert facts["silence_effect"] == "accepted"


def test_only_accepted_declarations_are_on_the_receipt(ready):
    page = ready.client.get(ready.post("check", {"accurate": "on"}).url)

    assert [line["fr"] for line in page.context["facts"]["declarations"]] == [DECLARATIONS[0].fr]


def test_declaration_is_required(ready):
    response = ready.deposit(accurate="")

    page = ready.client.get(response.url)
    assert response.url == ready.url("check") + "?declarations=1"
    assert page.context["form"].errors
    assert Deposit.objects.count() == 0


def test_deposit_without_documents(depositor, office):
    depositor.fill(office, files=())

    depositor.deposit()

    assert Deposit.objects.get().item.correspondence.attachments.count() == 0


def test_second_click_leads_to_the_same_receipt(ready):
    first = ready.deposit()
    second = ready.deposit()

    page = ready.client.get(second.url)
    number = Deposit.objects.get().number
    assert second.url == f"{first.url}?again=1"
    assert f"تم إيداع هذه المراسلة من قبل تحت رقم \u2066{number}\u2069. هذا هو الوصل." in page.content.decode()
    assert Entry.objects.count() == 1


def test_deposit_called_again_gives_the_first_one_back(ready):
    first = operations.deposit(ready.draft, declarations=DECLARATIONS, language="ar")
    again = operations.deposit(ready.draft, declarations=(), language="fr")

    assert (first.is_again, again.is_again) == (False, True)
    assert again.deposit == first.deposit


def test_steps_of_a_deposited_draft_lead_to_the_receipt_and_the_first_begins_anew(ready, office):
    done = ready.deposit().url

    for step in ("sender", "subject", "documents", "email", "check"):
        assert ready.get(step).url == f"{done}?again=1"
    assert ready.subject(subject="آخر").url == f"{done}?again=1"
    assert ready.get("addressee").status_code == 200
    assert ready.get("start").context["deposit"] == Deposit.objects.get()
    ready.addressee(office)
    assert ready.draft.state == DraftState.OPEN
    assert ready.client.get(done).status_code == 200


def test_receipt_page_is_open_to_its_own_browser_only(ready):
    url = ready.deposit().url
    number = Deposit.objects.get().number
    stranger = Depositor()

    theirs = stranger.client.get(url)
    none = [stranger.get("done", each) for each in (format_number("MSP", "I", 2026, 999), "MSP-A-2026-000999-?")]

    assert [page.status_code for page in (theirs, *none)] == [404, 404, 404]
    assert SUBJECT["subject"] not in theirs.content.decode()
    assert number not in theirs.content.decode().replace(url, "").replace(url.replace("/ar/", "/fr/"), "").replace(
        url.replace("/ar/", "/en/"), ""
    )
    assert stranger.get("pdf", number).status_code == 404
    assert ready.get("done", number.lower()).status_code == 200


def test_pdf_is_offered_as_soon_as_it_is_made(ready):
    page = ready.client.get(ready.deposit().url)
    number = Deposit.objects.get().number
    poll = ready.client.get(page.context["poll_url"], headers={"HX-Request": "true"})
    assert not page.context["is_pdf_ready"]
    assert "hx-get" in poll.content.decode()
    assert ready.get("pdf", number).url == ready.url("done", number)

    make_edition(receipt_for(Entry.objects.get()), 1)

    poll = ready.client.get(page.context["poll_url"], headers={"HX-Request": "true"})
    assert "hx-get" not in poll.content.decode()
    assert ready.client.get(poll.context["pdf_url"])["Content-Type"] == "application/pdf"


# --- what stands in the way ------------------------------------------------------------------------------------------


def codes(draft):
    return [problem.code for problem in operations.problems(draft)]


def test_open_steps_are_named_with_links(depositor, office):
    depositor.addressee(office)

    page = depositor.get("check")

    assert [problem.step for problem in page.context["problems"]] == [Step.SENDER, Step.SUBJECT]
    assert "/ar/deposit/sender/?back=check" in page.content.decode()
    assert "إيداع المراسلة الآن" not in page.content.decode()
    assert depositor.deposit().url == depositor.url("check")
    assert Entry.objects.count() == 0


def test_letter_that_says_nothing_is_not_deposited(depositor, office):
    depositor.addressee(office)
    depositor.sender()
    depositor.subject(message="")

    assert codes(depositor.draft) == ["empty"]


def test_documents_not_gone_through_are_not_deposited(ready):
    ready.upload(("b.pdf", pdf_bytes("b")))

    assert codes(ready.draft) == ["step_open"]


def test_refused_documents_are_not_deposited(ready):
    ready.upload(("b.pdf", b"no pdf"))

    assert codes(ready.draft) == ["refused_file"]
    assert ready.deposit().url == ready.url("check")


def test_virus_found_meanwhile_is_not_deposited(ready):
    StoredFile.objects.update(scan_state=ScanState.INFECTED)

    assert codes(ready.draft) == ["malware"]
    assert ready.deposit().url == ready.url("check")
    assert Entry.objects.count() == 0


def test_administration_that_takes_no_more_deposits(ready, office):
    Organisation.objects.filter(pk=office.pk).update(accepts_deposits=False)

    assert codes(ready.draft) == ["closed"]


def test_changed_bytes_are_not_deposited(ready):
    path = StoredFile.objects.get().path
    path.chmod(0o640)
    path.write_bytes(b"something else")

    with pytest.raises(operations.CannotDeposit) as refusal:
        operations.deposit(ready.draft, declarations=(), language="ar")

    assert [problem.code for problem in refusal.value.problems] == ["not_intact"]
    assert ready.deposit().url == ready.url("check")


def test_limits_are_checked_once_more(ready, monkeypatch):
    monkeypatch.setattr(operations, "MAX_TOTAL_BYTES", 10)

    with pytest.raises(operations.CannotDeposit) as refusal:
        operations.deposit(ready.draft, declarations=(), language="ar")

    assert refusal.value.code == "limits"


def test_expired_draft_is_not_deposited(ready):
    Draft.objects.update(state=DraftState.EXPIRED)

    with pytest.raises(operations.DraftGone):
        operations.deposit(ready.draft, declarations=(), language="ar")


def test_check_without_a_draft_leads_to_the_start(depositor, office):
    assert depositor.get("check").url == depositor.url("start") + "?gone=1"


def test_draft_that_ends_while_it_is_answered_is_asked_for_again(ready, monkeypatch):
    def gone(*args, **kwargs):
        raise operations.DraftGone("")

    monkeypatch.setattr(operations, "save_step", gone)

    assert ready.subject().url == ready.url("subject")


def test_deposits_of_one_network_are_limited(ready, settings):
    settings.DEPOSITS_PER_HOUR = 1
    ready.deposit(accurate="")
    ready.deposit()

    other = Depositor().fill(Organisation.objects.get())
    assert other.deposit().status_code == 429


# --- what goes wrong -------------------------------------------------------------------------------------------------

POINTS = ["deposit.locked", "deposit.manifest", "deposit.registered", "deposit.before_commit"]


@pytest.mark.parametrize("point", POINTS)
def test_failure_rolls_back_and_is_told_truthfully(ready, point):
    with failpoints.active(**{point: "raise"}):
        response = ready.deposit()

    page = ready.client.get(response.url)
    assert response.url.startswith(ready.url("check") + "?failed=")
    assert "تعذر تسجيل الإيداع الآن. لم يُسجَّل شيء بعد، ومسودتك محفوظة. أعد المحاولة." in page.content.decode()
    assert (Entry.objects.count(), Deposit.objects.count(), Correspondence.objects.count()) == (0, 0, 0)
    assert ready.draft.files.get().file.organisation is None

    assert ready.deposit().url == ready.url("done", Deposit.objects.get().number)


def test_failure_after_the_commit_leads_to_the_receipt(ready):
    with failpoints.active(**{"deposit.after_commit": "raise"}):
        response = ready.deposit()

    assert response.url == ready.url("done", Deposit.objects.get().number)


def test_database_that_goes_away_answers_with_the_retry_page(ready, monkeypatch):
    def away(*args, **kwargs):
        raise OperationalError

    monkeypatch.setattr(operations, "deposit", away)
    monkeypatch.setattr(operations, "made_of", away)

    assert ready.deposit().status_code == 503


# --- other ways to write ---------------------------------------------------------------------------------------------


def test_administration_deposits_with_its_own_number(depositor, office):
    depositor.addressee(office)
    depositor.sender(kind="administration", name="جماعة", reference="12/2026", reference_on="2026-11-16")
    assert 'name="own_reference"' not in depositor.get("subject").content.decode()
    depositor.subject()

    facts = depositor.client.get(depositor.deposit().url).context["facts"]

    assert facts["depositor"]["capacity"] == "administration"
    assert (facts["own_reference"], facts["own_reference_on"]) == ("12/2026", "2026-11-16")


def test_representative_service_and_reference_reach_the_letter(depositor, office, unit):
    depositor.addressee(office, unit=unit.code)
    depositor.sender(behalf="other", on_behalf_of="سعيد الوزاني", cin="AB123456")
    depositor.subject(own_reference="AB-77/2026", own_reference_on="16/11/2026")
    check = depositor.get("check").content.decode()
    assert "سعيد الوزاني" in check
    assert "16 نونبر 2026" in check

    depositor.deposit()

    letter = Correspondence.objects.get()
    assert (letter.addressee_unit, letter.own_reference) == (unit, "AB-77/2026")
    assert letter.party.on_behalf_of == "سعيد الوزاني"


def test_reply_is_linked_to_our_letter(ready, office):
    ready.deposit()
    first = Correspondence.objects.get()
    second = Depositor()
    second.addressee(office, reply_to=first.number.lower())
    second.sender()
    second.subject()
    assert first.number in second.get("check").content.decode()

    second.deposit()

    reply = Correspondence.objects.exclude(pk=first.pk).get()
    assert (reply.reply_to, reply.nature) == (first, "reply")


@pytest.mark.parametrize("language", ["fr", "en"])
def test_deposit_in_other_languages(office, language):
    depositor = Depositor(language).fill(office)

    page = depositor.client.get(depositor.deposit().url)

    assert page.status_code == 200
    assert page.context["facts"]["language"] == language
    assert f'lang="{language}"' in page.content.decode()


def test_rows_name_themselves(ready):
    row = ready.draft.files.get()

    assert str(row) == "lettre.pdf"
    assert uuid.UUID(str(ready.draft))


def test_check_page_has_the_same_number_of_queries_for_many_documents(ready, django_assert_max_num_queries):
    with django_assert_max_num_queries(20) as captured:
        ready.get("check")
    one = len(captured)
    ready.upload(*[(f"{number}.pdf", pdf_bytes(str(number))) for number in range(5)])
    ready.describe()

    with django_assert_max_num_queries(one):
        ready.get("check")


@pytest.mark.parametrize("documents", [1, 3])
def test_deposit_asks_as_often_for_one_document_as_for_three(documents, office, django_assert_num_queries):
    first, second = Depositor(), Depositor()
    first.fill(office).deposit()  # the first number of a register goes step by step
    second.fill(office, files=[(f"{number}.pdf", pdf_bytes(str(number))) for number in range(documents)])

    with django_assert_num_queries(18):
        assert second.deposit().status_code == 303


def test_list_changed_while_the_bytes_were_read_is_read_again(ready, monkeypatch):
    verified = operations._verified

    def verified_and_changed(draft):
        found = verified(draft)
        DraftFile.objects.update(label="الطلب المعدل")
        Draft.objects.filter(pk=draft.pk).update(saved_at=timezone.now())
        return found

    monkeypatch.setattr(operations, "_verified", verified_and_changed)

    operations.deposit(ready.draft, declarations=DECLARATIONS, language="ar")

    assert Correspondence.objects.get().attachments.get().label == "الطلب المعدل"
