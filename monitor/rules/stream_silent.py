"""No record of a tenant has come for longer than usual."""

from collections.abc import Iterator
from datetime import timedelta

from monitor.rules.case import SilenceCase
from monitor.rules.declare import rule
from monitor.rules.model import About, Controls, Judgement, Severity

WATCHED_ENOUGH = timedelta(days=1)
"""How long a stream has to be seen before its pauses are known through day and night."""


def in_hours(length: timedelta) -> str:
    """A length of time as `3 h 05 min`."""
    minutes = int(length.total_seconds()) // 60
    return f"{minutes // 60} h {minutes % 60:02d} min"


@rule(
    SilenceCase,
    revision=1,
    title="The audit stream of a tenant has fallen silent",
    severity_logic=(
        "high; medium while less than a day of the stream has been seen, when a quiet night is not "
        "known yet"
    ),
    controls=Controls(
        hipaa=("164.312(b)", "164.312(c)(1)"),
        nist=("AU-5", "AU-5(1)", "SI-4"),
        cis=("3.1.1",),
        scuba=("MS.AAD.4.1v1",),
        attack=("T1562.008",),
    ),
    blind_spots=(
        (
            "What is usual is learnt: four times the longest pause of seven days, at least an hour,"
            " at most a day. After a long outage a shorter one goes unnoticed for a week."
        ),
        "Only records from Event Hubs are expected to keep coming; files and HTTP are not.",
        "Within 15 minutes of its own start the service judges no silence.",
    ),
    respond=(
        (
            "Check that the AuditLogs category still flows: Entra admin center > Monitoring &"
            " health > Diagnostic settings. Entra writes no record when that setting is changed."
        ),
        "Check the Event Hub: namespace, the key of the diagnostic setting, consumer group.",
        "When records come again, compare the policies with what is recorded here.",
    ),
    firing="Records came every few minutes for days, and none has come for two hours.",
    silent="None has come for 40 minutes.",
    lookalike="A replay ends: its records are from the past, nothing more is expected.",
)
def stream_silent(case: SilenceCase) -> Iterator[Judgement]:
    """Whoever stops the stream makes every later change invisible; so silence is a finding.

    It is made once for each silence, and ends by itself with the next record.
    """
    known = case.watched >= WATCHED_ENOUGH
    yield Judgement(
        severity=Severity.HIGH if known else Severity.MEDIUM,
        witness=(
            f"No record of any kind has come since {case.last:%Y-%m-%d %H:%M} UTC, for "
            f"{in_hours(case.now - case.last)}; up to {in_hours(case.expected)} is usual. Changes"
            " made meanwhile are not seen."
        ),
        about=About("tenant", case.tenant, case.tenant),
        certainty="certain" if known else "possible",
        details={
            "last": case.last.isoformat(),
            "silent_seconds": int((case.now - case.last).total_seconds()),
            "expected_seconds": int(case.expected.total_seconds()),
        },
    )
