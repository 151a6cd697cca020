"""Something changed in a way nobody modelled: never silence."""

from collections.abc import Iterator

from monitor.rules.case import ChangeCase, UnreadCase
from monitor.rules.declare import rule
from monitor.rules.model import Controls, Judgement, Severity
from monitor.rules.wording import about_change, comparison_details


@rule(
    ChangeCase | UnreadCase,  # type: ignore[arg-type]  # a union is not a type to mypy
    revision=1,
    title="A change of the MFA posture was not understood",
    severity_logic="always medium: what is not understood may be a hole",
    controls=Controls(
        hipaa=("164.312(b)", "164.308(a)(1)(ii)(D)"),
        nist=("AU-6", "SI-4"),
        attack=("T1556",),
    ),
    blind_spots=("What the unknown part does is not known; the rest is compared as far as it is.",),
    respond=(
        "Open the object in the Entra admin center and read what changed.",
        "Report the shape of the record, so that it is understood next time.",
    ),
    firing="A policy carries a condition that is not in the Graph v1.0 model.",
    silent="A policy changes in known fields only.",
    lookalike="A failed attempt in an unknown shape: nothing changed.",
)
def change_not_understood(case: ChangeCase | UnreadCase) -> Iterator[Judgement]:
    """A record says that something changed and holds a key.

    A value or a shape that is not known.
    """
    about = about_change(case.change)
    if isinstance(case, UnreadCase):
        yield Judgement(
            severity=Severity.MEDIUM,
            witness=(
                f"{case.event.activity_name} by {case.event.initiator.label}: "
                f"{case.change.problem}."
                " What it changed is not known."
            ),
            about=about,
            certainty="possible",
        )
        return
    if case.change.problem:
        yield Judgement(
            severity=Severity.MEDIUM,
            witness=(
                f"{case.event.activity_name} by {case.event.initiator.label}: "
                f"{case.change.problem}."
            ),
            about=about,
            certainty="possible",
            details=comparison_details(case.change, case.comparison),
        )
        return
    # the comparison lists what is unknown in either posture: only the changed object is judged here
    mine = [part for part in case.comparison.not_understood if f"({about.id.lower()})" in part]
    if mine:
        yield Judgement(
            severity=Severity.MEDIUM,
            witness=f"{about.name} holds what this program does not know: {'; '.join(mine)}.",
            about=about,
            certainty="possible",
            details=comparison_details(case.change, case.comparison)
            | {"not_understood": list(mine)},
        )
