import pytest
from django.urls import reverse

from core.exceptions import NotAllowed, WrongState
from core.organisations.operations import sync_groups
from search import judging, operations_tuning, tuning
from search.asking import ask
from search.tuning_models import JudgedQuery, Tuning
from tests.factories import circulars

pytestmark = pytest.mark.django_db
PAGE = "search_tuning"


@pytest.fixture(autouse=True)
def _groups(nadia):
    sync_groups()


@pytest.fixture
def two(organisation, index):
    """Two circulars that are found by the same word, the better one first."""
    better = circulars.published(organisation, number="1/2026")
    other = circulars.published(organisation, number="2/2026")
    index()
    return [f"circular:{better.pk}", f"circular:{other.pk}"]


def found(user, words="الإيداع", **settings):
    row = Tuning(**settings) if settings else None
    return [hit.doc_id for hit in ask(user, words, tuned=tuning.tuned(row) if row else None).answer.hits]


@pytest.mark.both
def test_pinned_document_stands_first_whatever_form_the_words_take(two, youssef):
    last = found(youssef)[-1]
    pinned = {"pins": [["إيداع", last]]}
    assert found(youssef, **pinned)[0] == last
    assert found(youssef, "بالإيداع", **pinned)[0] == last
    assert found(youssef, "الإيداع الرقمي", **pinned) == found(youssef, "الإيداع الرقمي")


@pytest.mark.both
def test_pinned_document_is_found_by_words_it_does_not_hold(two, youssef):
    assert found(youssef, "زغبرط") == []
    assert found(youssef, "زغبرط", pins=[["زغبرط", two[1]]]) == [two[1]]


def test_pins_stand_in_their_order(two, youssef):
    for order in (two, two[::-1]):
        assert found(youssef, "زغبرط", pins=[["زغبرط", doc_id] for doc_id in order]) == order


def test_pin_shows_nobody_what_they_may_not_read(organisation, index, youssef, karim):
    hidden = circulars.published(organisation, audience="addressees", addressees=[{"organisation": organisation}])
    index()
    pins = [["زغبرط", f"circular:{hidden.pk}"]]
    assert found(youssef, "زغبرط", pins=pins) == [f"circular:{hidden.pk}"]
    assert found(karim, "زغبرط", pins=pins) == []


@pytest.mark.both
def test_excluded_document_is_neither_found_nor_counted(two, youssef):
    asked = ask(youssef, "الإيداع", tuned=tuning.tuned(Tuning(exclusions=[["ايداع", two[0]]])))
    assert [hit.doc_id for hit in asked.answer.hits] == [two[1]]
    assert (asked.answer.total, asked.answer.facets["kind"]) == (1, {"circular": 1})


@pytest.mark.both
def test_synonyms_find(two, youssef):
    assert found(youssef, "زغبرط", synonyms=[["زغبرط", "إيداع"]]) == found(youssef)


@pytest.mark.both
def test_kinds_weigh_as_they_are_set(two, youssef):
    score = {
        factor: ask(youssef, "الإيداع", tuned=tuning.tuned(Tuning(boosts={"circular": factor}))).answer.hits[0].score
        for factor in (0.5, 1.0)
    }
    assert score[0.5] == pytest.approx(score[1.0] / 2)


def test_saved_settings_count_from_the_next_question_on(two, youssef, nadia):
    last = found(youssef)[-1]
    seen = tuning.latest().pk
    operations_tuning.save_tuning(Tuning(pins=[["إيداع", last]]), by=nadia, seen=seen)
    assert found(youssef)[0] == last
    operations_tuning.restore_tuning(Tuning.objects.get(pk=seen), by=nadia)
    assert found(youssef)[-1] == last


def test_second_of_two_administrators_is_refused(nadia):
    seen = tuning.latest().pk
    operations_tuning.save_tuning(Tuning(), by=nadia, seen=seen)
    with pytest.raises(WrongState):
        operations_tuning.save_tuning(Tuning(), by=nadia, seen=seen)


def test_first_settings_ever(nadia):
    Tuning.objects.all().delete()
    assert tuning.current() == tuning.Tuned() or tuning.current().pins == {}
    operations_tuning.save_tuning(Tuning(boosts={"page": 0.5}), by=nadia, seen=0)
    assert tuning.current().boosts == {"page": 0.5}


def test_others_than_administrators_are_refused(amina, client_of):
    row = tuning.latest()
    for refused in (
        lambda: operations_tuning.save_tuning(Tuning(), by=amina, seen=row.pk),
        lambda: operations_tuning.restore_tuning(row, by=amina),
        lambda: operations_tuning.judge("إيداع", ["circular:1"], by=amina),
    ):
        with pytest.raises(NotAllowed):
            refused()
    assert client_of(amina).get(reverse(PAGE)).status_code == 404


