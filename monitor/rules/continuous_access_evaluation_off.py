"""Continuous access evaluation was switched off, or changed in a way that cannot be read."""

from collections.abc import Iterator

from monitor.rules.case import EventCase
from monitor.rules.declare import rule
from monitor.rules.model import About, Controls, Judgement, Severity
from monitor.rules.shown import Shown, shown

ACTIVITY = "update continuous access evaluation"


@rule(
    EventCase,
    revision=1,
    title="Continuous access evaluation was switched off or changed",
    severity_logic="always medium; certain only where the record shows that it went off",
    controls=Controls(hipaa=("164.312(a)(1)",), nist=("AC-12", "IA-11"), attack=("T1556.009",)),
    blind_spots=(
        "No real record was found: one that shows nothing is told as a possible weakening.",
        "The session control of a single policy is told by ca-control-loosened.",
    ),
    respond=(
        (
            "Read the setting: Entra admin center > Protection > Conditional Access > Continuous "
            "access evaluation."
        ),
    ),
    firing="isEnabled goes from true to false.",
    silent="isEnabled goes from false to true.",
    lookalike="The attempt to switch it off fails.",
)
def continuous_access_evaluation_off(case: EventCase) -> Iterator[Judgement]:
    """A session stays usable for up to an hour after its account is disabled or its risk known."""
    event = case.event
    if event.activity != ACTIVITY or not event.succeeded:
        return
    changed = shown(event)
    off = any(one.fell or _lax(one) for one in changed)
    if changed and not off and all(one.rose for one in changed):
        return
    told = (
        "switched off continuous access evaluation: disabled accounts keep their sessions longer."
        if off
        else "changed continuous access evaluation in a way that cannot be read, so it may be off: "
        "the current state has to be read."
    )
    yield Judgement(
        severity=Severity.MEDIUM,
        witness=f"{event.initiator.label} {told}",
        about=About(
            "continuousAccessEvaluationPolicy",
            "continuousAccessEvaluationPolicy",
            "continuous access evaluation",
        ),
        certainty="certain" if off else "possible",
        details={"read_pending": not off, "changed": [one.row() for one in changed]},
    )


def _lax(one: Shown) -> bool:
    """Whether strict enforcement of locations ended."""
    return "strict" in str(one.old).casefold() and "strict" not in str(one.new).casefold()
