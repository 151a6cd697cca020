"""What a rule is shown: one kind of case per kind of question."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from monitor.coverage.emergency import LockOut
from monitor.coverage.model import Comparison
from monitor.enrolment.clock import EnrolmentClock
from monitor.events.activity import Concern
from monitor.events.model import AuditEvent
from monitor.posture.change import Change, Pending
from monitor.posture.posture import Posture
from monitor.rules.context import NOTHING_DECLARED, Context, Exemption


@dataclass(frozen=True, slots=True)
class ChangeCase:
    """A record that changed a document.

    With what the change really does over the whole policy set. `hole_since` is since when a hole
    that an earlier change of this object opened stands open, where one does.
    """

    event: AuditEvent
    change: Change
    comparison: Comparison
    lockouts: tuple[LockOut, ...] = ()
    context: Context = NOTHING_DECLARED
    hole_since: datetime | None = None


@dataclass(frozen=True, slots=True)
class EventCase:
    """Any relevant record as it is, for rules about acts rather than documents.

    `posture` is the one before the record, `clock` the enrolment clock of the account it is about,
    where it has one.
    """

    event: AuditEvent
    concern: Concern
    posture: Posture
    context: Context
    clock: EnrolmentClock | None


@dataclass(frozen=True, slots=True)
class UnreadCase:
    """A record that says something changed, in a form nobody modelled."""

    event: AuditEvent
    change: Change


@dataclass(frozen=True, slots=True)
class UnseenCase:
    """A pending matter whose time is up, or a baseline that knows better.

    `source` names the baseline in the latter case.

    `comparison` is what happened unseen, where both versions are known.
    """

    matter: Pending
    comparison: Comparison | None
    source: str = ""


@dataclass(frozen=True, slots=True)
class AccountCase:
    """An account whose deadline passed; `now` is the time of the sweep."""

    clock: EnrolmentClock
    now: datetime


@dataclass(frozen=True, slots=True)
class FaultCase:
    """An exception of this program while it judged a record; the record is in quarantine.

    `problem` is the exception's class and the innermost place, never its text, which may hold
    personal data.
    """

    problem: str
    activity: str


@dataclass(frozen=True, slots=True)
class SilenceCase:
    """No record of a tenant has come for longer than usual.

    `last` is when one came last, `expected` the longest pause that is still usual, `watched` for
    how long the stream has been watched, up to `last`.
    """

    tenant: str
    last: datetime
    expected: timedelta
    watched: timedelta
    now: datetime


@dataclass(frozen=True, slots=True)
class LateCase:
    """A record that reached Event Hubs (`arrived`) long after what it tells."""

    event: AuditEvent
    arrived: datetime


@dataclass(frozen=True, slots=True)
class GapCase:
    """Positions `first` to `last` of a partition were skipped; `missing` of them still are."""

    partition: str
    first: int
    last: int
    missing: int


@dataclass(frozen=True, slots=True)
class LostCase:
    """Positions `first` to `last` of a partition can no longer be read.

    They were enqueued between `after` and `before`, where that is known.
    """

    partition: str
    first: int
    last: int
    after: datetime | None
    before: datetime | None


@dataclass(frozen=True, slots=True)
class DriftCase:
    """How many records of one day (ISO 8601, UTC) could not be read, and not be understood."""

    tenant: str
    day: str
    unreadable: int
    not_understood: int


@dataclass(frozen=True, slots=True)
class AlteredCase:
    """A record came again under the same id and tells something else; `differs` says in what."""

    event: AuditEvent
    differs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ExemptionCase:
    """An exemption whose end has come; `name` is its object's, where it is known."""

    exemption: Exemption
    name: str


Case = (
    ChangeCase
    | EventCase
    | UnreadCase
    | UnseenCase
    | AccountCase
    | FaultCase
    | SilenceCase
    | LateCase
    | GapCase
    | LostCase
    | DriftCase
    | AlteredCase
    | ExemptionCase
)
