"""Somebody joined or left a group, and now signs in with less proof; no policy was touched."""

from collections.abc import Iterator

from monitor.posture.document import DocumentKind
from monitor.posture.membership import read_membership
from monitor.rules.case import ChangeCase
from monitor.rules.declare import rule
from monitor.rules.membership_wording import consequence, lets_in, moved, whole_group
from monitor.rules.model import Controls, Judgement
from monitor.rules.wording import about_change, comparison_details, weakening_severity


@rule(
    ChangeCase,
    revision=1,
    title="A group changed, and somebody signs in with less proof than before",
    severity_logic=(
        "as ca-weakened: critical when everyone or a privileged role or portal is reached with a "
        "single factor, high for any other single factor, medium for a weaker second factor, low "
        "when only a block was lost"
    ),
    controls=Controls(
        hipaa=("164.308(a)(4)(ii)(B)", "164.308(a)(4)(ii)(C)", "164.312(d)"),
        nist=("AC-2", "AC-2(4)", "AC-3", "IA-2(1)", "IA-2(2)"),
        cis=("5.2.2.1", "5.2.2.2"),
        scuba=("MS.AAD.3.1v1", "MS.AAD.3.2v2"),
        attack=("T1556.009", "T1098"),
    ),
    blind_spots=(
        "Members that joined before the stream began are not known without a baseline.",
        (
            "A member's account that falls under a dynamic rule by a changed "
            "attribute is seen only "
            "when the directory records the membership."
        ),
        "Without a baseline, other groups the member is in may still ask for MFA: then possible.",
    ),
    respond=(
        "Ask the person who changed the group for the approval or ticket.",
        "Without one, undo it: Entra admin center > Groups > All groups > the group > Members.",
        "Review the member's sign-ins since: Entra admin center > Monitoring > Sign-in logs.",
    ),
    firing="A user is added to a group that the only policy requiring MFA of everyone excludes.",
    silent="A user is added to a group that no policy names.",
    lookalike="A user joins the excluded group, and another policy asks that group for MFA.",
)
def group_membership_weakened(case: ChangeCase) -> Iterator[Judgement]:
    """A member came or went, a nested group did, or the group itself was deleted or restored.

    Over all enabled policies together somebody is let in with less proof. Groups are told by what
    policies name, never by their own name.
    """
    change, comparison = case.change, case.comparison
    if change.kind is not DocumentKind.GROUP or not lets_in(comparison):
        return
    seen = read_membership(case.event)
    if seen:
        witness = f"{moved(case.event, seen, 'group')}: {consequence(seen, comparison)}"
    else:
        witness = whole_group(change.name, case.event.activity, comparison)
    yield Judgement(
        severity=weakening_severity(comparison),
        witness=witness,
        about=about_change(change),
        certainty=comparison.certainty.value,
        details=comparison_details(None, comparison) | {"member": seen.delta() if seen else None},
    )
