"""The reader's page: its order, its languages side by side, and how things stood on a day."""

import re
from datetime import date, timedelta

import pytest
from django.utils import translation

from core.dates import today
from core.formats import day_text
from home.circulars.enums import ELI_CODES, Audience, Change
from home.circulars.models import Circular
from tests.factories.circulars import abrogating, add_text, publish, published, written

pytestmark = pytest.mark.django_db
PAGE = "/eli/ma/msp/circular/2026/12-2026"


def in_two_languages(organisation):
    circular = written(organisation)
    add_text(circular, "fr", "Dépôt numérique", ["Un", "Deux"], standing="official")
    return publish(circular)


def relate(organisation, target, predicate, number="15/2026", **values):
    relation = {"predicate": predicate, "circular": target} | values.pop("relation", {})
    return published(organisation, number=number, relations=[relation], **values)


def test_page_tells_in_the_order_in_which_one_asks(unit, youssef, client_of):
    circular = published(
        unit.organisation,
        addressees=[{"organisation": unit.organisation}],
        actions=[{"text_ar": "عين مسؤولا", "due_on": date(2026, 11, 30)}],
    )
    relate(unit.organisation, circular, "cites")
    page = client_of(youssef).get(f"{PAGE}/ara").text
    marks = ["status-line", 'class="meta', "#i-people", "todo-title", 'id="p1"', "history-title", "cited-title"]
    marks += ["facts-title", "versions-title"]
    assert sorted(marks, key=page.index) == marks


def test_cited_by_is_told_apart_from_the_history(client, organisation):
    first = published(organisation)
    citing = relate(organisation, first, "cites")
    page = client.get(f"{PAGE}/ara").context
    assert [one["circular"] for one in page["cited_by"]] == [citing]
    assert citing not in [row["circular"] for row in page["timeline"]]
    assert [one["circular"] for one in client.get(f"{citing.get_absolute_url()}/ara").context["cites"]] == [first]


def test_amended_paragraph_says_by_what(client, organisation):
    first = published(organisation)
    amending = relate(organisation, first, "amends", relation={"paragraphs": "p2"})
    page = client.get(f"{PAGE}/ara")
    assert [row["circular"] for row in page.context["amended_by"]] == [amending]
    assert page.text.count("was-changed") == 1


@pytest.mark.parametrize(("language", "words"), [("ar", "نُسخ بموجب"), ("fr", "Abrogé par")])
def test_paragraph_another_act_abrogates_names_it(client, organisation, language, words):
    first = published(organisation)
    add_text(first, "fr", "Dépôt", ["Un", "Deux", "Trois"], standing="official")
    publish(first)
    second = abrogating(first, paragraphs="p3")
    amends = {"predicate": "amends", "circular": first, "paragraphs": "p1"}
    third = published(organisation, number="16/2026", relations=[amends])

    page = client.get(f"{PAGE}/{ELI_CODES[language]}")
    blocks = page.context["text"]["blocks"]

    causes = page.context["causes"]
    with translation.override(language):
        assert [(str(row["text"]), row["circular"], row["paragraphs"]) for row in causes] == [(words, second, ["p3"])]
    assert [[row["circular"] for row in block["touched_by"]] for block in blocks] == [[third], [], [second]]
    said = page.text.partition('class="status-line')[2].partition("</div>")[0]
    assert f'{words} <a href="{second.get_absolute_url()}">' in said


def test_other_acts_are_those_the_reader_may_see(unit, organisation, youssef, karim, client, client_of):
    first = published(organisation)
    hidden = {"audience": Audience.ADDRESSEES, "addressees": [{"post": youssef.tenures.get().post}]}
    for place, predicate in enumerate(("cites", "amends", "abrogates"), 20):
        relate(organisation, first, predicate, number=f"{place}/2026", **hidden)

    for reader in (client, client_of(karim)):
        page = reader.get(f"{PAGE}/ara")
        assert [page.context[name] for name in ("causes", "cited_by", "amended_by")] == [[], [], []]
        assert "20-2026" not in page.text
        assert "21-2026" not in page.text
    assert len(client_of(youssef).get(f"{PAGE}/ara").context["causes"]) == 1


