"""What the pages say of a circular: its force in one sentence, its history, why it concerns the reader."""

from dataclasses import dataclass, field

from django.conf import settings
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.dates import local_date
from core.formats import day_text
from core.organisations.permissions import is_staff_today
from home.circulars import attached, beside, linked_data, operations
from home.circulars.enums import ELI_CODES, Audience, Kind, Predicate, Standing
from home.circulars.force import ASKING, COUNTING, Force
from home.circulars.frozen import actions_of, addressees_of, days_of
from home.circulars.models import Circular, Relation

# The look of each force in components/_status.html.
TONES = {
    Force.NOT_YET: "soon",
    Force.IN_FORCE: "force",
    Force.PARTLY: "partly",
    Force.SUSPENDED: "waiting",
    Force.EXPIRED: "expired",
    Force.ABROGATED: "abrogated",
    Force.REPLACED: "abrogated",
    Force.WITHDRAWN: "annulled",
}

# What another act has done to this one.
DONE_BY = {
    Predicate.AMENDS: gettext_lazy("Amended by"),
    Predicate.REPLACES: gettext_lazy("Replaced by"),
    Predicate.ABROGATES: gettext_lazy("Abrogated by"),
    Predicate.SUSPENDS: gettext_lazy("Suspended by"),
    Predicate.EXTENDS: gettext_lazy("Extended by"),
    Predicate.CORRECTS: gettext_lazy("Corrected by"),
    Predicate.SUPPLEMENTS: gettext_lazy("Supplemented by"),
    Predicate.APPLIES: gettext_lazy("Applied by"),
    Predicate.INTERPRETS: gettext_lazy("Interpreted by"),
    Predicate.CITES: gettext_lazy("Cited by"),
    Predicate.ANSWERS: gettext_lazy("Answered by"),
}


# What changes the words of another act and leaves it in force.
AMENDING = {Predicate.AMENDS, Predicate.CORRECTS, Predicate.SUPPLEMENTS}


def row(circular) -> dict:
    """A circular in a list, from its current version."""
    text = circular.current.text()
    return {
        "circular": circular,
        "url": f"{circular.get_absolute_url()}/{ELI_CODES[circular.best_language()]}",
        "title": text["title"],
        "summary": text["summary"],
        "tone": TONES[Force(circular.force)],
        "force": Force(circular.force).label,
    }


def page(circular, version, language, *, on, user, ties=None) -> dict:
    """Everything on the page of one version but what is the reader's own; of other acts, those `user` may read."""
    facts, text = version.content["facts"], version.text(language)
    versions = list(circular.versions.order_by("-number").defer("content"))
    ties = ties or ties_of(circular, user)
    acts, now = related(circular, versions, ties, on=on), standing(circular, ties, on=on)
    return {
        **now,
        "circular": circular,
        "version": version,
        "is_current": version.pk == circular.current_id,
        "text": text | {"blocks": touched(text["blocks"], [*now["causes"], *acts["amended_by"]])},
        "standing": Standing(text["standing"]).label,
        "is_authentic": language == version.authentic,
        "languages": languages(circular, version, language),
        "beside_url": beside_url(circular, version),
        "facts": facts,
        "kind": Kind(facts["kind"]).label,
        "days": days_of(version.content),
        "language_eli": ELI_CODES[language],
        "addressees": addressees(circular, version),
        **acts,
        "versions": versions,
        "eli_url": settings.PUBLIC_URL + circular.get_absolute_url(),
        **attached.shown(circular, version, language),
        "is_for_staff": is_staff_today(user),  # who searches, and so wants to know whether texts of files are known
        "linked_data": _for_machines(circular, user),
    }


def addressees(circular, version) -> list[str]:
    """As the version names them; of the current one and of a preview the rows say the same, and are at hand."""
    if version.pk in (None, circular.current_id):
        return [str(each) for each in circular.all_addressees]
    return addressees_of(version.content)


def to_do(circular, version, language, ties, *, on) -> dict:
    """What a version asks for, in that language, and whether it does so on a day: an act out of force asks nothing."""
    return {
        "asks": _finding(circular, ties, on).status in ASKING,
        "actions": actions_of(version.content, language),
        "has_deadlines": any(action["due_on"] and "key" in action for action in version.content["actions"]),
        "language_eli": ELI_CODES[language],
    }


