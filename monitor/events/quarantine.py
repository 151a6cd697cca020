"""Why bytes could not be read as an audit event: a closed set of codes.

A code is written to the ledger, so it is never renamed; new ones may be added.
"""

import hashlib
from enum import StrEnum

from monitor.errors import MalformedEvent
from monitor.events.model import RecordKey


class QuarantineCode(StrEnum):
    """The reason in one word."""

    EMPTY = "empty"
    """No bytes, or nothing but white space."""
    NOT_JSON = "not-json"
    """Not JSON: cut off, a trailing comma, Python's `None`, two documents in one body."""
    NOT_UTF8 = "not-utf8"
    """JSON in form, with bytes that are not UTF-8."""
    NOT_A_RECORD = "not-a-record"
    """JSON that is no object: null, a number, text that is not JSON itself."""
    NESTED_TOO_DEEPLY = "nested-too-deeply"
    """More levels of arrays and objects than can be read."""
    UNIFIED_AUDIT_LOG = "unified-audit-log"
    """A Microsoft Purview (Office 365) record: other fields, not what Entra's diagnostics send."""
    UNKNOWN_SHAPE = "unknown-shape"
    """An object that is no audit record in any form known here."""
    BAD_FIELD = "bad-field"
    """An audit record that matters, with a field of the wrong type or one missing."""
    BAD_TIME = "bad-time"
    """An audit record that matters, without a time that can be read."""


class Refused(MalformedEvent):
    """Bytes that cannot be read as an audit event.

    Attributes:
        code: why, in one word.
    """

    def __init__(self, code: QuarantineCode, reason: str, position: int | None = None) -> None:
        super().__init__(reason, position)
        self.code = code


def key_of_bytes(body: bytes) -> RecordKey:
    """Return the key of a record that has no id of its own: `sha256:` and the hash in hex."""
    return RecordKey(f"sha256:{hashlib.sha256(body).hexdigest()}")
