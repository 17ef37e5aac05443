"""Deadlines of circulars as an iCalendar file: whole days, each under the same UID for ever."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from urllib.parse import urlsplit

from django.conf import settings
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from icalendar import Calendar, Event

from core.text import clean_line
from home.circulars.force import ASKING


@dataclass(frozen=True)
class Deadline:
    """`name` is unique here and stays; `revision` grows when the day or the words change."""

    name: str
    on: date
    words: str
    about: str
    url: str
    changed_at: datetime
    revision: int = 0
    is_over: bool = False  # nobody is asked any more: calendars strike it out


def as_calendar(deadlines: list[Deadline]) -> bytes:
    """The file that calendar programs read, in the active language."""
    calendar = Calendar()
    calendar.add("prodid", "-//Diwan//Circulars//EN")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add("x-wr-calname", _("Deadlines of circulars"))
    for deadline in deadlines:
        calendar.add_component(_event(deadline))
    return calendar.to_ical()


def of_action(circular, version, action, language) -> Deadline:
    """The deadline of one action as a version has it; over once the act asks for nothing any more."""
    return Deadline(
        name=f"action-{action['key']}",
        on=date.fromisoformat(action["due_on"]),
        words=action.get(language) or action["ar"],
        about=f"{circular}: {version.text(language)['title']}",
        url=settings.PUBLIC_URL + circular.get_absolute_url(),
        changed_at=version.published_at,
        revision=version.number - 1,
        is_over=circular.force not in ASKING,
    )


def of_acknowledgement(circular) -> Deadline:
    """The day by which the current version must be acknowledged."""
    version = circular.current
    return Deadline(
        name=f"acknowledgement-{circular.pk}-{version.meaning_hash[:12]}",
        on=circular.acknowledge_by,
        words=_("Acknowledge: %(title)s") % {"title": version.title},
        about=str(circular),
        url=settings.PUBLIC_URL + circular.get_absolute_url(),
        changed_at=version.published_at,
        revision=version.number - 1,
    )


def _event(deadline) -> Event:
    event = Event()
    event.add("uid", f"{deadline.name}@{urlsplit(settings.PUBLIC_URL).hostname}")
    event.add("dtstamp", deadline.changed_at)
    event.add("sequence", deadline.revision)
    event.add("dtstart", deadline.on)
    event.add("dtend", deadline.on + timedelta(days=1))
    event.add("summary", clean_line(deadline.words), parameters={"LANGUAGE": get_language()})
    event.add("description", clean_line(deadline.about))
    event.add("url", deadline.url)
    event.add("transp", "TRANSPARENT")
    if deadline.is_over:
        event.add("status", "CANCELLED")
    return event
