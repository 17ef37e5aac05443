"""Whether an act is in force on a given day: computed from dates and relations, never typed. Knows no model.

Both ends of a period are days in force: an act applies from its `in_force_on` up to and including its `expires_on`, a
suspension from its `starts_on` up to and including its `ends_on`. No act binds anybody before it is published.

What one act does to another follows the common doctrine of administrative law on abrogation and withdrawal:

- **Abrogation, replacement and extension are done once.** They are carried out on the first day on which they are due
  and the act that orders them is in force; from then on the other act is changed. That the ordering act is itself
  abrogated, replaced or expires later undoes nothing: *abrogation of an abrogating act does not revive* what it
  abrogated (abrogation acts for the future only; reviving needs an act that says so). `ends_on` means nothing for
  abrogation and replacement; for an extension it is the new last day, none meaning that the act no longer expires.
  An act that has expired is not extended.
- **Suspension lasts.** It holds on each day of its period on which the suspending act is in force, and ends with it. A
  suspended act suspends nothing. Acts that suspend one another in a circle are all suspended.
- **Withdrawal removes an act as if it had never been** (retrait): from that day on nothing it did counts any more, not
  even its abrogations. What was answered for earlier days stands.

Order never matters: on each day, what is due is decided from what was in force when the day began — acts that take
effect that very day included — and carried out all at once. Two acts that abrogate each other on the same day are both
abrogated; if one strikes first, the other strikes no more. Of several ends the first counts; on the same day
replacement comes before abrogation, abrogation before expiry. An act on itself, an act nobody knows and paragraphs the
act does not have are ignored.
"""

from bisect import insort
from collections import defaultdict
from collections.abc import Hashable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from django.db import models
from django.utils.translation import gettext_lazy as _

NEVER = date.max.toordinal() + 1


class Force(models.TextChoices):
    """What the reader is told first."""

    NOT_YET = "not_yet", _("Not yet in force")
    IN_FORCE = "in_force", _("In force")
    PARTLY = "partly", _("Partly in force")
    SUSPENDED = "suspended", _("Suspended")
    EXPIRED = "expired", _("Expired")
    ABROGATED = "abrogated", _("Abrogated")
    REPLACED = "replaced", _("Replaced")
    WITHDRAWN = "withdrawn", _("Withdrawn")


ASKING = (Force.NOT_YET, Force.IN_FORCE, Force.PARTLY)  # what the act asks of its addressees is asked


@dataclass(frozen=True)
class Act:
    key: Hashable
    published_on: date | None = None
    in_force_on: date | None = None
    expires_on: date | None = None
    withdrawn_on: date | None = None
    paragraphs: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Effect:
    """What `source` does to `target`: to these paragraphs or to all; without a day, when it takes effect itself."""

    source: Hashable
    target: Hashable
    predicate: str
    starts_on: date | None = None
    ends_on: date | None = None
    paragraphs: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Standing:
    """`by`: the acts that cause it. `paragraphs`: those out of force — all of them unless (partly) in force."""

    status: Force
    by: tuple[Hashable, ...] = ()
    paragraphs: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Finding(Standing):
    """`until`: the next day on which the answer differs, as things are known now."""

    until: date | None = None


def force(act: Act, effects: Iterable[Effect], acts: Iterable[Act], *, on: date) -> Finding:
    """How `act` stands on a day.

    `effects` and `acts` hold at least those that act on it, those that act on these, and so on; the rest is left aside.
    """
    known = {each.key: each for each in acts} | {act.key: act}
    onto = defaultdict(list)
    for effect in effects:
        onto[effect.target].append(effect)
    seen, waiting, relevant = {act.key}, [act.key], []
    while waiting:
        for effect in onto[waiting.pop()]:
            if effect.predicate in COUNTING and effect.source in known:
                relevant.append(effect)
                if effect.source not in seen:
                    seen.add(effect.source)
                    waiting.append(effect.source)
    course = _Course((known[key] for key in seen), relevant)
    course.run(through=on.toordinal())
    place = course.places[act.key]
    now, until = course.standing(place), None
    while until is None and course.step(before=NEVER):
        if course.standing(place) != now:
            until = date.fromordinal(course.day)
    return Finding(now.status, now.by, now.paragraphs, until)


