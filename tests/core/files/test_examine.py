"""The verdicts, file by file; here without the child process, which has its own tests."""

import zipfile

import pikepdf
import pytest
from pikepdf import Array, Dictionary, Name, String

from core.files.parsing import content
from core.files.parsing.examine import examine
from core.files.parsing.findings import MAX_FILE_BYTES
from tests.core.files import makers
from tests.core.files.makers import ODT, docx, odf, ods, pdf, picture, xlsx


@pytest.fixture
def judge(put):
    def examined(data, name, declared_type=""):
        return examine(str(put(data)), name, declared_type)

    return examined


SOUND = {
    "letter.pdf": pdf(),
    "LETTER.PDF": b"\r\n mail header\r\n" + pdf(),
    "version.pdf": pdf().replace(b"%PDF-1.", b"%PDF 1."),
    "photo.jpg": picture(),
    "photo.jpeg": makers.turned(),
    "photo.jfif": picture(mode="CMYK"),
    "grey.jpg": picture(mode="L"),
    "large.jpg": picture(size=(4000, 3000)),
    "scan.png": picture("PNG"),
    "clear.png": picture("PNG", mode="RGBA"),
    "deep.png": picture("PNG", mode="I;16"),
    "letter.docx": docx(),
    "template.docx": docx(main_type=makers.WORD.replace("document.main", "template.main")),
    "table.xlsx": xlsx(),
    "text.odt": odf(),
    "table.ods": ods(),
}


@pytest.mark.parametrize("name", SOUND)
def test_sound_file_is_accepted(judge, name):
    verdict = judge(SOUND[name], name)

    assert verdict.reason == ""
    assert verdict.accepted


def encrypted(user, owner="owner"):
    return pdf(encryption=pikepdf.Encryption(user=user, owner=owner))


def test_pdf_with_restrictions_only_is_accepted(judge):
    assert judge(encrypted(""), "a.pdf").accepted


def test_pages_are_counted(judge):
    assert judge(pdf(pages=3), "a.pdf").pages == 3


def hidden_name(document):
    """The word JavaScript far from the action that means it."""
    far = document.make_indirect(Name.JavaScript)
    document.Root.Far = Dictionary(S=far)


def nested(document):
    document.Root.Names = Dictionary(JavaScript=Dictionary(Names=Array([String("a"), Dictionary(S=Name.JavaScript)])))


def rendition(document):
    document.Root.OpenAction = Dictionary(S=Name.Rendition, JS=String("app.alert(1)"))


def far_launch(document):
    document.Root.Far = document.make_indirect(Name.Launch)


def far_harmless(document):
    document.Root.Far = document.make_indirect(Name.JS)


def in_a_stream(document):
    document.Root.Far = document.make_stream(b"", S=Name.JavaScript, JS=String("app.alert(1)"))


def on_instantiate(document):
    document.Root.Far = document.make_stream(b"", Type=Name("/3D"), OnInstantiate=document.make_stream(b"x"))


def in_an_array(document):
    document.Root.Far = document.make_indirect(Array([Array([Dictionary(S=Name.Launch)])]))


def deep(document):
    inner = Dictionary(Launch=1)
    for _level in range(70):
        inner = Array([inner])
    document.Root.Far = document.make_indirect(inner)


def escaped(data):
    """The same name written with an escape."""
    return data.replace(b"/JavaScript", b"/Java#53cript")


REFUSED_PDF = {
    "javascript": pdf(makers.javascript),
    "javascript in an object stream": pdf(makers.javascript, object_stream_mode=pikepdf.ObjectStreamMode.generate),
    "javascript by escape": escaped(pdf(makers.javascript)),
    "javascript by reference": pdf(hidden_name),
    "javascript in the tree of names": pdf(nested),
    "javascript of a rendition": pdf(rendition),
    "launch": pdf(makers.launch),
    "launch by reference": pdf(far_launch),
    "javascript in a stream": pdf(in_a_stream),
    "javascript of a model": pdf(on_instantiate),
    "launch in an array": pdf(in_an_array),
    "bomb: nested": pdf(deep),
    "xfa": pdf(makers.xfa),
    "richmedia": pdf(makers.richmedia),
    "richmedia action": pdf(makers.action(S=Name.RichMediaExecute)),
    "encrypted": encrypted("secret"),
    "unreadable": b"%PDF-1.7\nnothing more",
    "unreadable: no pages": pdf(pages=0),
    "unreadable: cut": pdf()[:60],
}


