"""An account became a guest or a member, and falls out of a policy by it."""

from collections.abc import Iterator

from monitor.coverage.ask import Answer, Question, ask
from monitor.posture.document import Document, DocumentKind
from monitor.posture.membership import Conversion, read_conversion
from monitor.posture.posture import Posture
from monitor.rules.accounts import about_account, is_privileged
from monitor.rules.case import EventCase
from monitor.rules.declare import rule
from monitor.rules.model import Controls, Judgement, Severity


def _answer(case: EventCase, seen: Conversion, kind: str) -> Answer:
    document = Document(DocumentKind.USER, seen.user, case.event.time, seen.body(kind))
    return ask(case.posture.with_document(document), Question(user=seen.user))


def _asks_mfa(posture: Posture) -> frozenset[str]:
    """The names of enforced policies that demand a second factor."""
    return frozenset(
        policy.name
        for policy in posture.policies.values()
        if policy.enforced
        and (grant := policy.grant_controls) is not None
        and (
            "mfa" in grant.built_in_controls
            or grant.authentication_strength is not None
            or grant.custom_authentication_factors
        )
    )


@rule(
    EventCase,
    revision=1,
    title="An account was converted between member and guest, and needs less proof than before",
    severity_logic="high when no policy asks the account for MFA any more; critical when it is "
    "known to hold a privileged role",
    controls=Controls(
        hipaa=("164.308(a)(4)(ii)(B)", "164.308(a)(4)(ii)(C)", "164.312(d)"),
        nist=("AC-2", "AC-2(4)", "AC-3", "IA-2(1)", "IA-2(2)"),
        cis=("5.2.2.1", "5.2.2.2"),
        scuba=("MS.AAD.3.1v1", "MS.AAD.3.2v2"),
        attack=("T1556.009", "T1098"),
    ),
    blind_spots=(
        "An external member account counts as a member; which kind it is, the record does not say.",
        "Accounts converted before the stream began are not known without a baseline.",
    ),
    respond=(
        "Ask the person who converted the account for the reason.",
        "Convert it back: Entra admin center > Users > the user > Properties > User type.",
    ),
    firing="A member becomes a guest, and the only policy requiring MFA leaves guests out.",
    silent="A member becomes a guest, and guests are asked for MFA too.",
    lookalike="An account is created as a guest: nothing was converted.",
)
def account_type_weakened(case: EventCase) -> Iterator[Judgement]:
    """Policies tell guests from members: whoever changes sides leaves some and enters others."""
    seen = read_conversion(case.event)
    if seen is None or not case.event.succeeded:
        return
    after = _answer(case, seen, seen.new)
    if after.hole is False:
        return
    before = _answer(case, seen, seen.old)
    left = sorted((set(before.applies) - set(after.applies)) & _asks_mfa(case.posture))
    if before.hole is not False and not left:
        return
    privileged = is_privileged(case.posture, seen.user)
    asked = f" Before, {', '.join(left)} asked for it." if left else ""
    yield Judgement(
        severity=Severity.CRITICAL if privileged else Severity.HIGH,
        witness=f"{case.event.initiator.label} made {seen.name} a {seen.new.lower()} (it was a "
        f"{seen.old.lower()}): the account no longer needs MFA everywhere.{asked}",
        about=about_account(case.event),
        certainty=after.certainty.value,
        details={"before": seen.old, "after": seen.new, "policies_left": [*left]},
    )
