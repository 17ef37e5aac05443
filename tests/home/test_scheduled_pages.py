"""Pages whose editors said when: they appear and go by the clock, and the kept pages follow."""

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.utils import timezone
from wagtail.models import Page

from core.outbox import handlers
from core.outbox.models import Message
from core.outbox.operations import run_pending
from home.models import NewsPage

NEWS, TITLE = "/fr/news/", "Horaires d'hiver"


@pytest.fixture(autouse=True)
def _keeping(settings, tmp_path):
    settings.PUBLIC_CACHE_BYTES = 1_000_000
    settings.PUBLIC_STAMP = tmp_path / "public.stamp"


@pytest.fixture
def job():
    return next(job for job in handlers.jobs() if job.name == "home.publish_scheduled")


def scheduled(*, slug="winter", title=TITLE, at=None):
    """A news item approved for a moment that lies ahead."""
    index = Page.objects.get(url_path=NEWS).specific
    page = NewsPage(title=title, slug=slug, intro="Dès lundi.", live=False, locale=index.locale)
    page.go_live_at = at or timezone.now() + timedelta(hours=1)
    index.add_child(instance=page)
    page.save_revision().publish()
    return page


def pass_by(page, **delta):
    """The clock goes on, for this page."""
    moment, revision = timezone.now() - timedelta(**delta), page.revisions.get()
    revision.content |= {"go_live_at": moment.isoformat()}
    revision.approved_go_live_at = moment
    revision.save()


@pytest.mark.django_db(transaction=True)
def test_news_item_appears_at_its_moment(pages, job):
    client = Client()
    page = scheduled()
    assert not job.wanted()
    for path in (NEWS, "/fr/"):
        assert TITLE not in client.get(path).content.decode().replace("&#x27;", "'")
    assert client.get(f"{NEWS}winter/").status_code == 404

    pass_by(page, seconds=1)
    assert job.wanted()
    job.func()
    job.func()
    run_pending()

    for path in (NEWS, "/fr/", f"{NEWS}winter/"):
        assert TITLE in client.get(path).content.decode().replace("&#x27;", "'")
    assert not job.wanted()


@pytest.mark.django_db(transaction=True)
def test_news_item_goes_at_its_moment(pages, job):
    client = Client()
    page = NewsPage.objects.get(url_path=f"{NEWS}time/")
    page.expire_at = timezone.now() - timedelta(seconds=1)
    page.save()
    title = page.title.replace("'", "&#x27;")
    assert title in client.get(NEWS).content.decode()
    assert job.wanted()
    job.func()
    run_pending()
    page.refresh_from_db()
    assert (page.live, page.expired, job.wanted()) == (False, True, False)
    assert title not in client.get(NEWS).content.decode()
    assert client.get(f"{NEWS}time/").status_code == 404


@pytest.mark.django_db
def test_what_was_taken_off_the_clock_meanwhile_stays_as_it_is(pages, job):
    page = scheduled()
    pass_by(page, seconds=1)
    over = NewsPage.objects.get(url_path=f"{NEWS}time/")
    NewsPage.objects.filter(pk=over.pk).update(expire_at=timezone.now())
    job.func()
    page.revisions.update(approved_go_live_at=None)
    NewsPage.objects.filter(pk=over.pk).update(expire_at=None)
    run_pending()
    page.refresh_from_db()
    over.refresh_from_db()
    assert (page.live, over.live) == (False, True)


@pytest.mark.django_db
def test_page_that_cannot_be_published_holds_up_no_other(pages, job, monkeypatch):
    first, second = scheduled(), scheduled(slug="summer", title="Horaires d'été")
    pass_by(first, minutes=2)
    pass_by(second, minutes=1)
    whole = NewsPage.save

    def refusing(page, *args, **kwargs):
        if page.pk == first.pk:
            raise ValidationError("slug")
        return whole(page, *args, **kwargs)

    monkeypatch.setattr(NewsPage, "save", refusing)
    job.func()
    run_pending()
    second.refresh_from_db()
    assert second.live
    failed = Message.objects.get(name="home.publish_page", state="waiting")
    assert (failed.payload["revision"], "ValidationError" in failed.last_error) == (first.latest_revision_id, True)
