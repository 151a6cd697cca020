"""Certificates count for more, or are checked less, than before."""

from collections.abc import Iterator

from pydantic import JsonValue

from monitor.rules.case import ChangeCase
from monitor.rules.declare import rule
from monitor.rules.method_settings import Method, Step, judgement, step, whom
from monitor.rules.model import Controls, Judgement, Severity

_MODE = ("authenticationModeConfiguration", "x509CertificateAuthenticationDefaultMode")
_AFFINITY = ("authenticationModeConfiguration", "x509CertificateDefaultRequiredAffinityLevel")


@rule(
    ChangeCase,
    revision=1,
    title="Certificate-based authentication was loosened",
    severity_logic=(
        "medium when a certificate counts as multifactor by default, matches people more loosely "
        "or is not checked for revocation; low when the method is switched on or opened to more"
    ),
    controls=Controls(
        hipaa=("164.312(d)",),
        nist=("IA-5", "CM-6", "CM-7"),
        attack=("T1556.006", "T1556.007"),
    ),
    blind_spots=("Which authorities are trusted has records of its own.",),
    respond=(
        "Ask which certificates need it, and who can issue them.",
        (
            "Set it back: Entra admin center > Protection > Authentication methods > Policies > "
            "Certificate-based authentication > Configure."
        ),
    ),
    firing="Certificates count as multifactor by default from now on.",
    silent="Revocation is checked from now on.",
    lookalike="Issuer hints are switched on.",
)
def certificate_method_weakened(case: ChangeCase) -> Iterator[Judgement]:
    """A single certificate does for more than before, or whose it is matters less."""
    one = step(case, "x509certificate")
    if one is None:
        return
    looser = [*_looser(one)]
    if looser:
        told = f"loosened certificate-based authentication: {'; '.join(looser)}."
        yield judgement(case, Severity.MEDIUM, told, looser=[*looser])
    elif one.switched_on or (one.is_on and one.widened):
        ids = one.after.include if one.switched_on else one.widened
        told = f"opened certificate-based authentication to {whom(ids) or 'targets not shown'}."
        yield judgement(case, Severity.LOW, told)


def _looser(one: Step) -> Iterator[str]:
    mode, affinity = one.moved(*_MODE), one.moved(*_AFFINITY)
    if mode and mode[1].casefold().endswith("multifactor"):
        yield "a certificate counts as multifactor by default"
    if affinity and affinity[1].casefold() == "low":
        yield "a loose match of certificate and person is enough"
    old, new = (_rules(side) for side in (one.before, one.after))
    added = [item for item in new if item not in old]
    if any("multifactor" in str(item).casefold() for item in added):
        yield "a rule makes certificates count as multifactor"
    checked = one.moved("crlValidationConfiguration", "state")
    if checked and checked[1].casefold() == "disabled":
        yield "revoked certificates are not refused"


def _rules(side: Method) -> list[JsonValue]:
    listed = side.get("authenticationModeConfiguration", "rules")
    return listed if isinstance(listed, list) else []
