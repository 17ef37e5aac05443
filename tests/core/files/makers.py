"""Files of every kind as bytes, sound and hostile, made here so that nothing needs to be carried along."""

import functools
import io
import struct
import zipfile
import zlib

import pikepdf
from pikepdf import Array, Dictionary, Name, String
from PIL import Image

WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
EXCEL = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"
ODT = "application/vnd.oasis.opendocument.text"
ODS = "application/vnd.oasis.opendocument.spreadsheet"
HEIC = b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + b"\0" * 100
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 2000
EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$" + b"EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"


def pdf(change=None, *, pages=1, size=(595, 842), **save):
    """A PDF; `change(document)` may put something into it. The same bytes each time, unless it is encrypted."""
    document = pikepdf.new()
    for _number in range(pages):
        document.add_blank_page(page_size=size)
    if change:
        change(document)
    out = io.BytesIO()
    document.save(out, deterministic_id="encryption" not in save, **save)
    return out.getvalue()


def action(**entries):
    """A change that makes `entries` the document's open action."""

    def change(document):
        document.Root.OpenAction = document.make_indirect(Dictionary(**entries))

    return change


def javascript(document):
    action(S=Name.JavaScript, JS=String("app.alert(1)"))(document)


def launch(document):
    annotation = Dictionary(
        Type=Name.Annot, Subtype=Name.Link, Rect=[0, 0, 9, 9], A=Dictionary(S=Name.Launch, F=String("cmd.exe"))
    )
    document.pages[0].Annots = Array([document.make_indirect(annotation)])


def xfa(document):
    document.Root.AcroForm = Dictionary(Fields=Array([]), XFA=document.make_stream(b"<xdp/>"))


def richmedia(document):
    annotation = Dictionary(Type=Name.Annot, Subtype=Name.RichMedia, Rect=[0, 0, 9, 9])
    document.pages[0].Annots = Array([document.make_indirect(annotation)])


def form(document):
    submit = Dictionary(S=Name.SubmitForm, F=String("https://elsewhere.example/"))
    field = Dictionary(FT=Name.Btn, T=String("send"), A=submit)
    document.Root.AcroForm = Dictionary(Fields=Array([document.make_indirect(field)]))


def archive(parts, compression=zipfile.ZIP_DEFLATED):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", compression) as made:
        for name, content in parts.items():
            made.writestr(name, content)
    return out.getvalue()


def ooxml(main, main_type, body, more=None):
    return archive(
        {
            "[Content_Types].xml": f'<Types xmlns="t"><Default Extension="rels" ContentType="r"/>'
            f'<Override PartName="/{main}" ContentType="{main_type}"/></Types>',
            "_rels/.rels": '<Relationships xmlns="r">'
            f'<Relationship Id="1" Type="http://x/officeDocument" Target="{main}"/></Relationships>',
            main: body,
            **(more or {}),
        }
    )


W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'


def docx(body=None, *, more=None, main_type=WORD):
    body = body or (
        f"<w:document {W}><w:body><w:p><w:r><w:t>السيد الوزير</w:t><w:tab/><w:t>المحترم</w:t></w:r></w:p>"
        "<w:p><w:r><w:t>Monsieur</w:t><w:br/><w:t>le ministre</w:t></w:r></w:p></w:body></w:document>"
    )
    return ooxml("word/document.xml", main_type, body, more)


def xlsx(*, more=None, main_type=EXCEL):
    sheet = (
        '<worksheet><sheetData><row><c t="s"><v>0</v></c><c><v>12</v></c>'
        '<c t="inlineStr"><is><t>درهم</t></is></c></row>'
        '<row><c t="s"><v>99</v></c></row></sheetData></worksheet>'
    )
    parts = {
        "xl/_rels/workbook.xml.rels": relations(sharedStrings="sharedStrings.xml", worksheet="worksheets/sheet1.xml"),
        "xl/sharedStrings.xml": "<sst><si><t>Montant</t></si></sst>",
        "xl/worksheets/sheet1.xml": sheet,
        **(more or {}),
    }
    return ooxml("xl/workbook.xml", main_type, workbook(worksheet="Feuil1"), parts)


def workbook(**sheets):
    """The main part of a workbook: relation=title, or relation=(title, state)."""
    listed = "".join(
        f'<sheet name="{title}" r:id="{key}"/>'
        if isinstance(title, str)
        else f'<sheet name="{title[0]}" state="{title[1]}" r:id="{key}"/>'
        for key, title in sheets.items()
    )
    return f'<workbook xmlns:r="r"><sheets>{listed}</sheets></workbook>'


def relations(**targets):
    """A part of relations: kind=target; what follows a double underscore only tells two of one kind apart."""
    listed = "".join(
        f'<Relationship Id="{key}" Type="http://x/{key.partition("__")[0]}" Target="{target}"/>'
        for key, target in targets.items()
    )
    return f'<Relationships xmlns="r">{listed}</Relationships>'


def odf(media_type=ODT, *, more=None, body="<text:p>نص الرسالة</text:p>"):
    content = (
        '<office:document-content xmlns:office="o" xmlns:text="t" xmlns:table="b"><office:body>'
        f"{body}</office:body></office:document-content>"
    )
    manifest = f'<m:manifest xmlns:m="m"><m:file-entry m:full-path="/" m:media-type="{media_type}"/></m:manifest>'
    return archive({"mimetype": media_type, "content.xml": content, "META-INF/manifest.xml": manifest, **(more or {})})


