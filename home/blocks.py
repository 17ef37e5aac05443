"""The blocks pages are composed of. Texts are the editors'; how they look stands in templates/home/blocks/."""

from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext_lazy as _
from wagtail import blocks

from home.enums import Service, Tone

ICONS = [
    ("envelope-paper", _("Letter")),
    ("clock", _("Clock")),
    ("shield-check", _("Shield")),
    ("inbox", _("Inbox")),
    ("journal-text", _("Text")),
    ("calendar-event", _("Calendar")),
    ("people", _("People")),
    ("building", _("Building")),
    ("search", _("Magnifier")),
    ("question-circle", _("Question")),
    ("person-circle", _("Person")),
]
TEXT_FEATURES = ["h2", "h3", "bold", "ol", "ul", "link", "document-link", "hr"]
LINE_FEATURES = ["bold", "link"]


class LinkValue(blocks.StructValue):
    @property
    def url(self):
        """Where the link leads; empty when its page is not published or the route does not exist here."""
        page = self.get("page")
        if page is not None:
            return page.url if page.live else ""
        if route := self.get("service"):
            try:
                return reverse(route, args=[""]) if route == Service.FRONT else reverse(route)
            except NoReverseMatch:
                return ""
        return self.get("address") or ""

    @property
    def title(self):
        if self.get("label"):
            return self["label"]
        return self["page"].title if self.get("page") else ""


class LinkBlock(blocks.StructBlock):
    """A link to a page, to a service of the platform, or elsewhere."""

    label = blocks.CharBlock(label=_("Text of the link"), required=False, max_length=80)
    page = blocks.PageChooserBlock(label=_("Page"), required=False)
    service = blocks.ChoiceBlock(label=_("Service"), choices=Service.choices, required=False, search_index=False)
    address = blocks.URLBlock(label=_("Another address"), required=False)

    class Meta:
        label = _("Link")
        icon = "link"
        value_class = LinkValue


class HeroBlock(blocks.StructBlock):
    title = blocks.CharBlock(label=_("Title"), max_length=120)
    lead = blocks.TextBlock(label=_("Introduction"), required=False)
    button = LinkBlock(label=_("Button"))
    more = LinkBlock(label=_("Second link"), required=False)
    has_sample = blocks.BooleanBlock(label=_("Show a sample receipt"), required=False, default=True)

    class Meta:
        label = _("Opening")
        icon = "home"
        template = "home/blocks/hero.html"


class CardBlock(blocks.StructBlock):
    icon = blocks.ChoiceBlock(label=_("Icon"), choices=ICONS, default="envelope-paper", search_index=False)
    title = blocks.CharBlock(label=_("Title"), max_length=80)
    text = blocks.TextBlock(label=_("Text"), required=False)
    link = LinkBlock(label=_("Link"))

    class Meta:
        label = _("Card")
        icon = "form"


class CardsValue(blocks.StructValue):
    @property
    def open_cards(self):
        """The cards that lead somewhere in this installation."""
        return [card for card in self["cards"] if card["link"].url]


class CardsBlock(blocks.StructBlock):
    title = blocks.CharBlock(label=_("Title"), max_length=120)
    cards = blocks.ListBlock(CardBlock(), label=_("Cards"))

    class Meta:
        label = _("Service cards")
        icon = "grip"
        value_class = CardsValue
        template = "home/blocks/cards.html"


class StageBlock(blocks.StructBlock):
    title = blocks.CharBlock(label=_("Title"), max_length=80)
    text = blocks.TextBlock(label=_("Text"), required=False)

    class Meta:
        label = _("Stage")


class StagesBlock(blocks.StructBlock):
    title = blocks.CharBlock(label=_("Title"), max_length=120)
    stages = blocks.ListBlock(StageBlock(), label=_("Stages"))

    class Meta:
        label = _("How it goes")
        icon = "list-ol"
        template = "home/blocks/stages.html"


class NewsListBlock(blocks.StructBlock):
    title = blocks.CharBlock(label=_("Title"), max_length=120)
    number = blocks.IntegerBlock(label=_("How many"), default=3, min_value=1, max_value=10)

    class Meta:
        label = _("Latest news")
        icon = "doc-full"
        template = "home/blocks/news.html"


class NoticeBlock(blocks.StructBlock):
    tone = blocks.ChoiceBlock(label=_("Meaning"), choices=Tone.choices, default=Tone.INFO, search_index=False)
    text = blocks.RichTextBlock(label=_("Text"), features=LINE_FEATURES)

    class Meta:
        label = _("Notice")
        icon = "info-circle"
        template = "home/blocks/notice.html"


class ContactBlock(blocks.StructBlock):
    title = blocks.CharBlock(label=_("Title"), max_length=120)
    text = blocks.RichTextBlock(label=_("Text"), features=LINE_FEATURES)

    class Meta:
        label = _("Contact")
        icon = "mail"
        template = "home/blocks/contact.html"


class QuestionBlock(blocks.StructBlock):
    question = blocks.CharBlock(label=_("Question"), max_length=200)
    answer = blocks.RichTextBlock(label=_("Answer"), features=TEXT_FEATURES)

    class Meta:
        label = _("Question")


class QuestionsBlock(blocks.StructBlock):
    title = blocks.CharBlock(label=_("Title"), max_length=120, required=False)
    questions = blocks.ListBlock(QuestionBlock(), label=_("Questions"))

    class Meta:
        label = _("Questions and answers")
        icon = "help"
        template = "home/blocks/questions.html"


class TextBlock(blocks.RichTextBlock):
    def __init__(self, **kwargs):
        super().__init__(features=TEXT_FEATURES, **kwargs)

    class Meta:
        label = _("Text")
        icon = "pilcrow"
        template = "home/blocks/text.html"


class SideBySideBlock(blocks.StructBlock):
    """Two things next to each other on a wide screen, the first one wider."""

    first = blocks.StreamBlock(
        [("stages", StagesBlock()), ("news", NewsListBlock()), ("text", TextBlock()), ("contact", ContactBlock())],
        label=_("Wide column"),
    )
    second = blocks.StreamBlock(
        [("stages", StagesBlock()), ("news", NewsListBlock()), ("text", TextBlock()), ("contact", ContactBlock())],
        label=_("Narrow column"),
    )

    class Meta:
        label = _("Two columns")
        icon = "table"
        template = "home/blocks/columns.html"


FRONT_BLOCKS = [
    ("hero", HeroBlock()),
    ("notice", NoticeBlock()),
    ("cards", CardsBlock()),
    ("columns", SideBySideBlock()),
    ("stages", StagesBlock()),
    ("news", NewsListBlock()),
    ("text", TextBlock()),
    ("contact", ContactBlock()),
]
STAFF_BLOCKS = [("notice", NoticeBlock()), ("news", NewsListBlock()), ("cards", CardsBlock()), ("text", TextBlock())]
PAGE_BLOCKS = [
    ("text", TextBlock()),
    ("notice", NoticeBlock()),
    ("stages", StagesBlock()),
    ("questions", QuestionsBlock()),
    ("contact", ContactBlock()),
]
LINKS = [("link", LinkBlock())]