# --- on a day ---------------------------------------------------------------------------------------------------------


def on(client, day, language="ara"):
    return client.get(f"{PAGE}/{language}/on", {"day": day.isoformat()})


def test_text_and_force_are_those_of_the_day(client, organisation, time_machine):
    time_machine.move_to(date(2026, 9, 10))
    first = published(organisation)
    time_machine.move_to(date(2026, 10, 10))
    Circular.objects.filter(pk=first.pk).update(change=Change.MAJOR, office="الوزير المنتدب")
    publish(first)
    abrogating(first, paragraphs="p3", starts_on=date(2026, 11, 1))

    days = [date(2026, 9, 1), date(2026, 9, 15), date(2026, 10, 31), date(2026, 11, 1)]
    pages = [on(client, day) for day in days]

    assert [page.context["version"].number for page in pages] == [1, 1, 2, 2]
    assert [page.context["tone"] for page in pages] == ["soon", "force", "force", "partly"]
    assert [page.text.count("is-out-of-force") for page in pages] == [3, 0, 0, 1]
    assert "acknowledge" not in pages[1].text


@pytest.mark.parametrize("query", ["", "?day=", "?day=tomorrow", "?day=2026-02-30"])
def test_without_a_day_the_text_is_shown_as_it_stands(client, organisation, query):
    published(organisation)
    answer = client.get(f"{PAGE}/ara/on{query}")
    assert (answer.status_code, answer.url) == (303, f"{PAGE}/ara")


# --- side by side -----------------------------------------------------------------------------------------------------


def test_languages_stand_side_by_side_with_the_authentic_one_marked(client, organisation):
    in_two_languages(organisation)
    page = client.get(f"{PAGE}/ara-fra")
    assert page.headers["Content-Language"] == "ar, fr"
    assert [text["is_authentic"] for text in page.context["texts"]] == [True, False]
    assert [(row["anchor"], [len(cell) for cell in row["cells"]]) for row in page.context["rows"]] == [
        ("p1", [1, 1]),
        ("p2", [1, 1]),
        ("p3", [1, 0]),
    ]
    assert f"{PAGE}/ara-fra" in client.get(f"{PAGE}/fra").text


def test_what_follows_the_last_paragraph_has_a_row_of_its_own(client, organisation):
    circular = written(organisation)
    text = circular.texts.get()
    text.body = [*text.body.raw_data, {"type": "heading", "value": "خاتمة"}]
    text.save()
    add_text(circular, "fr", "Dépôt", ["Un"], standing="official")
    publish(circular)
    assert [row["anchor"] for row in client.get(f"{PAGE}/ara-fra").context["rows"]] == ["p1", "p2", "p3", ""]


@pytest.mark.parametrize("pair", ["ara-fra", "ara-ara"])
def test_one_language_alone_leads_to_its_text(client, organisation, pair):
    published(organisation)
    assert client.get(f"{PAGE}/{pair}").url == f"{PAGE}/ara"
    assert client.get(f"{PAGE}/ara").context["beside_url"] == ""


def test_sentence_of_the_force_reads_as_it_is_written(client, organisation):
    """An Arabic date is no number to be turned, and nothing stands between a bracket and its words."""
    in_force_on, expires_on = today() - timedelta(days=30), today() + timedelta(days=30)
    circular = published(organisation, in_force_on=in_force_on, expires_on=expires_on)
    amends = {"predicate": "amends", "circular": circular, "paragraphs": "p2, p3"}
    published(organisation, number="15/2026", relations=[amends])
    html = client.get(f"{circular.get_absolute_url()}/ara").text
    with translation.override("ar"):
        days = [day_text(in_force_on), day_text(expires_on + timedelta(days=1))]
    sentence = html.partition('class="status-line')[2].partition("<p>")[2].partition("</p>")[0]
    for day in days:
        assert f" {day}" in sentence
    assert "\u2066" not in re.sub(r'<span class="num">.*?</span>', "", sentence)
    assert "</span></a> (" in sentence
    assert "</bdi>)." in sentence
