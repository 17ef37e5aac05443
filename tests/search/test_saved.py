"""Searches people keep: their own, told of once, and only of what they may read then."""

from datetime import timedelta

import pytest
from django.core import mail
from django.utils import timezone

from core.exceptions import BusinessError, NotAllowed
from core.notifications.models import Notification
from core.notifications.tasks import lines_on_site
from core.outbox.operations import run_pending
from core.users.enums import NoticePreference
from home.circulars.enums import Audience
from home.circulars.models import Circular
from search import operations_saved as operations
from search import tasks_saved as tasks
from search.models import EmptySearch, SavedSearch
from tests.factories import circulars
from tests.factories.users import UserFactory

pytestmark = [pytest.mark.django_db, pytest.mark.both]

QUERY = "q=%D8%A7%D9%84%D9%81%D9%82%D8%B1%D8%A9"


def keep(person, *, name="الفقرات", query=QUERY, known=()):
    return operations.save_search(by=person, name=name, query=query, known=list(known))


def an_hour_later():
    SavedSearch.objects.update(checked_at=timezone.now() - timedelta(hours=2))


def news(person):
    return [
        (row.data["name"], row.data["count"])
        for row in Notification.objects.filter(recipient=person, event="search.found").order_by("pk")
    ]


# --- keeping -------------------------------------------------------------------------------------------------------


def test_same_choices_are_kept_once_under_the_new_name(said):
    first = keep(said)
    operations.remove_search(first, by=said)
    again = keep(said, name="أخرى")

    assert SavedSearch.objects.get() == first == again
    assert (again.name, again.removed_at) == ("أخرى", None)


def test_keeping_is_refused(said, monkeypatch):
    with pytest.raises(NotAllowed):
        keep(UserFactory())
    with pytest.raises(BusinessError) as refused:
        keep(said, query="q=" + "x" * 1000)
    assert refused.value.code == "too_long"
    monkeypatch.setattr(operations, "MOST", 1)
    keep(said)
    keep(said)
    with pytest.raises(BusinessError) as refused:
        keep(said, query="q=other")
    assert refused.value.code == "too_many_saved"


def test_nobody_changes_a_search_of_somebody_else(said, youssef):
    saved = keep(said)

    for change in (
        lambda: operations.rename_search(saved, by=youssef, name="x"),
        lambda: operations.set_pace(saved, by=youssef, pace=""),
        lambda: operations.remove_search(saved, by=youssef),
        lambda: operations.restore_search(saved, by=youssef),
        lambda: operations.look_at(saved, by=youssef),
    ):
        with pytest.raises(NotAllowed):
            change()


# --- news ----------------------------------------------------------------------------------------------------------


def test_owner_is_told_once_of_what_is_new_to_them(said, organisation, index):
    old = circulars.published(organisation, number="1/2026")
    keep(said, known=[f"circular:{old.pk}"])
    circulars.published(organisation, number="2/2026")
    index()

    tasks.check_saved()
    assert news(said) == []  # an hour has not passed
    for _time in range(2):
        an_hour_later()
        tasks.check_saved()

    assert news(said) == [("الفقرات", 1)]
    assert SavedSearch.objects.get().fresh == 1


def test_owner_is_told_of_what_they_may_read_then(said, karim, organisation, index):
    hidden = circulars.published(
        organisation, audience=Audience.ADDRESSEES, addressees=[{"post": said.tenures.get().post}]
    )
    keep(said), keep(karim)
    index()

    an_hour_later()
    tasks.check_saved()
    assert (news(said), news(karim)) == ([("الفقرات", 1)], [])

    Circular.objects.filter(pk=hidden.pk).update(audience=Audience.STAFF)
    index()
    an_hour_later()
    tasks.check_saved()
    assert (news(said), news(karim)) == ([("الفقرات", 1)], [("الفقرات", 1)])


def test_removed_search_brings_no_news(said, organisation, index):
    saved = keep(said)
    circulars.published(organisation)
    index()
    operations.remove_search(saved, by=said)

    an_hour_later()
    tasks.check_saved()

    assert news(said) == []


def test_news_come_at_the_pace_of_the_search(said, organisation, index):
    saved = keep(said)
    operations.set_pace(saved, by=said, pace=NoticePreference.AT_ONCE)
    circulars.published(organisation)
    index()
    an_hour_later()
    tasks.check_saved()
    run_pending()

    (letter,) = [each for each in mail.outbox if each.to == [said.email]]
    assert "الفقرات" in letter.subject
    assert f"/search/saved/{saved.pk}/" in letter.body


