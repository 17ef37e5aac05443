"""Circulars in the administration: one screen for the act, its texts, addressees, actions and relations."""

from functools import wraps

from django.db.models import Q
from django.forms import CheckboxSelectMultiple
from django.shortcuts import get_object_or_404
from django.urls import path
from django.utils.translation import gettext_lazy as _
from django.views.generic import RedirectView
from wagtail.admin.panels import FieldPanel, FieldRowPanel, InlinePanel, MultiFieldPanel, ObjectList, TabbedInterface
from wagtail.admin.ui.tables import Column
from wagtail.admin.viewsets.base import ViewSet
from wagtail.permissions import policy_registry
from wagtail.snippets.models import register_snippet
from wagtail.snippets.views.chooser import (
    ChooseResultsView,
    ChooseView,
    SnippetChooserViewSet,
    SnippetChosenMultipleView,
    SnippetChosenView,
)
from wagtail.snippets.views.snippets import SnippetViewSet, SnippetViewSetGroup

from core.organisations.viewsets import DayColumn
from home.circulars import views_editor, views_import, views_texts
from home.circulars.forms_act import ActFilter, CircularForm
from home.circulars.forms_files import FilesPanel
from home.circulars.models import Circular, ExternalAct, Theme

AUDIENCE_HELP = _(
    "Everybody: the page is public. Civil servants: whoever holds a post. Addressees: only those named above, "
    "and your own service."
)
ACKNOWLEDGING_HELP = _("Asked of every person it is addressed to, once for each version that changes the meaning.")
EXPIRES_HELP = _("The last day on which it applies. Empty: without end.")
REVIEW_HELP = _("When the service in charge will look at it again. It changes nothing in its force.")
NOTE_HELP = _("A sentence for readers, for example: the time limit of paragraph 3 is now two working days.")
GO_LIVE_HELP = _("Once approved, it is published at this moment. Empty: as soon as it is approved.")
KIND_HELP = _("It stands in the permanent address of the act and in every list.")
TEXT = [
    FieldRowPanel(
        [
            FieldPanel("language", help_text=_("Each language once.")),
            FieldPanel("standing", help_text=_("Only the authentic text binds; translations say which they are.")),
        ]
    ),
    FieldPanel("title", help_text=_("What it is about, without its number and date.")),
    FieldPanel("summary"),
    FieldPanel(
        "body",
        help_text=_("One block for each paragraph; paragraphs of all languages in the same order share their numbers."),
    ),
]
ADDRESSEE = [
    FieldRowPanel(
        [
            FieldPanel("organisation"),
            FieldPanel("unit_kind", help_text=_("Only such units of the organisation. Empty: all of it.")),
        ]
    ),
    FieldRowPanel(
        [
            FieldPanel("post", help_text=_("One post, whoever holds it. Then leave the organisation empty.")),
            FieldPanel("purpose", help_text=_("Who must act, and who is only informed.")),
        ]
    ),
]
ACTION = [
    FieldPanel("text_ar", help_text=_("One thing to do, beginning with the verb.")),
    FieldPanel("text_fr", help_text=_("The same in French, if the circular has a French text.")),
    FieldRowPanel(
        [FieldPanel("due_on"), FieldPanel("url", help_text=_("Where it is done: the address of a form or service."))]
    ),
]
FILE = [
    FieldRowPanel(
        [
            FieldPanel("role", help_text=_("The signed scan and the digital original are the act itself.")),
            FieldPanel("language", help_text=_("Empty: the file belongs to all languages.")),
        ]
    ),
    FieldPanel("title", help_text=_("How readers see it, for example: annex 1, form of the weekly report.")),
    FieldPanel("file", help_text=_("PDF, picture, Word, Excel or OpenDocument, at most 20 MB.")),
]
ALIAS = [
    FieldRowPanel(
        [
            FieldPanel("kind", help_text=_("The kind under which it was known.")),
            FieldPanel("number"),
            FieldPanel("year"),
        ]
    )
]
RELATION = [
    FieldPanel("predicate", help_text=_("What this circular does to the other act.")),
    FieldRowPanel(
        [
            FieldPanel("circular", help_text=_("An act kept here.")),
            FieldPanel("external", help_text=_("Or a law, decree or other act of another body.")),
        ]
    ),
    FieldPanel("paragraphs"),
    FieldRowPanel(
        [
            FieldPanel("starts_on"),
            FieldPanel("ends_on", help_text=_("The last day, for suspensions and extensions. Empty: without end.")),
        ]
    ),
]


