"""What a rule is shown: one kind of case per kind of question."""

from dataclasses import dataclass
from datetime import datetime

from monitor.coverage.emergency import LockOut
from monitor.coverage.model import Comparison
from monitor.enrolment.clock import EnrolmentClock
from monitor.events.activity import Concern
from monitor.events.model import AuditEvent
from monitor.posture.change import Change, Pending
from monitor.posture.posture import Posture
from monitor.rules.context import NOTHING_DECLARED, Context


@dataclass(frozen=True, slots=True)
class ChangeCase:
    """A record that changed a document.

    With what the change really does over the whole policy set.
    """

    event: AuditEvent
    change: Change
    comparison: Comparison
    lockouts: tuple[LockOut, ...] = ()
    context: Context = NOTHING_DECLARED


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


Case = ChangeCase | EventCase | UnreadCase | UnseenCase | AccountCase | FaultCase
