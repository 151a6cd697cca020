"""A record came again under the same id and tells something else."""

from collections.abc import Iterator

from monitor.rules.case import AlteredCase
from monitor.rules.declare import rule
from monitor.rules.model import About, Controls, Judgement, Severity


@rule(
    AlteredCase,
    revision=1,
    title="A record came again and tells something else",
    severity_logic="always medium: one of the two is not what Entra wrote",
    controls=Controls(
        hipaa=("164.312(b)", "164.312(c)(1)", "164.312(c)(2)"),
        nist=("AU-9", "AU-10", "SI-4"),
        scuba=("MS.AAD.4.1v1",),
        attack=("T1562.008",),
    ),
    blind_spots=(
        "When the bytes of the first version have expired, another version is taken for a repeat.",
        "A record that Entra never wrote and that comes once looks like any other.",
    ),
    respond=(
        (
            "Compare the two versions: mfa-monitor show ENTRY for each; the record in Entra"
            " decides: Entra admin center > Monitoring & health > Audit logs."
        ),
        "Find out who can write to the hub: Azure portal > Event Hubs > Access control (IAM).",
    ),
    firing="A record comes again with the same id and another initiator.",
    silent="A record is delivered twice, byte for byte.",
    lookalike="The same record comes from the hub and from a Graph export, in another envelope.",
)
def altered_record(case: AlteredCase) -> Iterator[Judgement]:
    """Ids are given once: a second version is a forgery or an edited export.

    Both versions are entered and judged; which one is true is for a person to find out.
    """
    event = case.event
    yield Judgement(
        severity=Severity.MEDIUM,
        witness=(
            f"The record {event.record_id or event.key} of {event.activity_name!r} is known"
            f" already and tells something else now: {', '.join(case.differs)}."
        ),
        about=About("record", event.record_id or event.key, event.activity_name),
        details={"differs": list(case.differs)},
    )