def force_of_all(acts: Iterable[Act], effects: Iterable[Effect], *, on: date) -> dict[Hashable, Force]:
    """The status of every act on a day, in one pass over what happened up to it."""
    course = _Course(acts, effects)
    course.run(through=on.toordinal())
    return {act.key: course.standing(place).status for place, act in enumerate(course.acts)}


def findings(acts: Iterable[Act], effects: Iterable[Effect], *, on: date) -> dict[Hashable, Finding]:
    """How every act stands on a day and until when, in one pass over what happened and what is to come."""
    course = _Course(acts, effects)
    course.run(through=on.toordinal())
    now, until = [course.standing(place) for place in range(len(course.acts))], {}
    while course.step(before=NEVER):
        for place in course.touched - until.keys():
            if course.standing(place) != now[place]:
                until[place] = date.fromordinal(course.day)
    return {
        act.key: Finding(now[place].status, now[place].by, now[place].paragraphs, until.get(place))
        for place, act in enumerate(course.acts)
    }


def changes(
    acts: Iterable[Act], effects: Iterable[Effect], *, since: date, until: date
) -> Iterator[tuple[date, Hashable, Standing, Standing]]:
    """What differs from the day before, on each day from `since` to `until`: (day, key, before, after).

    Also tells of acts whose status stays and whose cause or paragraphs do not.
    """
    course = _Course(acts, effects)
    course.run(through=since.toordinal() - 1)
    last = [course.standing(place) for place in range(len(course.acts))]
    while course.step(before=until.toordinal() + 1):
        for place in sorted(course.touched):
            now = course.standing(place)
            if now != last[place]:
                yield date.fromordinal(course.day), course.acts[place].key, last[place], now
                last[place] = now


COUNTING = frozenset({"abrogates", "replaces", "suspends", "extends"})

# Whether an act can do something to others. CIRCLING: suspended by acts which it suspends in turn, directly or not.
GONE, SUSPENDED, CIRCLING, ABLE = range(4)


