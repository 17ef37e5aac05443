"""A letter whose line in the register was rectified: shown by its new number, found by every one."""

import pytest

from core.evidence.operations import rectify
from eservices.correspondence import operations
from eservices.correspondence.models import Correspondence, WorkItem
from tests.factories.letters import deposited, stored_pdf

pytestmark = pytest.mark.django_db


@pytest.fixture
def done(organisation, registry, act_type):
    return deposited(organisation, act_type=act_type)


@pytest.fixture
def numbers(done, amina):
    """The numbers of a letter rectified twice, oldest first."""
    lines = [done.item.correspondence.entry]
    for sender in ("فاطمة العلمي", "فاطمة الزهراء العلمي"):
        lines.append(rectify(lines[-1], by=amina, changes={"sender": sender}, reason="typing_error"))
    return [line.number_text for line in lines]


def test_letter_goes_by_its_newest_number(done, numbers):
    letter = Correspondence.objects.get(pk=done.item.correspondence.pk)

    assert letter.number == numbers[2]
    assert letter.entry.number_text == numbers[0]
    assert [list(WorkItem.objects.numbered(number)) for number in numbers] == [[done.item]] * 3


def test_desk_and_item_page_find_it_by_every_number(client, done, numbers, amina):
    client.force_login(amina)

    for number in numbers:
        page = client.get(f"/ar/desk/{number}/")
        assert numbers[2] in page.content.decode()
        assert numbers[0] in page.content.decode()
        found = client.get("/ar/desk/", {"q": number}).context["page"].object_list
        assert [item.correspondence.number for item in found] == [numbers[2]]


def test_bulk_assignment_takes_the_number_of_the_list(client, done, numbers, unit, amina):
    client.force_login(amina)

    client.post("/ar/desk/assign/", {"n": numbers[2], "to_unit": unit.pk, "instruction": "reply"})

    assert WorkItem.objects.get(pk=done.item.pk).owner_unit == unit


@pytest.mark.parametrize("place", [0, 1, 2])
def test_sender_follows_it_by_every_number_and_reads_the_answer(
    client, done, numbers, place, organisation, unit, amina, youssef
):
    item = WorkItem.objects.get(pk=done.item.pk)
    operations.assign(item, to_unit=unit, by=amina)
    operations.take(item, by=youssef)
    answer = operations.dispatch_answer(
        item, pdf=stored_pdf(organisation, "answer"), subject="جواب", signed_by="يوسف", by=youssef
    )
    new = rectify(answer.entry, by=amina, changes={"subject": "جواب مصحح"}, reason="typing_error")

    story = client.post("/ar/track/", {"number": numbers[place], "code": done.tracking_code}, follow=True)

    page = story.content.decode()
    assert numbers[2] in page
    assert numbers[0] in page
    url = f"{story.request['PATH_INFO']}{new.number_text}/"
    assert url in page
    assert client.get(url).status_code == 200
    assert client.get(f"{story.request['PATH_INFO']}{answer.number}/").status_code == 200
