"""Positions of an Event Hub partition were skipped, and the hub no longer keeps them."""

from collections.abc import Iterator
from datetime import datetime

from monitor.clock import stamp
from monitor.rules.case import LostCase
from monitor.rules.declare import rule
from monitor.rules.model import About, Controls, Judgement, Severity


def in_words(after: datetime | None, before: datetime | None) -> str:
    """When something was enqueued, as far as it is known."""
    if after and before:
        return f"enqueued between {after:%Y-%m-%d %H:%M:%S} and {before:%Y-%m-%d %H:%M:%S} UTC"
    if after:
        return f"enqueued after {after:%Y-%m-%d %H:%M:%S} UTC"
    if before:
        return f"enqueued before {before:%Y-%m-%d %H:%M:%S} UTC"
    return "enqueued nobody knows when"


@rule(
    LostCase,
    revision=1,
    title="Records of an Event Hub partition are lost",
    severity_logic=(
        "always high, once for each range: a change in them is not seen here, and never will be"
        " from this hub"
    ),
    controls=Controls(
        hipaa=("164.312(b)", "164.312(c)(1)", "164.312(c)(2)"),
        nist=("AU-5", "AU-9", "AU-11", "SI-4"),
        scuba=("MS.AAD.4.1v1",),
        attack=("T1562.008",),
    ),
    blind_spots=(
        "A partition is asked what it still keeps by a repair; without one nothing is found lost.",
        (
            "The times are those of the records entered before and after; which records stood"
            " between them is not known, and they may have been noise."
        ),
        "What came before the first position ever read is not lost.",
    ),
    respond=(
        (
            "Export the audit log of these hours while Entra still keeps it (30 days with a P1 or"
            " P2 licence, 7 days without; Entra admin center > Monitoring & health > Audit logs),"
            " and read it: mfa-monitor replay FILE."
        ),
        "Compare what is recorded with what is in force: mfa-monitor baseline import EXPORT.",
        (
            "Find out why the positions were not read in time: the trigger's errors, and"
            " the hub's retention."
        ),
    ),
    firing="Positions 41 to 51 were skipped, and the hub keeps nothing before 60.",
    silent="The hub still keeps 41 to 51: they are read, and the gap closes.",
    lookalike="A hub that is new here keeps nothing before 60: nothing before was ever expected.",
)
def records_lost(case: LostCase) -> Iterator[Judgement]:
    """Retention has passed over positions that were never read; the ledger says so for ever."""
    count = case.last - case.first + 1
    many = f"{count} position{'s' if count != 1 else ''} ({case.first} to {case.last})"
    yield Judgement(
        severity=Severity.HIGH,
        witness=(
            f"Of {case.partition}, {many}, {in_words(case.after, case.before)}, were never read,"
            " and the hub no longer keeps them: a change recorded in them is not seen here."
        ),
        about=About("partition", case.partition, case.partition),
        details={
            "first": case.first,
            "last": case.last,
            "lost": count,
            "after": stamp(case.after) if case.after else None,
            "before": stamp(case.before) if case.before else None,
        },
    )
