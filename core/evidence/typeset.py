"""HTML to PDF/A-3a + PDF/UA-1 with WeasyPrint, the same bytes for the same input. Knows nothing of Django.

A process keeps one font configuration and the parsed style sheets: a page then costs some 70 ms of CPU instead of
several hundred. Run as `python -m core.evidence.typeset` it is the child of `press`.
"""

import functools
import gc
import hashlib
import io
import logging
import mimetypes
import re
import resource
import sys
import zlib
from pathlib import Path
from urllib.parse import unquote, urlsplit
from xml.etree import ElementTree

import cssselect2
import pydyf

from core.evidence.press import ASSETS, Job, read_frame, write_frame

logging.getLogger("weasyprint.progress").setLevel(logging.WARNING)  # before the import: loading it is progress too

import weasyprint  # noqa: E402
from weasyprint import CSS, HTML  # noqa: E402
from weasyprint.css import ColorProfile  # noqa: E402
from weasyprint.text.fonts import FontConfiguration  # noqa: E402
from weasyprint.urls import FatalURLFetchingError, URLFetcher, URLFetcherResponse  # noqa: E402

SRGB = "own-srgb"  # the library's own name for it would read the profile again for each document
ICC = Path(weasyprint.__file__).parent / "pdf" / "sRGB2014.icc"
BASE_URL = "file:///assets/"  # a made-up folder; `file` because relative addresses are only resolved in known schemes
MEMORY_LIMIT = 1_500_000_000

# What a stand-alone reader looks for in the file: an embedded file's dictionary ends with this key and its length, its
# bytes follow uncompressed. core/evidence tests and static/verify/verify_receipt.py read it.
PART_KEY = "/DiwanPart"

PDFUAID = "http://www.aiim.org/pdfua/ns/id/"
# PDF/A wants every foreign XMP property described; the PDF/UA identifier is foreign to it.
EXTENSION_SCHEMA = b"""<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about="" xmlns:pdfuaid="http://www.aiim.org/pdfua/ns/id/" pdfuaid:part="1"/>
<rdf:Description rdf:about="" xmlns:pdfaExtension="http://www.aiim.org/pdfa/ns/extension/"
 xmlns:pdfaSchema="http://www.aiim.org/pdfa/ns/schema#" xmlns:pdfaProperty="http://www.aiim.org/pdfa/ns/property#">
<pdfaExtension:schemas><rdf:Bag><rdf:li rdf:parseType="Resource">
<pdfaSchema:schema>PDF/UA identification schema</pdfaSchema:schema>
<pdfaSchema:namespaceURI>http://www.aiim.org/pdfua/ns/id/</pdfaSchema:namespaceURI>
<pdfaSchema:prefix>pdfuaid</pdfaSchema:prefix>
<pdfaSchema:property><rdf:Seq><rdf:li rdf:parseType="Resource">
<pdfaProperty:name>part</pdfaProperty:name><pdfaProperty:valueType>Integer</pdfaProperty:valueType>
<pdfaProperty:category>internal</pdfaProperty:category>
<pdfaProperty:description>Part of ISO 14289 the file conforms to</pdfaProperty:description>
</rdf:li></rdf:Seq></pdfaSchema:property>
</rdf:li></rdf:Bag></pdfaExtension:schemas></rdf:Description>
</rdf:RDF>"""


class AssetMissing(Exception):
    """The document names something that is not ours to show."""


class AssetFetcher(URLFetcher):
    """Serves assets/ and the job's own pictures; any other address fails the document instead of leaving the house."""

    def __init__(self, images=None):
        super().__init__(allowed_protocols=["file"], allow_redirects=False, fail_on_errors=True)
        self.images = images or {}

    def fetch(self, url, headers=None):
        parts = urlsplit(url)
        if not url.startswith(BASE_URL):
            raise AssetMissing(url)
        name = unquote(parts.path).removeprefix("/assets/")
        if name in self.images:
            content = self.images[name]
        else:
            path = (ASSETS / name).resolve()
            if not path.is_relative_to(ASSETS) or not path.is_file():
                raise AssetMissing(url)
            content = _read(path)
        kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
        return URLFetcherResponse(url, content, {"Content-Type": kind})


class Sheet(HTML):
    """Our own documents are well-formed XML and use few elements: they need neither an HTML parser, which repairs what
    is not broken, nor a browser's style sheet of several hundred rules."""

    def __init__(self, source, density, fetcher):
        root = ElementTree.fromstring(source.removeprefix("<!doctype html>").strip())  # noqa: S314 - our template
        if density:
            root.find("body").set("class", density)
        self.base_url, self.url_fetcher, self.media_type = BASE_URL, fetcher, "print"
        self.wrapper_element = cssselect2.ElementWrapper.from_html_root(root)
        self.etree_element = self.wrapper_element.etree_element

    def _ua_stylesheets(self, forms=False):
        return [_stylesheet("base.css")]


def typeset(job: Job) -> bytes:
    """The PDF of `job`: a pure function of it."""
    gc.disable()  # a page makes hundreds of thousands of objects: looking through them time and again costs a quarter
    try:
        return _typeset(job)
    finally:
        gc.enable()