@dataclass(frozen=True)
class Ties:
    """What the circular does to other acts and they to it: all, and of these what a reader may know of."""

    all: list[Relation]
    own: list[Relation]
    others: list[Relation]
    findings: dict = field(default_factory=dict)  # day → how the circular stands, once it was asked

    @property
    def are_for_all(self) -> bool:
        """Whether everybody who reads what is for their like knows of the same: no act is for its addressees alone."""
        acts = [act for tie in self.all for act in (tie.subject, tie.circular) if act and act.current_id]
        return all(act.audience != Audience.ADDRESSEES for act in acts)


def ties_of(circular, user) -> Ties:
    """The ties of a circular as `user` may know of them."""
    acts = ("subject__authority", "subject__current", "circular__authority", "circular__current", "external")
    found = Relation.objects.filter(Q(subject=circular) | Q(circular=circular)).select_related(*acts).order_by("pk")
    own = [tie for tie in found if tie.subject_id == circular.pk]
    others = [tie for tie in found if tie.subject_id != circular.pk]
    ends = [tie.circular for tie in own if tie.circular_id] + [tie.subject for tie in others]
    visible = Circular.objects.visible_among(ends, user)
    return Ties(
        all=list(found),
        own=[tie for tie in own if tie.circular_id is None or tie.circular_id in visible],
        others=[tie for tie in others if tie.subject_id in visible],
    )


def _finding(circular, ties, on):
    if on not in ties.findings:
        ties.findings[on] = operations.force(circular, on=on, relations=ties.all)
    return ties.findings[on]


def standing(circular, ties, *, on) -> dict:
    """The force on a day in one sentence, and which act did what to it that it is so."""
    finding = _finding(circular, ties, on)
    done = [tie for tie in ties.others if tie.subject_id in finding.by and tie.predicate in COUNTING]
    done.sort(key=lambda tie: (tie.subject.signed_on, tie.subject_id), reverse=True)
    causes = [_related(tie, tie.subject, DONE_BY[tie.predicate], tie.subject) for tie in done]
    return {
        "out_of_force": finding.paragraphs,
        "tone": TONES[finding.status],
        "force": finding.status.label,
        "sentence": sentence(circular, finding),
        "causes": [row for row in causes if row["on"] <= on],
    }


def as_of(circular, day):
    """The version that was the current one on a day; the first before there was any."""
    versions = list(circular.versions.order_by("number"))
    return next((version for version in reversed(versions) if version.day <= day), versions[0])


def side_by_side(circular, version, codes, *, on, user) -> dict:
    """Two languages of a version, and how the act stands."""
    texts = [version.content["texts"][code] for code in codes]
    return {
        **standing(circular, ties_of(circular, user), on=on),
        "circular": circular,
        "kind": Kind(version.content["facts"]["kind"]).label,
        "languages": languages(circular, version, ""),
        "eli_url": settings.PUBLIC_URL + circular.get_absolute_url(),
        "texts": [
            text
            | {"code": code, "standing": Standing(text["standing"]).label, "is_authentic": code == version.authentic}
            for code, text in zip(codes, texts, strict=True)
        ],
        "rows": beside.rows(*texts),
    }


def languages(circular, version, language) -> list[dict]:
    """The texts of a version, for the switch of languages."""
    base = circular.get_absolute_url() if version.pk == circular.current_id else version.get_absolute_url()
    return [
        {"code": code, "url": f"{base}/{eli}", "is_current": code == language} for code, eli in version.eli_languages
    ]


def beside_url(circular, version) -> str:
    """Where the authentic text and the first other one stand side by side; empty where there is only one."""
    codes = sorted((eli for _code, eli in version.eli_languages), key=lambda eli: eli != ELI_CODES[version.authentic])
    is_current = version.pk is not None and version.pk == circular.current_id
    return f"{circular.get_absolute_url()}/{'-'.join(codes[:2])}" if is_current and len(codes) > 1 else ""