class ReadableMixin:
    """Of circulars to relate to, those one may read: published ones open to one, and all of one's administration."""

    def get_object_list(self):
        user = self.request.user
        own = policy_registry.get_by_type(Circular).instances_user_has_any_permission_for(user, ["change"])
        return Circular.objects.filter(Q(pk__in=own) | Q(pk__in=Circular.objects.visible_to(user).values("pk")))


class ChoosingMixin:
    """Acts to choose from, found by number or title."""

    filter_form_class = ActFilter

    @property
    def columns(self):
        number, *others = super().columns
        number.label = _("number")
        title = Column("subject", accessor="title", label=_("title"))
        return [number, title, DayColumn("signed_on", label=_("signed on")), *others]


class CircularChoosingMixin(ChoosingMixin, ReadableMixin):
    def get_object_list(self):
        return super().get_object_list().for_editors()


class ReadableChoose(CircularChoosingMixin, ChooseView):
    pass


class ReadableResults(CircularChoosingMixin, ChooseResultsView):
    pass


class ReadableChosen(ReadableMixin, SnippetChosenView):
    def get_object(self, pk):
        return self.get_object_list().get(pk=pk)


class ReadableSeveral(ReadableMixin, SnippetChosenMultipleView):
    def get_objects(self, pks):
        return self.get_object_list().filter(pk__in=pks)


class CircularChooser(SnippetChooserViewSet):
    choose_view_class = ReadableChoose
    choose_results_view_class = ReadableResults
    chosen_view_class = ReadableChosen
    chosen_multiple_view_class = ReadableSeveral


class ExternalChoose(ChoosingMixin, ChooseView):
    pass


class ExternalResults(ChoosingMixin, ChooseResultsView):
    pass


class ExternalActChooser(SnippetChooserViewSet):
    choose_view_class = ExternalChoose
    choose_results_view_class = ExternalResults


class StateColumn(Column):
    """How far a circular is on its way to its readers; of those `for_editors`."""

    def get_value(self, instance):
        if instance.is_withdrawn:
            return _("Withdrawn")
        if instance.is_waiting:
            return _("Waits for approval")
        if instance.is_scheduled:
            return _("Approved for a later moment")
        if not instance.live:
            return _("Draft")
        return _("Published, with a draft") if instance.has_unpublished_changes else _("Published")