def ods(**options):
    row = (
        "<table:table><table:table-row><table:table-cell><text:p>Montant</text:p></table:table-cell>"
        "<table:table-cell><text:p>12</text:p></table:table-cell></table:table-row></table:table>"
    )
    return odf(ODS, **{"body": row, **options})


def picture(kind="JPEG", size=(60, 40), mode="RGB", **save):
    out = io.BytesIO()
    Image.new(mode, size, save.pop("color", 128)).save(out, kind, **save)
    return out.getvalue()


def turned(size=(60, 40)):
    """A JPEG that a phone noted as turned by a quarter."""
    exif = Image.Exif()
    exif[0x0112] = 6
    return picture(size=size, exif=exif)


def png_saying(width, height, data=b""):
    """A PNG whose header promises so many pixels."""

    def chunk(kind, content):
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    header = struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", data) + chunk(b"IEND", b"")


def deflated_zeros(size):
    packer = zlib.compressobj(9)
    return b"".join(packer.compress(b"\0" * 10_000_000) for _part in range(size // 10_000_000)) + packer.flush()


@functools.cache
def pdf_bomb():
    """600 kB that unpack to 600 MB as soon as the table of objects is read."""
    stream = deflated_zeros(600_000_000)
    body = (
        b"%PDF-1.5\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
        b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 10 10]>>endobj\n"
    )
    table = b"4 0 obj<</Type/XRef/Size 150000000/W[1 2 1]/Root 1 0 R/Filter/FlateDecode/Length %d>>stream\n" % len(
        stream
    )
    return body + table + stream + b"\nendstream\nendobj\nstartxref\n%d\n%%%%EOF" % len(body)


def costly_page():
    """4 kB that would take gigabytes and minutes to draw: forms that draw forms that draw forms."""
    document = pikepdf.new()
    document.add_blank_page(page_size=(14400, 14400))
    inner = document.make_stream(
        b"0 0 14400 14400 re f\n" * 200, Type=Name.XObject, Subtype=Name.Form, BBox=[0, 0, 14400, 14400]
    )
    for _level in range(9):
        group = Dictionary(S=Name.Transparency, I=True)
        inner = document.make_stream(
            b"/F Do\n" * 12,
            Type=Name.XObject,
            Subtype=Name.Form,
            BBox=[0, 0, 14400, 14400],
            Group=group,
            Resources=Dictionary(XObject=Dictionary(F=inner)),
        )
    page = document.pages[0]
    page.Resources = Dictionary(XObject=Dictionary(F=inner))
    page.Contents = document.make_stream(b"/F Do\n")
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


# --- what a text is made of -------------------------------------------------------------------------------------------

ARABIC = "تحدد بموجب هذا المنشور كيفيات تبسيط المساطر والإجراءات الإدارية وتسلم الملفات من طرف الإدارة"
POWERPOINT = "application/vnd.openxmlformats-officedocument.presentationml.presentation.main+xml"


def written_pdf(*pages, css="body { font-size: 16pt; line-height: 2; font-family: 'Noto Naskh Arabic', serif }"):
    """A PDF whose text layer says `pages`, one HTML fragment each, as a word processor would make it."""
    from weasyprint import CSS, HTML
    from weasyprint.text.fonts import FontConfiguration

    fonts = FontConfiguration()  # without one the fonts that `css` brings along are left aside
    body = "".join(f'<div dir="auto">{page}</div>' for page in pages)
    style = CSS(string=f"body > div {{ break-after: page }} {css}", font_config=fonts)
    return HTML(string=f"<body>{body}</body>").write_pdf(stylesheets=[style], font_config=fonts)


def scanned(*pages):
    """The same pages as pictures only."""
    import pypdfium2

    out = pikepdf.new()
    for page in pypdfium2.PdfDocument(written_pdf(*pages)):
        shot = page.render(scale=2).to_pil().convert("L")
        sheet = io.BytesIO()
        shot.save(sheet, "PDF", resolution=144)
        with pikepdf.open(sheet) as made:
            out.pages.extend(made.pages)
    saved = io.BytesIO()
    out.save(saved)
    return saved.getvalue()


def pptx(slides, notes=None):
    """Slides, each a list of paragraphs; `notes` of the speaker by the place of the slide."""
    drawn = 'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" xmlns:p="p" xmlns:r="r"'

    def tree(lines):
        shown = "".join(f"<a:p><a:r><a:t>{line}</a:t></a:r></a:p>" for line in lines)
        return f"<p:sld {drawn}><p:cSld><p:spTree><p:sp><p:txBody>{shown}</p:txBody></p:sp></p:spTree></p:cSld></p:sld>"

    parts = {f"ppt/slides/slide{place}.xml": tree(lines) for place, lines in enumerate(slides, 1)}
    parts["ppt/_rels/presentation.xml.rels"] = relations(
        **{f"slide__{place}": f"slides/slide{place}.xml" for place in range(1, len(slides) + 1)}
    )
    for place, line in (notes or {}).items():
        parts[f"ppt/slides/_rels/slide{place}.xml.rels"] = relations(notesSlide=f"../notesSlides/note{place}.xml")
        parts[f"ppt/notesSlides/note{place}.xml"] = tree([line])
    order = "".join(f'<p:sldId r:id="slide__{place}"/>' for place in range(1, len(slides) + 1))
    main = f"<p:presentation {drawn}><p:sldIdLst>{order}</p:sldIdLst></p:presentation>"
    return ooxml("ppt/presentation.xml", POWERPOINT, main, parts)