class _Course:
    """The course of things, one change point after the other. Acts and effects are known by their place in a list."""

    def __init__(self, acts, effects):
        self.acts = list({act.key: act for act in acts}.values())
        self.places = {act.key: place for place, act in enumerate(self.acts)}
        known = self.places.keys()
        self.effects = [
            effect
            for effect in effects
            if effect.predicate in COUNTING
            and effect.source != effect.target
            and effect.source in known
            and effect.target in known
        ]
        count = len(self.acts)
        self.day = 0
        self.touched: set[int] = set()
        self.published = [_ordinal(act.published_on) for act in self.acts]
        self.start = [
            max(published, _ordinal(act.in_force_on, default=0))
            for act, published in zip(self.acts, self.published, strict=True)
        ]
        self.withdrawn = [_ordinal(act.withdrawn_on) for act in self.acts]
        self.expiry = [_ordinal(act.expires_on) for act in self.acts]  # the last day in force
        self.end = [NEVER] * count  # the first day abrogated or replaced
        self.ability = bytearray(count)
        self.done_to = defaultdict(list)  # target: (day, effect) done to it, in the order of days
        self.out = {}  # target: paragraphs abrogated or replaced
        self.done_by = defaultdict(list)  # source: effects it has carried out
        self.due = defaultdict(list)  # source: effects that are due and wait until it is able
        self.suspensions_of = defaultdict(list)  # target: suspensions whose period runs
        self.suspensions_by = defaultdict(list)  # source: the same
        self._schedule()

    def _schedule(self):
        self.on_acts, self.on_starts, self.on_ends = defaultdict(list), defaultdict(list), defaultdict(list)
        for place in range(len(self.acts)):
            days = (self.published[place], self.start[place], self.withdrawn[place], self.expiry[place] + 1)
            for day in set(days):
                if day < NEVER:
                    self.on_acts[day].append(place)
        for number, effect in enumerate(self.effects):
            begins = max(_ordinal(effect.starts_on, default=0), self.start[self.places[effect.source]])
            if begins < NEVER:
                self.on_starts[begins].append(number)
            if effect.predicate == "suspends" and effect.ends_on and effect.ends_on.toordinal() + 1 < NEVER:
                self.on_ends[effect.ends_on.toordinal() + 1].append(number)
        self.days = sorted({*self.on_acts, *self.on_starts, *self.on_ends})
        self.next = 0

    # --- time -----------------------------------------------------------------------------------------------------
    def run(self, *, through):
        while self.step(before=through + 1):
            pass
        self.day = max(self.day, through)

    def step(self, *, before) -> bool:
        """Go to the next change point, if it comes before that day; `touched` then holds the acts that may differ."""
        if self.next == len(self.days) or self.days[self.next] >= before:
            return False
        self.day = self.days[self.next]
        self.next += 1
        self.touched = set()
        # What the day itself brings: dates reached, periods begun and ended.
        moved = set(self.on_acts.pop(self.day, ()))
        for place in list(moved):
            if self.withdrawn[place] == self.day:
                moved |= self._undo(place)
        woken = set()
        for number in self.on_ends.pop(self.day, ()):
            moved |= self._end_suspension(number)
        for number in self.on_starts.pop(self.day, ()):
            effect = self.effects[number]
            source, target = self.places[effect.source], self.places[effect.target]
            if effect.predicate != "suspends":
                self.due[source].append(number)
                woken.add(source)
            elif _ordinal(effect.ends_on) >= self.day:
                self.suspensions_of[target].append(number)
                self.suspensions_by[source].append(number)
                moved.add(target)
        woken |= self._judge(moved)
        # What acts able to do so now do to others: all decided before any is carried out.
        waiting = [source for source in woken if self.ability[source] == ABLE and self.due.get(source)]
        decided = []
        for source in waiting:
            decided += self.due.pop(source)
        decided = [number for number in decided if self._has_object(number)]
        freed = self._judge({self._carry_out(number) for number in decided})
        if any(self.due.get(place) for place in freed):
            self._visit(self.day + 1, freed)
        return True

    def _visit(self, day, places):
        """Look at these acts again on a later day."""
        if not self.day < day < NEVER:
            return
        if not (day in self.on_acts or day in self.on_starts or day in self.on_ends):
            insort(self.days, day, lo=self.next)
        self.on_acts[day] += places

    # --- what is done ---------------------------------------------------------------------------------------------
    def _has_object(self, number) -> bool:
        effect = self.effects[number]
        return effect.predicate != "extends" or self.day <= self.expiry[self.places[effect.target]] + 1

    def _carry_out(self, number) -> int:
        effect = self.effects[number]
        source, target = self.places[effect.source], self.places[effect.target]
        self.done_by[source].append(number)
        self.done_to[target].append((self.day, number))
        self._reckon(target, self.day, effect)
        return target

    def _reckon(self, target, day, effect):
        if effect.predicate == "extends":
            self.expiry[target] = max(self.expiry[target], _ordinal(effect.ends_on))
            self._visit(self.expiry[target] + 1, [target])
        elif not effect.paragraphs:
            self.end[target] = min(self.end[target], day)
        else:
            self.out[target] = self.out.get(target, frozenset()) | self._own(target, effect)
            if self._is_all(target, self.out[target]):
                self.end[target] = min(self.end[target], day)

    def _undo(self, source) -> set[int]:
        """Take back what a withdrawn act has done; the acts it was done to."""
        undone = set(self.done_by.pop(source, ()))
        targets = {self.places[self.effects[number].target] for number in undone}
        for target in targets:
            done = [(day, number) for day, number in self.done_to[target] if number not in undone]
            self.done_to[target] = []
            self.end[target], self.expiry[target] = NEVER, _ordinal(self.acts[target].expires_on)
            self.out.pop(target, None)
            for day, number in done:
                self.done_to[target].append((day, number))
                self._reckon(target, day, self.effects[number])
        return targets

    def _end_suspension(self, number) -> set[int]:
        effect = self.effects[number]
        source, target = self.places[effect.source], self.places[effect.target]
        if number not in self.suspensions_of[target]:
            return set()
        self.suspensions_of[target].remove(number)
        self.suspensions_by[source].remove(number)
        return {target}

    # --- who is able ----------------------------------------------------------------------------------------------
    def _judge(self, places) -> set[int]:
        """Settle anew what these acts, and all they suspend directly or not, are able to do; which acts these are."""
        found, waiting = set(places), list(places)
        while waiting:
            place = waiting.pop()
            if self.ability[place] == GONE and not self._is_alive(place):
                continue
            for number in self.suspensions_by.get(place, ()):
                target = self.places[self.effects[number].target]
                if target not in found:
                    found.add(target)
                    waiting.append(target)
        for place in found:
            self.ability[place] = CIRCLING if self._is_alive(place) else GONE
        waiting = list(found)
        while waiting:
            place = waiting.pop()
            if self.ability[place] != CIRCLING:
                continue
            if self._is_suspended(place, by={ABLE}):
                self.ability[place] = SUSPENDED
            elif not self._is_suspended(place, by={ABLE, CIRCLING}):
                self.ability[place] = ABLE
            else:
                continue
            waiting += (self.places[self.effects[number].target] for number in self.suspensions_by.get(place, ()))
        self.touched |= found
        return found

    def _is_alive(self, place) -> bool:
        return (
            self.start[place] <= self.day < min(self.withdrawn[place], self.end[place])
            and self.day <= self.expiry[place]
        )

    def _is_suspended(self, place, *, by) -> bool:
        suspending = self._suspending(place, by=by)
        if any(not effect.paragraphs for effect in suspending):
            return True
        if not suspending:
            return False
        paragraphs = self.out.get(place, frozenset()).union(*(self._own(place, effect) for effect in suspending))
        return self._is_all(place, paragraphs)

    def _suspending(self, place, *, by) -> list[Effect]:
        effects = (self.effects[number] for number in self.suspensions_of.get(place, ()))
        return [effect for effect in effects if self.ability[self.places[effect.source]] in by]

    def _own(self, place, effect) -> frozenset[str]:
        return effect.paragraphs & (self.acts[place].paragraphs or effect.paragraphs)

    def _is_all(self, place, paragraphs) -> bool:
        return bool(self.acts[place].paragraphs) and paragraphs >= self.acts[place].paragraphs

    # --- the answer -----------------------------------------------------------------------------------------------
    def standing(self, place) -> Standing:
        """How the act stands at the end of the day reached."""
        every = self.acts[place].paragraphs
        if self.withdrawn[place] <= self.day:
            return Standing(Force.WITHDRAWN, (), every)
        if self.published[place] > self.day:
            return Standing(Force.NOT_YET, (), every)
        expired = self.expiry[place] + 1
        if self.end[place] <= min(self.day, expired):
            return self._ended(place)
        if expired <= self.day:
            return Standing(Force.EXPIRED, (), every)
        if self.start[place] > self.day:
            return Standing(Force.NOT_YET, (), every)
        return self._alive(place)

    def _done_to(self, place):
        return [(day, self.effects[number]) for day, number in self.done_to.get(place, ())]

    def _ended(self, place) -> Standing:
        ending = [
            (day, effect)
            for day, effect in self._done_to(place)
            if effect.predicate != "extends" and day <= self.end[place]
        ]
        whole = [effect for day, effect in ending if day == self.end[place] and not effect.paragraphs]
        effects = whole or [effect for _day, effect in ending if self._own(place, effect)]
        replaced = [effect.predicate == "replaces" for effect in effects]
        is_replaced = any(replaced) if whole else all(replaced)
        status = Force.REPLACED if is_replaced else Force.ABROGATED
        return Standing(status, _keys(effects), self.acts[place].paragraphs)

    def _alive(self, place) -> Standing:
        suspending = self._suspending(place, by={ABLE, CIRCLING})
        whole = [effect for effect in suspending if not effect.paragraphs]
        if whole:
            return Standing(Force.SUSPENDED, _keys(whole), self.acts[place].paragraphs)
        partial = [effect for _day, effect in self._done_to(place) if effect.predicate != "extends"] + suspending
        partial = [effect for effect in partial if self._own(place, effect)]
        paragraphs = frozenset().union(*(self._own(place, effect) for effect in partial))
        if paragraphs:
            status = Force.SUSPENDED if self._is_all(place, paragraphs) else Force.PARTLY
            return Standing(status, _keys(partial), paragraphs)
        by = ()
        if _ordinal(self.acts[place].expires_on) < self.day:
            by = _keys(effect for _day, effect in self._done_to(place) if effect.predicate == "extends")
        return Standing(Force.IN_FORCE, by)


def _ordinal(day: date | None, *, default=NEVER) -> int:
    return day.toordinal() if day else default


def _keys(effects) -> tuple[Hashable, ...]:
    """Each source once, in an order that does not depend on how they came."""
    keys = {effect.source for effect in effects}
    try:
        return tuple(sorted(keys))
    except TypeError:
        return tuple(sorted(keys, key=lambda key: (type(key).__name__, str(key))))
