"""The engine against brute force over small universes, and against z3 over larger policy sets."""

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from monitor.coverage.compare import compare, decide
from monitor.coverage.signin import SignIn
from monitor.posture.document import Document
from monitor.posture.posture import Posture
from tests.coverage.makers import Body, posture
from tests.coverage.oracle import brute_force
from tests.coverage.universe import (
    ALL_AXES,
    CLIENT,
    CUSTOMS,
    PERSON,
    PLACE,
    WHO,
    WORLD,
    WORLDS,
    Axis,
    policies,
    signins,
)
from tests.coverage.z3_oracle import z3_decide

MORE = os.environ.get("MFA_MONITOR_COVERAGE_CASES")
"""The variable asks for more cases: `.ci/run` does, `make test` is to be done in minutes."""
CASES = int(MORE or "32")
Z3_CASES = int(MORE or "64")


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
    expected = brute_force(before, after, signins(axes, [*old, *new]), CUSTOMS)
    found = compare(before, after)
    assert (found.verdict, found.level) == expected
    fast = decide(before, after)
    assert (fast.verdict, fast.level) == expected


@dataclass(frozen=True)
class WorldChange:
    """Policies and the meaning of their words, before and after; either may stay."""

    axes: tuple[Axis, ...]
    old: list[Body]
    new: list[Body]
    there: Sequence[Document]
    here: Sequence[Document]

    def postures(self) -> tuple[Posture, Posture]:
        return posture(*self.old, *self.there), posture(*self.new, *self.here)

    def signins(self) -> Iterator[SignIn]:
        services = [posture.world.service for posture in self.postures()]
        skips = any(service.skip_from_intranet for service in services if service)
        return signins(self.axes, [*self.old, *self.new], beside=True, intranet=skips)


@st.composite
def world_changes(draw: st.DrawFn) -> WorldChange:
    """What the words of policies mean changes, and in some cases the policies too."""
    axes = draw(st.sampled_from(((WHO,), (PERSON, PLACE), (PERSON, CLIENT))))
    old = draw(policies(axes))
    new = draw(policies(axes)) if draw(st.booleans()) else old
    return WorldChange(axes, old, new, draw(st.sampled_from(WORLDS)), draw(st.sampled_from(WORLDS)))


@settings(max_examples=CASES, deadline=None, suppress_health_check=list(HealthCheck))
@given(world_changes())
def test_a_change_of_the_world_agrees_with_enumeration(change: WorldChange) -> None:
    before, after = change.postures()
    expected = brute_force(before, after, change.signins(), CUSTOMS)
    found = compare(before, after)
    assert (found.verdict, found.level) == expected
    fast = decide(before, after)
    assert (fast.verdict, fast.level) == expected


@settings(max_examples=Z3_CASES, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    policies(ALL_AXES, most=6),
    policies(ALL_AXES, most=6),
    st.sampled_from(WORLDS),
    st.sampled_from(WORLDS),
)
def test_agrees_with_z3(
    old: list[Body], new: list[Body], there: Sequence[Document], here: Sequence[Document]
) -> None:
    """Every dimension at once, too large to enumerate."""
    before, after = posture(*old, *there), posture(*new, *here)
    found = compare(before, after)
    assert (found.verdict, found.level) == z3_decide(before, after)
