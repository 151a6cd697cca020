"""The engine against brute force over small universes, and against z3 over larger policy sets."""

from collections.abc import Sequence

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from monitor.coverage.compare import compare, decide
from monitor.coverage.model import Verdict
from monitor.coverage.scope import DOUBTFUL_KINDS
from monitor.posture.document import Document, DocumentKind
from tests.coverage.makers import Body, countries, defaults, document, group, location, posture
from tests.coverage.oracle import brute_force
from tests.coverage.universe import (
    ALL_AXES,
    CLIENT,
    CUSTOMS,
    PERSON,
    PLACE,
    WHO,
    WORLD,
    Axis,
    policies,
    signins,
)
from tests.coverage.z3_oracle import z3_decide

CASES = 60
WORLD_CASES = 60
Z3_CASES = 40


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


WORLDS = (
    WORLD,
    (*WORLD, location("clinic", "10.0.0.0/16", trusted=True)),
    (*WORLD, location("clinic", "10.0.0.0/8", trusted=False)),
    (*WORLD, location("ward", "10.1.0.0/16", trusted=True), countries("abroad", "DE")),
    (*WORLD, location("elsewhere", "10.1.0.0/16")),
    (*WORLD, group("doctors", "ann", "bob", "cal")),
    (*WORLD, group("doctors", "eve"), group("surgeons", "eve", "bob")),
    (*WORLD, group("nurses", "eve", "ann", complete=False)),
    (*WORLD, group("nurses", complete=False, nonMembers=["ann"])),
    (*WORLD, group("porters", memberGroups=["doctors", "nurses"])),
    (*WORLD, defaults(on=True)),
    (*WORLD, document(DocumentKind.PER_USER_MFA, "ann", {"perUserMfaState": "enforced"})),
    (*WORLD, document(DocumentKind.PER_USER_MFA, "cal", {"perUserMfaState": "Enabled"})),
    (*WORLD, document(DocumentKind.MFA_SERVICE, "mfa", {"trustedIps": ["10.1.0.0/16"]})),
)


@st.composite
def world_changes(
    draw: st.DrawFn,
) -> tuple[tuple[Axis, ...], list[Body], Sequence[Document], Sequence[Document]]:
    """The same policies before and after, while what their words mean changes."""
    axes = draw(st.sampled_from(((WHO,), (PERSON, PLACE), (PERSON, CLIENT))))
    before, after = draw(st.sampled_from(WORLDS)), draw(st.sampled_from(WORLDS))
    return axes, draw(policies(axes)), before, after


@settings(max_examples=WORLD_CASES, deadline=None, suppress_health_check=list(HealthCheck))
@given(world_changes())
def test_a_change_of_the_world_agrees_with_enumeration(
    change: tuple[tuple[Axis, ...], list[Body], Sequence[Document], Sequence[Document]],
) -> None:
    axes, bodies, old, new = change
    before, after = posture(*bodies, *old), posture(*bodies, *new)
    needed = bool(before.security_defaults or after.security_defaults)
    expected = brute_force(before, after, signins(axes, needed=needed), CUSTOMS)
    found = compare(before, after)
    assert (found.verdict, found.level) == expected


def without_contexts(bodies: list[Body]) -> list[Body]:
    return [body for body in bodies if "ContextClass" not in str(body["conditions"])]


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
    """Every dimension at once, too large to enumerate; contexts aside, which z3 is not asked."""
    before = posture(*without_contexts(old), *there)
    after = posture(*without_contexts(new), *here)
    expected = z3_decide(before, after)
    found = compare(before, after)
    if expected[0] is not Verdict.UNCHANGED:
        assert (found.verdict, found.level) == expected
    elif found.verdict is not Verdict.UNCHANGED:
        # Only direct connect users and service providers are left, which z3 is not asked either.
        doubtful = {"context", *DOUBTFUL_KINDS}
        for witness in (*found.witnesses, *found.closed):
            assert doubtful & set(str(witness.structure).replace("'", " ").split())
