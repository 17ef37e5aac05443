from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from django.utils import timezone

DATA = {
    "number": "MSP-A-2026-000007-X",
    "word": "a & b",
    "due_on": date(2026, 12, 5),
    "at": datetime(2026, 11, 22, 10, 42, 7, tzinfo=UTC),
}


@pytest.fixture
def said(settings):
    """Data of the event `tried.said`, whose templates lie beside these tests."""
    engine = settings.TEMPLATES[0]
    settings.TEMPLATES = [{**engine, "DIRS": [*engine["DIRS"], Path(__file__).parent / "templates"]}]
    settings.PUBLIC_URL = "https://diwan.example.ma"
    return DATA


@pytest.fixture
def clock(monkeypatch):
    """clock(moment): what time it is for the rest of the test."""

    def show(moment):
        monkeypatch.setattr(timezone, "now", lambda: moment)

    return show
