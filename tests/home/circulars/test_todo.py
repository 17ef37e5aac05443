"""What circulars ask of people: done, taken back, listed, and in a calendar."""

from datetime import date

import pytest
from django.urls import reverse
from icalendar import Calendar

from core.audit.models import AuditEntry
from core.exceptions import NotAllowed, WrongState
from core.organisations.enums import Role
from core.organisations.models import Tenure
from home.circulars import operations, permissions
from home.circulars.enums import Acknowledging, Audience, Purpose
from home.circulars.models import Action, Circular, DoneAction
from tests.factories.circulars import abrogating, publish, published
from tests.factories.organisations import UnitFactory, post_for
from tests.factories.users import UserFactory

pytestmark = pytest.mark.django_db
PAGE = "/eli/ma/msp/circular/2026/12-2026"
APPOINT = {
    "text_ar": "عين مسؤولا عن مكتب الضبط الرقمي ونائبا عنه، وأخبر الوزارة باسميهما وبوسائل الاتصال بهما",
    "text_fr": "Désigner un responsable",
    "due_on": date(2026, 11, 30),
    "url": "https://example.org/form",
}
ALWAYS = {"text_ar": "سلم وصلا رقميا عن كل مراسلة"}


def asking(unit, *, purpose=Purpose.ACTION, actions=(APPOINT, ALWAYS), **values):
    addressee = {"organisation": unit.organisation, "purpose": purpose}
    return published(unit.organisation, addressees=[addressee], actions=actions, **values)


@pytest.fixture
def circular(unit):
    return asking(unit)


def key(circular, place=1):
    return circular.current.content["actions"][place - 1]["key"]


def waiting(client, **choices):
    return [row.words for row in client.get(reverse("circulars:todo"), choices).context["rows"]]


def events(content):
    return [
        {name: event.decoded(name) for name in ("uid", "summary", "dtstart", "url")}
        for event in Calendar.from_ical(content).walk("VEVENT")
    ]


# --- done and taken back ----------------------------------------------------------------------------------------------


def test_action_is_done_once_and_taken_back(circular, youssef):
    done = operations.do_action(circular, key(circular), by=youssef)
    assert operations.do_action(circular, key(circular), by=youssef) == done
    assert (done.person, done.post) == (youssef, youssef.tenures.get().post)

    operations.undo_action(circular, key(circular), by=youssef)
    operations.undo_action(circular, key(circular), by=youssef)

    assert DoneAction.objects.get().undone_at is not None
    events = AuditEntry.objects.filter(event__startswith="circulars.action").order_by("pk")
    assert [entry.event for entry in events] == ["circulars.action_done", "circulars.action_undone"]


def test_what_one_holder_of_a_post_did_is_done_for_the_next(circular, youssef):
    successor = UserFactory(username="successor")
    post = youssef.tenures.get().post
    done = operations.do_action(circular, key(circular), by=youssef)
    Tenure.objects.create(user=successor, post=post, starts_on=date(2026, 1, 1))
    assert operations.do_action(circular, key(circular), by=successor) == done


@pytest.mark.parametrize("verb", [operations.do_action, operations.undo_action])
def test_only_addressees_for_action_do_it(unit, youssef, karim, verb):
    circular = asking(unit, purpose=Purpose.INFORMATION)
    for person in (youssef, karim):
        with pytest.raises(NotAllowed):
            verb(circular, key(circular), by=person)
    assert DoneAction.objects.count() == 0


def test_action_that_the_current_version_does_not_have_is_refused(circular, youssef):
    with pytest.raises(WrongState):
        operations.do_action(circular, 0, by=youssef)


def test_withdrawn_circular_asks_for_nothing(circular, unit, youssef, client_of):
    editor = UserFactory(username="editor")
    post_for(editor, UnitFactory(organisation=unit.organisation), Role.CIRCULAR_PUBLISHER)
    operations.withdraw(circular, by=editor, reason="خطأ")
    with pytest.raises(NotAllowed):
        operations.do_action(circular, key(circular), by=youssef)
    assert waiting(client_of(youssef)) == []


