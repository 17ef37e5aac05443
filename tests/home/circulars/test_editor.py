"""What the editor refuses, in which words, and what it offers."""

from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone, translation
from wagtail.admin.panels import FieldPanel, InlinePanel

from home.circulars import operations
from home.circulars.enums import Audience
from home.circulars.forms_act import CircularForm
from home.circulars.models import Alias, Circular, CircularText, ExternalAct
from home.circulars.viewsets import CircularViewSet, ExternalActViewSet
from tests.factories.circulars import form_data, published, text_data, written

pytestmark = pytest.mark.django_db
CMS = "/cms/snippets/circulars/circular/"


@pytest.fixture
def draft(organisation, ilham):
    circular = written(organisation)
    circular.save_revision(user=ilham)
    return Circular.objects.get(pk=circular.pk)


@pytest.fixture
def form(draft, ilham):
    """form(**what is sent): the form after an editor sent it."""
    form_class = Circular.get_edit_handler().get_form_class()

    def send(**changes):
        bound = form_class(form_data(draft, **changes), instance=draft, for_user=ilham)
        bound.is_valid()
        return bound

    return send


def rows(form, name):
    """The errors of the rows of an inline, by field."""
    return [dict(row.errors) for row in form.formsets[name].forms]


def relation(act, **values):
    return {"predicate": "cites", "circular": act.pk, "external": "", "paragraphs": ""} | values


def test_circular_that_is_right_is_accepted(form):
    assert form().is_valid()


@pytest.mark.parametrize("number", ["5/2023", "٥/٢٠٢٣", "رقم 5.2023"])
def test_number_another_act_has_is_refused_however_it_is_written(form, organisation, number):
    published(organisation, number="5/2023", signed_on=date(2023, 3, 1))
    sent = form(number=number, signed_on=date(2023, 9, 9))
    assert list(sent.errors) == ["number"]
    assert form(number=number, signed_on=date(2022, 9, 9)).is_valid()


@pytest.mark.parametrize(
    ("days", "field"),
    [
        ({"in_force_on": date(2026, 12, 1), "expires_on": date(2026, 11, 1)}, "expires_on"),
        ({"expires_on": date(2026, 1, 1)}, "expires_on"),
        ({"acknowledge_by": date(2026, 1, 1)}, "acknowledge_by"),
        ({"signed_on": ""}, "signed_on"),
    ],
)
def test_days_that_contradict_each_other_are_refused(form, days, field):
    assert field in form(**days).errors


def test_long_summary_is_refused_with_its_length(form, draft):
    text = draft.texts.get()
    sent = form(texts=[text_data(text, summary="كلمة " * 61)])
    assert list(rows(sent, "texts")[0]) == ["summary"]
    assert "61" in rows(sent, "texts")[0]["summary"][0]
    assert form(texts=[text_data(text, summary="كلمة " * 60)]).is_valid()


@pytest.mark.parametrize("change", [{"standing": "working"}, {"body-count": "0"}, {"DELETE": "on"}])
def test_authentic_text_is_needed(form, draft, change):
    sent = form(texts=[text_data(draft.texts.get(), **change)])
    assert sent.non_field_errors()


def test_text_with_an_error_of_its_own_is_not_the_authentic_one(form, draft):
    assert "title" in rows(form(texts=[text_data(draft.texts.get(), title="")]), "texts")[0]


def test_circular_is_not_related_to_itself(form, draft):
    assert list(rows(form(relations=[relation(draft)]), "relations")[0]) == ["circular"]


def test_relation_names_one_act(form):
    assert rows(form(relations=[{"predicate": "cites", "circular": "", "external": ""}]), "relations")[0]


def test_relation_ends_after_it_begins(form, organisation):
    days = {"starts_on": "2026-10-02", "ends_on": "2026-10-01"}
    other = published(organisation, number="5/2023")
    assert list(rows(form(relations=[relation(other, **days)]), "relations")[0]) == ["ends_on"]


@pytest.mark.parametrize(
    ("written_as", "kept"),
    [("p1, p3", "p1, p3"), ("1، ٣", "p1, p3"), ("p9", None), ("p1 p9", None), ("المادة", None), ("", "")],
)
def test_paragraphs_are_those_of_the_other_act(form, organisation, written_as, kept):
    other = published(organisation, number="5/2023")
    sent = form(relations=[relation(other, paragraphs=written_as)])
    row = sent.formsets["relations"].forms[0]
    assert (row.instance.paragraphs if sent.is_valid() else None) == kept


