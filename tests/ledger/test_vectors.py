"""Our own vectors, `vectors.json`, for whoever writes another reader of the format.

They are generated here from the definitions (RFC 6962, C2SP signed-note and tlog-checkpoint,
docs/ledger-format.md), not by the code they test; `python -m tests.ledger.test_vectors` writes it.
"""

import json
import secrets
from base64 import b64encode
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from monitor.ledger import bundle, merkle, note, raw
from monitor.ledger.checkpoint import Checkpoint, open_checkpoint
from monitor.ledger.cursor import claim
from monitor.ledger.document import keep_document
from monitor.ledger.log import Counts, Draft, Log
from monitor.storage.memory import MemoryStore
from tests.ledger import reference

FILE = Path(__file__).with_name("vectors.json")
NAME, SEED = "vectors.example/log", bytes(range(100, 132))
LEAVES = [b'{"t":"finding","v":1,"i":%d}' % i for i in range(9)]
TIME = datetime(2026, 11, 2, 12, tzinfo=UTC)
NONCES = ["00112233445566778899aabbccddeeff", "ffeeddccbbaa99887766554433221100"]


def base64(content: bytes) -> str:
    return b64encode(content).decode()


def compact(value: object) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()


def prefixed(leaves: list[bytes]) -> bytes:
    return b"".join(len(leaf).to_bytes(2, "big") + leaf for leaf in leaves)


def vkey() -> str:
    public = Ed25519PrivateKey.from_private_bytes(SEED).public_key().public_bytes_raw()
    key_id = sha256(NAME.encode() + b"\n\x01" + public).digest()[:4]
    return f"{NAME}+{key_id.hex()}+{base64(bytes([1]) + public)}"


def signed(text: str) -> str:
    key = Ed25519PrivateKey.from_private_bytes(SEED)
    key_id = bytes.fromhex(vkey().split("+")[1])
    return f"{text}\n\N{EM DASH} {NAME} {base64(key_id + key.sign(text.encode()))}\n"


def batches() -> list[list[bytes]]:
    """Two batches of one log: the first of two leaves, the second of seven."""
    counts = {"seen": 2, "relevant": 2, "irrelevant": 0, "quarantined": 0, "repeated": 0}
    first_header = {
        "t": "batch",
        "v": 1,
        "seq": 0,
        "size": 0,
        "frontier": [],
        "cur": {"ns/hub/group/0/0": [7, 8, [], None]},
        "src": {"kind": "eventhub", "key": "ns/hub/group/0/0"},
        "n": 2,
        "time": 1_793_620_800_000,
        "nonce": NONCES[0],
        "counts": counts,
        "genesis": {"origin": NAME, "vkeys": [vkey()], "ruleset": "vectors"},
    }
    first = [compact(first_header), *LEAVES[:2]]
    second_header = first_header | {
        "seq": 1,
        "size": 3,
        "frontier": [
            base64(reference.tree_hash(first[:2])),
            base64(reference.tree_hash(first[2:])),
        ],
        "src": {"kind": "file", "name": "day.jsonl"},
        "n": 7,
        "time": 1_793_620_800_250,
        "nonce": NONCES[1],
        "counts": counts | {"seen": 9, "relevant": 7, "irrelevant": 2},
    }
    del second_header["genesis"]
    return [first, [compact(second_header), *LEAVES[2:]]]


def generate() -> dict[str, Any]:
    """Compute every vector from the definitions."""
    log = batches()
    entries = [leaf for batch in log for leaf in batch]
    text = f"{NAME}\n{len(entries)}\n{base64(reference.tree_hash(entries))}\n"
    salt, body = bytes(range(16)), b'{"records":[]}'
    document = compact({"displayName": "x" * 50_000})
    return {
        "merkle": {
            "leaves": [leaf.decode() for leaf in LEAVES],
            "leaf_hashes": [reference.tree_hash([leaf]).hex() for leaf in LEAVES],
            "roots": [reference.tree_hash(LEAVES[:size]).hex() for size in range(10)],
            "inclusion_of_5_in_9": [item.hex() for item in reference.path(5, LEAVES)],
            "consistency_of_6_in_9": [item.hex() for item in reference.proof(6, LEAVES)],
        },
        "log": {
            "b/000": prefixed(log[0]).hex(),
            "b/001": prefixed(log[1]).hex(),
            "root": reference.tree_hash(entries).hex(),
        },
        "key": {
            "seed": SEED.hex(),
            "vkey": vkey(),
            "file": f"PRIVATE+KEY+{NAME}+{vkey().split('+')[1]}+{base64(bytes([1]) + SEED)}\n",
        },
        "checkpoint": signed(text),
        "raw": {
            "salt": salt.hex(),
            "body": body.decode(),
            "digest": sha256(salt + body).hexdigest(),
        },
        "document": {
            "displayName": "x repeated 50000 times",
            "kept": {"doc_sha256": sha256(document).hexdigest(), "len": len(document)},
        },
        "cursor": [
            {"delivered": [7, 8], "fresh": [7, 8], "cursor": [7, 8, [], None]},
            {"delivered": [8, 9, 12], "fresh": [9, 12], "cursor": [7, 12, [[10, 11]], None]},
            {"delivered": [11, 12], "fresh": [11], "cursor": [7, 12, [[10, 10]], None]},
            {"delivered": [4], "fresh": [4], "cursor": [4, 12, [[5, 6], [10, 10]], None]},
        ],
    }