def _typeset(job):
    fonts = _fonts()
    fetcher = AssetFetcher(job.images)
    for density in job.densities:
        document = Sheet(job.html, density, fetcher).render(
            font_config=fonts,
            stylesheets=[_stylesheet(job.stylesheet)],
            color_profiles={SRGB: _srgb()},
            pdf_variant="pdf/a-3a",
            output_intent=SRGB,
        )
        if not job.pages or len(document.pages) <= job.pages:
            break
    moment = job.created.strftime("%Y-%m-%dT%H:%M:%SZ")
    document.metadata.created = document.metadata.modified = moment
    document.metadata.xmp_metadata.append(EXTENSION_SCHEMA)
    generate = document.metadata.generate_rdf_metadata
    document.metadata.generate_rdf_metadata = lambda *args: _one_rdf(generate(*args), document.metadata)
    return document.write_pdf(
        pdf_variant="pdf/a-3a",
        output_intent=SRGB,
        finisher=functools.partial(_finish, attachments=job.attachments, moment=moment),
    )


@functools.cache
def _fonts():
    return FontConfiguration()


def _srgb():
    return ColorProfile(io.BytesIO(_read(ICC)), ICC.name, "relative-colorimetric", (["r"], ["g"], ["b"]))


@functools.cache
def _stylesheet(name):
    return CSS(
        string=_read(ASSETS / name).decode(), base_url=BASE_URL, font_config=_fonts(), url_fetcher=AssetFetcher()
    )


@functools.cache
def _read(path):
    return path.read_bytes()


def _one_rdf(xml, metadata):
    """Both standards' identifiers in one RDF element: readers look at the first one only."""
    extra = metadata.xmp_metadata.pop()
    root = ElementTree.fromstring(xml)  # noqa: S314 - made by WeasyPrint a moment ago
    for prefix, uri in re.findall(rb'xmlns:(\w+)="([^"]+)"', extra):
        ElementTree.register_namespace(prefix.decode(), uri.decode())
    root.extend(ElementTree.fromstring(extra))  # noqa: S314 - our constant
    return ElementTree.tostring(root, encoding="utf-8")


def _finish(document, pdf, *, attachments, moment):
    """Embed the files readable without a PDF library, then compress everything else once."""
    if attachments:
        _embed(pdf, attachments, "D:" + re.sub("[-:T]", "", moment))
    for item in pdf.objects:
        if isinstance(item, pydyf.Stream) and item.compress:
            # pydyf compresses a stream each time it asks for its bytes, which is twice.
            content = zlib.compress(b"\n".join(pydyf._to_bytes(part) for part in item.stream), 6)
            item.stream, item.compress = [content], False
            item.extra = {**item.extra, "Filter": "/FlateDecode"}


def _embed(pdf, attachments, date):
    names, references = pydyf.Array(), pydyf.Array()
    for attachment in sorted(attachments, key=lambda item: item.name):  # a name tree is sorted
        params = pydyf.Dictionary(
            {
                "CheckSum": f"<{hashlib.md5(attachment.content, usedforsecurity=False).hexdigest()}>",
                "Size": len(attachment.content),
                "CreationDate": pydyf.String(date),
                "ModDate": pydyf.String(date),
            }
        )
        stream = pydyf.Stream(
            [attachment.content],
            pydyf.Dictionary(
                {
                    "Type": "/EmbeddedFile",
                    "Subtype": "/" + attachment.media_type.replace("/", "#2f"),
                    "Params": params,
                    PART_KEY[1:]: pydyf.String(attachment.name),
                }
            ),
        )
        pdf.add_object(stream)
        spec = pydyf.Dictionary(
            {
                "Type": "/Filespec",
                "F": pydyf.String(attachment.name),
                "UF": pydyf.String(attachment.name),
                "EF": pydyf.Dictionary({"F": stream.reference}),
                "Desc": pydyf.String(attachment.description),
                "AFRelationship": f"/{attachment.relationship}",
            }
        )
        pdf.add_object(spec)
        names.extend([pydyf.String(attachment.name), spec.reference])
        references.append(spec.reference)
    tree = pydyf.Dictionary({"Names": names})
    pdf.add_object(tree)
    pdf.catalog.setdefault("Names", pydyf.Dictionary())["EmbeddedFiles"] = tree.reference
    pdf.catalog["AF"] = references


# --- the warm child ------------------------------------------------------------------------------------------------


def main():
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_LIMIT, MEMORY_LIMIT))
    logging.getLogger("weasyprint").setLevel(logging.ERROR)
    logging.getLogger("fontTools").setLevel(logging.ERROR)
    source, target = sys.stdin.buffer, sys.stdout.buffer
    while (job := read_frame(source)) is not None:
        try:
            answer = ("pdf", typeset(job))
        except (Exception, FatalURLFetchingError) as error:  # noqa: BLE001 - whatever it is, the parent must hear of it
            answer = ("error", f"{type(error).__name__}: {error}")
        write_frame(target, answer)
        if not gc.get_freeze_count():
            gc.freeze()  # fonts, style sheets and the library stay for good


if __name__ == "__main__":
    main()
