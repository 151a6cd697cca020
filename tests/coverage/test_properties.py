"""Metamorphic properties: what must hold whatever the policies are."""

import os
import random
from collections.abc import Mapping, Sequence
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from monitor.coverage.compare import compare, decide
from monitor.coverage.model import Verdict
from monitor.posture.document import Document
from tests.coverage.makers import LEGACY, MODERN, Body, posture
from tests.coverage.universe import ALL_AXES, WHAT, WHO, WORLD, WORLDS, policies

CASES = int(os.environ.get("MFA_MONITOR_COVERAGE_CASES", "100"))
"""The variable asks for more of them by hand."""
FEW = settings(max_examples=CASES, deadline=None, suppress_health_check=list(HealthCheck))
SETS = policies(ALL_AXES, most=5)
MIRROR = {Verdict.WEAKENED: Verdict.STRENGTHENED, Verdict.STRENGTHENED: Verdict.WEAKENED}


@FEW
@given(SETS, policies(ALL_AXES, most=1))
def test_an_added_policy_never_weakens(bodies: list[Body], extra: list[Body]) -> None:
    added = [{**body, "id": "added", "state": "enabled"} for body in extra]
    found = compare(posture(*bodies, *WORLD), posture(*bodies, *added, *WORLD))
    assert found.verdict in {Verdict.UNCHANGED, Verdict.STRENGTHENED}
    assert not found.witnesses
    assert not found.lost_blocks


@FEW
@given(SETS, st.randoms(use_true_random=False))
def test_names_ids_and_order_decide_nothing(bodies: list[Body], chance: random.Random) -> None:
    other = [{**body, "id": f"new{n}", "displayName": "x"} for n, body in enumerate(bodies)]
    chance.shuffle(other)
    found = compare(posture(*bodies, *WORLD), posture(*other, *WORLD))
    assert found.verdict is Verdict.UNCHANGED
    assert not found.other_controls


@FEW
@given(SETS, SETS, st.sampled_from(WORLDS), st.sampled_from(WORLDS))
def test_backwards_is_the_mirror(
    old: list[Body], new: list[Body], here: Sequence[Document], there: Sequence[Document]
) -> None:
    """Security defaults, per-user MFA and what the words of policies mean change as well."""
    before, after = posture(*old, *here), posture(*new, *there)
    decided, decided_back = decide(before, after), decide(after, before)
    compared, compared_back = compare(before, after), compare(after, before)
    assert decided_back.verdict is MIRROR.get(decided.verdict, decided.verdict)
    assert decided_back.level is decided.level
    assert (compared.verdict, compared.level) == (decided.verdict, decided.level)
    assert (compared_back.verdict, compared_back.level) == (
        decided_back.verdict,
        decided_back.level,
    )


def _halves(body: Body, change: Mapping[str, Any], other: Mapping[str, Any]) -> list[Body]:
    """The policy twice, each half limited to one side of a dimension."""
    conditions = body["conditions"]
    assert isinstance(conditions, dict)
    return [
        {**body, "id": f"{body['id']}{n}", "conditions": {**conditions, **half}}
        for n, half in enumerate((change, other))
    ]


SPLITS: Sequence[tuple[Mapping[str, Any], Mapping[str, Any]]] = (
    ({"clientAppTypes": LEGACY}, {"clientAppTypes": MODERN}),
    (
        {"platforms": {"includePlatforms": ["windows", "iOS"]}},
        {"platforms": {"includePlatforms": ["all"], "excludePlatforms": ["windows", "iOS"]}},
    ),
    (
        {"locations": {"includeLocations": ["clinic"]}},
        {"locations": {"includeLocations": ["All"], "excludeLocations": ["clinic"]}},
    ),
    (
        {"locations": {"includeLocations": ["AllTrusted", "abroad"]}},
        {"locations": {"includeLocations": ["All"], "excludeLocations": ["AllTrusted", "abroad"]}},
    ),
    ({"signInRiskLevels": ["high", "medium"]}, {"signInRiskLevels": ["low", "none"]}),
    ({"userRiskLevels": ["high"]}, {"userRiskLevels": ["low", "medium", "none"]}),
    (
        {"devices": {"deviceFilter": {"mode": "include", "rule": 'device.model -eq "x"'}}},
        {"devices": {"deviceFilter": {"mode": "exclude", "rule": 'device.model -eq "x"'}}},
    ),
    (
        {
            "users": {
                "includeUsers": ["All"],
                "excludeGuestsOrExternalUsers": {"guestOrExternalUserTypes": 39},
            }
        },
        {
            "users": {
                "includeUsers": ["All"],
                "excludeGuestsOrExternalUsers": {"guestOrExternalUserTypes": 24},
                "excludeGroups": [],
            }
        },
    ),
    (
        {"applications": {"includeApplications": ["All"], "excludeApplications": ["Office365"]}},
        {"applications": {"includeApplications": ["All"], "excludeApplications": ["lab"]}},
    ),
)


@FEW
@given(SETS, st.sampled_from(SPLITS), st.data())
def test_a_split_policy_is_unchanged(
    rest: list[Body],
    split: tuple[Mapping[str, Any], Mapping[str, Any]],
    data: st.DataObject,
) -> None:
    touched = set(split[0])
    axes = [
        axis
        for axis in ALL_AXES
        if not any(touched & set(choice) for choice in axis.conditions)
        and not (axis is WHO and "users" in touched)
        and not (axis is WHAT and "applications" in touched)
    ]
    whole = data.draw(policies(axes, most=1))
    before = posture(*[{**one, "id": "whole"} for one in whole], *rest, *WORLD)
    parts = [half for one in whole for half in _halves(one, *split)]
    after = posture(*[{**one, "id": f"part{n}"} for n, one in enumerate(parts)], *rest, *WORLD)
    found = compare(before, after)
    assert found.verdict is Verdict.UNCHANGED
    assert not found.other_controls


@FEW
@given(SETS, SETS)
def test_every_witness_is_named_and_refused(old: list[Body], new: list[Body]) -> None:
    """compare() checks witnesses with the evaluator; here: refusers are named and texts differ."""
    found = compare(posture(*old, *WORLD), posture(*new, *WORLD))
    for side in (found.witnesses, found.closed, found.lost_blocks):
        assert all(one.refused_by for one in side)
        assert len({one.text for one in side}) == len(side)
