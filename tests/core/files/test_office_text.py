"""What office files say: in the order of reading, page by page, within bounds."""

import pytest

from core.files.parsing import office_text
from core.files.parsing.findings import Refused
from tests.core.files import makers

W = makers.W
MC = 'xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"'


@pytest.fixture
def pages(put):
    """pages(bytes, kind) gives the text of each page."""

    def read(data, kind):
        return [text for text, _is_cut in office_text.pages(str(put(data)), kind)[0]]

    return read


def word(body, **parts):
    return makers.docx(f"<w:document {W} {MC}><w:body>{body}</w:body></w:document>", more=parts)


def p(*words):
    return "<w:p>" + "".join(f"<w:r><w:t>{each}</w:t></w:r>" for each in words) + "</w:p>"


# --- texts ----------------------------------------------------------------------------------------------------------


def test_docx_is_one_page_of_paragraphs(pages):
    assert pages(makers.docx(), "docx") == ["السيد الوزير\tالمحترم\nMonsieur\nle ministre"]


def test_docx_says_head_body_notes_and_foot_once(pages):
    rels = makers.relations(
        header__1="header1.xml", header__2="header2.xml", footnotes="footnotes.xml", endnotes="gone.xml", footer="f.xml"
    )
    data = word(
        p("المادة ", "الأولى") + p(),
        **{
            "word/_rels/document.xml.rels": rels,
            "word/header1.xml": f"<w:hdr {W}>{p('المملكة المغربية')}</w:hdr>",
            "word/header2.xml": f"<w:hdr {W}>{p('المملكة المغربية')}{p('الوزارة')}</w:hdr>",
            "word/footnotes.xml": f"<w:footnotes {W}><w:footnote>{p('الجريدة الرسمية')}</w:footnote></w:footnotes>",
            "word/f.xml": f"<w:ftr {W}>{p('صفحة')}</w:ftr>",
        },
    )

    assert pages(data, "docx") == ["المملكة المغربية\nالوزارة\nالمادة الأولى\nالجريدة الرسمية\nصفحة"]


def test_docx_table_is_read_row_by_row_and_a_layout_table_as_paragraphs(pages):
    def tc(*paragraphs):
        return f"<w:tc>{''.join(paragraphs)}</w:tc>"

    inner = f"<w:tbl><w:tr>{tc(p('a'))}{tc(p('b'))}</w:tr></w:tbl>"
    data = word(
        f"<w:tbl><w:tr>{tc(p('Montant'))}{tc(p())}{tc(p('12'))}</w:tr>"
        f"<w:tr>{tc(p('Ligne 1'), p('Ligne 2'))}{tc(p('à droite'), inner)}</w:tr></w:tbl>"
    )

    assert pages(data, "docx") == ["Montant\t\t12\nLigne 1\nLigne 2\nà droite\na\tb"]


def test_docx_leaves_out_what_was_struck_out_and_says_boxes_once(pages):
    box = f"<w:txbxContent>{p('في إطار')}</w:txbxContent>"
    data = word(
        '<w:p><w:pPr><w:tabs><w:tab w:val="left"/></w:tabs></w:pPr><w:r><w:t>avant</w:t></w:r>'
        f"<w:del><w:r><w:t>effacé</w:t></w:r></w:del><w:ins><w:r><w:t>-</w:t><w:noBreakHyphen/></w:r></w:ins>"
        f"<w:r><mc:AlternateContent><mc:Choice>{box}</mc:Choice><mc:Fallback>{box}</mc:Fallback>"
        "</mc:AlternateContent></w:r><w:r><w:t>après</w:t></w:r></w:p>"
    )

    assert pages(data, "docx") == ["avant--après\nفي إطار"]


def test_part_names_written_as_windows_does_are_found(pages):
    data = makers.archive(
        {"_rels\\.rels": makers.relations(officeDocument="Word/Document.xml"), "word\\document.xml": word_body()}
    )

    assert pages(data, "docx") == ["texte"]


def word_body():
    return f"<w:document {W}><w:body>{p('texte')}</w:body></w:document>"


