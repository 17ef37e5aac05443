from datetime import timedelta

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from core.notifications.models import Notification
from core.organisations.models import Organisation
from core.outbox.models import Message
from home.circulars.setup import let_editors_write
from home.setup import create_default_pages, create_sample_news
from intranet.demo import circulars, house, year
from intranet.demo.clock import at_moment

DAYS = 365
PRINTS = ("evidence.render_receipt", "correspondence.make_letter")
READS = ("files.read",)
UNREAD = timedelta(days=3)
PACE = timedelta(seconds=4)  # old papers are set one by one beside the visitors' own, which never wait for them
READ_PACE = timedelta(milliseconds=300)


class Command(BaseCommand):
    help = "Fills an empty database with the demonstration: bodies, people, a year of letters, and circulars."

    def add_arguments(self, parser):
        parser.add_argument("--accounts", action="store_true", help="only print the accounts of the demonstration")
        parser.add_argument("--days", type=int, default=DAYS, help="how many days of letters (default: a year)")

    def handle(self, *, accounts, days, **options):
        if not settings.DEMO:
            raise CommandError("The demonstration is loaded only where DIWAN_DEMO=1: it would mix with real letters.")
        if accounts:
            return self._print_accounts()
        if Organisation.objects.exists():
            raise CommandError("The database is not empty. The demonstration is loaded into an empty one only.")
        now = timezone.now()
        first_day = (now - timedelta(days=days + 30)).date()
        with at_moment(now - timedelta(days=days + 1)), transaction.atomic():
            house.build(first_day, now.year)
        year.live(now - timedelta(minutes=10), days=days)
        let_editors_write()
        circulars.publish(now - timedelta(minutes=10))
        self._settle(now)
        create_default_pages()
        create_sample_news()
        self.stdout.write("The demonstration is loaded.")

    def _settle(self, now):
        """Notices were read, mails of the past year are not sent; papers are set and files read later, one by one."""
        Notification.objects.filter(created_at__lt=now - UNREAD).update(read_at=F("created_at") + UNREAD)
        waiting = Message.objects.waiting()
        waiting.filter(name__startswith="notifications.").delete()
        waiting.filter(name="search.index").delete()  # what is behind is asked for again, in larger helpings
        for names, pace in ((PRINTS, PACE), (READS, READ_PACE)):
            later = list(waiting.filter(name__in=names).order_by("-pk"))
            for place, message in enumerate(later):
                message.due_at = now + 15 * PACE + place * pace
            Message.objects.bulk_update(later, ["due_at"], batch_size=200)

    def _print_accounts(self):
        rows = [person for person in house.PEOPLE if person.note[0]]
        self.stdout.write(f"  {'account':<10} {'password':<16}  who")
        for person in rows:
            self.stdout.write(f"  {person.username:<10} {house.PASSWORD:<16}  {person.note[1]} — {person.note[0]}")
