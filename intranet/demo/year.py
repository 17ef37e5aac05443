"""A year of letters in two registry offices, by the real operations: every state is reached as an office reaches it."""

import functools
import random
from datetime import datetime, timedelta

from core.evidence import operations as evidence
from core.files.models import StoredFile
from core.organisations.calendar import Calendar
from core.organisations.enums import Role
from core.organisations.models import Organisation, Unit
from core.organisations.permissions import clearance_of, forget
from core.registers.enums import AnnulReason, EntryState, RectifyReason
from core.users.models import User
from eservices.correspondence import operations as correspondence
from eservices.correspondence.enums import (
    Channel,
    ExtensionGround,
    Instruction,
    NoActionReason,
    SendBackReason,
    Support,
)
from eservices.correspondence.models import ActType, CallTask, Party, WorkItem
from intranet.demo import letters
from intranet.demo.clock import Year, office_moment

SEED = 20260422
SHARE_AT_COUNTER = 0.35


class Office:
    """One registry office through the year: letters arrive, are assigned, treated, answered, or stay."""

    def __init__(self, year: Year, organisation: Organisation, *, subjects, clerks, papers, chance):
        self.year, self.organisation, self.subjects = year, organisation, subjects
        self.clerks = [User.objects.get(username=name) for name in clerks]
        self.papers, self.chance = papers, chance
        self.act_types = {row.code: row for row in ActType.objects.filter(organisation=organisation)}
        self.units = [unit for unit in Unit.objects.filter(organisation=organisation) if self.head_of(unit)]
        self.calendar, self.count = Calendar(organisation), 0

    def head_of(self, unit) -> User | None:
        return User.objects.filter(tenures__post__unit=unit, tenures__post__roles__role=Role.HEAD).first()

    def expect(self, day, how_many: int) -> None:
        """Plan that so many letters arrive on the working day from `day` on."""
        for _n in range(how_many):
            moment = office_moment(self.calendar, day, minutes=self.chance.randint(0, 470), seconds=self.count % 60)
            self.count += 1
            self.year.at(moment, self.arrive)

    def arrive(self, now: datetime) -> None:
        written = letters.write(self.chance, self.subjects)
        at_counter = self.chance.random() < SHARE_AT_COUNTER
        files = [(self._paper(written), "")] if self.chance.random() < 0.85 else []
        act_type = self.act_types[written.act_type]
        letter = correspondence.Letter(
            self.organisation,
            _party(written, self.organisation, is_directory=at_counter),
            written.subject,
            message="" if at_counter else written.text,
            act_type=act_type,
            language=written.language,
            channel=Channel.COUNTER if at_counter else Channel.PORTAL,
            support=Support.PAPER if at_counter else Support.ELECTRONIC,
            attachments=files,
        )
        clerk = self.chance.choice(self.clerks)
        if at_counter:
            done = correspondence.register_incoming(letter, by=_fresh(clerk), role="clerk", assurance="at_counter")
        else:
            assurance = "email_confirmed" if written.email and self.chance.random() < 0.5 else "declared"
            done = correspondence.register_incoming(letter, assurance=assurance)
        self._then(now, letters.later(self.chance, 0, 2), lambda later: self.qualify(done.item, clerk, later))

    def qualify(self, item, clerk, now) -> None:
        fate = self.chance.random()
        if fate < 0.03:
            correspondence.no_action(item, by=_fresh(clerk), reason=NoActionReason.SPAM)
            return
        if fate < 0.05:
            other = Organisation.objects.hosted().exclude(pk=self.organisation.pk).first()
            correspondence.redirect(item, to_organisation=other, by=_fresh(clerk))
            return
        unit = item.correspondence.act_type.unit or self.chance.choice(self.units)
        copies = [self.chance.choice(self.units)] if fate > 0.85 else []
        instruction = self.chance.choice(Instruction.values)
        wished = 2 if fate > 0.98 else 1 if fate > 0.95 else 0
        readers = ((clerk, item.registry_id), (self.head_of(unit), unit.pk))
        level = min(wished, *(clearance_of(_fresh(person), place) for person, place in readers))
        correspondence.assign(
            item, to_unit=unit, by=_fresh(clerk), instruction=instruction, copies=copies, confidentiality=level
        )
        self._then(now, letters.later(self.chance, 0, 4), lambda later: self.receive(item, unit, clerk, later))

    def receive(self, item, unit, clerk, now) -> None:
        head = self.head_of(unit)
        if self.chance.random() < 0.04:
            correspondence.send_back(item, by=_fresh(head), reason=SendBackReason.WRONG_UNIT)
            self._then(now, letters.later(self.chance, 0, 2), lambda later: self.qualify(item, clerk, later))
            return
        correspondence.take(item, by=_fresh(head))
        self._then(now, letters.later(self.chance, 3, 40), lambda later: self.treat(item, head, later))

    def treat(self, item, head, now) -> None:
        fate = self.chance.random()
        needs = item.correspondence.act_type.pieces.exists()
        if needs and fate < 0.3:
            request = correspondence.request_pieces(item, by=_fresh(head), text=_missing(item))
            if self.chance.random() < 0.7:
                self._then(now, letters.later(self.chance, 2, 10), lambda later: self.supply(item, head, later))
            else:
                after = request.due_on - now.date() + timedelta(days=1)
                self._then(now, after, lambda later: correspondence.expire_hold(item))
        elif fate < 0.36 and item.correspondence.act_type.extension_days:
            correspondence.extend(item, by=_fresh(head), ground=ExtensionGround.COMPLEX)
            self._then(now, letters.later(self.chance, 10, 30), lambda later: self.answer(item, head))
        elif fate < 0.44:
            correspondence.no_action(item, by=_fresh(head), reason=NoActionReason.NOTHING_ASKED)
        elif fate < 0.95:
            self.answer(item, head)
        elif item.due_on:  # nobody answers in time
            wait = timedelta(days=max(1, (item.due_on - now.date()).days + 1))
            self._then(now, wait, lambda later: correspondence.reach_deadline(item))

    def supply(self, item, head, now) -> None:
        correspondence.receive_pieces(item, files=[(self._piece(item), "")], message=_thanks(item))
        self._then(now, letters.later(self.chance, 3, 20), lambda later: self.answer(item, head))

    def answer(self, item, head) -> None:
        letter = item.correspondence
        subject, text = _answer(letter)
        signed = f"{head.name_ar}" if letter.language == "ar" else f"{head.first_name} {head.last_name}"
        pdf = self.papers.hand_in(
            self.organisation, subject=subject, text=text, language=letter.language, name="jawab.pdf", signed=signed
        )
        answer = correspondence.dispatch_answer(item, pdf=pdf, subject=subject, signed_by=signed, by=_fresh(head))
        if self.chance.random() < 0.6:
            correspondence.open_delivery(answer.deliveries.get())

    def hold(self, now) -> None:
        """At last two letters are found incomplete: they wait for their senders."""
        waiting = WorkItem.objects.filter(
            organisation=self.organisation, state="in_progress", pieces_request=None, due_on__gt=now.date()
        )
        for item in waiting.filter(correspondence__act_type__pieces__isnull=False).distinct().order_by("-pk")[:2]:
            head = self.head_of(item.owner_unit)
            correspondence.request_pieces(item, by=_fresh(head), text=_missing(item))

    def call(self, now) -> None:
        """Once a week a clerk calls the senders who left only a phone."""
        for task in CallTask.objects.filter(item__organisation=self.organisation, done_at=None):
            correspondence.finish_call(task, by=_fresh(self.clerks[0]))

    def annul(self, now, *, is_confirmed=True) -> None:
        """What was no letter is annulled by two clerks."""
        asking, confirming = self.clerks
        entry = self._closed(closing_reason=NoActionReason.SPAM).entry
        evidence.ask_annulment(entry, by=_fresh(asking), reason=AnnulReason.NOT_CORRESPONDENCE)
        if is_confirmed:
            evidence.confirm_annulment(entry, by=_fresh(confirming))

    def rectify(self, now) -> None:
        """A clerk forgot half of the subject."""
        letter = self._closed()
        rest = " (rappel)" if letter.language == "fr" else " (تذكير)"
        changes = {"subject": letter.subject + rest}
        evidence.rectify(letter.entry, by=_fresh(self.clerks[0]), changes=changes, reason=RectifyReason.INCOMPLETE)

    def _closed(self, **how):
        closed = WorkItem.objects.filter(organisation=self.organisation, state="closed", **how)
        valid = closed.filter(correspondence__entry__state=EntryState.VALID)
        return valid.select_related("correspondence__entry__body").order_by("-pk")[0].correspondence

    def _then(self, now, after, act) -> None:
        """Plan the next act for the first working day after so long, at an hour of the office."""
        day = (now + after).date()
        minutes = int((now + after).timestamp() // 60) % 460
        planned = office_moment(self.calendar, day, minutes=minutes)
        self.year.at(max(planned, now + timedelta(minutes=7)), act)

    def _paper(self, written) -> StoredFile:
        name = "lettre.pdf" if written.language == "fr" else "risala.pdf"
        return self.papers.hand_in(
            self.organisation, subject=written.subject, text=written.text, language=written.language, name=name
        )

    def _piece(self, item) -> StoredFile:
        language = item.correspondence.language
        subject = "Pièce complémentaire" if language == "fr" else "وثيقة تكميلية"
        return self.papers.hand_in(
            self.organisation, subject=subject, text=_thanks(item), language=language, name="piece.pdf"
        )


def live(ends: datetime, *, days: int = 365) -> None:
    """Let the two offices live the year that ends now: some 300 letters, in every state."""
    chance = random.Random(SEED)  # noqa: S311 — the same year every time
    year, papers = Year(ends), letters.Papers()
    ministry = Office(
        year,
        Organisation.objects.get(code="MSP"),
        subjects=letters.SUBJECTS,
        clerks=["amina", "hamza"],
        papers=papers,
        chance=chance,
    )
    commune = Office(
        year,
        Organisation.objects.get(code="CWZ"),
        subjects=letters.COMMUNE_SUBJECTS,
        clerks=["karim"],
        papers=papers,
        chance=chance,
    )
    first = ends.date() - timedelta(days=days)
    for offset in range(days + 1):
        day = first + timedelta(days=offset)
        if day.weekday() > 4:
            continue
        is_recent = offset > days - 21
        ministry.expect(day, chance.choice([2, 3]) if is_recent else chance.choice([0, 1, 1, 1]))
        commune.expect(day, chance.choice([0, 0, 0, 1]))
        if day.weekday() == 4:
            for office in (ministry, commune):
                year.at(office_moment(office.calendar, day, minutes=420), office.call)
    if days >= 60:
        _put_right(year, ministry, ends)
    year.play()


def _put_right(year: Year, office: Office, ends: datetime) -> None:
    """What a register shows beside letters: lines annulled and rectified, one annulment still to confirm."""
    plan = [(30, office.annul), (12, office.rectify), (5, functools.partial(office.annul, is_confirmed=False))]
    for days_ago, act in plan:
        year.at(office_moment(office.calendar, ends.date() - timedelta(days=days_ago), minutes=300), act)
    year.at(ends - timedelta(minutes=1), office.hold)  # after every planned act: none would find them as it left them


def _fresh(user: User) -> User:
    """The same person on another day: what was computed of their posts is forgotten."""
    forget(user)
    return user


def _party(written, organisation, *, is_directory) -> Party:
    return Party(
        organisation=organisation,
        kind=written.kind,
        name=written.name,
        phone=written.phone,
        email=written.email,
        ice=written.ice,
        language=written.language,
        is_directory=is_directory,
    )


def _missing(item) -> str:
    french = item.correspondence.language == "fr"
    pieces = item.correspondence.act_type.pieces.all()
    return "\n".join(f"- {piece.name_fr if french else piece.name_ar}" for piece in pieces)


def _thanks(item) -> str:
    if item.correspondence.language == "fr":
        return "Veuillez trouver ci-joint la pièce demandée."
    return "تجدون رفقته الوثيقة المطلوبة."


def _answer(letter) -> tuple[str, str]:
    if letter.language == "fr":
        return (
            "Réponse à votre courrier",
            "en réponse à votre courrier, j'ai l'honneur de vous faire part de notre accord.",
        )
    return "جواب عن مراسلتكم", "جوابا عن مراسلتكم المشار إليها، يشرفني أن أخبركم بالموافقة على طلبكم."