VECTORS: dict[str, Any] = json.loads(FILE.read_text()) if FILE.exists() else {}


def test_the_file_holds_what_the_definitions_give() -> None:
    assert generate() == VECTORS


def test_merkle() -> None:
    rows = VECTORS["merkle"]
    hashes = merkle.leaf_hashes(leaf.encode() for leaf in rows["leaves"])
    nodes = merkle.stored(hashes)
    assert [item.hex() for item in hashes] == rows["leaf_hashes"]
    assert [merkle.subtree_root(nodes, 0, size).hex() for size in range(10)] == rows["roots"]
    inclusion = merkle.inclusion_proof(nodes, 5, 9)
    assert [item.hex() for item in inclusion] == rows["inclusion_of_5_in_9"]
    consistency = merkle.consistency_proof(nodes, 6, 9)
    assert [item.hex() for item in consistency] == rows["consistency_of_6_in_9"]


def test_the_log_reads_as_written() -> None:
    store = MemoryStore()
    for name in ("b/000", "b/001"):
        store.create(name, bytes.fromhex(VECTORS["log"][name]))
    log = Log(store)
    assert log.head().root.hex() == VECTORS["log"]["root"]
    assert [leaf for batch in log.batches() for leaf in batch.leaves] == LEAVES


def test_the_log_is_written_to_the_byte(monkeypatch: pytest.MonkeyPatch) -> None:
    nonces = iter(NONCES)
    monkeypatch.setattr(secrets, "token_hex", lambda size: next(nonces))
    store, key = MemoryStore(), "ns/hub/group/0/0"
    log = Log(store)
    first = Draft(
        leaves=tuple(LEAVES[:2]),
        source={"kind": "eventhub", "key": key},
        counts=Counts(seen=2, relevant=2),
        cursors={key: claim(None, [7, 8]).cursor},
        time=TIME,
        genesis={"origin": NAME, "vkeys": [VECTORS["key"]["vkey"]], "ruleset": "vectors"},
    )
    log.append(first, log.head())
    second = Draft(
        leaves=tuple(LEAVES[2:]),
        source={"kind": "file", "name": "day.jsonl"},
        counts=Counts(seen=9, relevant=7, irrelevant=2),
        cursors={},
        time=TIME + timedelta(milliseconds=250),
    )
    log.append(second, log.head())
    for name in ("b/000", "b/001"):
        assert store.objects[name].hex() == VECTORS["log"][name]


def test_the_key_and_the_checkpoint() -> None:
    key = note.parse_key(VECTORS["key"]["file"])
    assert key == note.SigningKey(NAME, bytes.fromhex(VECTORS["key"]["seed"]))
    assert key.vkey == VECTORS["key"]["vkey"]
    assert note.key_text(key) == VECTORS["key"]["file"]
    checkpoint = open_checkpoint(VECTORS["checkpoint"].encode(), [key.verifier])
    assert checkpoint == Checkpoint(NAME, 11, bytes.fromhex(VECTORS["log"]["root"]))
    assert checkpoint.signed(key).decode() == VECTORS["checkpoint"]


def test_raw_and_document() -> None:
    row, store = VECTORS["raw"], MemoryStore()
    store.create(row["digest"], bytes.fromhex(row["salt"]) + row["body"].encode())
    body = raw.read(store, raw.RawRef(row["digest"], len(row["body"])))
    assert body == row["body"].encode()
    assert keep_document(store, {"displayName": "x" * 50_000}) == VECTORS["document"]["kept"]


def test_cursors() -> None:
    cursor = None
    for row in VECTORS["cursor"]:
        taken = claim(cursor, row["delivered"])
        cursor = taken.cursor
        assert sorted(taken.fresh) == row["fresh"]
        gaps = [list(gap) for gap in cursor.gaps]
        assert [cursor.start, cursor.high, gaps, cursor.enqueued] == row["cursor"]


def test_bundles() -> None:
    for name in ("b/000", "b/001"):
        content = bytes.fromhex(VECTORS["log"][name])
        assert bundle.encode(bundle.decode(content)) == content


if __name__ == "__main__":
    FILE.write_text(json.dumps(generate(), indent=1) + "\n")
