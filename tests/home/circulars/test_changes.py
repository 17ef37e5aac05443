"""What changed between two versions, and since one last read."""

import re
from html import unescape

import pytest

from core.dates import today
from home.circulars import operations
from home.circulars.enums import Acknowledging, Change
from home.circulars.models import Acknowledgement, Action, Circular
from tests.factories.circulars import add_text, publish, published, written

pytestmark = pytest.mark.django_db
PAGE = "/eli/ma/msp/circular/2026/12-2026"


def change(circular, words, *, kind=Change.MAJOR, place=2, **values):
    """Publish it again with another third paragraph."""
    text = circular.texts.get(language="ar")
    body = list(text.body.raw_data)
    body[place]["value"] = f"<p>{words}</p>"
    text.body = body
    text.save()
    Circular.objects.filter(pk=circular.pk).update(change=kind, **values)
    return publish(circular)


@pytest.fixture
def circular(unit):
    return published(
        unit.organisation, addressees=[{"organisation": unit.organisation}], acknowledging=Acknowledging.ASKED
    )


def banner(client):
    return client.get(f"{PAGE}/ara").context["last_read"]


def test_comparison_marks_words_and_leaves_the_rest(client, circular):
    change(circular, "الفقرة الثالثة الجديدة", change_note="أجل جديد")

    page = client.get(f"{PAGE}/compare", follow=True)

    day = today().isoformat()
    assert page.redirect_chain == [(f"{PAGE}/compare/{day}/{day}.2/ara", 303)]
    assert (page.context["blocks"], page.context["words_added"], page.context["words_removed"]) == (1, 1, 0)
    assert page.text.count("<ins>") == 2  # one is the legend's
    assert "أجل جديد" in page.text


def test_versions_are_shown_in_their_order_whichever_was_named_first(client, circular):
    change(circular, "جديدة")
    day = today().isoformat()
    answer = client.get(f"{PAGE}/compare", {"before": f"{day}.2", "after": day}, follow=True)
    assert answer.redirect_chain[-1] == (f"{PAGE}/compare/{day}/{day}.2/ara", 302)


def test_dates_signatory_and_actions_are_compared(client, circular):
    Action.objects.create(circular=circular, text_ar="عين مسؤولا", due_on="2026-11-30", url="https://example.org/form")
    Circular.objects.filter(pk=circular.pk).update(office="الوزير المنتدب", in_force_on="2026-10-01")
    publish(circular)

    page = client.get(f"{PAGE}/compare", follow=True)

    assert [one["row"].anchor for one in page.context["facts"]] == ["office", "in_force_on", ""]
    assert [part["is_same"] for part in page.context["parts"]] == [True]


def test_one_version_is_the_same_as_itself(client, circular):
    assert client.get(f"{PAGE}/compare", follow=True).context["is_same"] is True


def test_text_that_only_one_version_has_leads_to_the_authentic_one(client, organisation):
    circular = publish(written(organisation))
    add_text(circular, "fr", "Dépôt numérique", ["Un", "Deux", "Trois"], standing="official")
    publish(circular)
    day = today().isoformat()
    assert client.get(f"{PAGE}/compare/{day}/{day}.2/fra").url == f"{PAGE}/compare/{day}/{day}.2/ara"


def test_authentic_language_may_be_new(client, organisation):
    circular = publish(written(organisation))
    circular.texts.update(language="fr")
    publish(circular)
    assert client.get(f"{PAGE}/compare", follow=True).context["words_removed"] == 0


def test_versions_of_days_that_are_none_answer_404(client, circular):
    day = today().isoformat()
    assert client.get(f"{PAGE}/compare/2020-01-01/{day}/ara").status_code == 404
    assert client.get(f"{PAGE}/compare", {"before": "yesterday"}).status_code == 404


def test_who_read_an_earlier_version_is_told_until_they_see_what_changed(circular, youssef, client_of):
    client = client_of(youssef)
    assert banner(client) is None
    change(circular, "جديدة")

    assert banner(client).number == 1
    assert banner(client).number == 1  # looking again at the new text is not knowing what changed
    client.get(client.get(f"{PAGE}/ara").context["since_url"], follow=True)
    assert banner(client) is None


def test_what_changed_is_shown_in_the_language_of_the_page(circular, youssef, client_of):
    add_text(circular, "fr", "Dépôt", ["Un", "Deux", "Trois"], standing="official")
    change(circular, "ثانية")
    client = client_of(youssef)  # whose account speaks Arabic
    client.get(f"{PAGE}/ara")
    change(circular, "ثالثة")

    (address,) = re.findall(r'href="([^"]*/compare[?]before[^"]*)"', client.get(f"{PAGE}/fra").text)

    assert client.get(unescape(address)).url.endswith("/fra")


def test_who_acknowledges_the_new_version_knows_it(circular, youssef, client_of):
    client = client_of(youssef)
    client.get(f"{PAGE}/ara")
    circular = change(circular, "جديدة")

    client.post(f"{PAGE}/acknowledge", {"hash": circular.current.hash})

    assert banner(client) is None


def test_correction_leaves_the_acknowledgement_and_shows_what_changed(circular, youssef, client_of):
    operations.acknowledge(circular, by=youssef, hash=circular.current.hash)
    change(circular, "جديدة", kind=Change.CORRECTION)

    page = client_of(youssef).get(f"{PAGE}/ara")

    assert page.context["own"].acknowledged_at is not None
    assert page.context["last_read"].number == 1


def test_who_has_read_nothing_yet_is_told_nothing(circular, youssef, karim, client_of, client):
    change(circular, "جديدة")
    assert [banner(each) for each in (client_of(youssef), client_of(karim))] == [None, None]
    assert "last_read" not in client.get(f"{PAGE}/ara").context


def test_strangers_who_compare_leave_no_trace(circular, karim, client, client_of):
    change(circular, "جديدة")
    for each in (client, client_of(karim)):
        each.get(f"{PAGE}/compare", follow=True)
    assert Acknowledgement.objects.count() == 0
