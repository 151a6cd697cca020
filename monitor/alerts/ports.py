"""What this room needs of the others: the ledger's undelivered findings, its pen, and channels."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from pydantic import JsonValue

from monitor.alerts.message import Form, Message


class Result(StrEnum):
    """How an attempt ended.

    `failed` is tried again; `delivered` and `refused` (given up for good) settle the matter between
    a finding and a channel. `spared` says that nothing was sent because nothing had to be: no
    channel takes the finding, or it was acknowledged before it was escalated.
    """

    DELIVERED = "delivered"
    FAILED = "failed"
    REFUSED = "refused"
    SPARED = "spared"


@dataclass(frozen=True, slots=True)
class Tried:
    """What the ledger says of a finding's latest attempt on one channel.

    `attempt` counts from 1, `at` is when it ended (UTC).
    """

    outcome: Result
    attempt: int
    at: datetime


@dataclass(frozen=True, slots=True)
class FiledFinding:
    """A finding in the ledger that is not settled on every channel.

    `index` is its entry id, `leaf` its JSON, `filed` when its batch was committed (UTC; the record
    it judges may be older), `tried` the latest attempt by name of channel. `acknowledged` says
    that a person has it in hand.
    """

    index: int
    leaf: Mapping[str, JsonValue]
    filed: datetime
    tried: Mapping[str, Tried] = field(default_factory=dict)
    acknowledged: bool = False


@dataclass(frozen=True, slots=True)
class Carried:
    """The message an attempt was made with.

    `lead` is the finding it is named after, `count` how many findings it tells of, `number` 0 for
    the first message of an incident on a channel and n for its nth update, `thread` what the
    incident is known by.
    """

    lead: int
    count: int
    form: Form
    number: int
    thread: str


@dataclass(frozen=True, slots=True)
class Thread:
    """An incident on one channel: the latest message about it, and the latest finding told.

    `sent` is when the message went, `latest` the finding's own time (both UTC).
    """

    number: int
    sent: datetime
    latest: datetime


@dataclass(frozen=True, slots=True)
class Delivery:
    """One attempt, as the ledger keeps it.

    `finding` is the entry id of what was sent, `error` holds no address and no secret. `done` says
    that nothing is left to do about the finding on any channel configured at that time. `message`
    is None where there was none to send.
    """

    finding: int
    tenant: str
    at: datetime
    channel: str
    outcome: Result
    attempt: int
    error: str | None
    done: bool
    message: Carried | None = None


@dataclass(frozen=True, slots=True)
class Sent:
    """What a channel says about one message; `error` is masked and None when it was delivered."""

    outcome: Result
    error: str | None = None


class Undelivered(Protocol):
    """The findings of the ledger that somebody is still to be told of, and what went before."""

    def pending(self) -> Sequence[FiledFinding]:
        """Return them by entry id, read after everything recorded so far."""

    def thread(self, channel: str, tenant: str, thread: str) -> Thread | None:
        """Return what the channel was told of that incident, or None."""

    def sent(self, channel: str) -> Sequence[datetime]:
        """Return when the latest messages went to the channel (UTC), oldest first."""


class Recorder(Protocol):
    """Appends to the ledger."""

    def record(self, deliveries: Sequence[Delivery]) -> None:
        """Append a delivery entry for each.

        Raises:
            StorageUnavailable: nothing was appended; record them again.
        """


class Channel(Protocol):
    """A way to reach people."""

    @property
    def name(self) -> str:
        """The name deliveries are recorded under; never an address, never a secret."""

    def send(self, message: Message, seconds: float) -> Sent:
        """Send the message within that many seconds; a failure is an answer, not an exception.

        Called from a thread of its own, never twice at a time.
        """
