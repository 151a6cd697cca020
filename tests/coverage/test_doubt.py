"""What hangs on something nobody decides or sees: found, never hidden, and only possible."""

from typing import Any

import pytest

from monitor.coverage.compare import compare, decide
from monitor.coverage.model import Certainty, Comparison, Level, Verdict
from monitor.posture.document import Document, DocumentKind
from monitor.posture.posture import Posture
from tests.coverage.makers import (
    BLOCK,
    BUILT_IN,
    Body,
    defaults,
    document,
    group,
    location,
    policy,
    posture,
    strength,
)
from tests.coverage.rows import guests, where

OFFICE = {"includeApplications": ["Office365"]}
VIVA = "7df0a125-d3be-4c96-aa54-591f83ff541c"
MIRROR = {Verdict.WEAKENED: Verdict.STRENGTHENED, Verdict.STRENGTHENED: Verdict.WEAKENED}


def both(before: Posture, after: Posture) -> Comparison:
    """The comparison, after its mirror and the fast path were found to agree."""
    found, back = compare(before, after), compare(after, before)
    assert back.verdict is MIRROR.get(found.verdict, found.verdict)
    assert back.level is found.level
    fast = decide(before, after)
    assert (fast.verdict, fast.level) == (found.verdict, found.level)
    return found


def outcome(found: Comparison) -> tuple[Verdict, Level | None, Certainty]:
    return found.verdict, found.level, found.certainty


MIXED_PERHAPS = (Verdict.MIXED, Level.SINGLE_FACTOR, Certainty.POSSIBLE)
WEAKER_PERHAPS = (Verdict.WEAKENED, Level.SINGLE_FACTOR, Certainty.POSSIBLE)


def test_defaults_in_place_of_a_block_let_passwords_in() -> None:
    """Defaults ask for MFA when Microsoft finds it needed; a block asked for more."""
    tenant: Any = guests("b2bCollaborationMember", "t1")
    spared = {"includeUsers": ["All"], "excludeGuestsOrExternalUsers": tenant}
    before = posture(policy(users=spared, demand=BLOCK), defaults(on=False))
    found = both(before, posture(defaults(on=True)))
    assert outcome(found) == MIXED_PERHAPS
    assert "unless Microsoft finds that MFA is needed" in found.witnesses[0].text


def test_an_open_point_survives_a_strengthening_elsewhere() -> None:
    spared: Any = {
        "includeUsers": ["All"],
        "excludeGuestsOrExternalUsers": guests("serviceProvider"),
    }
    found = both(posture(policy(clientAppTypes=["browser"])), posture(policy(users=spared)))
    assert outcome(found) == MIXED_PERHAPS
    assert found.witnesses[0].who == "service provider users"
    assert "if All users covers serviceProvider" in found.witnesses[0].conditions


def test_a_doubtful_kind_that_is_named_is_certain() -> None:
    named: Any = {"includeGuestsOrExternalUsers": guests("b2bCollaborationGuest,serviceProvider")}
    fewer: Any = {"includeGuestsOrExternalUsers": guests("b2bCollaborationGuest")}
    before = posture(policy(users=named, demand=strength(f"{BUILT_IN}4")))
    found = both(before, posture(policy(users=fewer)))
    assert outcome(found) == (Verdict.WEAKENED, Level.SINGLE_FACTOR, Certainty.CERTAIN)
    assert {one.level for one in found.witnesses} == {Level.SINGLE_FACTOR, Level.WEAKER_MFA}


def test_a_context_is_told_beside_another_hole() -> None:
    context = {"includeAuthenticationContextClassReferences": ["c1"]}
    demand = strength(f"{BUILT_IN}4")
    people = {"includeUsers": ["ann"]}
    before = posture(policy("c", apps=context), policy(users=people, apps=OFFICE, demand=demand))
    found = both(before, posture(policy(users=people, apps=OFFICE)))
    assert outcome(found) == (Verdict.WEAKENED, Level.SINGLE_FACTOR, Certainty.CERTAIN)
    assert "authentication context c1" in found.witnesses[0].resource


class TestSuites:
    """An application beside a suite may belong to it, unless it is known to."""

    def test_one_taken_out_of_a_suite(self) -> None:
        after = policy(apps={**OFFICE, "excludeApplications": [VIVA]})
        assert outcome(both(posture(policy(apps=OFFICE)), posture(after))) == WEAKER_PERHAPS

    def test_one_named_elsewhere_is_a_stranger(self) -> None:
        other = policy("q", apps={"includeApplications": [VIVA]})
        found = both(posture(policy(apps=OFFICE), other), posture(policy(apps=OFFICE)))
        assert outcome(found) == (Verdict.WEAKENED, Level.SINGLE_FACTOR, Certainty.CERTAIN)

    def test_the_same_pair_twice_in_one_engine(self) -> None:
        """What stands beside the suite in one comparison does not in the next."""
        beside = policy(apps={**OFFICE, "excludeApplications": [VIVA]})
        other = policy("q", apps={"includeApplications": [VIVA]})
        first = posture(policy(apps=OFFICE), other)
        second = first.without(DocumentKind.POLICY, "q")
        third = second.with_document(document(DocumentKind.POLICY, "p", beside))
        assert compare(first, second).certainty is Certainty.CERTAIN
        assert compare(second, third).certainty is Certainty.POSSIBLE
        assert compare(first, second).certainty is Certainty.CERTAIN


