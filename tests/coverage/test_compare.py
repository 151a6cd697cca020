"""The whole answer: witnesses in words, other controls, what was not understood, and the budget."""

import json
from itertools import pairwise
from pathlib import Path

import pytest

from monitor.coverage import compare as module
from monitor.coverage.compare import EngineFault, compare, decide
from monitor.coverage.engine import Engine
from monitor.coverage.model import Certainty, Direction, Level, Verdict
from monitor.posture.document import Document, DocumentKind
from monitor.posture.posture import Posture
from tests.coverage.makers import (
    BLOCK,
    LEGACY,
    MFA,
    MODERN,
    NOON,
    Body,
    document,
    grant,
    group,
    policy,
    posture,
    strength,
)

CORPUS = Path(__file__).parents[3] / "shared" / "corpus"
DUO: Body = grant(customAuthenticationFactors=["RequireDuoMfa"])


def test_reads_like_a_sentence() -> None:
    staff = group("radiology", "ann", "bob", "cal")
    before = policy("p", apps={"includeApplications": ["Office365"]})
    after = policy(
        "p",
        apps={"includeApplications": ["Office365"]},
        users={"includeUsers": ["All"], "excludeGroups": ["radiology"]},
    )
    found = compare(posture(before, staff), posture(after, staff))
    assert found.verdict is Verdict.WEAKENED
    (witness,) = found.witnesses
    assert witness.text == (
        "Members of *Radiology*, on any client, from any place, "
        "reach *Office 365* with a password alone."
    )
    assert witness.certainty is Certainty.CERTAIN
    assert witness.refused_by == ("P",)
    assert witness.structure["population"] == 3
    assert witness.structure["examples"] == ["ann", "bob", "cal"]
    assert not witness.everyone
    assert json.dumps(dict(witness.structure))


def test_merges_classes_that_differ_in_one_value() -> None:
    after = policy("p", apps={"includeApplications": ["All"], "excludeApplications": ["a", "b"]})
    found = compare(posture(policy("p")), posture(after))
    assert [one.resource for one in found.witnesses] == ["*a* or *b*"]


def test_everyone_but_the_emergency_accounts_is_everyone() -> None:
    users: Body = {"includeUsers": ["All"], "excludeUsers": ["bg1", "bg2"]}
    found = compare(posture(policy("p", users=users)), posture())
    (witness,) = found.witnesses
    assert witness.everyone
    assert witness.who == "anyone except *bg1* or *bg2*"


@pytest.mark.parametrize(
    "after",
    [
        policy("p", users={"includeUsers": ["All"], "excludeRoles": ["r"]}),
        policy(
            "p",
            apps={
                "includeApplications": ["All"],
                "excludeApplications": ["797f4846-ba00-4fd7-ba43-dac1f8f63013"],
            },
        ),
    ],
)
def test_roles_and_administration_are_privileged(after: Body) -> None:
    found = compare(posture(policy("p")), posture(after))
    assert all(one.privileged for one in found.witnesses)


def test_population_from_a_group_size() -> None:
    sized = group("g", complete=False, memberCount=412)
    after = policy("p", users={"includeUsers": ["All"], "excludeGroups": ["g"]})
    found = compare(posture(policy("p"), sized), posture(after, sized))
    assert found.witnesses[0].structure["population"] == 412
    assert "who belongs to G" in found.unseen


def test_lost_block_is_named_and_not_a_weakening() -> None:
    found = compare(posture(policy("p"), policy("q", demand=BLOCK)), posture(policy("p")))
    assert (found.verdict, found.level, found.witnesses) == (Verdict.UNCHANGED, None, ())
    assert [one.refused_by for one in found.lost_blocks] == [("Q",)]


def test_lifted_workload_block_is_a_lost_block() -> None:
    apps: Body = {"includeServicePrincipals": ["sp1"]}
    nobody: Body = {"includeUsers": ["None"]}
    body = policy("p", users=nobody, demand=BLOCK, clientApplications=apps)
    found = compare(posture(body), posture())
    assert found.verdict is Verdict.UNCHANGED
    assert found.lost_blocks[0].proof == "without a person proving anything"


