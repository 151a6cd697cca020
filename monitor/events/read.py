"""A message body, from wherever it came, to audit events: the only door of this room.

Bad input never raises: it is quarantined, with the reason and its bytes, and costs no other
record of the message. Records of no concern are counted and never built.
"""

from collections.abc import Sequence

import msgspec
from msgspec import UNSET, Raw, Struct, UnsetType
from pydantic import ValidationError

from monitor.events.assemble import audit_event, identify
from monitor.events.instants import newest
from monitor.events.model import AuditEvent, Quarantined, Reading, TenantId
from monitor.events.quarantine import QuarantineCode, Refused
from monitor.events.route import MESSAGE, ROUTES, Candidate, Route, matters, survey
from monitor.events.shapes import Record, canonical, claims
from monitor.events.split import Split, split_envelope
from monitor.events.strict_json import FAULTS, load, refusal
from monitor.events.wire import WireRecord, wire_record

MAX_WRAPPING = 4
"""Envelopes, arrays and JSON strings around a record; a fifth is no sender's habit."""

_BOM = b"\xef\xbb\xbf"
_BLANK = b" \t\r\n"


def read_message(body: bytes, *, outer_tenant: TenantId | None = None) -> Reading:
    """Read one message: an envelope, a bare record, an array, or a JSON string holding one.

    Records may be Event Hub's, Graph's `directoryAudit` or rows of Log Analytics. Every record is
    an event, quarantined, or irrelevant (`Reading`'s identity). An envelope or array without
    records holds none; an empty body and JSON that is no object are one quarantined record each.
    The bytes of a record are its slice of the message, or of the text of the string around it.

    Args:
        body: the bytes as received; a byte order mark is allowed.
        outer_tenant: the tenant of the source, for records that name none.
    """
    reader = _Reader(None if outer_tenant is None else TenantId(outer_tenant.lower()))
    reader.read(body.removeprefix(_BOM).strip(_BLANK), MAX_WRAPPING)
    return reader.reading()


class _Lists(Struct):
    """The lists an object may hold its records in: Event Hub's `records`, Graph's `value`."""

    records: Raw | UnsetType = UNSET
    value: Raw | UnsetType = UNSET


_LISTS = msgspec.json.Decoder(_Lists)
_ITEMS = msgspec.json.Decoder(list[Raw])
_TEXT = msgspec.json.Decoder(str)


