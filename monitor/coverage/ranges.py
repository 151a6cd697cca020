"""Sets of IP addresses: is there an address inside all of these and outside all of those?"""

from collections.abc import Iterable, Sequence
from typing import Final

from monitor.posture.parts import Interval

Address = tuple[int, int]
"""IP version and number."""

WHOLE: Final[tuple[Interval, ...]] = ((4, 0, 2**32 - 1), (6, 0, 2**128 - 1))


def intersection(left: Sequence[Interval], right: Sequence[Interval]) -> tuple[Interval, ...]:
    """Addresses in both; inputs are merged intervals, and so is the result."""
    found, i, j = [], 0, 0
    while i < len(left) and j < len(right):
        a, b = left[i], right[j]
        if a[0] == b[0] and a[1] <= b[2] and b[1] <= a[2]:
            found.append((a[0], max(a[1], b[1]), min(a[2], b[2])))
        if (a[0], a[2]) < (b[0], b[2]):
            i += 1
        else:
            j += 1
    return tuple(found)


def complement(intervals: Sequence[Interval]) -> tuple[Interval, ...]:
    """All other addresses of both IP versions."""
    found: list[Interval] = []
    for version, low, high in WHOLE:
        at = low
        for v, first, last in intervals:
            if v != version:
                continue
            if first > at:
                found.append((version, at, first - 1))
            at = last + 1
        if at <= high:
            found.append((version, at, high))
    return tuple(found)


def inside(
    within: Iterable[Sequence[Interval]], outside: Iterable[Sequence[Interval]]
) -> tuple[Interval, ...]:
    """Return the addresses inside every set of `within` and outside every set of `outside`."""
    left = WHOLE
    for part in within:
        left = intersection(left, part)
    for part in outside:
        left = intersection(left, complement(part))
    return left
