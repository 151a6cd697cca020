"""A leaf becomes an alert, whatever is in it."""

from hypothesis import given
from hypothesis import strategies as st
from pydantic import JsonValue

from monitor.alerts.alert import MOST_ROWS, read_alert
from monitor.rules.model import Severity
from tests.alerts.samples import TENANT, finding

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=8,
)


def test_the_facts_are_in_the_order_in_which_they_are_asked() -> None:
    assert read_alert(412, finding()).facts == (
        ("Object", "Require MFA (Conditional Access policy)"),
        ("Who", "j.doe@stmarys.example"),
        ("Client", "Azure Portal"),
        ("From", "203.0.113.7"),
        ("Activity", "Update conditional access policy"),
        ("When", "2026-03-02 09:14:05 UTC"),
        (
            "Supports",
            (
                "45 CFR 164.312(d), 164.312(a)(1); NIST SP 800-53 IA-2(1);"
                " CIS Microsoft 365 5.2.2.1; SCuBA MS.AAD.3.2v2"
            ),
        ),
        ("Technique", "T1556.009"),
        ("Tenant", TENANT),
        ("Rule", "ca-weakened, revision 1"),
        ("Entry", "#412 in the ledger"),
    )


def test_a_possible_finding_says_so() -> None:
    assert ("Certainty", "possible, not certain") in read_alert(
        1, finding(certainty="possible")
    ).facts


def test_what_is_not_known_is_left_out() -> None:
    alert = read_alert(7, finding(initiator=None, activity=None, controls={}, details={}))
    assert {label for label, _ in alert.facts} == {"Object", "When", "Tenant", "Rule", "Entry"}


def test_a_list_shows_its_members_that_came_and_went() -> None:
    rows: JsonValue = [
        {"path": "a", "before": ["x", "y"], "after": ["y", "z"]},
        {"path": "b", "before": None, "after": ["x"]},
        {"path": "c", "before": "on", "after": None},
        {"path": "d", "before": ["x", "y"], "after": ["y", "x"]},
        {"path": "e", "before": {"k": 1}, "after": True},
    ]
    assert [row.words for row in read_alert(1, finding(details={"changed": rows})).changed] == [
        "added z; removed x",
        "added x",
        "on \u2192 (none)",
        "order only",
        '{"k": 1} \u2192 true',
    ]


def test_many_changed_fields_are_counted() -> None:
    rows: JsonValue = [{"path": str(n), "before": 0, "after": n} for n in range(1, 24)]
    alert = read_alert(1, finding(details={"changed": rows}))
    assert (len(alert.changed), alert.more_changed) == (MOST_ROWS, 23 - MOST_ROWS)


def test_a_leaf_of_another_form_is_an_alert_that_says_so() -> None:
    alert = read_alert(9, {"t": "finding", "severity": "urgent"})
    assert alert.severity is Severity.HIGH
    assert "mfa-monitor show 9" in alert.witness


@given(st.dictionaries(st.sampled_from(sorted(finding())), JSON))
def test_any_leaf_is_an_alert(fields: dict[str, JsonValue]) -> None:
    alert = read_alert(3, finding(**fields))
    assert alert.entry == 3
    assert dict(alert.facts)["Entry"] == "#3 in the ledger"