def test_policy_that_reaches_nothing() -> None:
    nowhere: Body = {"includeApplications": ["None"]}
    found = compare(
        posture(policy("p", apps=nowhere)), posture(policy("p", apps=nowhere, demand=None))
    )
    assert found.reaches_nothing
    assert found.verdict is Verdict.UNCHANGED
    assert not compare(posture(policy("p")), posture(policy("p"))).reaches_nothing
    assert not compare(posture(policy("p")), posture()).reaches_nothing


def test_unknown_key_is_told_and_the_rest_compared() -> None:
    after = policy("p", demand=None, weather=["rain"])
    found = compare(posture(policy("p")), posture(after))
    assert found.verdict is Verdict.WEAKENED
    assert found.not_understood == ("P (p): conditions.weather",)


def test_unknown_control_is_possible() -> None:
    found = compare(posture(policy("p")), posture(policy("p", demand=grant("mfa", "faceScan"))))
    assert (found.verdict, found.certainty) == (Verdict.WEAKENED, Certainty.POSSIBLE)
    assert found.not_understood == ("P (p): grantControls.builtInControls=faceScan",)


@pytest.mark.parametrize(
    ("control", "before", "after", "direction"),
    [
        (
            "signInFrequency",
            {"signInFrequency": {"value": 4, "type": "hours", "isEnabled": True}},
            {"signInFrequency": {"value": 1, "type": "days", "isEnabled": True}},
            Direction.LOOSER,
        ),
        (
            "signInFrequency",
            {"signInFrequency": {"value": 4, "type": "hours", "isEnabled": True}},
            {"signInFrequency": {"frequencyInterval": "everyTime", "isEnabled": True}},
            Direction.TIGHTER,
        ),
        ("persistentBrowser", {"persistentBrowser": {"mode": "never"}}, {}, Direction.LOOSER),
        ("persistentBrowser", {}, {"persistentBrowser": {"mode": "always"}}, Direction.LOOSER),
        ("secureSignInSession", {"secureSignInSession": {"isEnabled": True}}, {}, Direction.LOOSER),
        (
            "continuousAccessEvaluation",
            {"continuousAccessEvaluation": {"mode": "strictLocation"}},
            {},
            Direction.LOOSER,
        ),
        (
            "continuousAccessEvaluation",
            {},
            {"continuousAccessEvaluation": {"mode": "disabled"}},
            Direction.LOOSER,
        ),
        ("disableResilienceDefaults", {"disableResilienceDefaults": True}, {}, Direction.LOOSER),
        (
            "applicationEnforcedRestrictions",
            {},
            {"applicationEnforcedRestrictions": {"isEnabled": True}},
            Direction.TIGHTER,
        ),
    ],
)
def test_session_controls_have_a_direction_and_no_verdict(
    control: str, before: Body, after: Body, direction: Direction
) -> None:
    found = compare(posture(policy("p", session=before)), posture(policy("p", session=after)))
    assert found.verdict is Verdict.UNCHANGED
    moved = {(one.control, one.direction) for one in found.other_controls}
    expected = {(control, direction)}
    assert expected <= moved


def test_device_requirement_dropped_beside_mfa() -> None:
    both = grant("mfa", "compliantDevice", operator="AND")
    found = compare(posture(policy("p", demand=both)), posture(policy("p")))
    assert found.verdict is Verdict.UNCHANGED
    assert [(one.control, one.direction) for one in found.other_controls] == [
        ("compliantDevice", Direction.LOOSER)
    ]


def test_a_control_kept_by_another_policy_did_not_move() -> None:
    other = policy("q", demand=grant("compliantDevice"))
    both = policy("p", demand=grant("mfa", "compliantDevice", operator="AND"))
    assert compare(posture(both, other), posture(policy("p"), other)).other_controls == ()


