"""Which entries a pack is about."""

from datetime import timedelta

import pytest

from monitor.errors import InvalidInput, LedgerCorrupt
from monitor.evidence.scope import Filter, Profile, Scope, Withheld
from monitor.evidence.selection import Selection, decode, find_span
from tests.evidence import packs
from tests.evidence.packs import HOUR, START


def spanned(
    since: timedelta, until: timedelta, happened: tuple[int, int] | None = None
) -> tuple[int, int, int, int]:
    scene = packs.scene()
    scope = Scope(START + since, START + until)
    span = find_span(scene.log, 8, scope, happened)
    return span.first_seq, span.end_seq, span.first, span.end


@pytest.mark.parametrize(
    ("since", "until", "expected"),
    [
        (0, 24, (0, 8, 0, 20)),
        (0, 1, (0, 1, 0, 2)),
        (1, 2, (1, 2, 2, 5)),
        (0.5, 1.5, (1, 2, 2, 5)),
        (3, 31, (3, 9, 8, 23)),
        (8, 9, (8, 8, 20, 20)),
        (-9, -8, (0, 0, 0, 0)),
        (99, 100, (9, 9, 23, 23)),
    ],
)
def test_the_range_holds_the_batches_that_were_entered_in_the_period(
    since: float, until: float, expected: tuple[int, int, int, int]
) -> None:
    assert spanned(timedelta(hours=since), timedelta(hours=until)) == expected


def test_the_range_reaches_to_what_happened_in_the_period_and_was_entered_later() -> None:
    assert spanned(timedelta(hours=8), timedelta(hours=9), (8, 8)) == (8, 9, 20, 23)
    assert spanned(timedelta(hours=-60), timedelta(hours=-40), (4, 4)) == (0, 5, 0, 14)


def fates(scope: Scope) -> dict[int, Withheld | None]:
    scene = packs.scene()
    selection = Selection(scene.log, find_span(scene.log, 8, scope, (8, 8)), scope, None)
    return {item.index: item.withheld for item in selection.items() if item.kind != "batch"}


def test_what_was_neither_entered_nor_happened_in_the_period_is_a_hash() -> None:
    told = fates(Scope(START, START + 24 * HOUR))
    hidden = {index for index, why in told.items() if why is not None}
    assert hidden == {21}, "entered and happened a day later; its neighbour happened in the period"
    assert told[21] is Withheld.PERIOD


def test_a_filter_brings_along_what_hangs_on_a_match() -> None:
    told = fates(Scope(START, START + 24 * HOUR, Filter(severity="critical")))
    assert {index for index, why in told.items() if why is None} == {3, 4, 6}
    told = fates(Scope(START, START + 24 * HOUR, Filter(rule="ca-weakened", severity="medium")))
    assert {index for index, why in told.items() if why is None} == {3, 4, 6, 9, 10, 15}


def test_another_tenants_entries_are_hashes_whatever_hangs_on_them() -> None:
    scope = Scope(START, START + 24 * HOUR, Filter(object="p-1"), packs.OTHER)
    told = fates(scope)
    assert {index for index, why in told.items() if why is None} == {7}
    assert {index for index, why in told.items() if why is Withheld.TENANT} >= {3, 4, 6, 9, 10}
    assert told[1] is Withheld.FILTER, "the deployment's own entries are nobody's, and no match"


def test_no_personal_data_shows_only_kinds_that_have_none() -> None:
    told = fates(Scope(START, START + 24 * HOUR, profile=Profile.NO_PERSONAL_DATA))
    assert {index for index, why in told.items() if why is None} == {1}


def test_filters_use_the_words_of_history() -> None:
    leaf = packs.finding(START, 3)
    yes = [
        Filter(),
        Filter(rule="ca-weakened"),
        Filter(severity="medium"),
        Filter(actor="ANN"),
        Filter(object="p-1"),
        Filter(object="ca0"),
        Filter("ca-weakened", "high", "ann", "p-1"),
    ]
    no = [
        Filter(rule="ca"),
        Filter(severity="critical"),
        Filter(actor="bob"),
        Filter(object="p-"),
    ]
    assert all(one.holds(leaf) for one in yes)
    assert not any(one.holds(leaf) for one in no)
    assert not Filter(severity="info").holds(packs.change(START))


def test_counts_add_up() -> None:
    scene = packs.scene()
    scope = Scope(START, START + 24 * HOUR, tenant=packs.HOSPITAL)
    steps: list[tuple[int, int]] = []
    span = find_span(scene.log, 8, scope, (8, 8))
    counts = Selection(scene.log, span, scope, lambda *step: steps.append(step)).counts()
    assert counts.headers + counts.shown + sum(counts.withheld.values()) == span.end - span.first
    assert counts.withheld == {"period": 1, "tenant": 1}
    assert counts.records == {
        "irrelevant": 4,
        "quarantined": 0,
        "relevant": 1,
        "repeated": 0,
        "seen": 5,
    }
    assert steps[-1] == (18, 27)
    assert steps == sorted(steps)


def test_a_period_that_ends_before_it_begins_is_refused() -> None:
    with pytest.raises(InvalidInput, match="--from is its first moment"):
        Scope(START, START)


def test_an_entry_that_is_no_json_object_is_told() -> None:
    for content in (b"{", b"[]", b"\xff"):
        with pytest.raises(LedgerCorrupt, match="entry 7"):
            decode(7, content)


def test_a_missing_batch_is_told() -> None:
    scene = packs.scene()
    scope = Scope(START, START + 24 * HOUR)
    span = find_span(scene.log, 8, scope, None)
    del scene.ledger.objects["b/003"]
    with pytest.raises(LedgerCorrupt, match="b/003: missing"):
        Selection(scene.log, span, scope, None)