def sentence(circular, finding) -> str:
    """The force in words, with the day on which it changes."""
    said = {
        Force.NOT_YET: _("Not yet in force."),
        Force.IN_FORCE: _in_force(circular),
        Force.PARTLY: _("In force, but for the paragraphs marked below."),
        Force.SUSPENDED: _("Suspended for now."),
        Force.EXPIRED: _("No longer in force: its time is over."),
        Force.ABROGATED: _("No longer in force: it was abrogated."),
        Force.REPLACED: _("No longer in force: another act replaced it."),
        Force.WITHDRAWN: _("Withdrawn: %(reason)s") % {"reason": circular.withdrawal_reason},
    }[finding.status]
    if finding.until is None:
        return said
    return f"{said} " + _("This changes on %(day)s.") % {"day": day_text(finding.until)}


def _in_force(circular) -> str:
    if circular.in_force_on is None:
        return _("In force.")
    return _("In force since %(day)s.") % {"day": day_text(circular.in_force_on)}


def related(circular, versions, ties, *, on) -> dict:
    """What happened to the circular and what it did to others, by day; what it cites, and what cites it."""
    own, others = ties.own, ties.others
    amending = [relation for relation in others if relation.predicate in AMENDING and _counts(relation, on)]
    amended = [
        _related(relation, relation.subject, DONE_BY[relation.predicate], relation.subject) for relation in amending
    ]
    return {
        "timeline": timeline(circular, versions, own, others, on=on),
        "amended_by": [row for row in amended if row["on"] <= on],
        "cites": [
            _related(relation, relation.circular or relation.external, "", circular)
            for relation in own
            if relation.predicate == Predicate.CITES
        ],
        "cited_by": [
            _related(relation, relation.subject, "", relation.subject)
            for relation in others
            if relation.predicate == Predicate.CITES
        ],
    }


def _counts(relation, on) -> bool:
    """Whether a change made to an act is still one: it is not over, nor was the act withdrawn that made it."""
    return not relation.subject.is_withdrawn and (relation.ends_on is None or relation.ends_on >= on)


def timeline(circular, versions, own, others, *, on) -> list[dict]:
    """The life of the circular by day; the last past entry is marked. `own` and `others` are relations."""
    rows = [
        {"on": circular.signed_on, "text": _("Signed"), "circular": None},
        *(
            {"on": version.day, "text": version.get_change_display(), "circular": None, "note": version.note}
            for version in reversed(versions)
        ),
    ]
    if circular.in_force_on:
        rows.append({"on": circular.in_force_on, "text": _("Comes into force"), "circular": None})
    if circular.review_on:
        rows.append({"on": circular.review_on, "text": _("Planned review"), "circular": None})
    if circular.withdrawn_at:
        rows.append({"on": local_date(circular.withdrawn_at), "text": _("Withdrawn"), "circular": None})
    rows += [
        _related(relation, relation.circular or relation.external, relation.get_predicate_display(), circular)
        for relation in own
        if relation.predicate != Predicate.CITES
    ]
    rows += [
        _related(relation, relation.subject, DONE_BY[relation.predicate], relation.subject)
        for relation in others
        if relation.predicate != Predicate.CITES
    ]
    rows.sort(key=lambda row: row["on"])
    for place, entry in enumerate(rows):
        entry["is_to_come"] = entry["on"] > on
        entry["is_now"] = not entry["is_to_come"] and (place + 1 == len(rows) or rows[place + 1]["on"] > on)
    return rows


def _for_machines(circular, user) -> str:
    """What crawlers look for; people who are signed in are none."""
    if user.is_authenticated or circular.current_id is None:
        return ""
    return linked_data.as_block(linked_data.describe(circular, user=user))


def touched(blocks, rows) -> list[dict]:
    """The blocks of a text, each with what other acts did to this very paragraph."""
    return [
        block | {"touched_by": [row for row in rows if block.get("anchor") in row["paragraphs"]]} for block in blocks
    ]


def _related(relation, other, words, since):
    return {
        "on": relation.starts_on or since.in_force_on or since.signed_on,
        "text": words,
        "circular": other if isinstance(other, Circular) else None,
        "external": None if isinstance(other, Circular) else other,
        "paragraphs": sorted(relation.anchors),
    }