class _Reader:
    """Collects what one message holds."""

    def __init__(self, outer_tenant: TenantId | None) -> None:
        self._outer_tenant = outer_tenant
        self._events: list[AuditEvent] = []
        self._quarantined: list[Quarantined] = []
        self._irrelevant = 0
        self._times: list[str] = []

    def reading(self) -> Reading:
        """What was collected."""
        moments = [event.time for event in self._events]
        routed = newest(self._times)
        return Reading(
            events=tuple(self._events),
            quarantined=tuple(self._quarantined),
            irrelevant=self._irrelevant,
            seen=len(self._events) + len(self._quarantined) + self._irrelevant,
            latest=max(moments if routed is None else [*moments, routed], default=None),
        )

    def read(self, text: bytes, wraps: int) -> None:
        """Read a JSON text that may hold any number of records, `wraps` wrappings deep at most."""
        first = text[:1]
        if wraps <= 0:
            self._refuse(Refused(QuarantineCode.NOT_A_RECORD, "wrapped too often"), text)
        elif first == b"{":
            self._read_object(text, wraps)
        elif first == b"[":
            self._read_array(text, wraps)
        elif first == b'"':
            self._read_string(text, wraps)
        else:
            self._refuse(_no_record(text), text)

    def _read_object(self, text: bytes, wraps: int) -> None:
        try:
            message = MESSAGE.decode(text)
            is_bare = message.records is UNSET
            routes = [message] if message.records is UNSET else message.records
            candidates = survey(routes)
            items = [text] if is_bare or not candidates else _ITEMS.decode(_list_in(text))
        except FAULTS:
            self._read_odd_object(text, wraps)
            return
        self._sort(routes, candidates, items, wraps)

    def _read_array(self, text: bytes, wraps: int) -> None:
        try:
            routes = ROUTES.decode(text)
            candidates = survey(routes)
            items = _ITEMS.decode(text) if candidates else []
        except FAULTS:
            self._read_items(text, wraps)
            return
        self._sort(routes, candidates, items, wraps)

    def _sort(
        self,
        routes: Sequence[Route],
        candidates: Sequence[Candidate],
        items: Sequence[bytes | Raw],
        wraps: int,
    ) -> None:
        """Count the noise and read the rest, in order."""
        self._times += [route.time for route in routes]
        self._irrelevant += len(routes) - len(candidates)
        for place, known in candidates:
            text = bytes(items[place])
            if known:
                self._read_known(text)
            else:
                self._read_odd_object(text, wraps - 1)

    def _read_odd_object(self, text: bytes, wraps: int) -> None:
        """Read an object that the first look could not place or could not decode."""
        try:
            inner = _list_in(text)
        except FAULTS as error:
            self._read_broken(text, error, wraps)
            return
        if inner and wraps > 0:
            self._read_array(inner, wraps - 1)
        else:
            self._read_record(text)

    def _read_items(self, text: bytes, wraps: int) -> None:
        """Read an array item by item, so that one that cannot be decoded costs no other."""
        try:
            items = _ITEMS.decode(text)
        except FAULTS as error:
            self._read_broken(text, error, wraps)
            return
        for item in items:
            self.read(bytes(item), wraps - 1)

    def _read_broken(self, text: bytes, error: Exception, wraps: int) -> None:
        """Save the records of an envelope that is no JSON; quarantine what is broken."""
        split = split_envelope(text)
        if split is None or not split.pieces:
            self._refuse(refusal(error, text), text)
            return
        for piece in split.pieces:
            self.read(piece, wraps - 1)
        if not split.is_whole:
            self._refuse(_broken_tail(split), split.rest or text)

    def _read_string(self, text: bytes, wraps: int) -> None:
        try:
            inner = _TEXT.decode(text).strip().encode()
        except FAULTS as error:
            self._refuse(refusal(error, text), text)
            return
        if inner.startswith((b"{", b"[", b'"')):
            self.read(inner, wraps - 1)
        else:
            self._refuse(Refused(QuarantineCode.NOT_A_RECORD, "text that holds no JSON"), text)

    def _read_known(self, text: bytes) -> None:
        """Build a record that the first look found worth it, straight from its bytes."""
        try:
            wire = WireRecord.model_validate_json(text)
            self._events.append(audit_event(wire, text, self._outer_tenant))
        except (ValidationError, Refused):
            self._read_record(text, is_known=True)  # once more, for the reason

    def _read_record(self, text: bytes, *, is_known: bool = False) -> None:
        """Read one record of any shape."""
        record: Record = {}
        try:
            record = load(text)
            shaped = record if is_known else canonical(record)
            if shaped is None or not (is_known or self._matters(shaped)):
                self._irrelevant += 1
            else:
                wire = wire_record(shaped)
                self._events.append(audit_event(wire, text, self._outer_tenant))
        except Refused as refused:
            self._refuse(refused, text, record)
        except RecursionError as error:
            self._refuse(refusal(error, text), text, record)

    def _matters(self, record: Record) -> bool:
        """Do for one decoded record what `survey` does for many undecoded ones."""
        time = record.get("time")
        if isinstance(time, str):
            self._times.append(time)
        return matters(record)

    def _refuse(self, refused: Refused, text: bytes, record: Record | None = None) -> None:
        tenant, key = identify(claims(record or {}), text, self._outer_tenant)
        self._quarantined.append(
            Quarantined(
                code=refused.code,
                reason=str(refused),
                position=refused.position,
                body=text,
                tenant=tenant,
                key=key,
            )
        )


def _list_in(text: bytes) -> bytes:
    """The JSON of the list an object holds its records in; empty where it holds none."""
    lists = _LISTS.decode(text)
    for member in (lists.records, lists.value):
        if member is not UNSET and (inner := bytes(member)).startswith(b"["):
            return inner
    return b""


def _no_record(text: bytes) -> Refused:
    if not text:
        return Refused(QuarantineCode.EMPTY, "an empty body")
    try:
        load(text)
    except Refused as refused:
        return refused
    return Refused(QuarantineCode.NOT_A_RECORD, "JSON that is no object")


def _broken_tail(split: Split) -> Refused:
    """Say what is wrong with an envelope of which the beginning could be read."""
    saved = f"{len(split.pieces)} records before it were read"
    try:
        load(split.rest)
    except Refused as refused:
        if split.rest:
            return Refused(refused.code, f"{refused}; {saved}", refused.position)
    return Refused(QuarantineCode.NOT_JSON, f"the envelope does not end; {saved}")
