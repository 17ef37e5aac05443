from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from home.circulars.force import Act, Effect, Force, Standing, changes, force, force_of_all
from home.circulars.force import findings as in_one_pass

DAY = date(2026, 3, 1)
EVERY = frozenset({"p1", "p2", "p3"})


def day(number):
    return DAY + timedelta(days=number)


def act(key, start=0, **dates):
    return Act(key, day(start), paragraphs=EVERY, **dates)


def ask(effects, acts, *, on, key="a"):
    return force(next(each for each in acts if each.key == key), effects, acts, on=on)


@pytest.mark.parametrize(
    ("subject", "number", "status", "until"),
    [
        (Act("a"), 0, Force.NOT_YET, None),
        (act("a", 5), 4, Force.NOT_YET, 5),
        (act("a"), 0, Force.IN_FORCE, None),
        (act("a", in_force_on=day(9)), 8, Force.NOT_YET, 9),
        (act("a", in_force_on=day(9)), 9, Force.IN_FORCE, None),
        (act("a", 5, in_force_on=day(1)), 4, Force.NOT_YET, 5),
        (act("a", expires_on=day(9)), 9, Force.IN_FORCE, 10),
        (act("a", expires_on=day(9)), 10, Force.EXPIRED, None),
        (act("a", withdrawn_on=day(9)), 8, Force.IN_FORCE, 9),
        (act("a", withdrawn_on=day(9)), 9, Force.WITHDRAWN, None),
        (act("a", expires_on=day(3), withdrawn_on=day(9)), 5, Force.EXPIRED, 9),
        (act("a", expires_on=date.max), 5, Force.IN_FORCE, None),
    ],
)
def test_force_from_dates_alone(subject, number, status, until):
    finding = force(subject, [], [subject], on=day(number))

    assert (finding.status, finding.until) == (status, None if until is None else day(until))


@pytest.mark.parametrize(
    ("predicate", "status"),
    [("abrogates", Force.ABROGATED), ("replaces", Force.REPLACED), ("suspends", Force.SUSPENDED)]
    + [(each, Force.IN_FORCE) for each in ("extends", "amends", "corrects", "supplements", "applies", "cites")],
)
def test_force_after_each_relation(predicate, status):
    acts = [act("a"), act("b", 4)]
    effects = [Effect("b", "a", predicate)]

    assert ask(effects, acts, on=day(3)).status == Force.IN_FORCE
    finding = ask(effects, acts, on=day(4))
    assert (finding.status, finding.by) == (status, () if status == Force.IN_FORCE else ("b",))


def test_paragraph_abrogated_from_a_date():
    acts = [act("a"), act("b", 1)]
    effects = [Effect("b", "a", "abrogates", starts_on=day(10), paragraphs=frozenset({"p3"}))]

    before, after = ask(effects, acts, on=day(9)), ask(effects, acts, on=day(10))

    assert (before.status, before.until) == (Force.IN_FORCE, day(10))
    assert (after.status, after.by, after.paragraphs, after.until) == (Force.PARTLY, ("b",), frozenset({"p3"}), None)


def test_paragraphs_abrogated_one_by_one_end_the_act():
    acts = [act("a"), act("b", 1), act("c", 2), act("d", 3)]
    effects = [
        Effect(source, "a", "abrogates", paragraphs=frozenset({paragraph}))
        for source, paragraph in zip("bcd", sorted(EVERY), strict=True)
    ]

    assert ask(effects, acts, on=day(2)).paragraphs == {"p1", "p2"}
    assert ask(effects, acts, on=day(3)).status == Force.ABROGATED
    assert ask(effects, acts, on=day(3)).by == ("b", "c", "d")


def test_paragraphs_suspended_all_of_them_suspend_the_act():
    acts = [act("a"), act("b", 1), act("c", 2)]
    effects = [
        Effect("b", "a", "suspends", paragraphs=frozenset({"p1"})),
        Effect("c", "a", "suspends", ends_on=day(5), paragraphs=frozenset({"p2", "p3", "p9"})),
        Effect("a", "x", "abrogates"),
    ]

    assert ask(effects, acts, on=day(1)).status == Force.PARTLY
    assert ask(effects, acts, on=day(5)).status == Force.SUSPENDED
    assert ask(effects, acts, on=day(6)).paragraphs == {"p1"}


def test_paragraph_the_act_does_not_have_changes_nothing():
    acts = [act("a"), act("b")]

    assert ask([Effect("b", "a", "abrogates", paragraphs=frozenset({"p9"}))], acts, on=day(0)).status == Force.IN_FORCE


