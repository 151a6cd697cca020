import pytest

from monitor.events.relevance import Verdict, verdict_on, verdict_on_activity


@pytest.mark.parametrize(
    ("category", "operation", "activity", "verdict"),
    [
        ("AuditLogs", "Update policy", "Update policy", Verdict.BUILD),
        ("auditlogs", "Update policy", "Update policy", Verdict.BUILD),
        ("AuditLogs", "", "Update policy.", Verdict.BUILD),
        ("AuditLogs", "Update policy", "", Verdict.BUILD),
        ("", "Update policy", "Update policy", Verdict.BUILD),
        ("AuditLogs", "Update user", "Update user", Verdict.LOOK_INSIDE),
        ("AuditLogs", "Update device", "Update device", Verdict.COUNT),
        ("AuditLogs", "Add member to role", "Add member to role", Verdict.BUILD),
        ("AuditLogs", "Update group", "Update group", Verdict.LOOK_INSIDE),
        ("AuditLogs", "", "Add member to role requested (PIM activation)", Verdict.COUNT),
        ("AuditLogs", "", "Add member to role completed (PIM activation)", Verdict.BUILD),
        ("AuditLogs", "", "Self-service password reset flow activity progress", Verdict.COUNT),
        ("AuditLogs", "", "Reset user password", Verdict.BUILD),
        ("AuditLogs", "Change user license", "Change user license", Verdict.COUNT),
        ("AuditLogs", "Add member to group", "Add member to group", Verdict.BUILD),
        ("SignInLogs", "Sign-in activity", "", Verdict.COUNT),
        ("SignInLogs", "Update policy", "Update policy", Verdict.COUNT),
        ("AuditLogs", "", "", Verdict.PUZZLE),
        ("Policy", "", "", Verdict.PUZZLE),
        ("", "Update policy", "", Verdict.PUZZLE),
        ("", "", "", Verdict.PUZZLE),
    ],
)
def test_names_decide(category: str, operation: str, activity: str, verdict: Verdict) -> None:
    assert verdict_on(category, operation, activity) is verdict


@pytest.mark.parametrize(
    ("operation", "activity", "verdict"),
    [
        ("Update device", "Update policy", Verdict.BUILD),
        ("Update policy", "Update device", Verdict.BUILD),
        ("Update user", "Update policy", Verdict.BUILD),
        ("Update user.", "update user", Verdict.LOOK_INSIDE),
        ("Update user", "Update device", Verdict.LOOK_INSIDE),
    ],
)
def test_a_relabelled_record_is_not_lost(operation: str, activity: str, verdict: Verdict) -> None:
    assert verdict_on_activity(operation, activity) is verdict
