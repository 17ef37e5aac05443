from datetime import UTC, date, datetime, time

import pytest

from core.organisations import calendar
from core.organisations.enums import Period
from core.organisations.models import Holiday, OpeningHours
from tests.factories.organisations import CalendarFactory, OrganisationFactory

MONDAY, FRIDAY, SATURDAY, SUNDAY = (date(2026, 11, day) for day in (23, 27, 28, 29))
pytestmark = pytest.mark.django_db


def at(day, hour, minute=0):
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=UTC)


@pytest.fixture
def office():
    return CalendarFactory(holidays=[date(2026, 11, 18)]).organisation


def test_working_days_are_neither_weekend_nor_holiday(office):
    assert calendar.is_working_day(office, MONDAY)
    assert not calendar.is_working_day(office, SATURDAY)
    assert not calendar.is_working_day(office, SUNDAY)
    assert not calendar.is_working_day(office, date(2026, 11, 18))


def test_next_working_day_is_the_day_itself_when_work_is_done(office):
    assert calendar.next_working_day(office, MONDAY) == MONDAY
    assert calendar.next_working_day(office, SATURDAY) == date(2026, 11, 30)


def test_next_working_day_skips_holidays_that_follow_the_weekend():
    chain = CalendarFactory(holidays=[date(2026, 11, 30), date(2026, 12, 1), date(2026, 12, 3)]).organisation

    assert calendar.next_working_day(chain, SATURDAY) == date(2026, 12, 2)
    assert calendar.add_working_days(chain, FRIDAY, 2) == date(2026, 12, 4)


def test_adding_no_working_day_stays(office):
    assert calendar.add_working_days(office, SATURDAY, 0) == SATURDAY
    assert calendar.add_working_days(office, FRIDAY, 1) == date(2026, 11, 30)


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        (at(MONDAY, 7), MONDAY),
        (at(MONDAY, 16, 29), MONDAY),
        (at(MONDAY, 16, 30), date(2026, 11, 24)),
        (at(FRIDAY, 20), date(2026, 11, 30)),
        (at(SATURDAY, 9), date(2026, 11, 30)),
        (at(date(2026, 11, 17), 18), date(2026, 11, 19)),
    ],
)
def test_deposit_counts_from_the_next_working_day_after_closing(office, moment, expected):
    assert calendar.effective_on(office, moment) == expected


def test_ramadan_hours_go_before_those_of_the_year():
    row = CalendarFactory()
    days = {"starts_on": date(2026, 2, 19), "ends_on": date(2026, 3, 20)}
    OpeningHours.objects.create(calendar=row, period=Period.RAMADAN, opens=time(9), closes=time(15), **days)
    office = row.organisation

    # Casablanca kept UTC+0 through Ramadan 2026 and was at UTC+1 before and after it
    assert calendar.effective_on(office, at(date(2026, 2, 23), 15)) == date(2026, 2, 24)
    assert calendar.effective_on(office, at(date(2026, 2, 23), 14, 59)) == date(2026, 2, 23)
    assert calendar.effective_on(office, at(date(2026, 2, 17), 15, 15)) == date(2026, 2, 17)
    assert [hours.closes for hours in calendar.hours_on(office, date(2026, 2, 23))] == [time(15)]
    assert [hours.closes for hours in calendar.hours_on(office, date(2026, 4, 1))] == [time(16, 30)]


def test_two_openings_a_day_close_at_the_later():
    row = CalendarFactory(hours=False)
    OpeningHours.objects.create(calendar=row, weekdays=[4], opens=time(14, 30), closes=time(18))
    OpeningHours.objects.create(calendar=row, weekdays=[4], opens=time(8, 30), closes=time(12))
    office = calendar.Calendar(row.organisation)

    assert [hours.opens for hours in office.hours_on(FRIDAY)] == [time(8, 30), time(14, 30)]
    assert office.is_open(at(FRIDAY, 9))
    assert not office.is_open(at(FRIDAY, 13))
    assert not office.is_open(at(SATURDAY, 9))
    assert calendar.effective_on(row.organisation, at(FRIDAY, 17)) == FRIDAY
    assert office.closing_on(MONDAY) == calendar.DEFAULT_CLOSING


def test_later_version_holds_from_its_first_day(office):
    new = CalendarFactory(organisation=office, version=2, valid_from=date(2027, 1, 1))
    Holiday.objects.create(calendar=new, day=date(2027, 1, 4), name_ar="عطلة", name_fr="Férié")
    new.weekend = [4, 5]
    new.save()

    assert calendar.is_working_day(office, FRIDAY)
    assert not calendar.is_working_day(office, date(2027, 1, 1))
    assert calendar.is_working_day(office, date(2027, 1, 3))
    assert not calendar.is_working_day(office, date(2027, 1, 4))


def test_organisation_without_calendar_works_like_the_public_service():
    office = OrganisationFactory()

    assert calendar.is_working_day(office, FRIDAY)
    assert not calendar.is_working_day(office, SATURDAY)
    assert calendar.effective_on(office, at(MONDAY, 16, 45)) == date(2026, 11, 24)
    assert calendar.hours_on(office, MONDAY) == []


def test_week_without_working_day_does_not_search_for_ever():
    row = CalendarFactory(weekend=list(range(7)))

    assert calendar.next_working_day(row.organisation, MONDAY) == MONDAY


def test_calendar_is_read_with_three_queries(office, django_assert_num_queries):
    with django_assert_num_queries(3):
        loaded = calendar.Calendar(office)
        loaded.add_working_days(MONDAY, 30)
        loaded.effective_on(at(MONDAY, 18))


def test_public_holidays_begin_when_they_were_introduced():
    days = {day: name for day, _name, name in calendar.public_holidays(2023)}

    assert date(2023, 1, 14) not in days
    assert days[date(2023, 11, 18)] == "Fête de l'Indépendance"
    assert date(2026, 10, 31) in {row[0] for row in calendar.public_holidays(2026)}
