import pytest
from django.contrib.messages import get_messages
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from eservices.correspondence import desk, operations
from eservices.correspondence.models import Correspondence, WorkItem
from tests.factories.letters import deposited, party, pdf_bytes, stored_pdf

pytestmark = pytest.mark.django_db
DESK = "/ar/desk/"


def upload(text="x", name="lettre.pdf"):
    return SimpleUploadedFile(name, pdf_bytes(text), content_type="application/pdf")


@pytest.fixture
def as_amina(client, amina):
    client.force_login(amina)
    return client


@pytest.fixture
def as_youssef(client, youssef):
    client.force_login(youssef)
    return client


def sentences(response):
    return [str(message) for message in get_messages(response.wsgi_request)]


def numbers(response):
    return [item.correspondence.number for item in response.context["page"]]


def test_desk_shows_what_a_clerk_may_see(as_amina, item, other_organisation, other_registry):
    deposited(other_organisation)

    assert numbers(as_amina.get(DESK)) == [item.correspondence.number]


def test_desk_is_empty_for_another_organisation(client, item, karim):
    client.force_login(karim)

    assert numbers(client.get(DESK)) == []


@pytest.mark.parametrize("how_many", [1, 3])
def test_desk_takes_the_same_number_of_queries(as_amina, organisation, registry, how_many, django_assert_num_queries):
    for n in range(how_many):
        deposited(organisation, sender=party(name=f"sender {n}"))
    as_amina.get(DESK)

    with django_assert_num_queries(12, exact=False):
        response = as_amina.get(DESK)
    assert len(numbers(response)) == how_many


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("state=to_qualify", True),
        ("state=closed", False),
        ("state=waiting", True),
        ("q=فاطمة", True),
        ("q=nobody", False),
        ("channel=portal", True),
        ("channel=post", False),
        ("due=late", False),
        ("due=week", False),
        ("due=none", False),
        ("since=2020-01-01", True),
        ("until=2020-01-01", False),
        ("sort=due", True),
        ("state=nonsense&page=99", True),
    ],
)
def test_desk_filters_from_the_address(as_amina, item, query, found):
    assert numbers(as_amina.get(f"{DESK}?{query}")) == ([item.correspondence.number] if found else [])


def test_desk_counts_no_further_than_it_needs(as_amina, organisation, registry, monkeypatch):
    monkeypatch.setattr(desk, "COUNTED", 2)
    monkeypatch.setattr(desk, "PAGE", 1)
    for n in range(7):
        deposited(organisation, sender=party(name=f"s{n}"))

    first, sixth = as_amina.get(DESK), as_amina.get(f"{DESK}?page=6")
    by_words = as_amina.get(DESK, {"q": "s3"})

    assert [tab["count"] for tab in first.context["tabs"]] == ["2+", "2+", 0, 0, 0, 0]
    assert (first.context["is_cut"], first.context["page"].paginator.count) == (True, 5)
    assert (sixth.context["is_cut"], sixth.context["page"].paginator.count) == (False, 7)
    assert {tab["count"] for tab in by_words.context["tabs"]} == {""}
    assert len(numbers(by_words)) == 1


def test_desk_finds_a_pasted_number(as_amina, item):
    pasted = f"\u2066 {item.correspondence.number.lower()} \u2069"

    assert numbers(as_amina.get(DESK, {"q": pasted})) == [item.correspondence.number]


def test_desk_masks_a_confidential_subject(as_amina, item, unit, amina):
    operations.assign(item, to_unit=unit, by=amina, confidentiality=2)

    body = as_amina.get(DESK).content.decode()

    assert item.correspondence.subject not in body
    assert "مراسلة سرية" in body


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_export_holds_the_list(as_amina, item, kind):
    response = as_amina.get(f"{DESK}letters.{kind}")

    assert response.status_code == 200
    assert response["Content-Disposition"] == f'attachment; filename="diwan-desk.{kind}"'
    if kind == "csv":
        assert item.correspondence.number in response.content.decode("utf-8-sig")


def test_export_turns_formulas_into_text(as_amina, organisation, registry):
    deposited(organisation, sender=party(name="=1+1"))

    assert "'=1+1" in as_amina.get(f"{DESK}letters.csv").content.decode("utf-8-sig")


