"""A control beside MFA was loosened.

Device, session frequency, persistent browser, token protection, ...
"""

from collections.abc import Iterator

from monitor.coverage.model import Direction
from monitor.posture.document import DocumentKind
from monitor.rules.case import ChangeCase
from monitor.rules.declare import rule
from monitor.rules.model import Controls, Judgement, Severity
from monitor.rules.wording import about_change, comparison_details

OWN_WORDS = frozenset({DocumentKind.METHODS_POLICY, DocumentKind.STRENGTH})
"""Kinds of documents of which other rules tell what was loosened."""


@rule(
    ChangeCase,
    revision=1,
    title="A control beside MFA was loosened",
    severity_logic="always low: the second factor is still asked for as before",
    controls=Controls(
        hipaa=("164.312(a)(1)",),
        nist=("AC-12", "IA-11"),
        cis=("5.2.2.4", "5.2.2.11", "5.2.2.13", "5.2.2.16"),
        attack=("T1556.009",),
    ),
    blind_spots=("Compared policy by policy: another policy may ask for the same control.",),
    respond=("Ask whether the longer session or the missing device check is intended.",),
    firing="The sign-in frequency of an enabled policy goes from 4 hours to 30 days.",
    silent="The sign-in frequency is shortened.",
    lookalike="The sign-in frequency of a report-only policy is lengthened.",
)
def ca_control_loosened(case: ChangeCase) -> Iterator[Judgement]:
    """Sign-ins need the same second factor, but a device.

    Session or token control asks for less.
    """
    looser = [c for c in case.comparison.other_controls if c.direction is Direction.LOOSER]
    if not looser or case.change.kind in OWN_WORDS:
        return
    parts = "; ".join(f"{c.control}: {c.before} -> {c.after}" for c in looser)
    yield Judgement(
        severity=Severity.LOW,
        witness=f"In {case.change.name}: {parts}.",
        about=about_change(case.change),
        details=comparison_details(case.change, case.comparison),
    )