@pytest.mark.parametrize("case", REFUSED_PDF)
def test_active_or_broken_pdf_is_refused(judge, case):
    verdict = judge(REFUSED_PDF[case], "a.pdf")

    assert verdict.reason == case.split()[0].strip(":")
    assert verdict.kind == "pdf"


def test_picture_called_js_is_no_script(judge):
    def change(document):
        drawing = document.make_stream(b"", Type=Name.XObject, Subtype=Name.Form, BBox=[0, 0, 1, 1])
        document.pages[0].Resources = Dictionary(XObject=Dictionary(JS=drawing))

    assert judge(pdf(change), "a.pdf").accepted


def test_name_that_starts_nothing_is_harmless(judge):
    assert judge(pdf(far_harmless), "a.pdf").accepted


def test_parser_that_stumbles_means_unreadable(judge, monkeypatch):
    def stumble(document):
        raise ValueError

    monkeypatch.setattr("core.files.parsing.pdf._walk", stumble)

    assert judge(pdf(), "a.pdf").reason == "unreadable"


def test_form_and_remote_actions_are_remembered(judge):
    verdict = judge(pdf(makers.form), "a.pdf")

    assert verdict.accepted
    assert verdict.remote == ("form", "submitform")


def test_certificate_encryption_counts_as_encrypted(judge):
    data = pdf().replace(b"trailer <<", b"trailer << /Encrypt << /Filter /Adobe.PubSec /V 4 >>")

    assert judge(data, "a.pdf").reason == "encrypted"


def broken_sum(data):
    """One byte of a stored part changed, its sum kept."""
    at = data.index(b"nothing special")
    return data[:at] + b"N" + data[at + 1 :]


def lying(data, true_size, said):
    return data.replace(true_size.to_bytes(4, "little"), said.to_bytes(4, "little"))


BASIC = {"Basic/Standard/Module1.xml": "<m/>", "Basic/script-lc.xml": "<l/>"}
SCRIPT = {"Scripts/python/a.py": "pass"}
LONG = "<w:document>" + " " * 2000 + "</w:document>"
REFUSED_OFFICE = [
    ("macros", "a.docx", docx(more={"word/vbaProject.bin": b"x"})),
    ("macros", "a.docx", docx(more={"word\\vbaProject.bin": b"x"})),
    ("macros", "a.xlsx", xlsx(more={"xl/macrosheets/sheet1.xml": "<x/>"})),
    ("macros", "a.xlsx", xlsx(main_type="application/vnd.ms-excel.sheet.macroEnabled.main+xml")),
    ("macros", "a.odt", odf(more=BASIC)),
    ("macros", "a.ods", ods(more=SCRIPT)),
    ("macros", "a.docx", makers.archive({"xl/vbaProject.bin": "x"})),
    ("encrypted", "a.docx", makers.OLE + "EncryptedPackage".encode("utf-16-le")),
    ("encrypted", "a.odt", odf(more={"META-INF/manifest.xml": "<manifest><encryption-data/></manifest>"})),
    ("wrong-extension", "a.docx", makers.OLE),
    ("wrong-extension", "a.docx", xlsx()),
    ("wrong-extension", "a.odt", docx()),
    ("wrong-extension", "a.odt", odf("application/vnd.oasis.opendocument.graphics")),
    (
        "wrong-extension",
        "a.docx",
        docx(main_type="application/vnd.openxmlformats-officedocument.presentationml.presentation.main+xml"),
    ),
    ("wrong-extension", "a.docx", makers.archive({"readme.txt": "nothing special"})),
    ("unreadable", "a.docx", makers.archive({})),
    ("unreadable", "a.docx", docx()[:-200]),
    ("unreadable", "a.docx", docx("<w:document>")),
    ("unreadable", "a.docx", makers.archive({"[Content_Types].xml": "<Types/>"})),
    ("unreadable", "a.docx", makers.archive({"[Content_Types].xml": "<Types"})),
    ("unreadable", "a.docx", makers.archive({"[Content_Types].xml": "<Types/>", "_rels/.rels": "<Relationships/>"})),
    ("unreadable", "a.docx", broken_sum(makers.archive({"a": "nothing special"}, zipfile.ZIP_STORED))),
    ("unreadable", "a.docx", lying(docx(LONG), len(LONG), 100)),
    ("unreadable", "a.odt", makers.archive({"mimetype": ODT})),
    ("bomb", "a.docx", docx(more={"word/media/a.bmp": b"\0" * 21_000_000})),
    ("bomb", "a.xlsx", xlsx(more={"xl/x.xml": '<!DOCTYPE x [<!ENTITY a "aa">]><x/>'})),
    ("bomb", "a.xlsx", xlsx(more={"xl/x.xml": '<!DOCTYPE x [<!ENTITY a "aa">]><x/>'.encode("utf-16")})),
    ("bomb", "a.xlsx", makers.archive({f"{number}": "" for number in range(20_001)})),
]


