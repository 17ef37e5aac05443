"""What of circulars stands on the staff home: what waits for a publisher, and the way to the desk of circulars."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from core.organisations.enums import Role
from home.circulars import panels
from tests.factories.circulars import written
from tests.factories.organisations import post_for
from tests.factories.users import UserFactory

pytestmark = pytest.mark.django_db
DESK = "/cms/snippets/circulars/circular/"


def submitted(organisation, by, **values):
    circular = written(organisation, **values)
    circular.save_revision(user=by)
    circular.get_workflow().start(circular, by)
    return circular


def home_of(user, client_of):
    return client_of(user).get(reverse("home:staff"))


def to_decide(answer):
    return [row.number for panel in answer.context["lists"] for row in panel.rows if "/review/" in row.url]


def test_publisher_sees_what_waits_and_not_their_own(client_of, organisation, ilham, tarik, foreign_publisher):
    circular = submitted(organisation, ilham)
    submitted(organisation, tarik, number="13/2026")
    written(organisation, number="14/2026").save_revision(user=ilham)
    answer = home_of(tarik, client_of)
    assert to_decide(answer) == ["12/2026"]
    assert f"{DESK}review/{circular.pk}/" in answer.text
    for other in (ilham, foreign_publisher):
        assert to_decide(home_of(other, client_of)) == []


def test_panel_asks_as_often_for_one_as_for_three(rf, organisation, ilham, tarik):
    request, asked = rf.get("/"), []
    request.user = tarik
    for numbers in (("1/2026",), ("2/2026", "3/2026")):
        for number in numbers:
            submitted(organisation, ilham, number=number)
        panels.to_decide(request)
        with CaptureQueriesContext(connection) as queries:
            found = panels.to_decide(request)
        asked.append(len(queries))
    assert (len(found.rows), asked[0]) == (3, asked[1])


def test_editors_and_publishers_find_their_desk(client_of, organisation, office, ilham, youssef):
    publisher = UserFactory()
    post_for(publisher, office, Role.CIRCULAR_PUBLISHER)
    for user, finds in ((ilham, True), (publisher, True), (youssef, False)):
        assert (f'href="{DESK}"' in home_of(user, client_of).text) == finds
