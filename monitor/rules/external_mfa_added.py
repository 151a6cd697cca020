"""An External MFA provider can be used now, or by more people."""

from collections.abc import Iterator

from monitor.rules.case import ChangeCase
from monitor.rules.declare import rule
from monitor.rules.method_settings import Step, approved, host, judgement, steps, whom
from monitor.rules.model import Controls, Judgement, Severity


@rule(
    ChangeCase,
    revision=1,
    title="An External MFA provider was added",
    severity_logic=(
        "high when it is switched on and its trust anchor is not one of [[providers]] in "
        "monitor.toml; medium when it is added switched off, or reaches more people; info when "
        "the provider is approved there"
    ),
    controls=Controls(
        hipaa=("164.312(d)", "164.308(a)(1)(ii)(B)"),
        nist=("IA-2", "IA-5", "IA-8", "CM-3"),
        attack=("T1556", "T1556.006", "T1484.002"),
    ),
    blind_spots=(
        "What the provider does with a sign-in is its own matter: its policy is not in Entra.",
        "No real record of this change was found; the forms read are those Graph's names allow.",
    ),
    respond=(
        "Compare application id, client id and discovery URL with what the provider states.",
        (
            "Without approval, disable it: Entra admin center > Protection > Authentication "
            "methods > Policies > the External MFA provider."
        ),
        "Where it is approved, declare its three values as [[providers]] in monitor.toml.",
    ),
    firing="A method with a discovery URL nobody approved is added and enabled.",
    silent="SMS is switched off in the same policy.",
    lookalike="The provider's three values are those of an approved one: information only.",
)
def external_mfa_added(case: ChangeCase) -> Iterator[Judgement]:
    """Whoever runs the provider decides who passes the second factor.

    It is a new trust anchor.
    """
    for one in steps(case):
        if not one.after.external:
            continue
        url = one.after.text("openIdConnectSetting", "discoveryUrl")
        told = _told(one, host(url) or url or "an address not shown")
        if told:
            provider = approved(case.context, one.after)
            severity = Severity.INFO if provider else told[0]
            approval = "an approved provider" if provider else "approved by nobody"
            yield judgement(
                case,
                severity,
                f"{told[1]} ({approval}).",
                provider=one.name,
                appId=one.after.text("appId"),
                clientId=one.after.text("openIdConnectSetting", "clientId"),
                discoveryUrl=url,
            )


def _told(one: Step, where: str) -> tuple[Severity, str] | None:
    """How bad and in what words, where the provider is nearer to being used than before."""
    name = f"the External MFA provider *{one.name}*, which answers at {where}"
    if one.switched_on:
        new = "added and switched on" if not one.before.body else "switched on"
        return Severity.HIGH, f"{new} {name}, for {whom(one.after.include) or 'nobody yet'}"
    if not one.before.body:
        return Severity.MEDIUM, f"added {name}, switched off so far"
    if one.is_on and one.widened:
        return Severity.MEDIUM, f"opened {name}, to {whom(one.widened)} as well"
    return None