class CircularViewSet(SnippetViewSet):
    model = Circular
    chooser_viewset_class = CircularChooser
    icon = "doc-full"
    menu_label = _("Circulars")
    list_display = [
        "full_name",
        Column("title", label=_("title")),
        "authority",
        DayColumn("signed_on", label=_("signed on"), sort_key="signed_on"),
        StateColumn("state", label=_("State")),
        Column("get_force_display", label=_("force")),
    ]
    search_backend_name = None
    search_fields = ["number", "number_key", "signatory", "title"]
    list_filter = ["kind", "authority", "force"]
    add_view_class = views_editor.CircularCreate
    edit_view_class = views_editor.CircularEdit
    copy_view_enabled = False  # a copy would take the number and the addresses of paragraphs with it

    def get_queryset(self, request):
        """Circulars of the administrations whose editor or publisher one is."""
        own = self.permission_policy.instances_user_has_any_permission_for(request.user, ["change"])
        return own.for_editors()

    def construct_view(self, view_class, **kwargs):
        """Each view of one circular is there for its own administration only; Wagtail asks no more than “of any”."""
        view = super().construct_view(view_class, **kwargs)

        @wraps(view)
        def of_own(request, *args, **values):
            if "pk" in values:
                get_object_or_404(self.get_queryset(request), pk=values["pk"])
            return view(request, *args, **values)

        return of_own

    @property
    def unpublish_view(self):
        return self.construct_view(RedirectView, pattern_name=self.get_url_name("withdraw"))

    def get_urlpatterns(self):
        return [
            *super().get_urlpatterns(),
            path("review/<int:pk>/", views_editor.review, name="review"),
            path("citations/<int:pk>/", views_editor.citations, name="citations"),
            path("withdraw/<int:pk>/", views_editor.withdraw, name="withdraw"),
        ]

    edit_handler = TabbedInterface(
        [
            ObjectList(
                [
                    FieldRowPanel(
                        [
                            FieldPanel("authority", help_text=_("One of those whose circulars you write or publish.")),
                            FieldPanel("kind", help_text=KIND_HELP),
                        ]
                    ),
                    FieldRowPanel(
                        [
                            FieldPanel("number"),
                            FieldPanel("signed_on", help_text=_("The date on the act.")),
                            FieldPanel("hijri_date"),
                        ]
                    ),
                    FieldRowPanel(
                        [
                            FieldPanel("signatory", help_text=_("The name as it stands below the signature.")),
                            FieldPanel("office", help_text=_("The office in whose name it was signed.")),
                        ]
                    ),
                    InlinePanel("texts", TEXT, heading=_("Texts"), label=_("Text"), min_num=1),
                    FilesPanel("files", FILE, heading=_("Signed scan, digital original, annexes"), label=_("File")),
                ],
                heading=_("Act and texts"),
            ),
            ObjectList(
                [
                    InlinePanel("addressees", ADDRESSEE, heading=_("Addressees"), label=_("Addressee")),
                    FieldPanel("audience", help_text=AUDIENCE_HELP),
                    FieldRowPanel(
                        [
                            FieldPanel("acknowledging", help_text=ACKNOWLEDGING_HELP),
                            FieldPanel("acknowledge_by", help_text=_("Needed where the acknowledgement is required.")),
                        ]
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
                        ]
                    ),
                    FieldPanel("review_on", help_text=REVIEW_HELP),
                    views_editor.CitationsPanel(heading=_("Citations found in the text")),
                    InlinePanel("relations", RELATION, heading=_("Relations to other acts"), label=_("Relation")),
                    FieldPanel(
                        "themes",
                        help_text=_("Readers follow themes and narrow the list by them."),
                        widget=CheckboxSelectMultiple,
                    ),
                    FieldPanel("keywords"),
                    InlinePanel("aliases", ALIAS, heading=_("Old numbers"), label=_("Old number")),
                ],
                heading=_("Force and relations"),
            ),
            ObjectList(
                [
                    MultiFieldPanel(
                        [FieldPanel("change"), FieldPanel("change_note", help_text=NOTE_HELP)], heading=_("This edit")
                    ),
                    FieldPanel("go_live_at", heading=_("To be published on"), help_text=GO_LIVE_HELP),
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
    chooser_viewset_class = ExternalActChooser
    icon = "link-external"
    menu_label = _("Acts of other bodies")
    list_display = ["__str__", "title", "signed_on"]


class ImportViewSet(ViewSet):
    """The legacy stocks of one's administrations."""

    name = "circular_imports"
    url_prefix = "circulars/imports"
    icon = "upload"
    menu_label = _("Import of a legacy stock")

    def get_urlpatterns(self):
        return [
            path("", views_import.imports, name="index"),
            path("texts/", views_texts.texts, name="texts"),
            path("texts/<int:pk>/", views_texts.text, name="text"),
            path("texts/<int:pk>/take/", views_texts.take, name="take_text"),
            path("texts/<int:pk>/page-<int:page>.png", views_texts.picture, name="picture"),
            path("<uuid:public_id>/", views_import.show, name="show"),
            path("<uuid:public_id>/archive/", views_import.archive, name="archive"),
            path("<uuid:public_id>/check/", views_import.check, name="check"),
            path("<uuid:public_id>/start/", views_import.start, name="start"),
            path("<uuid:public_id>/report.csv", views_import.report, {"kind": "csv"}, name="report_csv"),
            path("<uuid:public_id>/report.xlsx", views_import.report, {"kind": "xlsx"}, name="report_xlsx"),
        ]


class CircularsGroup(SnippetViewSetGroup):
    items = (CircularViewSet, ThemeViewSet, ExternalActViewSet, ImportViewSet)
    menu_icon = "doc-full"
    menu_label = _("Circulars")
    menu_name = "circulars"


register_snippet(CircularsGroup)
Circular.shown_by = views_editor.preview
