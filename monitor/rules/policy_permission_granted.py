"""An application got the power to change who needs MFA."""

from collections.abc import Iterator

from monitor.posture.document import DocumentKind
from monitor.posture.grants import held_permissions, read_grant
from monitor.rules.accounts import role_given
from monitor.rules.case import EventCase
from monitor.rules.declare import rule
from monitor.rules.model import About, Controls, Judgement, Severity


@rule(
    EventCase,
    revision=1,
    title="An application may now change who needs MFA",
    severity_logic="always high: an application signs in without MFA",
    controls=Controls(
        hipaa=("164.308(a)(4)(ii)(B)",),
        nist=("AC-3", "CM-5(1)"),
        cis=("5.1.5.1", "5.1.5.2"),
        scuba=("MS.AAD.5.2v1",),
        attack=("T1098.003", "T1528"),
    ),
    blind_spots=(
        "Permissions granted before the stream began are not known.",
        "A delegated permission counts once for an application, whoever it was granted for.",
        (
            "Permissions with which an application could grant itself these "
            "(AppRoleAssignment.ReadWrite.All, Application.ReadWrite.All) are not judged."
        ),
    ),
    respond=(
        "Ask the person who granted it what the application does with it.",
        (
            "Take it back: Entra admin center > Enterprise applications > the application > "
            "Permissions."
        ),
    ),
    firing="An application is granted Policy.ReadWrite.ConditionalAccess.",
    silent="An application is granted User.Read.",
    lookalike="The second record of one consent: the permission is held by then.",
)
def policy_permission_granted(case: EventCase) -> Iterator[Judgement]:
    """By consent, by an app role, or by a directory role given to its service principal.

    Policy.ReadWrite.ConditionalAccess, .AuthenticationMethod, .SecurityDefaults,
    .CrossTenantAccess, UserAuthenticationMethod.ReadWrite.All, RoleManagement.ReadWrite.Directory.
    """
    event = case.event
    grant = read_grant(event) if event.succeeded else None
    if grant:
        known = case.posture.document(DocumentKind.APP, grant.app)
        news = sorted(grant.gained - held_permissions(known.body if known else None))
        about = About("servicePrincipal", grant.app, grant.name or grant.app)
    else:
        given = role_given(event, case.concern)
        is_app = given and (given.member.type or "").casefold() == "serviceprincipal"
        if given is None or not is_app or not given.rules_policy:
            return
        news = [f"the role {given.role}"]
        identity = given.member.id or ""
        about = About("servicePrincipal", identity, given.member.name or identity)
    if news:
        yield Judgement(
            severity=Severity.HIGH,
            witness=f"{event.initiator.label} granted the application *{about.name}* "
            f"{', '.join(news)}: it may now change who needs MFA.",
            about=about,
            details={"granted": [*news]},
        )