def test_bulk_assign_says_what_was_done(as_amina, organisation, registry, unit):
    found = [deposited(organisation, sender=party(name=f"s{n}")).item for n in range(2)]
    data = {"n": [one.correspondence.number for one in found], "to_unit": unit.pk, "instruction": "reply"}

    response = as_amina.post(f"{DESK}assign/", data)

    assert response.status_code == 302
    assert WorkItem.objects.filter(state="assigned", owner_unit=unit).count() == 2


@pytest.mark.parametrize("data", [{}, {"n": "MSP-A-2026-000001-X"}])
def test_bulk_assign_of_nothing_says_so(as_amina, item, data):
    response = as_amina.post(f"{DESK}assign/", data)

    assert response.status_code == 302
    assert len(sentences(response)) == 1


def test_bulk_assign_of_an_assigned_letter_names_it(as_amina, assigned, unit):
    data = {"n": assigned.correspondence.number, "to_unit": unit.pk, "instruction": "reply"}

    response = as_amina.post(f"{DESK}assign/", data)

    assert assigned.correspondence.number in sentences(response)[0]


def test_item_shows_the_letter_and_its_acts(as_amina, organisation, registry):
    item = deposited(organisation, files=[(stored_pdf(organisation), "")]).item

    response = as_amina.get(item.get_absolute_url())

    assert response.status_code == 200
    assert [act["event"] for act in response.context["acts"]] == ["assign", "redirect", "no_action"]
    assert response.context["document"]["shown"].page_urls


@pytest.mark.parametrize("person", ["karim", "nadia"])
def test_item_is_unknown_to_whoever_may_not_see_it(client, item, person, request):
    client.force_login(request.getfixturevalue(person))

    assert client.get(item.get_absolute_url()).status_code == 404
    assert client.post(f"{item.get_absolute_url()}take/").status_code == 404


def test_item_of_a_copy_is_marked_read(client, item, unit, other_unit, amina, karim):
    from core.organisations.enums import Role
    from tests.factories.organisations import post_for
    from tests.factories.users import UserFactory

    reader = UserFactory(username="reader")
    post_for(reader, other_unit, Role.READER)
    operations.assign(item, to_unit=unit, by=amina, copies=[other_unit])
    client.force_login(reader)

    response = client.get(item.get_absolute_url())

    assert response.status_code == 200
    assert item.copies.get().read_by == reader
    assert item.correspondence.party.phone not in response.content.decode()


def test_act_assign_opens_the_next_letter(as_amina, organisation, registry, unit):
    older, newer = (deposited(organisation, sender=party(name=name)).item for name in ("a", "b"))
    data = {"to_unit": unit.pk, "instruction": "reply", "nature": "request", "confidentiality": 0}

    response = as_amina.post(f"{newer.get_absolute_url()}assign/", data)

    assert response.url == older.get_absolute_url()
    assert WorkItem.objects.get(pk=newer.pk).owner_unit == unit


def test_act_refused_keeps_what_was_typed(as_amina, item):
    response = as_amina.post(f"{item.get_absolute_url()}assign/", {"note": "عاجل"})

    body = response.content.decode()
    assert response.status_code == 200
    assert "عاجل" in body
    assert "اختر الوحدة" in body


def test_act_done_by_a_colleague_before_names_them(client, item, unit, amina, hamza):
    operations.assign(item, to_unit=unit, by=amina)
    client.force_login(hamza)
    data = {"to_unit": unit.pk, "instruction": "reply", "nature": "request", "confidentiality": 0}

    response = client.post(f"{item.get_absolute_url()}assign/", data)

    assert "أمينة بناني" in response.content.decode()


def test_act_answer_stores_the_pdf_and_sends_it(as_youssef, in_progress):
    data = {"subject": "جواب", "signed_by": "يوسف الإدريسي", "pdf": upload("answer", "jawab.pdf")}

    as_youssef.post(f"{in_progress.get_absolute_url()}dispatch_answer/", data)

    answer = Correspondence.objects.get(reply_to=in_progress.correspondence)
    assert answer.attachments.get().file.name == "jawab.pdf"
    assert WorkItem.objects.get(pk=in_progress.pk).state == "closed"


