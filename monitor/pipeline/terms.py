"""What an evaluation is given, and the counts it keeps."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from monitor.enrolment.clock import Terms
from monitor.pipeline.leaves import RawPlace
from monitor.rules.context import NOTHING_DECLARED, Context
from monitor.rules.model import Severity


class Archive(Protocol):
    """Where source bytes go before the commit."""

    def keep(self, bodies: bytes) -> str:
        """Keep the bytes of a batch's records as one object; return its salted digest (hex)."""

    def read(self, place: RawPlace) -> bytes | None:
        """Return the bytes at that place, or None where they have expired."""


@dataclass(frozen=True, slots=True)
class Policy:
    """What the configuration says to the judgement of a batch.

    Findings below `notify_from` wake nobody. `watching_since` is when this process began to live on
    wall time; None in a replay, where silence and lateness say nothing.
    """

    terms: Terms
    notify_from: Severity | None
    context: Context = NOTHING_DECLARED
    watching_since: datetime | None = None


@dataclass(slots=True)
class Tally:
    """Counts of one batch while it is read."""

    seen: int = 0
    relevant: int = 0
    irrelevant: int = 0
    quarantined: int = 0
    repeated: int = 0