SPARED = policy(users={"includeUsers": ["All"], "excludeGroups": ["outer"]})


class TestEmptyGroups:
    def test_nobody_is_in_empty_groups_inside_each_other(self) -> None:
        world = [group("inner"), group("outer", memberGroups=["inner"])]
        found = both(posture(policy(), *world), posture(SPARED, *world))
        assert found.verdict is Verdict.UNCHANGED

    def test_the_last_member_leaving_an_exclusion_strengthens(self) -> None:
        found = both(posture(SPARED, group("outer", "ann")), posture(SPARED, group("outer")))
        assert outcome(found) == (Verdict.STRENGTHENED, Level.SINGLE_FACTOR, Certainty.CERTAIN)

    def test_who_came_and_who_went_are_told_apart(self) -> None:
        before = posture(SPARED, group("outer", "ann", "bob"))
        found = both(before, posture(SPARED, group("outer", "bob", "cal")))
        assert found.witnesses[0].who == "members of *Outer* on one side of the change only"
        assert found.witnesses[0].structure["examples"] == ["cal"]

    def test_an_empty_group_that_is_not_all_told_may_hold_somebody(self) -> None:
        world = group("outer", complete=False)
        assert outcome(both(posture(policy(), world), posture(SPARED, world))) == WEAKER_PERHAPS

    def test_loose_ends_below_a_complete_group(self) -> None:
        world = [group("inner", memberGroups=["unseen"]), group("outer", memberGroups=["inner"])]
        assert outcome(both(posture(policy(), *world), posture(SPARED, *world))) == WEAKER_PERHAPS

    def test_a_role_nobody_holds_may_have_eligible_holders(self) -> None:
        body: Body = {"members": [], "membersComplete": True}
        role = document(DocumentKind.ROLE, "r", body)
        spared = policy(users={"includeUsers": ["All"], "excludeRoles": ["r"]})
        found = both(posture(policy(), role), posture(spared, role))
        assert found.verdict is Verdict.WEAKENED


def intranet(*, skip: bool) -> Document:
    return document(DocumentKind.MFA_SERVICE, "mfa", {"skipFromIntranet": skip})


@pytest.mark.parametrize(
    "item",
    [
        policy(**where(["All"], "AllTrusted")),
        document(DocumentKind.PER_USER_MFA, "ann", {"perUserMfaState": "enforced"}),
    ],
    ids=["AllTrusted", "per-user"],
)
def test_the_corporate_network_skips_mfa_for_somebody_perhaps(item: Any) -> None:
    complete = (DocumentKind.POLICY, DocumentKind.LOCATION)
    before = posture(item, intranet(skip=False), complete=complete)
    found = both(before, posture(item, intranet(skip=True), complete=complete))
    assert outcome(found) == WEAKER_PERHAPS
    assert found.witnesses[0].location == "the corporate network"


class TestOneSided:
    """A kind that only one side tells of is not thereby absent on the other."""

    def test_meanings_are_carried_over(self) -> None:
        rule = policy(**where(["All"], "clinic"))
        kinds = (DocumentKind.POLICY, DocumentKind.LOCATION, DocumentKind.GROUP)
        told = posture(rule, location("clinic", "10.0.0.0/8"), complete=kinds)
        found = both(posture(rule), told)
        assert found.verdict is Verdict.UNCHANGED
        assert any(line.startswith("namedLocation on one side only") for line in found.unseen)
        assert any(line.startswith("group on one side only") for line in found.unseen)

    def test_demands_are_not_and_it_says_so(self) -> None:
        kinds = (DocumentKind.POLICY, DocumentKind.SECURITY_DEFAULTS)
        found = both(posture(defaults(on=True), complete=kinds), posture())
        assert found.verdict is Verdict.WEAKENED
        assert any("demands nothing" in line for line in found.unseen)

    def test_ranges_tell_two_locations_of_one_name_apart(self) -> None:
        rule = policy(**where(["All"], "clinic"))
        before = posture(rule, location("clinic", "10.0.0.0/24"))
        found = both(before, posture(rule, location("clinic", "10.0.1.0/24", "192.0.2.0/24")))
        assert found.witnesses[0].location == "*clinic* (10.0.1.0/24 or 192.0.2.0/24)"
        assert found.closed[0].location == "*clinic* (10.0.0.0/24)"

    def test_a_location_that_is_gone_is_told_apart_from_what_it_was(self) -> None:
        rule = policy(**where(["All"], "clinic"))
        kinds = (DocumentKind.POLICY, DocumentKind.LOCATION)
        told = posture(rule, location("clinic", "10.0.0.0/8"), complete=kinds)
        found = both(told, posture(rule, complete=kinds))
        assert found.witnesses[0].location == "*clinic* (ranges not known) outside *clinic*"