def test_act_answer_with_a_file_that_is_no_pdf_says_so(as_youssef, in_progress):
    data = {"subject": "جواب", "signed_by": "يوسف", "pdf": SimpleUploadedFile("jawab.pdf", b"not a pdf")}

    response = as_youssef.post(f"{in_progress.get_absolute_url()}dispatch_answer/", data)

    assert response.status_code == 200
    assert "jawab.pdf" in response.content.decode()
    assert WorkItem.objects.get(pk=in_progress.pk).state == "in_progress"


def test_register_paper_gives_number_and_code_once(as_amina, organisation, unit):
    data = {"sender": "شركة الأطلس", "subject": "طلب", "nature": "letter", "channel": "counter", "to_unit": unit.pk}
    data["scan"] = upload("scan", "scan.pdf")

    response = as_amina.post(f"{DESK}counter/MSP/", data, follow=True)

    letter = Correspondence.objects.get()
    assert letter.support == "paper"
    assert letter.item.owner_unit == unit
    assert response.context["code"]
    assert letter.party.is_directory


def test_register_paper_warns_of_a_likely_duplicate_before_a_number(as_amina, organisation):
    data = {"sender": "شركة الأطلس", "subject": "طلب", "nature": "letter", "channel": "counter"}
    as_amina.post(f"{DESK}counter/MSP/", data)

    response = as_amina.post(f"{DESK}counter/MSP/", data)
    assert response.status_code == 200
    assert Correspondence.objects.count() == 1

    as_amina.post(f"{DESK}counter/MSP/", data | {"confirmed": "1"})
    assert Correspondence.objects.count() == 2


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("sender", ""),
        ("subject", ""),
        ("subject", "x" * 201),
        ("ice", "123"),
        ("email", "not-an-address"),
        ("document_date", "2999-01-01"),
        ("document_date", "31/31"),
    ],
)
def test_register_paper_with_a_wrong_field_takes_no_number(as_amina, registry, field, value):
    data = {"sender": "شركة الأطلس", "subject": "طلب", "nature": "letter", "channel": "counter", field: value}

    response = as_amina.post(f"{DESK}counter/MSP/", data)

    assert response.status_code == 200
    assert field in response.context["form"].errors
    assert Correspondence.objects.count() == 0


def test_register_paper_drops_characters_that_turn_the_direction(as_amina, registry):
    data = {"sender": "شركة\u202e الأطلس\u0007", "subject": "طلب", "nature": "letter", "channel": "counter"}

    as_amina.post(f"{DESK}counter/MSP/", data)

    assert Correspondence.objects.get().party.name == "شركة الأطلس"


def test_register_paper_of_another_registry_is_unknown(client, registry, karim):
    client.force_login(karim)

    assert client.get(f"{DESK}counter/MSP/").status_code == 404
    assert client.get(f"{DESK}counter/MSP/senders/?q=ab").status_code == 404


def test_senders_proposes_names_written_before(as_amina, organisation):
    data = {"sender": "شركة الأطلس", "subject": "طلب", "nature": "letter", "channel": "counter"}
    as_amina.post(f"{DESK}counter/MSP/", data)

    assert as_amina.get(f"{DESK}counter/MSP/senders/", {"q": "الأط"}).json() == {"names": ["شركة الأطلس"]}


def test_calls_are_listed_and_ticked_off(as_amina, organisation, registry, amina):
    item = deposited(organisation, sender=party(email="")).item
    operations.no_action(item, by=amina, reason="spam")
    task = item.call_tasks.get()

    assert item.correspondence.number in as_amina.get(f"{DESK}calls/").content.decode()
    as_amina.post(f"{DESK}calls/", {"task": task.pk})

    task.refresh_from_db()
    assert task.done_by == amina


def test_calls_of_another_organisation_are_unknown(client, organisation, registry, amina, karim):
    item = deposited(organisation, sender=party(email="")).item
    operations.no_action(item, by=amina, reason="spam")
    client.force_login(karim)

    assert client.post(f"{DESK}calls/", {"task": item.call_tasks.get().pk}).status_code == 404


def test_desk_asks_strangers_to_sign_in(client, item):
    response = client.get(item.get_absolute_url())

    assert response.status_code == 302
    assert response.url.startswith(reverse("account_login"))
