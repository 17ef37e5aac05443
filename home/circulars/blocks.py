"""What the text of a circular is made of: paragraphs that can be named, headings between them, tables."""

from django.utils.translation import gettext_lazy as _
from wagtail import blocks
from wagtail.contrib.typed_table_block.blocks import TypedTableBlock

PARAGRAPH, HEADING, TABLE = "paragraph", "heading", "table"


def text_blocks():
    return [
        (
            PARAGRAPH,
            blocks.RichTextBlock(
                label=_("Paragraph"),
                features=["bold", "italic", "ol", "ul", "link"],
                help_text=_("It gets its number and its address when the circular is published for the first time."),
            ),
        ),
        (HEADING, blocks.CharBlock(label=_("Heading"), max_length=200, icon="title")),
        (
            TABLE,
            TypedTableBlock([("text", blocks.CharBlock(label=_("Text"), required=False))], label=_("Table")),
        ),
    ]
