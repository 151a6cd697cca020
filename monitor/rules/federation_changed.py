"""Somebody changed who vouches for the users of a domain."""

from collections.abc import Iterator

from pydantic import JsonValue

from monitor.events.activity import Concern
from monitor.events.model import AuditEvent, TargetResource, Unreadable
from monitor.rules.case import EventCase
from monitor.rules.declare import rule
from monitor.rules.model import About, Controls, Judgement, Severity

DECIDES = frozenset({"set domain authentication", "set federation settings on domain"})
"""The activities after which another party may vouch for MFA."""
FEDERATED, MANAGED = "federated", "managed"


def _word(value: JsonValue | Unreadable) -> str:
    """The one word of a directory attribute (`["Managed"]`), in lower case."""
    first = value[0] if isinstance(value, list) and value else value
    return first.casefold() if isinstance(first, str) else ""


def live_type(event: AuditEvent) -> tuple[str, str]:
    """Return who authenticates the domain, before and after, as far as the record shows it."""
    for target in event.targets:
        prop = target.property("LiveType")
        if prop:
            return _word(prop.old), _word(prop.new)
    return "", ""


def _about(target: TargetResource | None) -> About:
    name = (target.name or target.id or "") if target else ""
    return About("domain", name, name)


@rule(
    EventCase,
    revision=1,
    title="The federation of a domain was changed",
    severity_logic=(
        "critical when a domain becomes federated; low when it becomes managed; high for any other"
        " change of federation settings, because federatedIdpMfaBehavior cannot be seen"
    ),
    controls=Controls(
        hipaa=("164.312(d)",),
        nist=("IA-5", "CM-3(1)"),
        attack=("T1484.002", "T1556.007"),
    ),
    blind_spots=(
        (
            "No record shows issuer, certificate or federatedIdpMfaBehavior: what the settings are"
            " now has to be read."
        ),
        "Staged rollout, seamless sign-on and pass-through agents are recorded and not judged.",
    ),
    respond=(
        (
            "Read the settings now: GET /domains/{domain}/federationConfiguration in Microsoft"
            " Graph; acceptIfMfaDoneByFederatedIdp lets that party vouch for MFA."
        ),
        (
            "Without an approval, set the domain back to managed: Entra admin center > Settings >"
            " Domain names."
        ),
        (
            "Review sign-ins of the domain's users: Entra admin center > Monitoring & health >"
            " Sign-in logs."
        ),
    ),
    firing="Set federation settings on domain.",
    silent="A domain is verified.",
    lookalike="An unverified domain is added: its LiveType goes from None to Managed.",
)
def federation_changed(case: EventCase) -> Iterator[Judgement]:
    """Whoever holds a federated domain's signing key signs in as its users, MFA claim included."""
    event = case.event
    if case.concern is not Concern.FEDERATION or not event.succeeded:
        return
    before, after = live_type(event)
    federated = after == FEDERATED != before
    if not federated and event.activity not in DECIDES and not event.name_disagrees:
        return
    about = _about(event.target("Domain") or event.target())
    managed = before == FEDERATED and after == MANAGED
    severity = Severity.LOW if managed else Severity.CRITICAL if federated else Severity.HIGH
    if federated:
        effect = "is federated now: another party vouches for its users, and may for their MFA."
    elif managed:
        effect = "is managed again: Entra authenticates its users, and MFA is asked for here."
    else:
        effect = "has other federation settings: whether that party vouches for MFA is not shown."
    yield Judgement(
        severity=severity,
        witness=f"The domain {about.name} {effect} The state now has to be read.",
        about=about,
        certainty="certain" if federated or managed else "possible",
        details={"read_pending": True, "live_type": {"before": before, "after": after}},
        act="federation",
    )
