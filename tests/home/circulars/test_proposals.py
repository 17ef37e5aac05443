"""Citations in a draft, proposed to its editor."""

from datetime import date

import pytest
from django.urls import reverse

from core.exceptions import NotAllowed, WrongState
from home.circulars import operations, proposals
from home.circulars.enums import Audience, ExternalKind, Predicate
from home.circulars.models import Alias, Circular, CitationDecision, ExternalAct, Relation
from tests.factories.circulars import add_text, publish, published, written

pytestmark = pytest.mark.django_db
DECREE = "طبقا للمرسوم رقم 2.18.855 الصادر في 9 يناير 2019"


@pytest.fixture
def cited(organisation):
    """A published circular of the same administration."""
    return published(organisation, number="5/2023", signed_on=date(2023, 3, 1))


@pytest.fixture
def draft(organisation, ilham, cited):
    circular = written(organisation, paragraphs=(DECREE, "تطبيقا للمنشور رقم 5/2023", "وبناء على المرسوم رقم ٢.١٨.٨٥٥"))
    add_text(circular, "fr", "Dépôt", ["Vu la circulaire n° 5/2023", "Deux", "Trois"], standing="official")
    circular.save_revision(user=ilham)
    return Circular.objects.get(pk=circular.pk)


def found(circular, user):
    return {proposal.key: proposal for proposal in proposals.of(fresh(circular), user)}


def fresh(circular):
    return Circular.objects.get(pk=circular.pk).get_latest_revision_as_object()


def test_citations_are_resolved_to_the_acts_they_mean(draft, ilham, cited):
    known = ExternalAct.objects.create(kind=ExternalKind.LAW, number="55.19")
    text = draft.texts.get(language="fr")
    text.title = "Application de la loi n° 55-19"
    draft.texts.add(text)
    draft.save_revision(user=ilham)

    by_key = {key: (proposal.act, proposal.is_new) for key, proposal in found(draft, ilham).items()}

    assert by_key.keys() == {"decree:2.18.855", "circular:5/2023", "law:55.19"}
    assert (by_key["circular:5/2023"], by_key["law:55.19"]) == ((cited, False), (known, False))
    decree, is_new = by_key["decree:2.18.855"]
    assert (decree.kind, decree.number, decree.signed_on, is_new) == ("decree", "2.18.855", date(2019, 1, 9), True)
    assert len(found(draft, ilham)["circular:5/2023"].words) == 2


def test_confirmed_citation_is_a_relation_of_the_draft_and_of_the_next_version(draft, ilham, cited):
    operations.confirm_citation(draft, by=ilham, key="decree:2.18.855", predicate=Predicate.APPLIES)
    operations.confirm_citation(draft, by=ilham, key="circular:5/2023", predicate=Predicate.CITES)
    assert (Relation.objects.count(), fresh(draft).relations.count(), found(draft, ilham)) == (0, 2, {})

    draft.latest_revision = None
    Circular.objects.get(pk=draft.pk).get_latest_revision().publish(skip_permission_checks=True)

    relations = {relation.predicate: relation for relation in Relation.objects.filter(subject=draft)}
    assert str(relations["applies"].external.number_key) == "2.18.855"
    assert relations["cites"].circular == cited
    assert [relation.found.by for relation in relations.values()] == [ilham, ilham]


def test_relation_an_editor_wrote_was_not_found(organisation, cited):
    circular = published(organisation, relations=[{"predicate": "cites", "circular": cited}])
    assert circular.relations.get().found is None


def test_dismissed_citation_is_not_proposed_again(draft, ilham):
    operations.dismiss_citation(draft, by=ilham, key="decree:2.18.855")
    assert found(draft, ilham).keys() == {"circular:5/2023"}
    assert ExternalAct.objects.count() == 0
    with pytest.raises(WrongState):
        operations.confirm_citation(draft, by=ilham, key="decree:2.18.855", predicate=Predicate.CITES)


def test_decision_is_the_own_editors_while_nobody_reviews(draft, ilham, foreign_publisher):
    with pytest.raises(NotAllowed):
        operations.confirm_citation(draft, by=foreign_publisher, key="circular:5/2023", predicate=Predicate.CITES)
    draft.get_workflow().start(draft, ilham)
    with pytest.raises(NotAllowed):
        operations.dismiss_citation(draft, by=ilham, key="circular:5/2023")


