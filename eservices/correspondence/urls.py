from django.urls import path, register_converter

from eservices.correspondence import views, views_tracking
from eservices.correspondence.enums import Event, OutgoingEvent


class NumberConverter:
    """A registry number in an address; whatever else is typed there is no page."""

    regex = "[A-Z0-9]{2,6}-[ADI]-[0-9]{4}-[0-9]{6,9}-[A-Z0-9]"

    def to_python(self, value):
        return value

    to_url = to_python


class ActConverter(NumberConverter):
    regex = "|".join([*Event.values, *OutgoingEvent.values])


register_converter(NumberConverter, "number")
register_converter(ActConverter, "act")

app_name = "correspondence"
urlpatterns = [
    path("desk/", views.inbox, name="desk"),
    path("desk/letters.csv", views.export_list, {"kind": "csv"}, name="export_csv"),
    path("desk/letters.xlsx", views.export_list, {"kind": "xlsx"}, name="export_xlsx"),
    path("desk/assign/", views.bulk_assign, name="bulk_assign"),
    path("desk/calls/", views.calls, name="calls"),
    path("desk/counter/<slug:code>/", views.register_paper, name="register_paper"),
    path("desk/counter/<slug:code>/senders/", views.senders, name="senders"),
    path("desk/<number:number>/", views.item, name="item"),
    path("desk/<number:number>/registered/", views.registered, name="registered"),
    path("desk/<number:number>/code/", views.code, name="code"),
    path("desk/<number:number>/<act:event>/", views.act, name="act"),
    path("track/", views_tracking.track, name="track"),
    path("track/link/<str:token>/", views_tracking.track_link, name="track_link"),
    path("track/<number:number>/", views_tracking.story, name="story"),
    path("track/<number:number>/documents/", views_tracking.supply, name="supply"),
    path("track/<number:number>/withdraw/", views_tracking.withdraw, name="withdraw"),
    path("track/<number:number>/<number:reply>/", views_tracking.answer, name="answer"),
]
