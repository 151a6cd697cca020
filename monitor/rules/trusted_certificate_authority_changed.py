"""Somebody changed which certificate authorities are believed."""

from collections.abc import Iterator

from monitor.events.activity import Concern
from monitor.events.model import AuditEvent
from monitor.posture.same import same_body
from monitor.rules.case import EventCase
from monitor.rules.declare import rule
from monitor.rules.model import About, Controls, Judgement, Severity

COMPANY_PROPERTY = "TrustedCAsForPasswordlessAuth"
"""The property of `Set Company Information` that lists them (older than the PKI activities)."""
REMOVES = ("delete", "hard delete")


def _company_list_changed(event: AuditEvent) -> bool:
    found = (target.property(COMPANY_PROPERTY) for target in event.targets)
    prop = next((one for one in found if one), None)
    if prop is None:
        return False
    old, new = ({"list": v if not hasattr(v, "text") else repr(v)} for v in (prop.old, prop.new))
    return not same_body(old, new)


@rule(
    EventCase,
    revision=1,
    title="A certificate authority trusted for sign-in was changed",
    severity_logic="high; low when one is only removed: availability, not trust",
    controls=Controls(
        hipaa=("164.312(d)",), nist=("IA-5", "CM-3(1)"), attack=("T1556.007", "T1484.002")
    ),
    blind_spots=(
        "Which authority it is, and whether certificates count as MFA, has to be read.",
        "The binding rules of certificate-based authentication stand in the methods policy.",
    ),
    respond=(
        (
            "List the authorities: Entra admin center > Protection > Show more > Security Center >"
            " Public key infrastructure; remove one that nobody can explain."
        ),
        (
            "Check who may use certificates: Entra admin center > Protection > Authentication"
            " methods > Certificate-based authentication."
        ),
    ),
    firing="Create CertificateAuthorityEntity.",
    silent="An attempt to add one fails.",
    lookalike="Set Company Information that does not show TrustedCAsForPasswordlessAuth.",
)
def trusted_certificate_authority_changed(case: EventCase) -> Iterator[Judgement]:
    """Whoever controls a trusted authority issues a certificate for anybody, and signs in as them.

    A certificate can count as MFA.
    """
    event = case.event
    if not event.succeeded:
        return
    company = case.concern is Concern.MFA_SERVICE and _company_list_changed(event)
    if case.concern is not Concern.CERTIFICATE and not company:
        return
    removed = event.activity.startswith(REMOVES)
    target = event.target()
    name = (target.name or target.id or "") if target else ""
    yield Judgement(
        severity=Severity.LOW if removed else Severity.HIGH,
        witness=(
            f"{event.activity_name} by {event.initiator.label}: "
            + (
                "an authority is no longer trusted; people with its certificates may be locked out."
                if removed
                else "certificates of another authority may be accepted for sign-in, as MFA too."
            )
            + " Which ones are trusted now has to be read."
        ),
        about=About("certificateAuthority", (target.id or name) if target else "", name),
        certainty="possible",
        details={"read_pending": True},
        act="certificate-authority",
    )
