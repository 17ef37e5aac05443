"""What a page says to all alike is drawn once; what is one reader's own, or for some alone, never is."""

from datetime import UTC, datetime, time, timedelta

import pytest

from core import public
from core.dates import today
from home.circulars import sheets
from home.circulars.enums import Acknowledging, Audience
from home.circulars.models import Circular, CircularText, Theme
from tests.factories.circulars import publish, published
from tests.factories.users import UserFactory

pytestmark = pytest.mark.django_db
PAGE = "/eli/ma/msp/circular/2026/12-2026/ara"


@pytest.fixture(autouse=True)
def keeping(settings, tmp_path):
    settings.PUBLIC_CACHE_BYTES = 1_000_000
    settings.PUBLIC_STAMP = tmp_path / "public.stamp"
    public.renew()


@pytest.fixture
def circular(unit):
    return published(
        unit.organisation,
        addressees=[{"organisation": unit.organisation}],
        actions=[{"text_ar": "عين مسؤولا", "due_on": today()}],
        acknowledging=Acknowledging.ASKED,
    )


@pytest.fixture
def person(db):
    """Somebody with an account and no post."""
    return UserFactory()


def retitled(circular, title):
    CircularText.objects.filter(circular=circular).update(title=title)
    return publish(circular)


def one_more_of_each(circular, number):
    """A version, a theme, an action, an addressee, and relations both ways."""
    organisation = circular.authority
    circular.themes.add(Theme.objects.create(slug=f"t{number}", name_ar="موضوع", name_fr="Thème"))
    circular.save()
    circular.actions.create(text_ar="أبلغ", due_on=today())
    circular.addressees.create(organisation=organisation, unit_kind="central")
    other = published(organisation, number=f"{number}0/2026")
    for predicate in ("cites", "supplements", "abrogates"):
        circular.relations.create(circular=other, predicate=predicate)
        relation = {"predicate": predicate, "circular": circular, "paragraphs": "p1"}
        published(organisation, number=f"{number}{len(predicate)}/2026", relations=[relation])
    return retitled(circular, f"العنوان {number}")


@pytest.mark.parametrize("rows", [1, 3])
def test_page_of_an_addressee_takes_few_queries(circular, youssef, client_of, rows, django_assert_num_queries):
    for number in range(rows):
        circular = one_more_of_each(circular, number + 1)
    client = client_of(youssef)
    client.get(PAGE)  # the first opening is written down
    public.renew()
    with django_assert_num_queries(15):  # drawn anew
        client.get(PAGE)
    with django_assert_num_queries(8):  # one reads the identity of the site, which is kept outside of tests
        client.get(PAGE)


def test_a_correction_is_seen_at_once(circular, youssef, client_of, django_capture_on_commit_callbacks):
    client = client_of(youssef)
    client.get(PAGE)
    with django_capture_on_commit_callbacks(execute=True):
        retitled(circular, "العنوان المصحح")
    assert "العنوان المصحح" in client.get(PAGE).text


def test_what_a_reader_has_done_is_never_kept(circular, youssef, said, karim, client_of, client):
    for reader in (youssef, said):
        assert "/acknowledge" in client_of(reader).get(PAGE).text
    done = client_of(youssef)
    done.post(f"{circular.get_absolute_url()}/acknowledge", {"hash": circular.current.hash})
    done.post(f"{circular.get_absolute_url()}/actions/1/done", {"hash": circular.current.hash})
    assert f"{circular.get_absolute_url()}/acknowledge" not in done.get(PAGE).text
    assert "/actions/1/undone" in done.get(PAGE).text
    assert f"{circular.get_absolute_url()}/acknowledge" in client_of(said).get(PAGE).text
    for other in (client_of(karim), client):
        assert f"{circular.get_absolute_url()}/acknowledge" not in other.get(PAGE).text
        assert "/actions/1/" not in other.get(PAGE).text


def test_staffs_own_acts_are_named_to_staff_alone(circular, organisation, youssef, client_of, client, person):
    relation = {"predicate": "cites", "circular": circular}
    published(organisation, number="20/2026", audience=Audience.STAFF, relations=[relation])
    client.cookies["visit"] = "1"  # else the whole page is kept
    readers = {"staff": client_of(youssef), "stranger": client, "account": client_of(person)}
    for _again in range(2):
        assert {name: "20-2026" in reader.get(PAGE).text for name, reader in readers.items()} == {
            "staff": True,
            "stranger": False,
            "account": False,
        }


def test_acts_for_their_addressees_alone_are_named_to_nobody_else(circular, organisation, youssef, karim, client_of):
    hidden = {"audience": Audience.ADDRESSEES, "addressees": [{"post": youssef.tenures.get().post}]}
    published(organisation, number="20/2026", relations=[{"predicate": "abrogates", "circular": circular}], **hidden)
    for _again in range(2):
        assert "20-2026" in client_of(youssef).get(PAGE).text
        assert "20-2026" not in client_of(karim).get(PAGE).text


def test_circular_for_its_addressees_alone_is_not_kept(organisation, youssef, karim, client_of):
    published(organisation, audience=Audience.ADDRESSEES, addressees=[{"post": youssef.tenures.get().post}])
    assert client_of(youssef).get(PAGE).status_code == 200
    assert client_of(karim).get(PAGE).status_code == 404


def test_day_begins_with_new_sheets(circular, youssef, client_of, time_machine):
    time_machine.move_to(datetime.combine(today(), time(9), UTC))
    expiring = published(circular.authority, number="13/2026", expires_on=today())
    address = f"{expiring.get_absolute_url()}/ara"
    before = client_of(youssef).get(address).text
    time_machine.shift(timedelta(days=1))
    assert client_of(youssef).get(address).text.count("is-expired") > before.count("is-expired")


def test_sheets_least_used_go_first(circular, organisation, youssef, client_of, settings, monkeypatch):
    monkeypatch.setattr(sheets, "_kept", sheets.Kept())
    settings.PUBLIC_CACHE_BYTES = 2 * sheets.SIZE
    others = [published(organisation, number=f"{number}/2026") for number in (13, 14)]
    client = client_of(youssef)
    for address in (PAGE, f"{others[0].get_absolute_url()}/ara", PAGE, f"{others[1].get_absolute_url()}/ara"):
        client.get(address)
    assert [key[3] for key in sheets._kept.sheets] == ["12-2026", "14-2026"]


def test_visible_among_is_what_visible_to_says(organisation, youssef, karim, amina, person):
    post = youssef.tenures.get().post
    for number, audience in enumerate(Audience.values, 1):
        published(organisation, number=f"{number}/2026", audience=audience, addressees=[{"post": post}])
    Circular.objects.create(
        authority=organisation, number="9/2026", signed_on=today(), signatory="x", office="y", live=False
    )
    for user in (youssef, karim, amina, person):
        found = Circular.objects.visible_among(Circular.objects.all(), user)
        assert found == set(Circular.objects.visible_to(user).values_list("pk", flat=True))
