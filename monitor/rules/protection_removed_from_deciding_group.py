"""A group that policies name left its restricted management administrative unit."""

from collections.abc import Iterator

from monitor.posture.membership import deciding_groups
from monitor.rules.case import EventCase
from monitor.rules.declare import rule
from monitor.rules.model import About, Controls, Judgement, Severity

ACTIVITY = "remove member from restricted management administrative unit"


@rule(
    EventCase,
    revision=1,
    title="A group that policies name is no longer protected",
    severity_logic="always medium: nobody signs in with less proof yet, but more people can see "
    "to it",
    controls=Controls(
        hipaa=("164.308(a)(4)(ii)(B)", "164.308(a)(4)(ii)(C)"),
        nist=("AC-2", "AC-3", "CM-3"),
        cis=("5.2.2.1", "5.2.2.2"),
        scuba=("MS.AAD.3.2v2",),
        attack=("T1098", "T1556.009"),
    ),
    blind_spots=(
        "No real record was found; the group is looked for among all targets of the record.",
        "The deletion of a whole unit names no members, and is not judged.",
        "Emergency-access accounts in such a unit are not judged here.",
    ),
    respond=(
        "Ask the person who took it out for the approval or ticket.",
        "Put it back: Entra admin center > Roles & admins > Admin units > the unit > Groups.",
        "Review who joined the group since: Entra admin center > Groups > the group > Audit logs.",
    ),
    firing="The group that the policy requiring MFA excludes leaves its restricted unit.",
    silent="A group that no policy names leaves it.",
    lookalike="The group leaves an ordinary administrative unit.",
)
def protection_removed_from_deciding_group(case: EventCase) -> Iterator[Judgement]:
    """In such a unit only administrators of the unit can change a group's members.

    Out of it, everybody who manages groups in the tenant can add themselves to an exclusion
    (Microsoft Learn, "Restricted management administrative units").
    """
    event = case.event
    if event.activity != ACTIVITY or not event.succeeded:
        return
    deciding = deciding_groups(case.posture)
    group = next((one for one in event.targets if (one.id or "").lower() in deciding), None)
    if group is None or not group.id:
        return
    name = group.name or case.posture.name_of(group.id.lower())
    yield Judgement(
        severity=Severity.MEDIUM,
        witness=f"{event.initiator.label} took *{name}*, which policies name, out of its "
        "restricted management administrative unit: whoever manages groups can now change who is "
        "in it.",
        about=About("group", group.id, name),
    )