def test_strength_and_method_settings_are_other_controls() -> None:
    def world(state: str, *combinations: str) -> list[Document]:
        return [
            document(DocumentKind.STRENGTH, "s", {"allowedCombinations": list(combinations)}),
            document(
                DocumentKind.METHODS_POLICY,
                "methods",
                {"authenticationMethodConfigurations": [{"id": "Sms", "state": state}]},
            ),
        ]

    body = policy("p", demand=strength("s"))
    found = compare(
        posture(body, *world("disabled", "fido2")),
        posture(body, *world("enabled", "fido2", "windowsHelloForBusiness")),
    )
    assert found.verdict is Verdict.UNCHANGED
    assert {(one.control, one.direction) for one in found.other_controls} == {
        ("authenticationStrength", Direction.LOOSER),
        ("method Sms", Direction.LOOSER),
    }


def test_out_of_budget_is_undecided() -> None:
    """Groups that must and must not overlap: no answer without conflicts."""
    users = [
        {"includeGroups": [f"g{i}", f"g{j}"], "excludeGroups": [f"g{k}"]}
        for i in range(6)
        for j in range(i)
        for k in range(6)
        if k not in (i, j)
    ]
    bodies = [policy(f"p{n}", users=item) for n, item in enumerate(users)]
    whole = policy("all", users={"includeGroups": [f"g{i}" for i in range(6)]})
    answers = {
        compare(posture(*bodies, whole), posture(*bodies), budget=budget).verdict
        for budget in (1, 20_000)
    }
    assert Verdict.UNDECIDED in answers
    assert len(answers) == 2


def test_a_witness_that_fails_the_second_check_is_a_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*_: object) -> bool:
        return False

    monkeypatch.setattr(module, "lets_in", never)
    with pytest.raises(EngineFault, match="second check"):
        compare(posture(policy("p")), posture())


def test_without_a_baseline_it_says_so() -> None:
    found = compare(posture(policy("p"), complete=()), posture(complete=()))
    assert found.verdict is Verdict.WEAKENED
    assert "no baseline: only the policies seen in the stream count" in found.unseen
    assert "no baseline" not in " ".join(compare(posture(policy("p")), posture()).unseen)


def test_the_engine_is_thrown_away_when_worn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("monitor.coverage.engine.MOST_VERSIONS", 3)
    for number in range(12):
        names: Body = {"includeUsers": ["All"], "excludeUsers": [f"u{number}"]}
        found = decide(posture(policy("p")), posture(policy("p", users=names)))
        assert found.verdict is Verdict.WEAKENED


