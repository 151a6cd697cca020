"""The rule that decides who is in a group which a policy names was edited."""

from collections.abc import Iterator

from monitor.posture.membership import deciding_groups
from monitor.rules.accounts import plain
from monitor.rules.case import EventCase
from monitor.rules.declare import rule
from monitor.rules.model import About, Controls, Judgement, Severity

_LONGEST = 200


@rule(
    EventCase,
    revision=1,
    title="The membership rule of a group that policies name was edited",
    severity_logic="always medium: whom the rule takes in or leaves out has to be read",
    controls=Controls(
        hipaa=("164.308(a)(4)(ii)(C)", "164.312(d)"),
        nist=("AC-2", "AC-3", "IA-2(1)"),
        cis=("5.2.2.1", "5.2.2.2"),
        scuba=("MS.AAD.3.2v2",),
        attack=("T1556.009",),
    ),
    blind_spots=(
        (
            "Who falls under the rule is not in the record; each membership that follows is judged "
            "when the directory records it."
        ),
    ),
    respond=(
        "Read who is in the group now: Entra admin center > Groups > the group > Members.",
        "Check the rule: Entra admin center > Groups > the group > Dynamic membership rules.",
    ),
    firing="MembershipRule changes on a group that an enabled policy excludes.",
    silent="MembershipRule changes on a group that no policy names.",
    lookalike="The description of such a group is edited.",
)
def dynamic_rule_edited(case: EventCase) -> Iterator[Judgement]:
    """A dynamic group's rule can take hundreds of people out of a policy in one edit."""
    event = case.event
    group = event.target("Group") or event.target()
    if event.activity != "update group" or not event.succeeded or group is None or not group.id:
        return
    changed = [prop for prop in group.modified if prop.name.casefold().startswith("membershiprule")]
    differs = any(prop.old != prop.new for prop in changed)
    if not differs or group.id.lower() not in deciding_groups(case.posture):
        return
    rule_now = plain(group, "MembershipRule")[:_LONGEST]
    told = f" It now reads: {rule_now}" if rule_now else ""
    name = group.name or group.id
    yield Judgement(
        severity=Severity.MEDIUM,
        witness=f"{event.initiator.label} edited the membership rule of *{name}*, which policies "
        f"name: who is in it has to be read from Entra.{told}",
        about=About("group", group.id, name),
        certainty="possible",
        details={"read_pending": True, "changed": [prop.name for prop in changed]},
    )
