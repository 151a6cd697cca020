"""What every HTTP way in asks of a body, and what it answers: one set of rules, whoever serves it.

A body is never echoed, not even in an error.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from pydantic import JsonValue

from monitor.errors import LedgerConflict, MonitorError, StorageUnavailable
from monitor.pipeline.outcome import Outcome

BODY_BYTES = 4 * 1024 * 1024
"""Longest body taken; Event Hubs sends at most 1 MiB per message."""
RETRY_SECONDS = 5
CLOSE = {"Connection": "close"}


@dataclass
class Refusal(Exception):
    """A request that is answered with an error: status, words, and the headers that go along."""

    status: int
    detail: str
    headers: Mapping[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.status}: {self.detail}"


def refuse_pages(origin: str | None) -> None:
    """Refuse what a page in a browser sent: it may act with somebody's session, or on a local port.

    Browsers send `Origin` with every POST (Fetch standard section 3.2).

    Raises:
        Refusal: the request carries an `Origin`.
    """
    if origin is not None:
        raise Refusal(403, "requests from web pages are refused")


def refuse_coding(coding: str | None) -> None:
    """Refuse compressed bodies: their length says nothing.

    Raises:
        Refusal: there is a `Content-Encoding`.
    """
    if (coding or "identity").lower() != "identity":
        raise Refusal(415, "send the body without Content-Encoding")


def refuse_long(length: int) -> None:
    """Refuse a body of that many bytes where it is too long.

    Raises:
        Refusal: it is over `BODY_BYTES`.
    """
    if length > BODY_BYTES:
        raise Refusal(413, f"the body is over {BODY_BYTES:,} bytes; send it in parts", CLOSE)


def refuse_empty(body: bytes | bytearray) -> None:
    """Refuse a body without anything in it.

    Raises:
        Refusal: it is empty or blank.
    """
    if not body.strip():
        raise Refusal(400, "the body is empty; send one audit record or envelope")


def refusal_of(error: MonitorError) -> Refusal:
    """Return how a batch that was not committed is answered: worth another try, or not."""
    if isinstance(error, StorageUnavailable | LedgerConflict):
        retry = {"Retry-After": str(RETRY_SECONDS)}
        return Refusal(503, "the ledger cannot be written now", retry)
    return Refusal(500, "the ledger takes no records; see the log")


def counts(outcome: Outcome) -> dict[str, JsonValue]:
    """Return what is answered for a batch that was committed."""
    leaves = [filed.leaf for filed in outcome.entries]
    findings = Counter(str(leaf["severity"]) for leaf in leaves if leaf["t"] == "finding")
    return {
        "seen": outcome.seen,
        "relevant": outcome.relevant,
        "irrelevant": outcome.irrelevant,
        "quarantined": outcome.quarantined,
        "repeated": outcome.repeated,
        "findings": dict(findings),
    }