def test_circular_one_may_not_read_is_not_proposed(organisation, other_organisation, ilham):
    published(other_organisation, number="8/2024", audience=Audience.ADDRESSEES)
    circular = written(organisation, paragraphs=("تطبيقا للمنشور رقم 8/2024",))
    circular.save_revision(user=ilham)
    assert isinstance(found(circular, ilham)["circular:8/2024"].act, ExternalAct)


def test_day_tells_two_circulars_of_one_number_apart(organisation, other_organisation, ilham, cited):
    other = published(other_organisation, number="5/2023", signed_on=date(2023, 5, 9))
    circular = written(organisation, paragraphs=("تطبيقا للمنشور رقم 5/2023 الصادر في 9 ماي 2023",))
    circular.save_revision(user=ilham)
    assert found(circular, ilham)["circular:5/2023"].act == other


def test_act_does_not_cite_itself_nor_what_it_is_related_to(organisation, ilham, cited):
    circular = written(organisation, paragraphs=("هذا المنشور رقم 12/2026 يلغي المنشور رقم 5/2023",))
    Relation.objects.create(subject=circular, predicate="abrogates", circular=cited)
    assert proposals.of(Circular.objects.get(pk=circular.pk), ilham) == []


def test_old_number_is_understood(organisation, ilham, cited):
    Alias.objects.create(circular=cited, kind="circular", number="303/و.م", year=2023)
    circular = written(organisation, paragraphs=("تطبيقا للمنشور رقم 303/2023",))
    Alias.objects.update(number_key="303/2023")
    assert [proposal.act for proposal in proposals.of(circular, ilham)] == [cited]


def test_page_confirms_and_dismisses_and_says_who(draft, ilham, cms, foreign_publisher):
    address = reverse("wagtailsnippets_circulars_circular:citations", args=[draft.pk])
    client = cms(ilham)
    assert client.get(address).content.decode().count('name="key"') == 2
    edit = reverse("wagtailsnippets_circulars_circular:edit", args=[draft.pk])
    assert address in client.get(edit).content.decode()

    for key, decision in (("decree:2.18.855", "confirm"), ("circular:5/2023", "dismiss")):
        answer = client.post(address, {"key": key, "predicate": "cites", "decision": decision})
        assert (answer.status_code, answer.url) == (302, address)
    again = client.post(address, {"key": "law:1", "predicate": "cites", "decision": "confirm"})

    assert again.status_code == 200
    assert again.context["refusal"]
    assert CitationDecision.objects.count() == 2
    assert cms(foreign_publisher).get(address).status_code == 404


@pytest.mark.parametrize("paragraphs", [1, 3])
def test_questions_asked_do_not_grow_with_what_is_decided(
    organisation, ilham, django_assert_max_num_queries, paragraphs
):
    circular = written(organisation, paragraphs=["لا شيء"] * paragraphs)
    with django_assert_max_num_queries(4):
        assert proposals.of(circular, ilham) == []


def test_cited_circular_says_by_which(draft, ilham, cited, client):
    operations.confirm_citation(draft, by=ilham, key="circular:5/2023", predicate=Predicate.CITES)
    Circular.objects.get(pk=draft.pk).get_latest_revision().publish(skip_permission_checks=True)
    pages = {act: client.get(f"{act.get_absolute_url()}/ara").content.decode() for act in (cited, fresh(draft))}
    assert draft.get_absolute_url() in pages[cited]
    assert cited.get_absolute_url() in pages[fresh(draft)]


# --- by the day alone ------------------------------------------------------------------------------------------------


def proposed(organisation, user, *paragraphs, **values):
    circular = written(organisation, paragraphs=paragraphs, **values)
    circular.save_revision(user=user)
    return [(proposal.key, proposal.act, proposal.words) for proposal in proposals.of(fresh(circular), user)]


