"""What an RFC 3161 reply says: read from its DER, without judging who signed it.

Enough to tell which bytes a reply is about and when. It takes replies too that strict readers of
the certificates in them refuse. Whether an authority signed it is for `monitor.anchors` to say.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256, sha384, sha512

from monitor.errors import LedgerCorrupt

_INTEGER, _OCTETS, _OID, _TIME = 0x02, 0x04, 0x06, 0x18
_SEQUENCE, _SET, _EXPLICIT = 0x30, 0x31, 0xA0
_LONG = 0x80
_MOST_LENGTH_BYTES = 4
_GRANTED = frozenset({0, 1})
"""PKIStatus granted and grantedWithMods: the only ones that come with a timestamp."""
_SIGNED_DATA = bytes.fromhex("2a864886f70d010702")
_TST_INFO = bytes.fromhex("2a864886f70d0109100104")
_HASHES = {
    bytes.fromhex("608648016503040201"): sha256,
    bytes.fromhex("608648016503040202"): sha384,
    bytes.fromhex("608648016503040203"): sha512,
}


@dataclass(frozen=True, slots=True)
class Stamp:
    """The imprint of a reply, made with the hash of that name, and the authority's time (UTC)."""

    algorithm: str
    imprint: bytes
    time: datetime

    def covers(self, content: bytes) -> bool:
        """Tell whether these are the bytes that were stamped."""
        makers = {made.name: make for make in _HASHES.values() for made in (make(),)}
        return makers[self.algorithm](content).digest() == self.imprint


def read_stamp(reply: bytes) -> Stamp:
    """Read a reply (TimeStampResp, RFC 3161 section 2.4.2).

    Raises:
        LedgerCorrupt: it is cut off, not DER, refused, or not made with SHA-256, 384 or 512.
    """
    whole = _only(reply, _SEQUENCE)
    status, token = _first(_members(whole), _SEQUENCE, _SEQUENCE)
    (code,) = _first(_members(status), _INTEGER)
    if int.from_bytes(code, "big") not in _GRANTED:
        raise LedgerCorrupt("not a timestamp: the authority refused it")
    kind, wrapped = _first(_members(token), _OID, _EXPLICIT)
    _expect(kind, _SIGNED_DATA)
    signed = _only(wrapped, _SEQUENCE)
    _, _, content = _first(_members(signed), _INTEGER, _SET, _SEQUENCE)
    kind, wrapped = _first(_members(content), _OID, _EXPLICIT)
    _expect(kind, _TST_INFO)
    info = _only(_only(wrapped, _OCTETS), _SEQUENCE)
    _, _, imprint, _, time = _first(_members(info), _INTEGER, _OID, _SEQUENCE, _INTEGER, _TIME)
    algorithm, digest = _first(_members(imprint), _SEQUENCE, _OCTETS)
    (named,) = _first(_members(algorithm), _OID)
    if named not in _HASHES:
        raise LedgerCorrupt("not a timestamp made with SHA-256, SHA-384 or SHA-512")
    return Stamp(_HASHES[named]().name, digest, _moment(time))


def _expect(kind: bytes, wanted: bytes) -> None:
    if kind != wanted:
        raise LedgerCorrupt("not a timestamp: it holds something else")


def _first(members: Iterator[tuple[int, bytes]], *tags: int) -> tuple[bytes, ...]:
    """Return the contents of the first members, which have to have those tags."""
    found = [member for _, member in zip(tags, members, strict=False)]
    if [tag for tag, _ in found] != list(tags):
        raise LedgerCorrupt("not a timestamp: its parts are not those of RFC 3161")
    return tuple(content for _, content in found)


def _only(content: bytes, tag: int) -> bytes:
    members = list(_members(content))
    if len(members) != 1 or members[0][0] != tag:
        raise LedgerCorrupt("not a timestamp: its parts are not those of RFC 3161")
    return members[0][1]


def _members(content: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield tag and content of each element, one after another (X.690, definite lengths)."""
    offset = 0
    while offset < len(content):
        tag, start = content[offset], offset + 2
        length = content[offset + 1] if offset + 1 < len(content) else _LONG
        if length >= _LONG:
            count = length - _LONG
            if not 0 < count <= _MOST_LENGTH_BYTES:
                raise LedgerCorrupt(f"not DER: no length at byte {offset + 1} of a part")
            start += count
            length = int.from_bytes(content[offset + 2 : start], "big")
        offset = start + length
        if offset > len(content):
            raise LedgerCorrupt("not DER: a part is cut off")
        yield tag, content[start:offset]


def _moment(text: bytes) -> datetime:
    """Read a GeneralizedTime as RFC 3161 restricts it: UTC, fractions of a second allowed."""
    try:
        whole = text.decode("ascii").removesuffix("Z").partition(".")[0]
        return datetime.strptime(whole, "%Y%m%d%H%M%S").replace(tzinfo=UTC)
    except (UnicodeDecodeError, ValueError) as error:
        raise LedgerCorrupt("not a timestamp: its time cannot be read") from error