@pytest.mark.parametrize(
    ("addressee", "is_asked"),
    [
        ({"unit_kind": "registry"}, False),
        ({"unit_kind": "central"}, True),
        ({}, True),
        ({"organisation": "other"}, False),
    ],
)
def test_addressees_mean_posts(unit, other_organisation, youssef, addressee, is_asked):
    if "organisation" in addressee:
        addressee = {"organisation": other_organisation}
    circular = published(unit.organisation, addressees=[addressee], actions=[APPOINT])
    assert (permissions.posts_to_act(youssef, circular) != []) is is_asked


# --- the pages --------------------------------------------------------------------------------------------------------


def test_list_holds_what_waits_by_day(unit, youssef, client_of):
    asking(unit)
    asking(unit, number="13/2026", actions=(), acknowledging=Acknowledging.REQUIRED, acknowledge_by=date(2026, 10, 1))
    client = client_of(youssef)

    assert waiting(client) == ["إلزامية الإيداع الرقمي", APPOINT["text_ar"], ALWAYS["text_ar"]]
    assert waiting(client, what="act") == [APPOINT["text_ar"], ALWAYS["text_ar"]]
    assert waiting(client, what="acknowledge", state="nonsense") == ["إلزامية الإيداع الرقمي"]
    assert waiting(client, state="done") == []


def test_person_marks_an_action_as_done_and_takes_it_back(circular, youssef, client_of):
    client = client_of(youssef)
    form = {"hash": circular.current.hash, "back": "list"}

    answer = client.post(f"{PAGE}/actions/1/done", form)
    assert (answer.status_code, answer.url) == (303, reverse("circulars:todo"))
    assert waiting(client) == [ALWAYS["text_ar"]]
    assert waiting(client, state="done") == [APPOINT["text_ar"]]
    assert f"{PAGE}/actions/1/undone" in client.get(f"{PAGE}/ara").text

    answer = client.post(f"{PAGE}/actions/1/undone", {"hash": circular.current.hash})
    assert answer.url == f"{PAGE}/ara#todo-title"
    assert waiting(client) == [APPOINT["text_ar"], ALWAYS["text_ar"]]


@pytest.mark.parametrize(("place", "hash"), [(1, "0" * 64), (0, None), (9, None)])
def test_form_about_another_version_is_refused(circular, youssef, client_of, place, hash):
    answer = client_of(youssef).post(f"{PAGE}/actions/{place}/done", {"hash": hash or circular.current.hash})
    assert answer.status_code == 409
    assert DoneAction.objects.count() == 0


def test_others_are_asked_nothing(circular, karim, client_of, client):
    assert waiting(client_of(karim)) == []
    for page in (client.get(f"{PAGE}/ara"), client_of(karim).get(f"{PAGE}/ara")):
        assert f"{PAGE}/actions/1/done" not in page.text
    assert client_of(karim).post(f"{PAGE}/actions/1/done", {"hash": circular.current.hash}).status_code == 403


def test_what_is_no_longer_in_force_does_not_wait(circular, youssef, client_of):
    abrogating(circular)
    assert waiting(client_of(youssef)) == []


def test_page_and_calendar_of_what_is_over_ask_for_nothing(circular, youssef, client_of):
    client = client_of(youssef)
    asked, over = '<h2 id="todo-title">ما المطلوب منك ومتى', "لم يعد مطلوبا"
    page = client.get(f"{PAGE}/ara").text
    assert (asked in page, over in page, "/done" in page, ".ics" in page) == (True, False, True, True)
    assert b"CANCELLED" not in client.get(f"{PAGE}/ara.ics").content

    abrogating(circular)
    page = client.get(f"{PAGE}/ara").text
    assert (asked in page, over in page, "/done" in page, ".ics" in page) == (False, True, False, False)
    assert APPOINT["text_ar"] in page
    assert over in client.get(f"{PAGE}/ara/offline").text
    states = [
        str(event["status"]) for event in Calendar.from_ical(client.get(f"{PAGE}/ara.ics").content).walk("VEVENT")
    ]
    assert states == ["CANCELLED"]


