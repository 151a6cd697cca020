from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.errors import LedgerCorrupt
from monitor.ledger.cursor import Cursor, claim, transition_fault, without

deliveries = st.lists(st.lists(st.integers(0, 40), min_size=1, max_size=12), min_size=1, max_size=8)
NOON = datetime(2026, 11, 2, 12, tzinfo=UTC)
NOON_MS = 1_793_620_800_000


def held(cursor: Cursor) -> set[int]:
    return {n for n in range(cursor.start, cursor.high + 1) if cursor.holds(n)}


@settings(deadline=None)
@given(deliveries)
def test_a_cursor_is_a_set_of_positions(windows: list[list[int]]) -> None:
    entered: set[int] = set()
    cursor = None
    for window in windows:
        taken = claim(cursor, window)
        assert taken.fresh == set(window) - entered
        entered |= set(window)
        assert held(taken.cursor) == entered
        assert taken.cursor.missing == max(entered) - min(entered) + 1 - len(entered)
        assert transition_fault(cursor, taken.cursor) is None
        assert claim(taken.cursor, window).fresh == frozenset()
        assert claim(taken.cursor, window).cursor == taken.cursor
        cursor = taken.cursor


@settings(deadline=None)
@given(deliveries)
def test_the_order_of_deliveries_does_not_matter(windows: list[list[int]]) -> None:
    ends = []
    for order in (windows, windows[::-1]):
        cursor = None
        for window in order:
            cursor = claim(cursor, window).cursor
        ends.append(cursor)
    assert ends[0] == ends[1]


@settings(deadline=None)
@given(deliveries)
def test_a_cursor_reads_back(windows: list[list[int]]) -> None:
    cursor = claim(None, windows[0]).cursor
    for window in windows:
        cursor = claim(cursor, window).cursor
    assert msgspec.json.decode(msgspec.json.encode(cursor), type=Cursor) == cursor


def test_the_json_is_an_array() -> None:
    cursor = claim(None, [5, 6, 9], [None, None, NOON]).cursor
    assert msgspec.json.encode(cursor) == b"[5,9,[[7,8]],%d]" % NOON_MS


def test_the_first_claim_registers_its_lowest_position() -> None:
    assert claim(None, [12, 10, 11]).cursor == Cursor(10, 12)
    with pytest.raises(ValueError, match="needs a position"):
        claim(None, [])


def test_a_position_before_the_start_is_fresh() -> None:
    taken = claim(Cursor(10, 12), [7, 8, 11])
    assert taken.fresh == {7, 8}
    assert taken.cursor == Cursor(7, 12, ((9, 9),))


def test_a_skipped_range_stays_open_until_it_is_delivered() -> None:
    skipped = claim(Cursor(0, 4), [10]).cursor
    assert skipped == Cursor(0, 10, ((5, 9),))
    assert claim(skipped, [7]).cursor == Cursor(0, 10, ((5, 6), (8, 9)))
    assert claim(skipped, range(5, 11)).cursor == Cursor(0, 10)


def test_a_claim_is_small_whatever_it_spans() -> None:
    far = claim(Cursor(0, 0), [10**15]).cursor
    assert far.gaps == ((1, 10**15 - 1),)
    assert far.missing == 10**15 - 1


def test_the_latest_enqueued_time_is_kept() -> None:
    second = timedelta(seconds=1)
    cursor = claim(None, [1, 2], [NOON, NOON + second]).cursor
    assert cursor.enqueued == NOON_MS + 1000
    # another broker's clock is behind: the latest time stays the yardstick
    assert claim(cursor, [3], [NOON]).cursor.enqueued == NOON_MS + 1000
    assert claim(cursor, [3]).cursor.enqueued == NOON_MS + 1000
    assert claim(None, [3]).cursor.enqueued is None


def test_times_go_along_with_positions() -> None:
    with pytest.raises(ValueError, match="shorter"):
        claim(None, [1, 2], [NOON])