def test_old_number_of_another_act_is_refused(form, organisation):
    other = published(organisation, number="5/2023", signed_on=date(2023, 3, 1))
    Alias.objects.create(circular=other, kind="note", number="303/2019", year=2019)
    aliases = [
        {"kind": "circular", "number": "٥/٢٠٢٣", "year": 2023},
        {"kind": "note", "number": "303.2019", "year": 2019},
        {"kind": "note", "number": "304", "year": 2019},
    ]
    assert [list(errors) for errors in rows(form(aliases=aliases), "aliases")] == [["number"], ["number"], []]


def test_issuing_administration_is_one_of_ones_own(form, other_organisation):
    assert list(form(authority=other_organisation.pk).errors) == ["authority"]


def test_nothing_typed_is_lost_when_something_is_wrong(draft, ilham, cms):
    address = reverse("wagtailsnippets_circulars_circular:edit", args=[draft.pk])
    sent = form_data(draft, office="صفة جديدة", expires_on="2020-01-01", contact="مصلحة التوثيق")
    page = cms(ilham).post(address, sent)
    assert page.status_code == 200
    assert all(words in page.content.decode() for words in ("صفة جديدة", "مصلحة التوثيق", "2020-01-01"))
    assert draft.revisions.count() == 1


def test_second_of_two_who_take_a_number_reads_a_sentence(organisation, ilham, cms, monkeypatch):
    first = written(organisation)
    monkeypatch.setattr(CircularForm, "_check_number", lambda self, cleaned: None)  # both looked before either saved
    text = text_data(first.texts.get()) | {"id": ""}
    page = cms(ilham).post(reverse("wagtailsnippets_circulars_circular:add"), form_data(first, texts=[text]))
    assert (page.status_code, Circular.objects.count()) == (200, 1)
    assert list(page.context["form"].errors) == ["number"]


def test_every_field_has_its_help(ilham):
    def lacking(panel):
        below = [panel.child_edit_handler] if isinstance(panel, InlinePanel) else getattr(panel, "children", [])
        for child in below:
            yield from lacking(child)
        if isinstance(panel, FieldPanel) and not (panel.help_text or panel.db_field.help_text):
            yield panel.field_name

    assert list(lacking(CircularViewSet().get_edit_handler())) == []


def test_acts_to_relate_to_are_those_one_may_read(draft, organisation, other_organisation, ilham, cms):
    own = published(organisation, number="5/2023")
    published(other_organisation, number="6/2023", audience=Audience.ADDRESSEES)
    hidden = Circular.objects.get(number="6/2023")
    client, chooser = cms(ilham), CircularViewSet().chooser_viewset

    listed = client.get(reverse(chooser.get_url_name("choose"))).json()["html"]
    answers = {act: client.get(reverse(chooser.get_url_name("chosen"), args=[act.pk])) for act in (own, hidden)}
    several = reverse(chooser.get_url_name("chosen_multiple")) + f"?id={own.pk}&id={hidden.pk}"

    assert ("5/2023" in listed, "6/2023" in listed) == (True, False)
    assert [answer.status_code for answer in answers.values()] == [200, 404]
    assert len(client.get(several).json()["result"]) == 1


def chosen_from(client, chooser, words):
    return client.get(reverse(chooser.get_url_name("choose_results")), {"q": words}).text


def test_acts_to_relate_to_are_found_by_number_or_title(organisation, other_organisation, ilham, cms):
    wanted, _other = published(organisation, number="5/2023"), published(organisation, number="7/2023")
    hidden = published(other_organisation, number="6/2023", audience=Audience.ADDRESSEES)
    CircularText.objects.filter(circular__in=[wanted, hidden]).update(title="تدبير الأرشيف")
    client, chooser = cms(ilham), CircularViewSet().chooser_viewset

    for words in ("٥-٢٠٢٣", "الأرشيف"):
        listed = chosen_from(client, chooser, words)
        assert ("تدبير الأرشيف" in listed, "7/2023" in listed, "6/2023" in listed) == (True, False, False)
    assert all(number in chosen_from(client, chooser, " ") for number in ("5/2023", "7/2023"))


