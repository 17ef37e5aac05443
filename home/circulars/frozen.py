"""Reading what a version holds: days, actions and addressees as they were published."""

from datetime import date

from core.organisations.models import Organisation, Post
from home.circulars.models import Addressee

DAYS = ("signed_on", "in_force_on", "expires_on", "review_on")


def days_of(content: dict) -> dict[str, date | None]:
    """The days of the act by their names."""
    return {name: _day(content["facts"][name]) for name in DAYS}


def actions_of(content: dict, language: str) -> list[dict]:
    """What is to be done, in that language or else in Arabic."""
    return [
        {
            "key": action.get("key", 0),
            "text": action.get(language) or action["ar"],
            "due_on": _day(action["due_on"]),
            "url": action["url"],
        }
        for action in content["actions"]
    ]


def addressees_of(content: dict) -> list[str]:
    """Whom it was addressed to, in the reader's language and by today's names; two queries at most."""
    rows = content["addressees"]
    codes = {row["organisation"] for row in rows} - {""}
    organisations = {body.code: body for body in Organisation.objects.filter(code__in=codes)} if codes else {}
    posts = Post.objects.in_bulk({row["post"] for row in rows} - {None})
    return [_addressee(row, organisations, posts) for row in rows]


def _addressee(row, organisations, posts):
    if row["post"]:
        return str(posts[row["post"]])
    whole = organisations[row["organisation"]] if row["organisation"] else None
    return str(Addressee(organisation=whole, unit_kind=row["unit_kind"]))


def _day(text):
    return date.fromisoformat(text) if text else None
