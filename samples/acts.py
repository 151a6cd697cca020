"""What an act of the story is: its records, and what a monitor should make of them."""

from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from samples.records import AuditRecord, Object, stamp


class Expect(Enum):
    """What an act must lead to: a finding above info, none above info, or a quarantine."""

    ALARM = "alarm"
    SILENT = "silent"
    QUARANTINE = "quarantine"


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """One act. `due` is the issue from which the row is to hold.

    `needs` names what `monitor.toml` has to declare for the row to hold; `text` occurs somewhere in
    the JSON of the finding.
    """

    id: str
    title: str
    description: str
    due: int
    expect: Expect
    records: tuple[AuditRecord, ...] = ()
    object_id: str | None = None
    rule: str | None = None
    severity: str | None = None
    text: str | None = None
    needs: str | None = None

    @property
    def time(self) -> datetime:
        """When the act happened: the time of its first record."""
        return min(record.at for record in self.records)

    def row(self) -> Object:
        """Return the act's row of `expected.json`."""
        bound = {"severity_at_least": self.severity} if self.severity else {}
        if self.expect is Expect.SILENT:
            bound = {"severity_at_most": "info"}
        optional = {"object_id": self.object_id, "text_contains": self.text, "needs": self.needs}
        return {
            "id": self.id,
            "title": self.title,
            "time": stamp(self.time),
            "description": self.description,
            "due_issue": self.due,
            "expect": self.expect.value,
            "rule": self.rule,
            **bound,
            **{name: value for name, value in optional.items() if value is not None},
            "record_ids": [record.id for record in self.records],
        }
