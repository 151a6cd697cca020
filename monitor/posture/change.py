"""What one audit record does to one document of the posture, and what is left open by it.

The rules of the fold (DESIGN section 1, "Order"):

- each object keeps its document's own time; an older record is entered and compared, never put in
  place of a newer one;
- the first sight of an object adopts the record's old value silently;
- an old value that is not what was last recorded (*discontinuity*), and a Core Directory twin
  without its Conditional Access record, are pending for 15 minutes; only the sweep makes a finding
  of them;
- a failed attempt is recorded and changes nothing.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from monitor.posture.document import Body, DocumentKind
from monitor.posture.membership import Membership

PATIENCE = timedelta(minutes=15)
"""How long a pending matter waits for the record that would explain it (DESIGN section 1)."""


class Effect(StrEnum):
    """What a record did to the posture."""

    APPLIED = "applied"
    OLDER = "older"
    REPEATED = "repeated"
    TWIN = "twin"
    FAILED = "failed"
    NOT_UNDERSTOOD = "not-understood"
    NOTED = "noted"


class Reason(StrEnum):
    """Why something is pending."""

    TWIN = "twin"
    DISCONTINUITY = "discontinuity"


@dataclass(frozen=True, slots=True)
class Known:
    """The last recorded version of an object; `body` is None once it was deleted.

    `marks` are the modification times of the records folded so far, newest last, by which twins are
    recognised.
    """

    at: datetime
    body: Body | None
    marks: tuple[datetime, ...] = ()


@dataclass(frozen=True, slots=True)
class Pending:
    """A matter the sweep will settle at `due` unless a later record does so before.

    For a discontinuity `recorded` is what we had and `old` what the record says was there; for a
    twin `mark` is its modification time.
    """

    reason: Reason
    kind: DocumentKind
    id: str
    name: str
    mark: datetime
    due: datetime
    recorded: Body | None = None
    old: Body | None = None

    @property
    def key(self) -> str:
        """The key of this matter within its tenant."""
        return f"{self.reason}/{self.kind}/{self.id}/{self.mark.isoformat()}"


@dataclass(frozen=True, slots=True)
class Change:
    """One record's effect on one object.

    `before` and `after` are its documents; None is "not there".

    `comparable` says that before and after are whole documents to be compared. `opens` and
    `settles` are pending matters begun and ended. `problem` says what was not understood.
    `membership` is there when a group changed by one member: the document is then kept as that
    delta.
    """

    effect: Effect
    kind: DocumentKind | None
    id: str
    name: str
    at: datetime
    before: Body | None = None
    after: Body | None = None
    comparable: bool = False
    opens: tuple[Pending, ...] = ()
    settles: tuple[str, ...] = ()
    problem: str | None = None
    membership: Membership | None = None
