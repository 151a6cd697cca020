"""The migration to the authentication methods policy was moved back."""

from collections.abc import Iterator

from monitor.posture.document import DocumentKind
from monitor.posture.method_names import MIGRATION_STATES
from monitor.rules.case import ChangeCase
from monitor.rules.declare import rule
from monitor.rules.method_settings import judgement
from monitor.rules.model import Controls, Judgement, Severity


@rule(
    ChangeCase,
    revision=1,
    title="The migration to the authentication methods policy was moved back",
    severity_logic="always medium: the legacy MFA and SSPR settings count again",
    controls=Controls(
        hipaa=("164.312(d)",),
        nist=("IA-5", "CM-6", "CM-7"),
        scuba=("MS.AAD.3.4v1",),
        attack=("T1556.006",),
    ),
    blind_spots=("What the legacy settings allow is not in the audit stream.",),
    respond=(
        "Ask for the reason; the way back is offered for emergencies only.",
        (
            "Finish it again: Entra admin center > Protection > Authentication methods > Policies "
            "> Manage migration."
        ),
    ),
    firing="The state goes from migrationComplete to migrationInProgress.",
    silent="The state goes from preMigration to migrationInProgress.",
    lookalike="The record shows the same state on both sides.",
)
def methods_migration_moved_back(case: ChangeCase) -> Iterator[Judgement]:
    """Methods that the policy refuses may be allowed again by the legacy settings."""
    change = case.change
    if change.kind is not DocumentKind.METHODS_POLICY:
        return
    states = [(body or {}).get("policyMigrationState") for body in (change.before, change.after)]
    places = [MIGRATION_STATES.index(one) for one in states if one in MIGRATION_STATES]
    both = len(places) == len(states)
    if both and places[1] < places[0]:
        told = f"moved the methods migration back from {states[0]} to {states[1]}."
        yield judgement(case, Severity.MEDIUM, told)
