"""Sentences about somebody who came into or went out of what scopes a policy."""

from collections.abc import Sequence

from monitor.coverage.model import Comparison, Witness
from monitor.events.model import AuditEvent
from monitor.posture.membership import Membership
from monitor.rules.ca_weakened import WEAKER
from monitor.rules.wording import sentences


def lets_in(comparison: Comparison) -> bool:
    """Say whether less proof lets somebody in now, or a block was lost."""
    return comparison.verdict in WEAKER or bool(comparison.lost_blocks)


def moved(event: AuditEvent, seen: Membership, noun: str) -> str:
    """Who moved whom, in words: `kim added lee to the group *Labs*`."""
    verb, way = ("added", "to") if seen.added else ("removed", "from")
    whom = f"the group {seen.member_name}" if seen.nested else seen.member_name
    if event.initiator.id == seen.member:
        whom = "their own account"
    return f"{event.initiator.label} {verb} {whom} {way} the {noun} *{seen.group_name}*"


def consequence(seen: Membership, comparison: Comparison) -> str:
    """What the member can do now, from the first witness, and which policies asked before."""
    witnesses: Sequence[Witness] = (*comparison.witnesses, *comparison.lost_blocks)
    if not witnesses:
        return "whether MFA is still asked for could not be decided: treat it as not"
    first = witnesses[0]
    who = f"everybody in {seen.member_name}" if seen.nested else seen.member_name
    limits = f", {', '.join(first.conditions)}" if first.conditions else ""
    place = f"on {first.client}, from {first.location}{limits}"
    asked = sorted({name for one in witnesses for name in one.refused_by})
    before = f" Before, this was refused by {', '.join(asked)}." if asked else ""
    can = "can now reach" if comparison.certainty.value == "certain" else "may now reach"
    return f"{who} {can} {first.resource} {first.proof} ({place}).{before}"


def whole_group(name: str, activity: str, comparison: Comparison) -> str:
    """What follows when a group a policy names was deleted or restored."""
    done = "deleted" if "delete" in activity else "restored"
    effect = sentences((*comparison.witnesses, *comparison.lost_blocks))
    undecided = "Whether MFA is still asked for could not be decided."
    return f"The group *{name}*, which policies name, was {done}. {effect or undecided}"