KNOWN = Cursor(100, 110, ((104, 105),), NOON_MS)
MINUTE = timedelta(minutes=1)
MILLISECOND = timedelta(milliseconds=1)


@pytest.mark.parametrize(
    ("position", "enqueued"),
    [
        (110, NOON + MILLISECOND),  # a second event with a number that is entered
        (100, NOON + MILLISECOND),
        (0, NOON + MINUTE + MILLISECOND),  # before the start: a hub that counts anew
        (104, NOON + MINUTE + MILLISECOND),  # in a gap
    ],
)
def test_numbers_that_restart_stop_the_writer(position: int, enqueued: datetime) -> None:
    with pytest.raises(LedgerCorrupt, match="new epoch"):
        claim(KNOWN, [position], [enqueued])


@pytest.mark.parametrize(
    ("position", "enqueued", "fresh"),
    [
        (110, NOON, set[int]()),  # a redelivery
        (101, NOON - MINUTE, set[int]()),
        (104, NOON + MINUTE, {104}),  # two brokers' clocks
        (99, NOON - MINUTE, {99}),
        (111, NOON + 10 * MINUTE, {111}),
        (111, NOON - 10 * MINUTE, {111}),
    ],
)
def test_other_deliveries_are_no_restart(
    position: int, enqueued: datetime, fresh: set[int]
) -> None:
    assert claim(KNOWN, [position], [enqueued]).fresh == fresh


def test_without_times_a_restart_cannot_be_seen() -> None:
    assert claim(KNOWN, [100]).fresh == frozenset()
    assert claim(Cursor(100, 110), [100], [NOON]).fresh == frozenset()


@pytest.mark.parametrize(
    ("cursor", "fault"),
    [
        (Cursor(5, 3), "leave start and high"),
        (Cursor(5, 9, ((5, 6),)), "leave start and high"),
        (Cursor(5, 9, ((8, 9),)), "leave start and high"),
        (Cursor(5, 9, ((7, 6),)), "out of order"),
        (Cursor(1, 9, ((5, 6), (3, 3))), "out of order"),
        (Cursor(1, 9, ((3, 4), (5, 6))), "touch"),
        (Cursor(11, 20), "covers less"),
        (Cursor(10, 19), "covers less"),
        (Cursor(10, 20, ((12, 13),)), "already entered"),
        (Cursor(10, 20, ((14, 16),)), "already entered"),
        (Cursor(10, 30, ((15, 15), (20, 25))), "already entered"),
        (Cursor(5, 20, ((6, 10), (15, 15))), "already entered"),
    ],
)
def test_impossible_successors(cursor: Cursor, fault: str) -> None:
    assert fault in (transition_fault(Cursor(10, 20, ((15, 15),)), cursor) or "")


@pytest.mark.parametrize(
    "cursor",
    [
        Cursor(10, 20, ((15, 15),)),
        Cursor(10, 20),
        Cursor(5, 20, ((6, 9), (15, 15))),
        Cursor(10, 30, ((15, 15), (21, 29))),
    ],
)
def test_possible_successors(cursor: Cursor) -> None:
    assert transition_fault(Cursor(10, 20, ((15, 15),)), cursor) is None


ranges = st.lists(st.tuples(st.integers(0, 40), st.integers(0, 9)), max_size=6)


@given(ranges, ranges)
def test_ranges_are_taken_out_of_gaps(
    held_out: list[tuple[int, int]], taken: list[tuple[int, int]]
) -> None:
    gone = {n for first, length in held_out for n in range(first, first + length)}
    numbers = sorted(set(range(60)) - gone)
    cursor = claim(None, [0, *numbers, 60]).cursor
    spans = [(first, first + length) for first, length in taken]
    left = without(cursor.gaps, spans)
    covered = {n for first, last in spans for n in range(first, last + 1)}
    wanted = {n for first, last in cursor.gaps for n in range(first, last + 1)} - covered
    assert {n for first, last in left for n in range(first, last + 1)} == wanted
    assert all(first <= last for first, last in left)
    assert [*left] == sorted(left)
