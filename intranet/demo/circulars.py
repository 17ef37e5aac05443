"""The circulars of the demonstration: published, changed, withdrawn and acknowledged by the real operations, in order.

They are written in `data/circulars.json`. A date there is a day, or "+14": so many days after the demonstration's.
"""

import json
from datetime import date, datetime, time, timedelta
from pathlib import Path
from uuid import NAMESPACE_URL, uuid5
from zlib import crc32

from django.db import transaction
from django.utils.html import format_html

from core.dates import CASABLANCA
from core.organisations.models import Organisation, Post
from core.organisations.permissions import forget
from core.outbox.models import Message
from core.users.models import User
from home.circulars import operations, permissions
from home.circulars.enums import Acknowledging, Change, FileRole, Purpose, Standing
from home.circulars.models import Action, Addressee, Circular, CircularText, ExternalAct, Relation, Theme
from home.circulars.operations.printing import PRINT
from home.circulars.tasks import follow_the_calendar
from intranet.demo.clock import Year
from intranet.demo.letters import Papers

STOCK = Path(__file__).parent / "data" / "circulars.json"
EDITOR, PUBLISHER = "ilham", "tarik"
MANY = 10  # addressees
PATIENT = {"amina", "youssef", "salma", "karim", "omar"}  # circulars wait for them on their home
PAPER = "demo/circular.html"
FORM = "نموذج التتبع"
FORM_TEXT = "الإدارة:\n\nالوحدة:\n\nالمسؤول عن التتبع:\n\nما أُنجز إلى غاية اليوم:\n\nما بقي إنجازه وأجله:"
NEWS = timedelta(days=14)  # of older ones nobody is told any more
SIGNATORIES = {  # of circulars and letters; of all other kinds
    "MSP": (("عبد الرحيم المنصوري", "وزير المرافق العمومية"), ("سلمى الشرايبي", "الكاتبة العامة")),
    "CWZ": (("محمد الزاهيدي", "رئيس مجلس الجماعة"),) * 2,
}