def test_effect_on_judged_queries(two, nadia):
    last = found(nadia)[-1]
    operations_tuning.judge("الإيداع", [last], by=nadia)
    effect = judging.effect(nadia, tuning.tuned(Tuning()), tuning.tuned(Tuning(pins=[["إيداع", last]])))
    assert (effect.before, effect.after) == (0.5, 1.0)
    (changed,) = effect.changed
    assert (changed.before, changed.after, changed.is_better, changed.is_worse) == (2, 1, True, False)
    operations_tuning.judge("الإيداع", [], by=nadia)
    assert judging.effect(nadia, tuning.tuned(Tuning()), tuning.tuned(Tuning())).judgements == []


# --- the page


def sent(form, **more):
    return {
        "seen": form.initial["seen"],
        "synonyms": form.initial["synonyms"],
        **{f"boost_{kind}": "1.0" for kind in ("circular", "correspondence", "page", "person", "unit")},
        **more,
    }


def test_trying_saves_nothing_and_stands_beside_what_counts(two, client_of, nadia):
    client = client_of(nadia)
    form = client.get(reverse(PAGE), {"q": "الإيداع"}).context["form"]
    assert form["q"].value() == "الإيداع"
    last = found(nadia)[-1]
    page = client.post(reverse(PAGE), sent(form, q="الإيداع", intent=f"pin:{last}"))
    now, draft = page.context["trial"]
    assert [row.doc_id for row in now["rows"]] == found(nadia)
    assert draft["rows"][0].doc_id == last
    assert Tuning.objects.count() == 1
    (line,) = page.context["pins"]

    saved = client.post(reverse(PAGE), sent(form, pins=line["value"], intent="save"))
    assert saved.status_code == 302
    assert Tuning.objects.first().pins == [["الإيداع", last]]


def test_line_no_longer_ticked_is_gone(two, client_of, nadia):
    client = client_of(nadia)
    operations_tuning.save_tuning(Tuning(exclusions=[["إيداع", two[0]]]), by=nadia, seen=tuning.latest().pk)
    page = client.get(reverse(PAGE))
    assert [line["words"] for line in page.context["exclusions"]] == ["إيداع"]
    client.post(reverse(PAGE), sent(page.context["form"], intent="save"))
    assert tuning.latest().exclusions == []


def test_judging_by_a_button(two, client_of, nadia):
    client = client_of(nadia)
    form = client.get(reverse(PAGE)).context["form"]
    for expected in ([two[0]], []):
        page = client.post(reverse(PAGE), sent(form, q="الإيداع", intent=f"judge:{two[0]}"))
        assert page.context["wanted"] == expected
    assert not JudgedQuery.objects.exists()


@pytest.mark.parametrize(
    ("synonyms", "sentence"),
    [("وحيد", "«وحيد» وحيدة: تحتاج المجموعة إلى كلمتين على الأقل."), ("وصل, ،, ؟", "لا كلمة في «؟».")],
)
def test_bad_groups_are_refused_with_a_sentence_and_kept(client_of, nadia, synonyms, sentence, settings):
    settings.LANGUAGE_CODE = "en"
    client = client_of(nadia)
    form = client.get(reverse(PAGE)).context["form"]
    page = client.post(
        reverse(PAGE), sent(form, intent="save") | {"synonyms": synonyms}, headers={"accept-language": "en"}
    )
    assert page.context["form"].errors["synonyms"] == [sentence]
    assert page.context["form"]["synonyms"].value() == synonyms
    assert Tuning.objects.count() == 1


def test_settings_of_another_moment_are_not_overwritten(client_of, nadia):
    client = client_of(nadia)
    form = client.get(reverse(PAGE)).context["form"]
    operations_tuning.save_tuning(Tuning(boosts={"page": 0.5}), by=nadia, seen=form.initial["seen"])
    assert client.post(reverse(PAGE), sent(form, intent="save")).status_code == 200
    assert tuning.latest().boosts == {"page": 0.5}


def test_former_settings_come_back_by_a_button(client_of, nadia):
    first = tuning.latest()
    operations_tuning.save_tuning(Tuning(), by=nadia, seen=first.pk)
    assert client_of(nadia).post(reverse("search_tuning_restore", args=[first.pk])).status_code == 302
    assert tuning.latest().synonyms == first.synonyms


@pytest.mark.both
def test_variant_of_several_words_finds_only_where_all_of_them_stand(organisation, index, youssef):
    both = circulars.published(organisation, number="1/2026", paragraphs=["يعلن عن طلب عروض مفتوح"])
    circulars.published(organisation, number="2/2026", paragraphs=["كل طلب يودع في أجله"])
    index()
    assert found(youssef, "زغبرط", synonyms=[["زغبرط", "طلب عروض"]]) == [f"circular:{both.pk}"]
