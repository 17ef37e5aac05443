"""Reading what a version holds: days and actions as they were published."""

from datetime import date

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


def _day(text):
    return date.fromisoformat(text) if text else None