def test_replacement_counts_before_abrogation_and_expiry_of_the_same_day():
    acts = [act("a", expires_on=day(3)), act("b", 4), act("c", 4)]

    finding = ask([Effect("b", "a", "abrogates"), Effect("c", "a", "replaces")], acts, on=day(4))

    assert (finding.status, finding.by) == (Force.REPLACED, ("b", "c"))


def test_first_end_counts():
    acts = [act("a", expires_on=day(3)), act("b", 5)]

    assert ask([Effect("b", "a", "abrogates")], acts, on=day(6)).status == Force.EXPIRED


def test_abrogating_the_abrogating_act_does_not_revive():
    acts = [act("a"), act("b", 2), act("c", 4)]
    effects = [Effect("b", "a", "abrogates"), Effect("c", "b", "abrogates")]

    assert ask(effects, acts, on=day(9)).status == Force.ABROGATED


def test_abrogation_due_after_its_act_ended_is_not_carried_out():
    acts = [act("a"), act("b", 2), act("c", 4)]
    effects = [Effect("b", "a", "abrogates", starts_on=day(6)), Effect("c", "b", "abrogates")]

    assert ask(effects, acts, on=day(9)).status == Force.IN_FORCE


def test_withdrawal_undoes_what_the_act_did():
    acts = [act("a"), act("b", 2, withdrawn_on=day(6)), act("c", 1)]
    effects = [Effect("b", "a", "abrogates"), Effect("c", "a", "abrogates", paragraphs=frozenset({"p1"}))]

    assert ask(effects, acts, on=day(5)) == ask(effects, acts, on=day(2))
    assert ask(effects, acts, on=day(5)).until == day(6)
    assert ask(effects, acts, on=day(6)).status == Force.PARTLY


def test_suspension_ends_with_its_period_and_with_its_act():
    acts = [act("a"), act("b", 2), act("c", 6)]

    assert ask([Effect("b", "a", "suspends", ends_on=day(4))], acts, on=day(4)).until == day(5)
    assert ask([Effect("b", "a", "suspends"), Effect("c", "b", "abrogates")], acts, on=day(5)).until == day(6)
    assert ask([Effect("b", "a", "suspends", ends_on=day(1))], acts, on=day(3)).status == Force.IN_FORCE


def test_suspended_act_suspends_and_abrogates_nothing_meanwhile():
    acts = [act("a"), act("b", 2), act("c", 1)]
    effects = [
        Effect("b", "a", "abrogates", paragraphs=frozenset({"p1"})),
        Effect("b", "a", "suspends"),
        Effect("c", "b", "suspends", ends_on=day(4)),
    ]

    assert ask(effects, acts, on=day(4)).status == Force.IN_FORCE
    assert ask(effects, acts, on=day(5)).status == Force.SUSPENDED
    assert ask([effects[0], effects[2]], acts, on=day(5)).status == Force.PARTLY


def test_act_freed_by_an_end_acts_from_the_next_day():
    acts = [act("a"), act("b"), act("c"), act("d", 3)]
    effects = [Effect("b", "a", "abrogates", starts_on=day(1)), Effect("c", "b", "suspends")]
    effects.append(Effect("d", "c", "abrogates"))

    assert ask(effects, acts, on=day(3)).status == Force.IN_FORCE
    assert ask(effects, acts, on=day(3)).until == day(4)
    assert ask(effects, acts, on=day(4)).status == Force.ABROGATED


def test_extension_moves_the_last_day_unless_too_late():
    acts = [act("a", expires_on=day(5)), act("b", 2)]

    finding = ask([Effect("b", "a", "extends", ends_on=day(8))], acts, on=day(6))
    assert (finding.status, finding.by, finding.until) == (Force.IN_FORCE, ("b",), day(9))
    assert ask([Effect("b", "a", "extends")], acts, on=day(99)).status == Force.IN_FORCE
    assert ask([Effect("b", "a", "extends", starts_on=day(6))], acts, on=day(6)).status == Force.IN_FORCE
    assert ask([Effect("b", "a", "extends", starts_on=day(7))], acts, on=day(7)).status == Force.EXPIRED


def test_extension_withdrawn_gives_the_old_last_day_back():
    acts = [act("a", expires_on=day(5)), act("b", 2, withdrawn_on=day(7)), act("c", 2)]
    effects = [Effect("b", "a", "extends"), Effect("c", "a", "extends", ends_on=day(6))]

    assert ask(effects, acts, on=day(7)).status == Force.EXPIRED


