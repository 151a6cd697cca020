"""The engine against brute force over small universes, and against z3 over larger policy sets."""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from monitor.coverage.compare import compare, decide
from tests.coverage.makers import Body, posture
from tests.coverage.oracle import brute_force
from tests.coverage.universe import ALL_AXES, CUSTOMS, WORLD, Axis, policies, signins

CASES = 120


@st.composite
def edits(draw: st.DrawFn) -> tuple[tuple[Axis, ...], list[Body], list[Body]]:
    """Two policy sets over two axes: unrelated, or with one policy exchanged."""
    axes = tuple(draw(st.lists(st.sampled_from(ALL_AXES), min_size=2, max_size=2, unique_by=id)))
    before = draw(policies(axes))
    other = draw(policies(axes))
    if not before or not other or draw(st.booleans()):
        return axes, before, other
    at = draw(st.integers(0, len(before) - 1))
    after = [*before]
    after[at] = {**other[0], "id": before[at]["id"]}
    return axes, before, after


@settings(max_examples=CASES, deadline=None, suppress_health_check=list(HealthCheck))
@given(edits())
def test_agrees_with_enumeration(edit: tuple[tuple[Axis, ...], list[Body], list[Body]]) -> None:
    axes, old, new = edit
    before, after = posture(*old, *WORLD), posture(*new, *WORLD)
    expected = brute_force(before, after, signins(axes), CUSTOMS)
    found = compare(before, after)
    assert (found.verdict, found.level) == expected
    fast = decide(before, after)
    assert (fast.verdict, fast.level) == expected
