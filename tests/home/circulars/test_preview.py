"""What editors see before their readers do."""

import re

import pytest
from django.urls import reverse

from home.circulars import operations
from home.circulars.models import Circular
from tests.factories.circulars import add_text, form_data, publish, written

pytestmark = pytest.mark.django_db


def shown(client, circular, mode, **changes):
    """The preview of what the form says; its text without markup."""
    address = reverse("wagtailsnippets_circulars_circular:preview_on_edit", args=[circular.pk])
    answer = client.post(address, form_data(circular, **changes)).json()
    assert answer == {"is_valid": True, "is_available": True}
    page = client.get(f"{address}?mode={mode}&in_preview_panel=true")
    assert page.status_code == 200
    return re.sub(r"<[^>]+>", " ", page.content.decode())


@pytest.fixture
def draft(organisation, ilham):
    circular = written(organisation)
    add_text(circular, "fr", "Dépôt numérique", ["Un", "Deux", "Trois"], standing="official")
    circular.save_revision(user=ilham)
    return Circular.objects.get(pk=circular.pk)


def test_draft_is_shown_in_each_language_on_the_readers_page(draft, ilham, cms):
    client = cms(ilham)
    arabic, french = shown(client, draft, "ar", signatory="الكاتب العام"), shown(client, draft, "fr")
    assert ("إلزامية الإيداع الرقمي" in arabic, "الكاتب العام" in arabic) == (True, True)
    assert ("Dépôt numérique" in french, "Deux" in french) == (True, True)
    assert Circular.objects.get(pk=draft.pk).current is None


def test_change_of_a_published_circular_is_shown_as_its_next_version(draft, ilham, cms):
    published = publish(draft)
    assert "الكاتب العام" in shown(cms(ilham), published, "ar", signatory="الكاتب العام")
    assert published.versions.count() == 1


@pytest.mark.parametrize("missing", ["language", "authentic"])
def test_what_is_not_there_yet_is_said_in_a_sentence(organisation, ilham, cms, missing):
    circular = written(organisation)
    circular.save_revision(user=ilham)
    if missing == "authentic":
        circular.texts.update(standing="working")
        circular = Circular.objects.get(pk=circular.pk)
        page = circular.make_preview_request(preview_mode="ar").content.decode()
    else:
        page = shown(cms(ilham), circular, "fr")
    assert "إلزامية" not in page


def test_circular_not_saved_yet_has_no_preview(organisation, ilham, cms):
    cms(ilham)
    page = Circular(authority=organisation).make_preview_request(preview_mode="ar")
    assert page.status_code == 200


def test_english_is_offered_once_it_is_written(draft):
    before = [mode for mode, _label in draft.preview_modes]
    add_text(draft, "en", "Digital deposit", ["One", "Two", "Three"], standing="working")
    assert (before, [mode for mode, _label in Circular.objects.get(pk=draft.pk).preview_modes]) == (
        ["ar", "fr"],
        ["ar", "fr", "en"],
    )


def test_old_draft_brings_nothing_back_that_was_done_since(organisation, ilham, tarik):
    circular = written(organisation)
    early = circular.save_revision(user=ilham)
    circular = publish(circular)
    circular = operations.withdraw(circular, by=tarik, reason="صدر خطأ")

    old = early.as_object()

    assert (old.current_id, old.anchors) == (circular.current_id, circular.anchors)
    assert (old.withdrawal_reason, old.is_withdrawn) == ("صدر خطأ", True)