def test_circles_are_settled():
    acts = [act("a"), act("b")]
    both = [Effect("a", "b", "abrogates"), Effect("b", "a", "abrogates")]
    assert set(force_of_all(acts, both, on=day(0)).values()) == {Force.ABROGATED}
    suspending = [Effect("a", "b", "suspends"), Effect("b", "a", "suspends")]
    assert set(force_of_all(acts, suspending, on=day(7)).values()) == {Force.SUSPENDED}
    assert force_of_all(acts, [Effect("a", "a", "abrogates")], on=day(0))["a"] == Force.IN_FORCE


def test_keys_of_several_kinds_have_an_order():
    acts = [act("a"), act(3), act(("law", 1))]
    effects = [Effect(3, "a", "abrogates"), Effect(("law", 1), "a", "abrogates")]

    assert ask(effects, acts, on=day(0)).by == (3, ("law", 1))


def test_changes_tell_before_and_after():
    acts = [act("a"), act("b", 2)]
    effects = [Effect("b", "a", "abrogates", starts_on=day(3))]

    assert list(changes(acts, effects, since=day(1), until=day(3))) == [
        (day(2), "b", Standing(Force.NOT_YET, (), EVERY), Standing(Force.IN_FORCE)),
        (day(3), "a", Standing(Force.IN_FORCE), Standing(Force.ABROGATED, ("b",), EVERY)),
    ]


# --- any graph ----------------------------------------------------------------------------------------------------
LAST = 16
days = st.integers(0, LAST - 3).map(day)
maybe = st.none() | days
predicates = st.sampled_from(["abrogates", "replaces", "suspends", "suspends", "extends", "amends"])
some = st.frozensets(st.sampled_from(["p1", "p2", "p3"]), max_size=2)


@st.composite
def graphs(draw):
    count = draw(st.integers(1, 6))
    acts = [
        Act(key, draw(st.just(DAY) | maybe), draw(maybe), draw(maybe), draw(st.none() | st.none() | maybe), draw(some))
        for key in range(count)
    ]
    keys = st.integers(0, count - 1)
    effects = draw(st.lists(st.builds(Effect, keys, keys, predicates, maybe, maybe, st.just(frozenset()) | some)))
    return acts, effects


def findings(acts, effects, on):
    return {each.key: force(each, effects, acts, on=on) for each in acts}


@settings(max_examples=300, deadline=None)
@given(graphs(), st.randoms(use_true_random=False), st.integers(0, LAST).map(day))
def test_force_does_not_depend_on_order_and_both_ways_agree(graph, random, on):
    acts, effects = graph
    found = findings(acts, effects, on)

    shuffled = random.sample(acts, len(acts)), random.sample(effects, len(effects))
    assert findings(*shuffled, on) == found
    assert findings(acts, effects * 2, on) == found
    assert force_of_all(*shuffled, on=on) == {key: finding.status for key, finding in found.items()}
    assert in_one_pass(*shuffled, on=on) == found


@settings(max_examples=150, deadline=None)
@given(graphs())
def test_force_is_constant_until_the_day_it_names_and_changes_say_the_same(graph):
    acts, effects = graph
    told = {(on, key): (before, after) for on, key, before, after in changes(acts, effects, since=DAY, until=day(LAST))}
    for each in acts:
        finding = force(each, effects, acts, on=day(-1))
        for number in range(LAST + 1):
            now = force(each, effects, acts, on=day(number))
            before, after = (Standing(found.status, found.by, found.paragraphs) for found in (finding, now))
            assert (before != after) == (finding.until == day(number))
            assert told.get((day(number), each.key)) == ((before, after) if before != after else None)
            finding = now
        assert finding.until is None


@settings(max_examples=150, deadline=None)
@given(graphs(), st.integers(0, LAST).map(day))
def test_whole_abrogation_dominates_the_partial(graph, on):
    acts, effects = graph
    ruler = Act("ruler", DAY)
    acts = [*acts, ruler]
    effects = [*effects, Effect("ruler", 0, "abrogates")]

    status = force_of_all(acts, effects, on=on)[0]

    assert status in {Force.ABROGATED, Force.REPLACED, Force.EXPIRED, Force.WITHDRAWN, Force.NOT_YET}
    if acts[0].published_on and acts[0].published_on <= on:
        assert status != Force.NOT_YET


@settings(max_examples=100, deadline=None)
@given(graphs(), st.integers(0, LAST).map(day))
def test_paragraphs_go_with_the_status(graph, on):
    acts, effects = graph
    for each in acts:
        finding = force(each, effects, acts, on=on)
        if finding.status == Force.IN_FORCE:
            assert finding.paragraphs == frozenset()
        elif finding.status == Force.PARTLY:
            assert finding.paragraphs
            assert not each.paragraphs or finding.paragraphs < each.paragraphs
        else:
            assert finding.paragraphs == each.paragraphs
        assert set(finding.by) <= {effect.source for effect in effects}