def test_acts_of_other_bodies_are_found_by_number_or_title(ilham, cms):
    ExternalAct.objects.create(kind="decree", number="2-18-855", title="مرسوم مكاتب الضبط")
    ExternalAct.objects.create(kind="law", number="69.99", title="قانون الأرشيف")
    client, chooser = cms(ilham), ExternalActViewSet().chooser_viewset

    for words in ("2.18.855", "مكاتب"):
        listed = chosen_from(client, chooser, words)
        assert ("مرسوم مكاتب الضبط" in listed, "قانون الأرشيف" in listed) == (True, False)


def test_list_names_acts_in_the_language_of_its_reader(organisation, ilham, cms):
    with translation.override("ar"):
        circular = written(organisation, number="5/2023")
        circular.save_revision(user=ilham)
    ilham.language = "fr"
    ilham.save()
    client = cms(ilham)

    for address in (CMS, f"{CMS}edit/{circular.pk}/"):
        text = client.get(address).text
        assert ("circulaire \u20665/2023\u2069" in text, "منشور \u20665/2023\u2069" in text) == (True, False)


# --- amended ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("predicate", ["amends", "supplements", "corrects"])
def test_act_another_one_changes_says_so_and_stays_in_force(organisation, client, predicate):
    first = published(organisation)
    second = published(organisation, number="15/2026", relations=[{"predicate": predicate, "circular": first}])
    page = client.get(f"{first.get_absolute_url()}/ara")
    assert [row["circular"] for row in page.context["amended_by"]] == [second]
    assert page.context["causes"] == []


def test_change_that_has_not_begun_or_is_over_is_not_told(organisation, client):
    first = published(organisation)
    for number, days in enumerate(({"starts_on": date(2099, 1, 1)}, {"ends_on": date(2020, 1, 1)})):
        published(
            organisation, number=f"2{number}/2026", relations=[{"predicate": "amends", "circular": first, **days}]
        )
    assert client.get(f"{first.get_absolute_url()}/ara").context["amended_by"] == []


# --- the list of circulars -------------------------------------------------------------------------------------------


def rows_of(client, query=""):
    page = client.get(reverse("wagtailsnippets_circulars_circular:list") + query)
    table = page.context["table"]
    return {
        row.instance.number: [str(column.get_value(row.instance)) for column in list(table.columns.values())[-5:]]
        for row in table.rows
    }


def test_list_says_title_and_state(organisation, ilham, tarik, cms):
    written(organisation, number="1/2026").save_revision(user=ilham)
    published(organisation, number="2/2026")
    changed = published(organisation, number="3/2026")
    changed.save_revision(user=ilham)
    waiting = written(organisation, number="4/2026")
    waiting.save_revision(user=ilham)
    waiting.get_workflow().start(waiting, ilham)
    later = written(organisation, number="5/2026", go_live_at=timezone.now() + timedelta(days=1))
    later.save_revision(user=ilham).publish(user=tarik)
    operations.withdraw(published(organisation, number="6/2026"), by=tarik, reason="خطأ")
    found = rows_of(cms(ilham))
    assert {number: cells[-2] for number, cells in found.items()} == {
        "1/2026": "مسودة",
        "2/2026": "نُشر",
        "3/2026": "نُشر، مع مسودة",
        "4/2026": "في انتظار المصادقة",
        "5/2026": "صودق عليه، يُنشر لاحقا",
        "6/2026": "مسحوب",
    }
    assert {cells[0] for cells in found.values()} == {"إلزامية الإيداع الرقمي"}


def test_list_is_searched_by_number_and_title(organisation, ilham, cms):
    published(organisation, number="2/2026")
    published(organisation, number="13/2026")
    client = cms(ilham)
    assert rows_of(client, "?q=13/2026").keys() == {"13/2026"}
    assert rows_of(client, "?q=الإيداع").keys() == {"2/2026", "13/2026"}
    assert rows_of(client, "?q=الميزانية") == {}


def test_list_asks_as_often_for_one_as_for_three(organisation, ilham, cms):
    client, asked = cms(ilham), []
    for numbers in (("1/2026",), ("2/2026", "3/2026")):
        for number in numbers:
            published(organisation, number=number)
        rows_of(client)
        with CaptureQueriesContext(connection) as queries:
            rows_of(client)
        asked.append(len(queries))
    assert asked[0] == asked[1]
