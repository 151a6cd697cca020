"""Somebody got or lost a directory role that scopes a policy, and signs in with less proof."""

from collections.abc import Iterator

from monitor.posture.document import DocumentKind
from monitor.posture.membership import read_membership
from monitor.rules.accounts import by_pim
from monitor.rules.case import ChangeCase
from monitor.rules.declare import rule
from monitor.rules.membership_wording import consequence, lets_in, moved
from monitor.rules.model import Controls, Judgement, Severity
from monitor.rules.wording import about_change, comparison_details, weakening_severity


@rule(
    ChangeCase,
    revision=1,
    title="A role was given or taken, and its holder signs in with less proof than before",
    severity_logic=(
        "as ca-weakened: critical when everyone or a privileged role or portal is reached with a "
        "single factor, high for any other single factor, medium for a weaker second factor, low "
        "when only a block was lost"
        "; always low when PIM itself ended an activation: the power went with the demand"
    ),
    controls=Controls(
        hipaa=("164.308(a)(4)(ii)(B)", "164.308(a)(4)(ii)(C)", "164.312(d)"),
        nist=("AC-2", "AC-2(4)", "AC-3", "IA-2(1)", "IA-2(2)"),
        cis=("5.2.2.1", "5.2.2.2"),
        scuba=("MS.AAD.3.1v1", "MS.AAD.3.2v2"),
        attack=("T1556.009", "T1098"),
    ),
    blind_spots=(
        "Roles given by PIM are seen through the directory's own record of them (MS-PIM).",
        "Roles held through a role-assignable group, and eligible ones, are not members here.",
    ),
    respond=(
        "Check which policy should ask the person for MFA without the role.",
        "Correct the scope: Entra admin center > Protection > Conditional Access > Policies.",
    ),
    firing="A role leaves the account that only a policy for that role asked for MFA.",
    silent="A role that no policy names is given or taken.",
    lookalike="The role leaves, and another policy asks everyone for MFA.",
)
def role_membership_weakened(case: ChangeCase) -> Iterator[Judgement]:
    """Policies name roles: whoever leaves an included one, or gets an excluded one, needs less."""
    change, comparison = case.change, case.comparison
    seen = read_membership(case.event)
    if change.kind is not DocumentKind.ROLE or seen is None or not lets_in(comparison):
        return
    ended = by_pim(case.event) and not seen.added
    yield Judgement(
        severity=Severity.LOW if ended else weakening_severity(comparison),
        witness=f"{moved(case.event, seen, 'role')}: {consequence(seen, comparison)}",
        about=about_change(change),
        certainty=comparison.certainty.value,
        details=comparison_details(None, comparison) | {"member": seen.delta()},
    )