@pytest.mark.parametrize(
    ("words", "text"),
    [
        ("وفق القرار الصادر في 12 مارس 2021", "القرار الصادر في 12 مارس 2021"),
        ("قرار وزير المالية الصادر بتاريخ 12/03/2021", "قرار وزير المالية الصادر بتاريخ 12/03/2021"),
        ("Vu l'arrêté du 12 mars 2021", "arrêté du 12 mars 2021"),
        ("l’arrêté du ministre des finances du 12 mars 2021", "arrêté du ministre des finances du 12 mars 2021"),
    ],
)
def test_act_named_by_its_day_is_proposed_where_one_is_known(organisation, ilham, words, text):
    order = ExternalAct.objects.create(kind=ExternalKind.ORDER, number="700.21", signed_on=date(2021, 3, 12))
    ExternalAct.objects.create(kind=ExternalKind.DECREE, number="2.21.1", signed_on=date(2021, 3, 12))
    assert proposed(organisation, ilham, words) == [("order:2021-03-12", order, [text])]


def test_arabic_decision_of_ours_is_proposed_by_its_day_and_by_its_number(organisation, ilham):
    decision = published(organisation, kind="decision", number="7/2021", signed_on=date(2021, 3, 12))
    by_day = proposed(organisation, ilham, "القرار الصادر في 12 مارس 2021")
    by_number = proposed(organisation, ilham, "القرار رقم 7/2021", number="13/2026")
    in_french = proposed(organisation, ilham, "l'arrêté n° 7/2021", number="14/2026")
    assert [act for _key, act, _words in by_day + by_number] == [decision, decision]
    assert isinstance(in_french[0][1], ExternalAct)


def test_act_named_by_its_day_is_not_guessed(organisation, other_organisation, ilham):
    signed_on = date(2021, 3, 12)
    hidden = published(other_organisation, number="1/2021", signed_on=signed_on, audience=Audience.ADDRESSEES)
    assert proposed(organisation, ilham, "المنشور الصادر في 12 مارس 2021") == []
    Circular.objects.filter(pk=hidden.pk).update(audience=Audience.PUBLIC)
    assert len(proposed(organisation, ilham, "المنشور الصادر في 12 مارس 2021", number="13/2026")) == 1
    published(organisation, number="2/2021", signed_on=signed_on)
    assert proposed(organisation, ilham, "المنشور الصادر في 12 مارس 2021", number="14/2026") == []
    assert proposed(organisation, ilham, "الظهير الشريف الصادر في 14 محرم 1379", number="15/2026") == []


def test_act_is_one_proposal_by_its_day_and_by_its_number(organisation, ilham, cited):
    words = ("المنشور الصادر في فاتح مارس 2023", "المنشور رقم 5/2023 الصادر في فاتح مارس 2023")
    circular = written(organisation, paragraphs=words)
    circular.save_revision(user=ilham)
    (proposal,) = found(circular, ilham).values()
    assert (proposal.key, proposal.act, sorted(proposal.words)) == ("circular:5/2023", cited, sorted(words))
    operations.dismiss_citation(circular, by=ilham, key="circular:5/2023")
    assert found(circular, ilham) == {}


def test_act_named_by_its_day_becomes_a_relation(organisation, ilham, cited):
    circular = written(organisation, paragraphs=("المنشور الصادر في فاتح مارس 2023",))
    circular.save_revision(user=ilham)
    operations.confirm_citation(circular, by=ilham, key="circular:2023-03-01", predicate=Predicate.APPLIES)
    relation = fresh(circular).relations.get()
    assert (relation.circular, found(circular, ilham)) == (cited, {})


# --- old numbers ---------------------------------------------------------------------------------------------------


def test_old_address_leads_to_the_present_one(organisation, client):
    circular = publish(written(organisation))
    Alias.objects.create(circular=circular, kind="note", number="303/2019", year=2019)
    old, new = "/eli/ma/msp/note/2019/303-2019", circular.get_absolute_url()
    day = circular.current.address

    answers = [client.get(f"{old}{rest}") for rest in ("", "/ara", f"/{day}", f"/{day}/ara")]

    assert [(answer.status_code, answer.url) for answer in answers] == [
        (303, f"{new}/ara"),
        (303, f"{new}/ara"),
        (303, f"{new}/{day}/ara"),
        (303, f"{new}/{day}/ara"),
    ]
    assert client.get("/eli/ma/msp/note/2018/303-2019").status_code == 404
    assert new in client.get("/ar/circulars/?q=303/2019").content.decode()


def test_keywords_find_the_circular(organisation, client):
    circular = published(organisation, keywords="رقمنة, بوابة")
    assert circular.get_absolute_url() in client.get("/ar/circulars/?q=بوابة").content.decode()
