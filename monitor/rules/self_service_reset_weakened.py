"""Self-service password reset asks for less."""

from collections.abc import Iterator

from monitor.rules.case import EventCase
from monitor.rules.declare import rule
from monitor.rules.model import About, Controls, Judgement, Severity
from monitor.rules.shown import Shown, shown

ACTIVITY = "update sspr settings"


@rule(
    EventCase,
    revision=1,
    title="Self-service password reset was weakened or changed",
    severity_logic=(
        "medium when fewer methods are asked for or security questions are allowed; low where the "
        "record does not show what changed"
    ),
    controls=Controls(
        hipaa=("164.312(d)",), nist=("IA-5", "CM-6"), cis=("5.2.4",), attack=("T1556.006",)
    ),
    blind_spots=(
        "No real record was found: one that shows nothing is told as a possible weakening.",
    ),
    respond=(
        "Read the settings: Entra admin center > Protection > Password reset.",
        "Ask the person who made the change for its approval",
    ),
    firing="The number of methods asked for goes from 2 to 1.",
    silent="The number of methods asked for goes from 1 to 2.",
    lookalike="Password writeback is switched on.",
)
def self_service_reset_weakened(case: EventCase) -> Iterator[Judgement]:
    """A password, the first factor, can be reset with less proof."""
    event = case.event
    if event.activity != ACTIVITY or not event.succeeded:
        return
    changed = shown(event)
    weaker = [one for one in changed if _weaker(one)]
    if changed and not weaker and all(_gates(one) for one in changed):
        return
    told = (
        "weakened self-service password reset."
        if weaker
        else "changed self-service password reset: the current state has to be read."
    )
    yield Judgement(
        severity=Severity.MEDIUM if weaker else Severity.LOW,
        witness=f"{event.initiator.label} {told}",
        about=About("passwordResetPolicy", "passwordReset", "self-service password reset"),
        certainty="certain" if weaker else "possible",
        details={"read_pending": not weaker, "changed": [one.row() for one in changed]},
    )


def _gates(one: Shown) -> bool:
    """Whether it says how many methods are asked for."""
    return any(word in one.key for word in ("gate", "methodsrequired", "numberofmethods"))


def _weaker(one: Shown) -> bool:
    questions = "securityquestion" in one.key and (one.rose or one.grew)
    named = "securityquestion" in str(one.new).casefold().replace(" ", "")
    added = named and "securityquestion" not in str(one.old).casefold().replace(" ", "")
    return (_gates(one) and one.shrank) or questions or added
