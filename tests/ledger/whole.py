"""A log with every kind of object: full and partial tiles, a second key, a witness, a timestamp."""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from monitor.ledger import layout, raw
from monitor.ledger.cosignature import WitnessKey, cosigned
from monitor.ledger.document import keep_document
from monitor.ledger.fsck import Inspection, Stores, Trusted, fsck
from monitor.ledger.keyring import Follower
from monitor.ledger.log import Counts, Log
from monitor.ledger.note import SigningKey, signature_line, split_note
from monitor.ledger.publisher import Publisher
from tests.ledger.evidence import Evidence
from tests.ledger.writing import KEY, NOW, deliver, draft

SECOND = SigningKey(KEY.name, bytes(range(1, 33)))
"""The key that takes over from KEY."""
STRANGER = SigningKey(KEY.name, bytes(range(2, 34)))
WITNESS = SigningKey("witness.example/w1", bytes(range(3, 35)))
WITNESS_KEY = WitnessKey(WITNESS.name, WITNESS.verifier.public)
PARTITION = "p0"


@dataclass
class Whole(Evidence):
    """The three places, and how they are inspected."""

    def fsck(self, vkey: str = KEY.vkey) -> Inspection:
        return fsck(
            Stores(self.ledger, self.view, self.raw),
            Trusted(vkey, (WITNESS_KEY,), frozenset({"w1"})),
        )


def cosignature(note: bytes, at: datetime, key: SigningKey = WITNESS) -> bytes:
    """The line of a witness over a note."""
    seconds = int(at.timestamp())
    signature = key.sign(cosigned(split_note(note)[0].encode(), seconds))
    key_id = WitnessKey(key.name, key.verifier.public).key_id
    return signature_line(key.name, key_id, seconds.to_bytes(8, "big") + signature)


def reply(content: bytes, at: datetime, *, status: int = 0) -> bytes:
    """A timestamp reply in DER over the content, with no signature in it."""
    algorithm = _der(0x30, bytes.fromhex("0609608648016503040201"))
    imprint = _der(0x30, algorithm + _der(0x04, sha256(content).digest()))
    time = _der(0x18, at.strftime("%Y%m%d%H%M%SZ").encode())
    version, policy, serial = _der(0x02, b"\x01"), bytes.fromhex("06032a0304"), _der(0x02, b"\x07")
    info = _der(0x30, version + policy + imprint + serial + time)
    held = bytes.fromhex("060b2a864886f70d0109100104") + _der(0xA0, _der(0x04, info))
    signed = _der(0x30, _der(0x02, b"\x03") + _der(0x31, algorithm) + _der(0x30, held))
    token = _der(0x30, bytes.fromhex("06092a864886f70d010702") + _der(0xA0, signed))
    return _der(0x30, _der(0x30, _der(0x02, bytes([status]))) + token)


def _der(tag: int, content: bytes) -> bytes:
    length = len(content)
    if length < 128:
        return bytes([tag, length]) + content
    size = (length.bit_length() + 7) // 8
    return bytes([tag, 0x80 | size]) + length.to_bytes(size, "big") + content


def key_leaf(action: str, vkey: str | None, **more: object) -> bytes:
    """A `key` entry."""
    leaf = {"t": "key", "v": 1, "tenant": "", "at": "2026-11-02T12:00:00Z", "src": {"of": None}}
    leaf |= {"action": action, "vkey": vkey, "reason": "test"} | more
    return json.dumps(leaf, separators=(",", ":")).encode()


def gather_whole() -> Whole:
    """Eight batches: 0 of 101 entries, 1 with records kept, 2 a new key, 3 anchored, 5 old retired.

    Notes after 0, 1, 2, 4, 5 and 7, in all 553 entries; tiles of 101, 256, 512 and more.
    """
    places = Whole()
    log = Log(places.ledger)
    ring = Follower(log).ring

    def publish(*keys: SigningKey) -> None:
        Publisher(places.ledger, places.view, log, keys, ring).publish()

    def enter(*leaves: bytes, minutes: int, counts: Counts | None = None) -> None:
        time = NOW + timedelta(minutes=minutes)
        log.append(draft(leaves, log.head(), counts=counts, time=time), log.head())

    deliver(log, range(100), PARTITION)
    publish(KEY)
    ref = raw.keep(places.raw, b"a record")
    document = keep_document(places.ledger, {"displayName": "x" * 50_000})
    src = {"key": "tenant/1", "raw": ref.digest, "len": ref.length}
    change = {"t": "change", "v": 1, "src": src, "doc": document}
    enter(json.dumps(change).replace(" ", "").encode(), minutes=1, counts=Counts(1, 1))
    publish(KEY)
    enter(key_leaf("announce", SECOND.vkey), minutes=2)
    publish(KEY, SECOND)
    anchored(places, log, NOW + timedelta(minutes=3))
    deliver(log, range(100, 160), PARTITION, NOW + timedelta(minutes=4))
    deliver(log, [160, 161, 170], PARTITION, NOW + timedelta(minutes=5))
    publish(KEY, SECOND)
    enter(key_leaf("retire", KEY.vkey), minutes=6)
    publish(SECOND)
    deliver(log, range(171, 400), PARTITION, NOW + timedelta(minutes=7))
    deliver(log, range(400, 550), PARTITION, NOW + timedelta(minutes=8))
    publish(SECOND)
    return places


def anchored(places: Whole, log: Log, at: datetime) -> None:
    """A witness and an authority vouch for the latest note; the next header holds the stamp."""
    size = log.head().size
    note = places.ledger.objects[layout.tree_head(size)]
    places.ledger.create(layout.cosignature(size, "w1"), cosignature(note, at))
    stamp = reply(note, at)
    places.ledger.create(layout.timestamp(size, "tsa"), stamp)
    log.anchor(sha256(stamp).digest())