def test_news_of_what_is_no_longer_open_are_not_worded(said, organisation, index):
    circular = circulars.published(organisation)
    keep(said)
    index()
    an_hour_later()
    tasks.check_saved()
    notices = list(Notification.objects.filter(recipient=said))
    assert "الفقرات" in lines_on_site(notices, said, "ar")[0]["text"]

    Circular.objects.filter(pk=circular.pk).update(audience=Audience.ADDRESSEES)

    (line,) = lines_on_site(notices, said, "ar")
    assert "الفقرات" not in line["text"]
    assert line["url"] == ""


def test_what_is_long_removed_or_long_past_is_swept(said):
    saved, other = keep(said), keep(said, query="q=x")
    operations.remove_search(saved, by=said)
    operations.remove_search(other, by=said)
    SavedSearch.objects.filter(pk=saved.pk).update(removed_at=timezone.now() - timedelta(days=8))
    operations.note_empty(["زرافه"])
    EmptySearch.objects.create(words="قديم", day=timezone.localdate() - timedelta(days=200))

    tasks.sweep()

    assert list(SavedSearch.objects.all()) == [other]
    assert [row.words for row in EmptySearch.objects.all()] == ["زرافه"]


def test_words_without_result_are_counted_up_to_so_many_a_day(monkeypatch):
    monkeypatch.setattr(operations, "MOST_EMPTY", 2)
    for words in ["زرافه"], ["فيل"], ["زرافه"], ["نمر"], []:
        operations.note_empty(words)

    assert dict(EmptySearch.objects.values_list("words", "count")) == {"زرافه": 2, "فيل": 1}


# --- pages ---------------------------------------------------------------------------------------------------------


def test_search_is_kept_from_the_page_and_opened_again(client_of, said, organisation, index):
    circular = circulars.published(organisation)
    index()
    client = client_of(said)
    page = client.get("/ar/search/?q=الفقرة&year=2026&sort=oldest&page=1").content.decode()
    assert 'name="query" value="q=%D8%A7%D9%84%D9%81%D9%82%D8%B1%D8%A9&amp;year=2026"' in page

    answer = client.post("/ar/search/saved/save/", {"query": f"{QUERY}&year=2026", "name": " الفقرات "})

    saved = SavedSearch.objects.get()
    assert (answer.status_code, answer.headers["Location"]) == (303, "/ar/search/saved/")
    assert (saved.owner, saved.name, saved.query) == (said, "الفقرات", f"{QUERY}&year=2026")
    assert saved.known == [f"circular:{circular.pk}"]
    SavedSearch.objects.update(fresh=3)
    assert "3" in client.get("/ar/search/saved/").content.decode()
    opened = client.get(saved.get_absolute_url(), follow=True)
    assert [row.number for row in opened.context["rows"]] == ["12/2026"]
    assert SavedSearch.objects.get().fresh == 0


@pytest.mark.parametrize(("name", "query"), [("", QUERY), ("x" * 101, QUERY), ("x", "")])
def test_search_without_name_or_words_is_not_kept(client_of, said, name, query):
    answer = client_of(said).post("/ar/search/saved/save/", {"query": query, "name": name}, follow=True)

    assert not SavedSearch.objects.exists()
    assert "notice-danger" in answer.content.decode()


def test_search_is_renamed_paced_removed_and_brought_back(client_of, said):
    saved, client = keep(said), client_of(said)

    def post(verb, **data):
        client.post(f"/ar/search/saved/{verb}/", {"saved": saved.pk, **data})
        saved.refresh_from_db()
        return client.get("/ar/search/saved/").content.decode()

    assert "اسم جديد" in post("rename", name="اسم جديد")
    post("rename", name="")
    assert saved.name == "اسم جديد"
    post("pace", pace="weekly")
    post("pace", pace="never")
    assert saved.pace == "weekly"
    assert "/search/saved/restore/" in post("remove")
    assert saved.removed_at
    post("restore")
    assert saved.removed_at is None


def test_saved_search_of_somebody_else_does_not_exist(client_of, said, youssef):
    saved, client = keep(said), client_of(youssef)

    assert client.get(saved.get_absolute_url()).status_code == 404
    for verb in ("rename", "pace", "remove", "restore"):
        assert client.post(f"/ar/search/saved/{verb}/", {"saved": saved.pk, "name": "x"}).status_code == 404
    assert client.post("/ar/search/saved/remove/", {"saved": "x"}).status_code == 404
    assert "الفقرات" not in client.get("/ar/search/saved/").content.decode()


def test_strangers_keep_nothing(client):
    answer = client.post("/ar/search/saved/save/", {"query": QUERY, "name": "x"})

    assert "/account/login/" in answer.headers["Location"]
    assert not SavedSearch.objects.exists()