def test_odt_keeps_spaces_moves_notes_behind_and_leaves_out_what_was_deleted(pages):
    styles = (
        '<office:document-styles xmlns:office="o" xmlns:style="s" xmlns:text="t"><office:master-styles>'
        "<style:master-page><style:header><text:p>رأس</text:p></style:header>"
        "<style:footer><text:p>ذيل</text:p></style:footer></style:master-page></office:master-styles>"
        "</office:document-styles>"
    )
    body = (
        "<office:text><text:tracked-changes><text:p>effacé</text:p></text:tracked-changes>"
        '<text:h>Titre<text:s text:c="3"/>un<text:tab/>deux<text:line-break/>trois</text:h>'
        "<text:p>Un\n   livre<text:note><text:note-citation>1</text:note-citation><text:note-body><text:p>note</text:p>"
        '</text:note-body></text:note> <text:span>et</text:span> suite<text:s text:c="x"/>!'
        "<office:annotation><text:p>avis</text:p></office:annotation></text:p>"
        "<table:table><table:table-row><table:table-cell><text:p>A</text:p></table:table-cell><table:table-cell/>"
        "<table:table-cell><text:p>B</text:p></table:table-cell></table:table-row></table:table></office:text>"
    )

    assert pages(makers.odf(body=body, more={"styles.xml": styles}), "odt") == [
        "رأس\nTitre   un\tdeux\ntrois\nUn livre et suite !\nnote\nA\t\tB\nذيل"
    ]


# --- sheets ---------------------------------------------------------------------------------------------------------


def sheet(*rows):
    return f"<worksheet><sheetData>{''.join(f'<row>{row}</row>' for row in rows)}</sheetData></worksheet>"


def test_xlsx_is_one_page_for_each_sheet_that_shows(pages):
    more = {
        "xl/workbook.xml": makers.workbook(
            worksheet__2="Résultats", worksheet__1="Vide", worksheet__3=("Listes", "hidden"), worksheet__4="Perdue"
        ),
        "xl/_rels/workbook.xml.rels": makers.relations(
            worksheet__1="worksheets/sheet1.xml",
            worksheet__2="/xl/worksheets/two.xml",
            worksheet__3="worksheets/sheet1.xml",
            worksheet__4="worksheets/gone.xml",
        ),
        "xl/worksheets/sheet1.xml": sheet(""),
        "xl/worksheets/two.xml": sheet("<c><v>1</v></c><c/>", "", '<c t="str"><v>=A1</v></c>'),
    }
    assert pages(makers.ooxml("xl/workbook.xml", makers.EXCEL, "x", more), "xlsx") == ["Résultats\n1\n=A1", ""]


def test_xlsx_reads_shared_and_inline_texts(pages):
    assert pages(makers.xlsx(), "xlsx") == ["Feuil1\nMontant\t12\tدرهم"]


@pytest.mark.parametrize(
    ("book", "days"),
    [("", ["2026-11-28", "2026-11-28 18:00", "46354", "x", "-1"]), ('<workbookPr date1904="1"/>', ["2030-11-29"])],
)
def test_xlsx_says_days_as_days(pages, book, days):
    styles = (
        '<styleSheet><numFmts><numFmt numFmtId="164" formatCode="dd/mm/yyyy"/>'
        '<numFmt numFmtId="165" formatCode="0.00&quot; dyd&quot;[Red]"/></numFmts>'
        '<cellXfs><xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="164"/><xf numFmtId="165"/></cellXfs></styleSheet>'
    )
    cells = [(1, "46354"), (2, "46354.75"), (3, "46354"), (1, "x"), (1, "-1")][: len(days)]
    data = makers.xlsx(
        more={
            "xl/workbook.xml": makers.workbook(worksheet="S").replace("<sheets>", f"{book}<sheets>"),
            "xl/_rels/workbook.xml.rels": makers.relations(worksheet="worksheets/sheet1.xml", styles="styles.xml"),
            "xl/styles.xml": styles,
            "xl/worksheets/sheet1.xml": sheet("".join(f'<c s="{style}"><v>{value}</v></c>' for style, value in cells)),
        }
    )

    assert pages(data, "xlsx") == ["S\n" + "\t".join(days)]


