"""Permanent addresses lie under no language, the list does; both belong to the one name space `circulars`."""

from django.urls import URLResolver, path, register_converter
from django.urls.resolvers import LocalePrefixPattern, RoutePattern

from home.circulars import (
    views,
    views_data,
    views_feeds,
    views_files,
    views_following,
    views_reach,
    views_reading,
    views_xml,
)
from home.circulars.enums import ELI_CODES, Kind, Language

REACH = "circulars/<slug:authority>/<circular_kind:kind>/<int:year>/<str:number>/reach"
ACT = "eli/ma/<slug:authority>/<circular_kind:kind>/<int:year>/<str:number>"


class KindConverter:
    regex = "|".join(Kind.values)

    def to_python(self, value):
        return value

    def to_url(self, value):
        return str(value)


class DayConverter(KindConverter):
    """A day, with the place of the version in it where it is not the first."""

    regex = r"\d{4}-\d{2}-\d{2}(?:\.\d+)?"


class TextConverter(KindConverter):
    regex = "|".join(ELI_CODES.values())


class LanguageConverter(KindConverter):
    regex = "|".join(Language.values)


class DataConverter(KindConverter):
    regex = "csv|json|jsonld"


class TableConverter(KindConverter):
    regex = "csv|xlsx"


register_converter(LanguageConverter, "circular_language")
register_converter(TableConverter, "reach_format")
register_converter(KindConverter, "circular_kind")
register_converter(DayConverter, "version_day")
register_converter(TextConverter, "text_language")

permanent = [
    path(f"{ACT}.jsonld", views.linked_data, name="linked_data"),
    path(f"{ACT}.xml", views_xml.best, name="akoma_ntoso_best"),
    path(f"{ACT}/<text_language:language>.xml", views_xml.document, name="akoma_ntoso"),
    path(f"{ACT}/<version_day:day>/<text_language:language>.xml", views_xml.document, name="version_akoma_ntoso"),
    path(f"{ACT}/acknowledge", views.acknowledge, name="acknowledge"),
    path(f"{ACT}/compare", views_reading.compare, name="compare"),
    path(
        f"{ACT}/compare/<version_day:before>/<version_day:after>/<text_language:language>",
        views_reading.comparison,
        name="comparison",
    ),
    path(f"{ACT}/<text_language:language>/offline", views_files.offline, name="offline"),
    path(f"{ACT}/<text_language:language>/on", views_reading.on_day, name="on_day"),
    path(f"{ACT}/<text_language:first>-<text_language:second>", views_reading.beside, name="beside"),
    path(f"{ACT}/<text_language:language>.ics", views_reading.calendar, name="calendar"),
    path(f"{ACT}/<text_language:language>/<int:place>.ics", views_reading.calendar, name="calendar_of_action"),
    path(f"{ACT}/actions/<int:place>/done", views_reading.do, name="do"),
    path(f"{ACT}/actions/<int:place>/undone", views_reading.undo, name="undo"),
    path(f"{ACT}/<text_language:language>", views.text, name="text"),
    path(f"{ACT}/<version_day:day>", views.version, name="version"),
    path(f"{ACT}/<version_day:day>/<text_language:language>", views.version_text, name="version_text"),
    path(f"{ACT}/<text_language:language>.pdf", views_files.pdf, name="pdf"),
    path(f"{ACT}/<version_day:day>/<text_language:language>.pdf", views_files.pdf, name="version_pdf"),
    path(f"{ACT}/<version_day:day>/files/<int:place>", views_files.file, name="file"),
    path(f"{ACT}.html", views.html, name="page_html"),
    path(f"{ACT}/<text_language:language>.html", views.html, name="text_html"),
    path(f"{ACT}/<version_day:day>.html", views.html, name="version_html"),
    path(f"{ACT}/<version_day:day>/<text_language:language>.html", views.html, name="version_text_html"),
    path(f"{ACT}.pdf", views_files.best_pdf, name="best_pdf"),
    path(f"{ACT}/<version_day:day>.pdf", views_files.best_pdf, name="best_version_pdf"),
    path(ACT, views.page, name="page"),
]
FEEDS = "feeds/circulars"
feeds = [
    path(f"{FEEDS}.<circular_language:language>.atom", views_feeds.circulars, name="feed"),
    path(f"{FEEDS}/changes.<circular_language:language>.atom", views_feeds.changes, name="feed_changes"),
    path(
        f"{FEEDS}/authority/<slug:slug>.<circular_language:language>.atom",
        views_feeds.of_authority,
        name="feed_authority",
    ),
    path(f"{FEEDS}/theme/<slug:slug>.<circular_language:language>.atom", views_feeds.of_theme, name="feed_theme"),
    path(
        f"{FEEDS}/addressee/<slug:slug>.<circular_language:language>.atom",
        views_feeds.to_organisation,
        name="feed_addressee",
    ),
]
register_converter(DataConverter, "data_form")
data = [path("data/circulars.<data_form:form>", views_data.data, name="data")]
translated = [
    path("circulars/", views.circulars, name="list"),
    path("circulars/to-do/", views_reading.todo, name="todo"),
    path("circulars/to-do.ics", views_reading.todo_calendar, name="todo_calendar"),
    path(f"{REACH}/", views_reach.reach, name="reach"),
    path(f"{REACH}.<reach_format:kind_of_table>", views_reach.table, name="reach_table"),
    path(f"{REACH}/remind/", views_reach.remind, name="remind"),
    path(f"{REACH}/proofs/", views_reach.prove, name="prove_reach"),
    path(f"{REACH}/proofs/<int:place>.pdf", views_reach.proof, name="reach_proof"),
    path("circulars/files/<uuid:public_id>/", views_files.draft_file, name="draft_file"),
    path("circulars/following/", views_following.following, name="following"),
    path("circulars/following/add/", views_following.follow, name="follow"),
    path("circulars/following/stop/", views_following.unfollow, name="unfollow"),
    path("circulars/following/pace/", views_following.pace, name="pace"),
]
routes = URLResolver(
    RoutePattern(""),
    [*permanent, *feeds, *data, URLResolver(LocalePrefixPattern(), translated)],
    app_name="circulars",
    namespace="circulars",
)