def test_policies_that_come_and_go_are_not_remembered_for_ever(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("monitor.coverage.engine.MOST_KNOWN", 5)
    world = posture().world
    engine = Engine(world, world)

    def edited(number: int) -> Posture:
        names: Body = {"includeUsers": ["All"], "excludeUsers": [f"u{number}"]}
        return posture(policy("p", users=names))

    def encoded(number: int) -> tuple[frozenset[int], list[int]]:
        side = edited(number)
        scopes = [engine.applies(one, 0) for one in side.policies.values()]
        return engine.side(side, 0).numbers, scopes

    first = [encoded(number) for number in range(7)]
    assert len({numbers for numbers, _ in first}) == 7
    for number in range(40):
        assert encoded(number % 7) == first[number % 7], "known again by what it means"
    assert len(engine._by_policy) <= 5
    assert len(engine._scopes) <= 5


class TestDuoMigration:
    """Microsoft's steps: groups leave the old policy and join the new one, then it is deleted."""

    groups = (group("pilot", "ann", "bob"), group("wave2", "cal"))

    def old(self, *excluded: str) -> Body:
        users: Body = {"includeUsers": ["All"], "excludeGroups": list(excluded)}
        return policy("old", users=users, demand=DUO)

    def new(self, *included: str, state: str = "enabled") -> Body:
        users: Body = {"includeGroups": list(included)}
        if included == ("All",):
            users = {"includeUsers": ["All"]}
        return policy("new", users=users, demand=MFA, state=state)

    def test_step_by_step_is_silent(self) -> None:
        report = "enabledForReportingButNotEnforced"
        steps = [
            [self.old()],
            [self.old(), self.new("pilot", state=report)],
            [self.old(), self.new("pilot")],
            [self.old("pilot"), self.new("pilot")],
            [self.old("pilot"), self.new("pilot", "wave2")],
            [self.old("pilot", "wave2"), self.new("pilot", "wave2")],
            [self.old("pilot", "wave2"), self.new("All")],
            [{**self.old(), "state": "disabled"}, self.new("All")],
            [self.new("All")],
        ]
        for before, after in pairwise(steps):
            found = compare(posture(*before, *self.groups), posture(*after, *self.groups))
            assert found.verdict in {Verdict.UNCHANGED, Verdict.STRENGTHENED}
            assert not found.witnesses
            assert not found.lost_blocks

    def test_a_group_covered_by_neither_is_one_weakening(self) -> None:
        before = posture(self.old("pilot"), self.new("pilot"), *self.groups)
        after = posture(self.old("pilot", "wave2"), self.new("pilot"), *self.groups)
        found = compare(before, after)
        assert (found.verdict, found.level) == (Verdict.WEAKENED, Level.SINGLE_FACTOR)
        (witness,) = found.witnesses
        assert witness.who == "members of *Wave2*"
        assert witness.structure["examples"] == ["cal"]


def read(path: Path) -> Body:
    found = json.loads(path.read_text("utf-8-sig"))
    assert isinstance(found, dict)
    return found


@pytest.mark.skipif(not CORPUS.is_dir(), reason="../shared is not here")
class TestRealPolicies:
    """36 exported policies of a real tenant, and the records of a real change."""

    def tenant(self) -> Posture:
        folder = CORPUS / "objects" / "j0eyv-ca-policies"
        kinds = {
            "ConditionalAccess": DocumentKind.POLICY,
            "NamedLocations": DocumentKind.LOCATION,
        }
        found = [
            Document(kind, str(body["id"]), NOON, body)
            for name, kind in kinds.items()
            for body in map(read, sorted((folder / name).glob("*.json")))
        ]
        return Posture("t", found, complete=kinds.values())

    def test_all_are_understood(self) -> None:
        tenant = self.tenant()
        assert len(tenant.policies) == 36
        assert tenant.not_understood == ()
        assert len(tenant.locations) == 3

    def test_each_can_be_dropped_and_judged(self) -> None:
        tenant = self.tenant()
        verdicts = {
            id_: compare(tenant, tenant.without(DocumentKind.POLICY, id_))
            for id_ in tenant.policies
        }
        weakened = {
            tenant.policies[id_].name[:5]
            for id_, found in verdicts.items()
            if found.verdict is Verdict.WEAKENED
        }
        assert {"CA000", "CA001"} <= weakened
        assert all(found.not_understood == () for found in verdicts.values())
        assert not any(found.verdict is Verdict.UNDECIDED for found in verdicts.values())

    def test_real_removal_of_mfa_from_a_policy_for_no_resource(self) -> None:
        path = CORPUS / "events" / "panther-analysis-redacted"
        event = json.loads(
            (path / "azure_mfa_disabled__00_MFA_Disabled_Successful.json").read_text("utf-8")
        )
        (change,) = event["properties"]["targetResources"][0]["modifiedProperties"]
        old, new = json.loads(change["oldValue"]), json.loads(change["newValue"])
        found = compare(posture(old, complete=()), posture(new, complete=()))
        assert found.verdict is Verdict.UNCHANGED
        assert found.reaches_nothing


def test_legacy_and_modern_constants_are_all_clients() -> None:
    assert len({*LEGACY, *MODERN}) == 4
