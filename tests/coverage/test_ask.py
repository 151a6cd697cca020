"""Questions to one posture."""

import pytest

from monitor.coverage.ask import Question, ask
from monitor.coverage.model import Certainty
from monitor.errors import InvalidInput
from monitor.posture.document import DocumentKind
from tests.coverage.makers import BLOCK, LEGACY, document, group, location, policy, posture

USERS = [
    document(
        DocumentKind.USER,
        f"id-{name}",
        {"displayName": name.title(), "userPrincipalName": f"{name}@example.org"},
    )
    for name in ("ann", "bob")
]
TENANT = posture(
    policy("all", users={"includeUsers": ["All"], "excludeGroups": ["doctors"]}),
    policy("ehr", apps={"includeApplications": ["ehr"]}),
    policy("legacy", demand=BLOCK, clientAppTypes=LEGACY),
    policy("report", state="enabledForReportingButNotEnforced"),
    policy("nurses", users={"includeGroups": ["nurses"]}),
    group("doctors", "id-ann"),
    group("nurses", "id-bob"),
    location("clinic", "10.0.0.0/8"),
    *USERS,
)


@pytest.mark.parametrize(
    ("question", "hole"),
    [
        (Question(user="ann@example.org"), True),
        (Question(user="Ann"), True),
        (Question(user="id-bob"), False),
        (Question(user="ann", app="ehr"), False),
        (Question(user="ann", client="other"), False),
        (Question(group="Doctors"), True),
        (Question(group="nurses"), False),
        (Question(app="Office 365", user="ann", platform="ios"), True),
        (Question(user="ann", location="clinic"), True),
    ],
)
def test_ask(question: Question, hole: bool) -> None:
    found = ask(TENANT, question)
    assert found.hole is hole
    assert bool(found.witnesses) is hole
    assert found.certainty is Certainty.CERTAIN


def test_policies_that_do_or_do_not_apply() -> None:
    found = ask(TENANT, Question(user="ann", app="office365", client="browser"))
    assert found.applies == ()
    assert dict(found.does_not_apply) == {
        "ALL": "it does not include these people",
        "EHR": "it does not target this resource",
        "LEGACY": "its other conditions are not met",
        "REPORT": "it is report-only",
        "NURSES": "it does not include these people",
    }
    assert ask(TENANT, Question(user="bob")).applies == ("ALL", "EHR", "LEGACY", "NURSES")


def test_undecided_is_said() -> None:
    assert ask(TENANT, Question(user="bob"), budget=20_000).hole is False


def test_bad_questions() -> None:
    with pytest.raises(InvalidInput, match="client 'fax'"):
        ask(TENANT, Question(client="fax"))
    twice = posture(group("a", displayName="Same"), group("b", displayName="Same"))
    with pytest.raises(InvalidInput, match="2 have this name"):
        ask(twice, Question(group="same"))


def test_a_role_by_its_well_known_name() -> None:
    role = "62e90394-69f5-4237-9190-012177145e10"
    spared = policy("p", users={"includeUsers": ["All"], "excludeRoles": [role]})
    assert ask(posture(spared), Question(role="Global Administrator")).hole
    assert ask(posture(policy("p")), Question(role="Global Administrator")).hole is False