@pytest.mark.parametrize(("reason", "name", "data"), REFUSED_OFFICE)
def test_hostile_or_broken_office_file_is_refused(judge, reason, name, data):
    assert judge(data, name).reason == reason


def test_archive_that_unpacks_to_too_much_in_many_parts_is_a_bomb(judge, monkeypatch):
    monkeypatch.setattr("core.files.parsing.office.MAX_UNPACKED", 50_000)
    parts = {f"word/media/{number}.bmp": b"\0" * 10_000 for number in range(6)}

    assert judge(docx(more=parts), "a.docx").reason == "bomb"


def test_overlapping_parts_are_a_bomb(judge, put):
    data = bytearray(makers.archive({"a": b"x" * 50, "b": b"y" * 50}, zipfile.ZIP_STORED))
    first = data.index(b"PK\x01\x02")
    data[first + 20 : first + 24] = (5000).to_bytes(4, "little")

    assert judge(bytes(data), "a.docx").reason == "bomb"


def test_part_with_a_password_is_encrypted(judge):
    data = docx()
    for marker, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = data.index(marker)
        data = data[: at + offset] + b"\x01" + data[at + offset + 1 :]

    assert judge(data, "a.docx").reason == "encrypted"


def test_paths_written_as_on_windows_are_understood(judge):
    data = docx().replace(b"word/document.xml", b"word\\document.xml").replace(b"_rels/.rels", b"_rels\\.rels")

    assert judge(data, "a.docx").kind == "docx"


def test_huge_main_part_is_not_parsed(judge, monkeypatch):
    monkeypatch.setattr("core.files.parsing.office.MAX_PARSED", 3)

    assert judge(docx("<w:document>"), "a.docx").accepted


def test_libraries_without_a_module_are_no_macros(judge):
    assert judge(odf(more={"Basic/script-lc.xml": "<l/>", "Basic/Standard/script-lb.xml": "<l/>"}), "a.odt").accepted


def test_type_of_an_odf_may_stand_in_its_manifest_only(judge):
    parts = odf().replace(b"mimetype", b"mimetypo")

    assert judge(parts, "a.odt").kind == "odt"


def test_outside_relations_are_remembered(judge):
    relation = (
        '<Relationships><Relationship Type="x/attachedTemplate" TargetMode="External" Target="h"/></Relationships>'
    )
    link = '<Relationships><Relationship Type="x/hyperlink" TargetMode="External" Target="h"/></Relationships>'
    verdict = judge(docx(more={"word/_rels/s.xml.rels": relation, "word/_rels/d.xml.rels": link}), "a.docx")

    assert verdict.accepted
    assert verdict.remote == ("external", "link")