def test_ods_is_one_page_for_each_sheet_that_shows(pages):
    def table(name, style, *rows):
        cells = "".join(f"<table:table-row>{row}</table:table-row>" for row in rows)
        return f'<table:table table:name="{name}" table:style-name="{style}">{cells}</table:table>'

    def cell(*lines):
        return f"<table:table-cell>{''.join(f'<text:p>{line}</text:p>' for line in lines)}</table:table-cell>"

    content = (
        '<office:document-content xmlns:office="o" xmlns:text="t" xmlns:table="b" xmlns:style="s">'
        '<office:automatic-styles><style:style style:name="h"><style:table-properties table:display="false"/>'
        "</style:style></office:automatic-styles><office:body><office:spreadsheet>"
        + table("Un", "v", cell("a", "b") + cell("c"), cell())
        + table("Caché", "h", cell("x"))
        + table("Vide", "v")
        + "</office:spreadsheet></office:body></office:document-content>"
    )

    assert pages(makers.ods(more={"content.xml": content}), "ods") == ["Un\na b\tc", ""]


# --- slides ---------------------------------------------------------------------------------------------------------


def test_pptx_is_one_page_for_each_slide_with_its_notes(pages):
    assert pages(makers.pptx([["عنوان", "نقطة"], ["Fin"]], {1: "À dire"}), "pptx") == ["عنوان\nنقطة\nÀ dire", "Fin"]


def test_odp_is_one_page_for_each_slide_with_its_notes(pages):
    def slide(*lines):
        shown = "".join(f"<text:p>{line}</text:p>" for line in lines)
        return (
            f'<draw:page xmlns:draw="d"><draw:frame><draw:text-box>{shown}</draw:text-box></draw:frame>'
            '<pr:notes xmlns:pr="p"><draw:frame><draw:text-box><text:p>note</text:p></draw:text-box></draw:frame>'
            "</pr:notes></draw:page>"
        )

    body = f"<office:presentation><office:settings/>{slide('Un', 'deux')}{slide('Trois')}</office:presentation>"

    assert pages(makers.odf(body=body), "odp") == ["Un\ndeux\nnote", "Trois\nnote"]


# --- bounds ---------------------------------------------------------------------------------------------------------


def test_long_page_is_cut_and_said_to_be(put, monkeypatch):
    monkeypatch.setattr(office_text, "MAX_TEXT", 10)

    assert office_text.pages(str(put(makers.docx())), "docx") == ([("السيد الوز", True)], False)


@pytest.mark.parametrize("limit", ["MAX_PAGES", "MAX_TEXT_OF_FILE"])
def test_pages_beyond_the_limit_are_left_out_and_said_to_be(put, monkeypatch, limit):
    monkeypatch.setattr(office_text, limit, 2)
    data = makers.pptx([["un"], ["deux"], ["trois"]])

    pages, more = office_text.pages(str(put(data)), "pptx")

    assert (len(pages) < 3, more) == (True, True)


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"PK\x03\x04 not an archive", "docx"),
        (makers.docx(body="<w:document"), "docx"),
        (makers.docx(body='<!DOCTYPE a [<!ENTITY b "c">]><w:document>&b;</w:document>'), "docx"),
        (makers.archive({"content.xml": "<a"}), "odt"),
        (makers.odf(more={"styles.xml": '<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>'}), "odt"),
        (makers.docx().replace(b"word/document.xml", b"word/document.xmx", 1), "docx"),
    ],
)
def test_damaged_and_hostile_parts_are_refused(put, data, kind):
    with pytest.raises(Refused):
        office_text.pages(str(put(data)), kind)


def test_part_with_a_password_is_refused(put):
    data = bytearray(makers.docx())
    for mark, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = data.find(mark)
        while at >= 0:
            data[at + place] |= 1
            at = data.find(mark, at + 1)

    with pytest.raises(Refused) as refusal:
        office_text.pages(str(put(bytes(data))), "docx")
    assert refusal.value.reason == "encrypted"
