"""Circulars in the administration: one screen for the act, its texts, addressees, actions and relations."""

from django.utils.translation import gettext_lazy as _
from wagtail.admin.panels import FieldPanel, FieldRowPanel, InlinePanel, MultiFieldPanel, ObjectList, TabbedInterface
from wagtail.snippets.models import register_snippet
from wagtail.snippets.views.snippets import SnippetViewSet, SnippetViewSetGroup

from home.circulars.forms import CircularForm
from home.circulars.models import Circular, ExternalAct, Theme

AUDIENCE_HELP = _(
    "Everybody: the page is public. Civil servants: whoever holds a post. Addressees: only those named above, "
    "and your own service."
)
ACKNOWLEDGING_HELP = _("Asked of every person it is addressed to, once for each version that changes the meaning.")
EXPIRES_HELP = _("The last day on which it applies. Empty: without end.")
REVIEW_HELP = _("When the service in charge will look at it again. It changes nothing in its force.")
NOTE_HELP = _("A sentence for readers, for example: the time limit of paragraph 3 is now two working days.")
TEXT = [
    FieldRowPanel(
        [
            FieldPanel("language"),
            FieldPanel("standing", help_text=_("Only the authentic text binds; translations say which they are.")),
        ]
    ),
    FieldPanel("title"),
    FieldPanel("summary"),
    FieldPanel("body"),
]
ADDRESSEE = [
    FieldRowPanel([FieldPanel("organisation"), FieldPanel("unit_kind")]),
    FieldRowPanel([FieldPanel("post"), FieldPanel("purpose")]),
]
ACTION = [FieldPanel("text_ar"), FieldPanel("text_fr"), FieldRowPanel([FieldPanel("due_on"), FieldPanel("url")])]
RELATION = [
    FieldPanel("predicate"),
    FieldRowPanel([FieldPanel("circular"), FieldPanel("external")]),
    FieldPanel("paragraphs"),
    FieldRowPanel([FieldPanel("starts_on"), FieldPanel("ends_on")]),
]


class CircularViewSet(SnippetViewSet):
    model = Circular
    icon = "doc-full"
    menu_label = _("Circulars")
    list_display = ["__str__", "authority", "signed_on", "get_force_display"]
    list_filter = ["kind", "authority", "force"]

    def get_queryset(self, request):
        """Circulars of the administrations whose editor or publisher one is."""
        return self.permission_policy.instances_user_has_any_permission_for(request.user, ["change"])

    edit_handler = TabbedInterface(
        [
            ObjectList(
                [
                    FieldRowPanel([FieldPanel("authority"), FieldPanel("kind")]),
                    FieldRowPanel([FieldPanel("number"), FieldPanel("signed_on"), FieldPanel("hijri_date")]),
                    FieldRowPanel(
                        [
                            FieldPanel("signatory", help_text=_("The name as it stands below the signature.")),
                            FieldPanel("office"),
                        ]
                    ),
                    InlinePanel("texts", TEXT, heading=_("Texts"), label=_("Text"), min_num=1),
                ],
                heading=_("Act and texts"),
            ),
            ObjectList(
                [
                    InlinePanel("addressees", ADDRESSEE, heading=_("Addressees"), label=_("Addressee")),
                    FieldPanel("audience", help_text=AUDIENCE_HELP),
                    FieldRowPanel(
                        [FieldPanel("acknowledging", help_text=ACKNOWLEDGING_HELP), FieldPanel("acknowledge_by")]
                    ),
                    InlinePanel("actions", ACTION, heading=_("What to do and by when"), label=_("Action")),
                    FieldPanel("contact"),
                ],
                heading=_("Addressees and actions"),
            ),
            ObjectList(
                [
                    FieldRowPanel(
                        [
                            FieldPanel("in_force_on"),
                            FieldPanel("expires_on", help_text=EXPIRES_HELP),
                            FieldPanel("review_on", help_text=REVIEW_HELP),
                        ]
                    ),
                    InlinePanel("relations", RELATION, heading=_("Relations to other acts"), label=_("Relation")),
                    FieldPanel("themes"),
                ],
                heading=_("Force and relations"),
            ),
            ObjectList(
                [
                    MultiFieldPanel(
                        [FieldPanel("change"), FieldPanel("change_note", help_text=NOTE_HELP)], heading=_("This edit")
                    )
                ],
                heading=_("Publication"),
            ),
        ],
        base_form_class=CircularForm,
    )


class ThemeViewSet(SnippetViewSet):
    model = Theme
    icon = "tag"
    menu_label = _("Themes")


class ExternalActViewSet(SnippetViewSet):
    model = ExternalAct
    icon = "link-external"
    menu_label = _("Acts of other bodies")
    list_display = ["__str__", "title", "signed_on"]


class CircularsGroup(SnippetViewSetGroup):
    items = (CircularViewSet, ThemeViewSet, ExternalActViewSet)
    menu_icon = "doc-full"
    menu_label = _("Circulars")
    menu_name = "circulars"


register_snippet(CircularsGroup)
