"""A deleted policy is back, but enforces nothing."""

from collections.abc import Iterator

from monitor.coverage.model import Verdict
from monitor.posture.document import DocumentKind
from monitor.rules.case import ChangeCase
from monitor.rules.declare import rule
from monitor.rules.model import Controls, Judgement, Severity
from monitor.rules.wording import about_change, comparison_details

CLOSES = frozenset({Verdict.STRENGTHENED, Verdict.MIXED})


@rule(
    ChangeCase,
    revision=1,
    title="A deleted policy was restored without being enforced",
    severity_logic="always medium: the hole its deletion opened looks closed and is not",
    controls=Controls(
        hipaa=("164.312(d)", "164.312(a)(1)", "164.308(a)(8)"),
        nist=("IA-2(1)", "IA-2(2)", "CM-3"),
        cis=("5.2.2.1", "5.2.2.2"),
        scuba=("MS.AAD.3.1v1", "MS.AAD.3.2v2"),
        attack=("T1556.009",),
    ),
    blind_spots=(
        "Only a deletion that was seen, and that weakened, is remembered.",
        "A copy of the policy under a new id is a new policy.",
    ),
    respond=(
        (
            "Switch the policy on, or say what replaces it: Entra admin center > Protection >"
            " Conditional Access > Policies."
        ),
    ),
    firing="The policy that required MFA of everyone is deleted, and restored in report-only.",
    silent="It is restored and enabled.",
    lookalike="A new policy is added in report-only.",
)
def policy_restored_unenforced(case: ChangeCase) -> Iterator[Judgement]:
    """Whoever sees the policy in the list again takes the sign-ins for covered; they are open."""
    change = case.change
    restored = change.kind is DocumentKind.POLICY and change.before is None and change.after
    if not restored or case.hole_since is None or case.comparison.verdict in CLOSES:
        return
    state = (change.after or {}).get("state")
    yield Judgement(
        severity=Severity.MEDIUM,
        witness=(
            f"{change.name} is back with state {state!r} and asks for nothing: what its deletion"
            f" opened at {case.hole_since:%Y-%m-%d %H:%M} UTC is still open."
        ),
        about=about_change(change),
        details=comparison_details(change, case.comparison)
        | {"open_since": case.hole_since.isoformat()},
    )