class Stock:
    """All circulars up to the day the demonstration ends, each act of their lives at its own moment."""

    def __init__(self, ends: datetime):
        self.year, self.today = Year(ends), ends.date()
        self.bodies = {body.code: body for body in Organisation.objects.all()}
        self.people = {user.username: user for user in User.objects.all()}
        self.since = self.people[PUBLISHER].tenures.get().starts_on
        self.themes, self.acts = {}, {}
        self.papers = Papers()

    def publish_all(self, stock: dict) -> None:
        self.themes = {row["slug"]: Theme.objects.create(**row) for row in stock["themes"]}
        self.acts = {f"{row['kind']} {row['number']}": ExternalAct.objects.create(**row) for row in stock["external"]}
        for place, row in enumerate(stock["circulars"]):
            moment = self._at(row["signed_on"], minutes=place % 60)
            row["has_files"] = place % 5 in (0, 3) or row["number"] == "12/2026"
            self.year.at(moment, lambda now, row=row: self.publish(row, now))
        self.year.play()

    def publish(self, row: dict, now: datetime) -> None:
        circular = self._write(row)
        if row["has_files"]:
            self._attach(circular, row)
        self._publish(circular, now)
        self._let_read(circular, row, now)
        self._let_others_read(circular, now)
        for later in row.get("again", ()):
            self.year.at(self._at(later["on"]), lambda moment, later=later: self.change(circular, later, moment))
        if withdrawn := row.get("withdrawn"):
            self._by_people(self._at(withdrawn["on"]), lambda _moment: self.withdraw(circular, withdrawn["reason"]))

    def submit_a_change(self) -> None:
        """The editor completed the latest circular; it waits for a second person."""
        editor = self._person(EDITOR)
        circular = Circular.objects.filter(authority=self.bodies["MSP"], withdrawn_at=None).latest("signed_on", "pk")
        circular.change, circular.change_note = Change.CORRECTION, "إضافة الجهة التي يُستفسر لديها"
        circular.contact = "قسم المناشير بالكتابة العامة، الهاتف 05 37 00 00 12"
        circular.save_revision(user=editor)
        circular = Circular.objects.get(pk=circular.pk)
        circular.get_workflow().start(circular, editor)

    def change(self, circular: Circular, later: dict, now: datetime) -> None:
        """Another version in which one paragraph reads differently."""
        for text in circular.texts.all():
            if later[text.language]:
                body = list(text.body.raw_data)
                body[later["paragraph"] - 1]["value"] = _html(later[text.language])
                text.body = body
                text.save()
        Circular.objects.filter(pk=circular.pk).update(change=Change(later["change"]), change_note=later["note"])
        self._publish(circular, now)
        self._let_read(circular, later, now)
        self._let_others_read(circular, now)

    def withdraw(self, circular: Circular, reason: str) -> None:
        operations.withdraw(circular, by=self._person(PUBLISHER), reason=reason)

    def acknowledge(self, circular: Circular, person: str) -> None:
        circular = Circular.objects.select_related("current").get(pk=circular.pk)
        if permissions.can_acknowledge(self._person(person), circular):  # else it was withdrawn meanwhile
            operations.acknowledge(circular, by=self._person(person), hash=circular.current.hash)

    def _publish(self, circular, now):
        has_people = now.date() >= self.since
        editor, by = (self._person(name) if has_people else None for name in (EDITOR, PUBLISHER))
        circular = Circular.objects.get(pk=circular.pk)
        circular.save_revision(user=editor).publish(user=by, skip_permission_checks=True)
        operations.deliver(circular.versions.select_related("circular").latest("number"))

    def _let_read(self, circular, row, now):
        for place, person in enumerate(row.get("read_by", ())):
            moment = now + timedelta(days=2, minutes=7 * place)
            self._by_people(moment, lambda _moment, person=person: self.acknowledge(circular, person))

    def _let_others_read(self, circular, now):
        """Where many are asked, some only open it and more acknowledge it, in the days after."""
        rows = circular.acknowledgements.select_related("person")
        if circular.acknowledging == Acknowledging.NONE or len(rows) < MANY:
            return
        for person in sorted(row.person.username for row in rows):
            luck = crc32(f"{circular.number}{person}".encode())
            if person in PATIENT or luck % 10 < 2:
                continue
            act = self.open if luck % 10 < 4 else self.acknowledge
            moment = now + timedelta(days=1 + luck % 9, minutes=luck % 300)
            self._by_people(moment, lambda _moment, person=person, act=act: act(circular, person))

    def open(self, circular: Circular, person: str) -> None:
        circular = Circular.objects.select_related("current").get(pk=circular.pk)
        operations.open_version(circular, by=self._person(person))

    def _attach(self, circular, row):
        """The signed scan, and the form many circulars come with."""
        text = "\n\n".join(row["paragraphs"])
        scan = self.papers.paper(
            subject=row["title"], text=text, language="ar", signed=circular.signatory, template=PAPER
        )
        name = f"{circular.number.replace('/', '-')}.pdf"
        operations.attach(circular, scan, name=name, role=FileRole.SCAN, language="ar")
        form = self.papers.paper(subject=FORM, text=FORM_TEXT, language="ar", template=PAPER)
        operations.attach(circular, form, name="namudhaj.pdf", title=FORM, language="ar")

    def _by_people(self, moment, act):
        """Plan what takes a post, which nobody holds before the letters of the demonstration begin."""
        if moment.date() > self.since:
            self.year.at(moment, act)

    def _write(self, row) -> Circular:
        signatory, office = SIGNATORIES[row["body"]][row["kind"] not in ("circular", "letter")]
        days = ("signed_on", "in_force_on", "expires_on", "review_on", "acknowledge_by")
        circular = Circular.objects.create(
            authority=self.bodies[row["body"]],
            signatory=signatory,
            office=office,
            live=False,
            **{name: row[name] for name in ("kind", "number", "audience")},
            **{name: row[name] for name in ("hijri_date", "acknowledging", "contact") if name in row},
            **{name: self._day(row[name]) for name in days if name in row},
        )
        circular.themes.set([self.themes[slug] for slug in row["themes"]])
        circular.save()
        _add_text(circular, "ar", Standing.AUTHENTIC, row)
        if "french" in row:
            _add_text(circular, "fr", Standing.OFFICIAL, row["french"])
        for whom, unit_kind, purpose in row["to"]:
            Addressee.objects.create(
                circular=circular, purpose=purpose or Purpose.ACTION, unit_kind=unit_kind, **self._whom(whom)
            )
        for action in row.get("actions", ()):
            due_on = self._day(action["due_on"])
            Action.objects.create(circular=circular, text_ar=action["ar"], text_fr=action["fr"], due_on=due_on)
        for relation in row.get("relations", ()):
            Relation.objects.create(
                subject=circular,
                predicate=relation["predicate"],
                paragraphs=relation["paragraphs"],
                starts_on=self._day(relation["starts_on"]),
                ends_on=self._day(relation["ends_on"]),
                **self._act(relation["act"]),
            )
        return circular

    def _whom(self, code) -> dict:
        if code in self.bodies:
            return {"organisation": self.bodies[code]}
        return {"post": Post.objects.get(tenures__user=self.people[code.removeprefix("post:")])}

    def _act(self, name) -> dict:
        if name in self.acts:
            return {"external": self.acts[name]}
        return {"circular": Circular.objects.get(authority=self.bodies["MSP"], number=name)}

    def _person(self, username) -> User:
        forget(self.people[username])
        return self.people[username]

    def _day(self, text) -> date | None:
        if text.startswith("+"):
            return self.today + timedelta(days=int(text))
        return date.fromisoformat(text) if text else None

    def _at(self, day, *, minutes=0) -> datetime:
        return datetime.combine(date.fromisoformat(day), time(10), CASABLANCA) + timedelta(minutes=minutes)


@transaction.atomic
def publish(ends: datetime) -> None:
    """Some seventy circulars of the ministry and the commune since 2019, tied to each other, some acknowledged."""
    stock = Stock(ends)
    stock.publish_all(json.loads(STOCK.read_text()))
    stock.submit_a_change()
    follow_the_calendar()
    old = Message.objects.waiting().filter(due_at__lt=ends - NEWS)
    old.filter(name__in=["circulars.deliver", PRINT]).delete()  # an old PDF is made when somebody asks for it


def _add_text(circular, language, standing, row):
    body = [
        {
            "type": "paragraph",
            "value": _html(words),
            "id": str(uuid5(NAMESPACE_URL, f"{circular.eli}{language}{place}")),
        }
        for place, words in enumerate(row["paragraphs"], 1)
    ]
    CircularText.objects.create(
        circular=circular, language=language, standing=standing, title=row["title"], summary=row["summary"], body=body
    )


def _html(words) -> str:
    return format_html("<p>{}</p>", words)
