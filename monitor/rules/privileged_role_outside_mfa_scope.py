"""A privileged role was given to somebody whom no policy asks for MFA."""

from collections.abc import Iterator

from monitor.coverage.ask import Question, ask
from monitor.coverage.model import Certainty, Witness
from monitor.posture.document import Document, DocumentKind
from monitor.posture.membership import with_member
from monitor.posture.policy import ConditionalAccessPolicy
from monitor.posture.posture import Posture
from monitor.rules.accounts import RoleGiven, about_account, is_emergency, role_given
from monitor.rules.case import EventCase
from monitor.rules.declare import rule
from monitor.rules.model import Controls, Judgement, Severity

ACTIVATION = "add member to role completed (pim activation)"
_ANYWHERE = frozenset({"user", "target", "client"})
"""Dimensions that may be limited in a hole that stands open in daily work."""


def _asks_mfa(policy: ConditionalAccessPolicy) -> bool:
    grant = policy.grant_controls
    demands = grant is not None and (
        "mfa" in grant.built_in_controls or grant.authentication_strength is not None
    )
    return policy.enforced and demands


def _known_enough(posture: Posture) -> bool:
    """Whether what is known tells who is asked: all policies, or one for everybody."""
    policies = posture.policies.values()
    if posture.has_baseline:
        # with no policy in force, security defaults may be on
        return posture.security_defaults is not None or any(one.enforced for one in policies)
    return any(_asks_mfa(one) and _for_all(one) for one in policies)


def _for_all(policy: ConditionalAccessPolicy) -> bool:
    return any(one.casefold() == "all" for one in policy.conditions.users.include_users)


def _holding(case: EventCase, given: RoleGiven, member: str) -> Posture:
    """The posture once the account holds the role: policies for the role ask it too."""
    posture, at = case.posture, case.event.time
    if posture.document(DocumentKind.USER, member) is None:
        # asked about by its id, never by a name that others may have
        name = given.member.upn or member
        user = Document(DocumentKind.USER, member, at, {"displayName": name})
        posture = posture.with_document(user)
    old = posture.document(DocumentKind.ROLE, given.template)
    body = with_member(old.body if old else None, given.role, {"id": member, "added": True})
    return posture.with_document(Document(DocumentKind.ROLE, given.template, at, body))


def _plain_hole(witness: Witness) -> bool:
    """Whether it stands open for all resources, from any place, with any device, at any risk."""
    values = witness.structure["values"]
    limited = set(values) - _ANYWHERE if isinstance(values, dict) else {"unknown"}
    plain = not witness.structure["holds"] and not witness.conditions and not limited
    return plain and witness.resource.startswith("any resource")


@rule(
    EventCase,
    revision=1,
    title="A privileged role was given to somebody whom no policy asks for MFA",
    severity_logic="always high; certain only with a baseline",
    controls=Controls(
        hipaa=("164.308(a)(4)(ii)(B)", "164.308(a)(4)(ii)(C)", "164.312(d)"),
        nist=("AC-2", "AC-6(9)", "IA-2(1)"),
        cis=("5.2.2.1",),
        scuba=("MS.AAD.3.6v1",),
        attack=("T1098.003", "T1556.009"),
    ),
    blind_spots=(
        "Told when the role is given or the account made eligible, not at each activation.",
        "Without a baseline, it is told only where a policy that asks everyone for MFA is known.",
        "Roles given to groups and custom roles are not judged.",
        "A gap at one place, resource or device alone is not told: mfa-monitor ask shows these.",
    ),
    respond=(
        "See what asks it: Entra admin center > Protection > Conditional Access > What If.",
        "Put it into a policy's scope, or take the role back: Entra admin center > Roles & admins.",
    ),
    firing="An account that the only policy requiring MFA excludes becomes Conditional Access "
    "Administrator.",
    silent="Another policy asks holders of that role for MFA.",
    lookalike="The policy leaves out a trusted location: everybody signs in there so.",
)
def privileged_role_outside_mfa_scope(case: EventCase) -> Iterator[Judgement]:
    """All enabled policies together are asked, with the role already held.

    What is not known of groups counts for the account: only a certain hole is told. Of an
    emergency-access account, which is left out on purpose, emergency-account-touched tells it.
    """
    given = role_given(case.event, case.concern)
    if given is None or not given.privileged or case.event.activity == ACTIVATION:
        return
    member = given.member
    if not member.id or (member.type or "").casefold() != "user" or is_emergency(case):
        return
    if not _known_enough(case.posture):
        return
    answer = ask(_holding(case, given, member.id), Question(user=member.id))
    certain = (one for one in answer.witnesses if one.certainty is Certainty.CERTAIN)
    hole = next(filter(_plain_hole, certain), None)
    if hole is None:
        return
    about = about_account(case.event)
    how = "made eligible for" if given.eligible else "given"
    known = "" if case.posture.has_baseline else " that was seen"
    yield Judgement(
        severity=Severity.HIGH,
        witness=f"{about.name} was {how} the role *{given.role}* by "
        f"{case.event.initiator.label}, and no policy{known} asks the account for MFA. {hole.text}",
        about=about,
        certainty="certain" if case.posture.has_baseline else "possible",
        details={"role": given.role, "template": given.template, "hole": dict(hole.structure)},
    )