def test_acknowledged_ones_are_listed_as_done_while_they_may_be_read(unit, youssef, client_of):
    circular = asking(unit, actions=(), acknowledging=Acknowledging.ASKED)
    operations.acknowledge(circular, by=youssef, hash=circular.current.hash)
    client = client_of(youssef)
    assert waiting(client, state="done") == ["إلزامية الإيداع الرقمي"]
    Circular.objects.update(audience=Audience.ADDRESSEES)
    circular.addressees.model.objects.all().delete()
    assert waiting(client, state="done") == []


def test_home_shows_actions_and_leads_to_the_list(circular, youssef, client_of):
    page = client_of(youssef).get(reverse("home:staff"))
    assert APPOINT["text_ar"] in page.text
    assert reverse("circulars:todo") in page.text


def test_todo_takes_as_many_queries_for_three_as_for_one(
    unit, youssef, client_of, django_assert_num_queries, django_assert_max_num_queries
):
    asking(unit)
    client = client_of(youssef)
    client.get(reverse("circulars:todo"))
    with django_assert_max_num_queries(16) as one:
        client.get(reverse("circulars:todo"))
    for number in ("13/2026", "14/2026"):
        asking(unit, number=number)
    with django_assert_num_queries(len(one.captured_queries)):
        client.get(reverse("circulars:todo"))


# --- calendars --------------------------------------------------------------------------------------------------------


def test_calendar_holds_whole_days_with_stable_names(circular, client):
    answer = client.get(f"{PAGE}/ara.ics")

    assert answer.headers["Content-Type"] == "text/calendar; charset=utf-8"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="msp-circular-2026-12-2026.ics"'
    assert events(answer.content) == [
        {
            "uid": f"action-{key(circular)}@localhost",
            "summary": APPOINT["text_ar"],
            "dtstart": date(2026, 11, 30),
            "url": f"http://localhost:8000{PAGE}",
        }
    ]
    assert b"DTSTART;VALUE=DATE:20261130\r\n" in answer.content
    assert all(len(line) <= 75 for line in answer.content.split(b"\r\n"))


def test_calendar_of_one_action_speaks_the_language_asked(circular, client):
    (event,) = events(client.get(f"{PAGE}/fra/1.ics").content)
    assert event["summary"] == "Désigner un responsable"


def test_same_action_keeps_its_name_in_the_next_version(circular, client):
    before = events(client.get(f"{PAGE}/ara.ics").content)[0]["uid"]
    Action.objects.exclude(due_on=None).update(due_on=date(2026, 12, 15))
    publish(circular)
    (event,) = events(client.get(f"{PAGE}/ara.ics").content)
    assert (event["uid"], event["dtstart"]) == (before, date(2026, 12, 15))


@pytest.mark.parametrize("place", ["/2", "/0", "/9"])
def test_no_calendar_without_a_day(circular, client, place):
    assert client.get(f"{PAGE}/ara{place}.ics").status_code == 404


def test_calendar_without_actions_answers_404(unit, client):
    published(unit.organisation)
    assert client.get(f"{PAGE}/ara.ics").status_code == 404


def test_calendar_of_all_that_waits(unit, youssef, client_of):
    asking(unit)
    asking(unit, number="13/2026", actions=(), acknowledging=Acknowledging.REQUIRED, acknowledge_by=date(2026, 10, 1))
    found = events(client_of(youssef).get(reverse("circulars:todo_calendar")).content)
    assert [event["dtstart"] for event in found] == [date(2026, 10, 1), date(2026, 11, 30)]
