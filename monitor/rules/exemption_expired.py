"""An approved exception has come to its end."""

from collections.abc import Iterator

from monitor.rules.case import ExemptionCase
from monitor.rules.declare import rule
from monitor.rules.model import About, Controls, Judgement, Severity


@rule(
    ExemptionCase,
    revision=1,
    title="An approved exception has expired",
    severity_logic="always medium, once for each exemption and end",
    controls=Controls(
        hipaa=("164.308(a)(1)(ii)(D)", "164.308(a)(8)"), nist=("AU-6", "CA-7", "CM-3"), attack=()
    ),
    blind_spots=("Whether the exception still stands in Entra is not judged here.",),
    respond=(
        "Ask the owner whether the exception is still needed.",
        (
            "If not, undo it where it was made, for a policy: Entra admin center > Protection >"
            " Conditional Access > Policies; then take the entry out of monitor.toml."
        ),
        "If so, renew it there, with a ticket and a new end.",
    ),
    firing="The clock passes `expires` of an entry of [[exemptions]].",
    silent="The end is a day away.",
    lookalike="The entry is renewed with a later end before its old one.",
)
def exemption_expired(case: ExemptionCase) -> Iterator[Judgement]:
    """From here on findings about the object are as grave as they are; somebody has to decide."""
    exemption = case.exemption
    yield Judgement(
        severity=Severity.MEDIUM,
        witness=(
            f"The exception for {case.name} ({exemption.ticket}, {exemption.owner}:"
            f" {exemption.reason}) ended at {exemption.expires:%Y-%m-%d %H:%M} UTC."
        ),
        about=About("exemption", exemption.object, case.name),
        details={
            "ticket": exemption.ticket,
            "owner": exemption.owner,
            "expires": exemption.expires.isoformat(),
        },
    )