REFUSED = [
    ("kind-not-allowed", "avis.pdf.exe", pdf()),
    ("kind-not-allowed", "nameless", pdf()),
    ("kind-not-allowed", "a.docm", docx(more={"word/vbaProject.bin": b"x"})),
    ("kind-not-allowed", "a.heic", makers.HEIC),
    ("kind-not-allowed", "a.com", makers.EICAR),
    ("wrong-extension", "a.jpg", makers.HEIC),
    ("wrong-extension", "a.pdf", picture("PNG")),
    ("wrong-extension", "a.jpg", pdf()),
    ("wrong-extension", "a.png", picture()),
    ("wrong-extension", "a.pdf", docx()),
    ("wrong-extension", "a.pdf", b"<!DOCTYPE html><html></html>"),
    ("wrong-extension", "a.png", b'<?xml version="1.0"?><svg xmlns="s"/>'),
    ("wrong-extension", "a.pdf", b"MZ" + b"\0" * 500),
    ("unreadable", "a.pdf", b""),
    ("unreadable", "a.jpg", b"push graphic-context"),
    ("unreadable", "a.odt", b"plain text"),
    ("unreadable", "a.pdf", bytes(range(256)) * 10),
    ("unreadable", "a.png", picture("PNG")[:-30]),
    ("unreadable", "a.jpg", picture(size=(400, 400))[:-300]),
    ("unreadable", "a.png", makers.png_saying(10, 10, b"no stream")),
    ("too-many-pixels", "a.png", makers.png_saying(100_000, 100_000)),
    ("polyglot", "a.jpg", picture(comment=b"%PDF-1.7 1 0 obj")),
    ("polyglot", "a.jpg", picture() + makers.archive({"a": "b"})),
    ("polyglot", "a.pdf", pdf() + makers.archive({"a": "b"})),
    ("polyglot", "a.pdf", b"<html><script>alert(1)</script>" + pdf()),
    ("too-large", "a.pdf", pdf() + b"\0" * MAX_FILE_BYTES),
]


@pytest.mark.parametrize(("reason", "name", "data"), REFUSED)
def test_file_is_refused(judge, reason, name, data):
    verdict = judge(data, name)

    assert not verdict.accepted
    assert verdict.reason == reason


def test_heic_is_named_for_its_own_sentence(judge):
    assert judge(makers.HEIC, "a.heic").detail == "heic"


@pytest.mark.parametrize("declared", ["", "application/octet-stream", "application/pdf", "Application/PDF; x=y"])
def test_declared_type_that_fits_or_says_nothing_is_accepted(judge, declared):
    assert judge(pdf(), "a.pdf", declared).accepted


def test_zip_is_what_some_browsers_call_office_files(judge):
    assert judge(docx(), "a.docx", "application/x-zip-compressed").accepted


@pytest.mark.parametrize("declared", ["image/png", "text/html", "application/zip"])
def test_declared_type_that_differs_is_refused(judge, declared):
    assert judge(pdf(), "a.pdf", declared).reason == "wrong-type"


def test_preview_stored_in_an_office_file_is_no_second_nature(judge):
    data = makers.archive(
        {"Thumbnails/thumbnail.pdf": b"%PDF-1.4", "mimetype": ODT, "content.xml": "<x/>"}, zipfile.ZIP_STORED
    )

    assert judge(data, "a.odt").accepted


def test_pdf_first_in_an_archive_is_a_second_nature(judge):
    data = makers.archive({"a": b"%PDF-1.4", "mimetype": ODT, "content.xml": "<x/>"}, zipfile.ZIP_STORED)

    assert judge(data, "a.odt").reason == "polyglot"


def test_exhausted_parser_makes_a_bomb(judge, monkeypatch):
    def exhausted(path):
        raise MemoryError

    monkeypatch.setattr("core.files.parsing.pdf.inspect", exhausted)

    assert judge(pdf(), "a.pdf").reason == "bomb"


@pytest.mark.parametrize(
    ("head", "kind"),
    [
        (b"RIFF\0\0\0\0WEBPVP8 ", "webp"),
        (b"RIFF\0\0\0\0????", "riff"),
        (b"\0\0\0\x18ftypavif\0\0\0\0mif2", "avif"),
        (b"\0\0\0\x18ftypmp42\0\0\0\0mp42", "video"),
        (b"BM\x10\0\0\0\0\0\0\0", "bmp"),
        (b"\0" * 257 + b"ustar", "tar"),
        (b"<?xml version='1.0'?><a/>", "xml"),
        (b"\xef\xbb\xbfplain", "text"),
        (b"", "empty"),
    ],
)
def test_content_has_a_word(head, kind):
    assert content.sniff(head) == kind


def test_archive_within_a_file_does_not_end_it():
    assert not content.trailing_zip(makers.archive({"a": "b"}) + b"\nendstream")
    assert content.trailing_zip(b"x" + makers.archive({"a": "b"}))
    assert not content.trailing_zip(makers.archive({}))
