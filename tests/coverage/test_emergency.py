"""Emergency-access accounts, and who a change may lock out."""

import pytest
from pydantic import JsonValue

from monitor.coverage.emergency import Candidates, Reach, candidates, lockouts, reach
from monitor.posture.document import Document, DocumentKind
from tests.coverage.makers import (
    BLOCK,
    BUILT_IN,
    Body,
    document,
    grant,
    group,
    policy,
    posture,
    strength,
)

SPARED: Body = {"includeUsers": ["All"], "excludeUsers": ["BG1", "bg2"], "excludeGroups": ["vips"]}
OTHER: Body = {"includeUsers": ["All"], "excludeUsers": ["bg1", "x"], "excludeGroups": ["vips"]}


def test_candidates_are_what_every_broad_policy_leaves_out() -> None:
    found = candidates(
        posture(
            policy("p", users=SPARED),
            policy("q", users=OTHER, demand=BLOCK),
            policy("off", state="disabled"),
            policy("some", users={"includeGroups": ["g"]}),
            policy("session", demand=None),
            group("vips", "bg3"),
        )
    )
    assert found == Candidates(("bg1", "bg3"), ("vips",))
    assert candidates(posture()) == Candidates((), ())


def test_a_confirmed_account_dropped_is_a_lock_out() -> None:
    before, after = posture(policy("p", users=SPARED)), posture(policy("p", users=OTHER))
    (found,) = lockouts(before, after, ["bg1", "BG2"])
    assert (found.subject_id, found.policy_id) == ("bg2", "p")
    assert lockouts(after, before, ["bg1", "bg2"]) == ()
    assert lockouts(before, after, []) == ()


def test_a_new_policy_that_reaches_a_confirmed_account() -> None:
    old = policy("p", users=SPARED)
    (found,) = lockouts(posture(old), posture(old, policy("new")), ["bg1"])
    assert found.policy == "NEW"
    off = policy("new", state="enabledForReportingButNotEnforced")
    assert lockouts(posture(old), posture(old, off), ["bg1"]) == ()


@pytest.mark.parametrize(
    ("users", "items", "expected"),
    [
        ({"includeUsers": ["All"]}, (), Reach.YES),
        ({"includeUsers": ["All"], "excludeGroups": ["g"]}, (), Reach.UNKNOWN),
        ({"includeUsers": ["All"], "excludeGroups": ["g"]}, (group("g", "bg"),), Reach.NO),
        ({"includeUsers": ["All"], "excludeGroups": ["g"]}, (group("g", "x"),), Reach.YES),
        ({"includeGroups": ["g"]}, (), Reach.UNKNOWN),
        ({"includeRoles": ["r"]}, (), Reach.UNKNOWN),
        ({"includeUsers": ["other"]}, (), Reach.NO),
    ],
)
def test_reach(users: Body, items: tuple[Document, ...], expected: Reach) -> None:
    tenant = posture(policy("p", users=users), *items)
    assert reach(tenant, tenant.policies["p"], "bg") is expected


def methods(*enabled: Body) -> Document:
    listed: list[JsonValue] = [{"id": "MicrosoftAuthenticator", "state": "disabled"}]
    listed += [{**one, "state": "enabled"} for one in enabled]
    return document(
        DocumentKind.METHODS_POLICY, "m", {"authenticationMethodConfigurations": listed}
    )


EXTERNAL: Body = {"id": "e", "displayName": "Duo", "appId": "app"}


def test_a_strength_locks_external_mfa_users_out() -> None:
    before = posture(policy("p"), methods(EXTERNAL))
    after = posture(policy("p", demand=strength(f"{BUILT_IN}4")), methods(EXTERNAL))
    (tenant_wide,) = lockouts(before, after, [])
    assert "External MFA" in tenant_wide.reason
    assert [one.subject_id for one in lockouts(before, after, [], ["Ann"])] == ["ann", ""]
    fido = methods(EXTERNAL, {"id": "Fido2"})
    mixed = posture(policy("p", demand=strength(f"{BUILT_IN}4")), fido)
    assert lockouts(posture(policy("p"), fido), mixed, []) == ()


def test_a_policy_known_in_part_locks_nobody_out() -> None:
    part = document(
        DocumentKind.METHODS_POLICY,
        "m",
        {"authenticationMethodConfigurations": [{**EXTERNAL, "state": "enabled"}]},
    )
    demanded = posture(policy("p", demand=strength(f"{BUILT_IN}4")), part)
    assert lockouts(posture(policy("p"), part), demanded, []) == ()


def test_a_strength_beside_mfa_locks_nobody_out() -> None:
    choice = grant("mfa", authenticationStrength={"id": f"{BUILT_IN}4"})
    after = posture(policy("p", demand=choice), methods(EXTERNAL))
    assert lockouts(posture(policy("p"), methods(EXTERNAL)), after, [], ["ann"]) == ()
    both = grant("mfa", authenticationStrength={"id": f"{BUILT_IN}4"}, operator="AND")
    demanded = posture(policy("p", demand=both), methods(EXTERNAL))
    assert len(lockouts(posture(policy("p")), demanded, [], ["ann"])) == 2
