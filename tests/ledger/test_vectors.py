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
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from monitor.ledger import bundle, layout, merkle, note, raw, tiles
from monitor.ledger.checkpoint import Checkpoint, open_checkpoint
from monitor.ledger.cosignature import parse_witness_key, read_cosignature
from monitor.ledger.cursor import claim
from monitor.ledger.document import keep_document
from monitor.ledger.header import Genesis
from monitor.ledger.keyring import from_genesis
from monitor.ledger.log import Counts, Draft, Log
from monitor.ledger.p256 import P256Signer
from monitor.ledger.tiles import Edge
from monitor.pipeline.leaves import encode
from monitor.storage.memory import MemoryStore
from monitor.wiring.keys import key_leaf
from tests.ledger import reference

FILE = Path(__file__).with_name("vectors.json")
NAME, SEED = "vectors.example/log", bytes(range(100, 132))
LEAVES = [b'{"t":"finding","v":1,"i":%d}' % i for i in range(9)]
TIME = datetime(2026, 11, 2, 12, tzinfo=UTC)
MANY = [b"leaf %d" % number for number in range(600)]
SECOND, WITNESS_SEED = bytes(range(150, 182)), bytes(range(50, 82))
WITNESS, WITNESSED = "witness.example/w1", 1_793_620_860
P256 = ec.derive_private_key(0xC0FFEE, ec.SECP256R1())
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


def tiles_of(leaves: list[bytes]) -> dict[str, str]:
    """SHA-256 of each tile and bundle of a tree below 65,536 leaves, by its name (tlog-tiles)."""
    found = {}
    rows = [[reference.tree_hash([leaf]) for leaf in leaves]]
    full = range(0, len(leaves) - 255, 256)
    rows.append([reference.tree_hash(leaves[first : first + 256]) for first in full])
    for level, row in enumerate(rows):
        for number, first in enumerate(range(0, len(row), 256)):
            part = row[first : first + 256]
            width = "" if len(part) == 256 else f".p/{len(part)}"
            found[f"tile/{level}/{number:03d}{width}"] = sha256(b"".join(part)).hexdigest()
            if level == 0:
                entries = prefixed(leaves[first : first + 256])
                found[f"tile/entries/{number:03d}{width}"] = sha256(entries).hexdigest()
    return found


def p256_vkey() -> str:
    spki = P256.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return f"{NAME}+{sha256(spki).digest()[:4].hex()}+{base64(bytes([2]) + spki)}"


def second_vkey() -> str:
    public = Ed25519PrivateKey.from_private_bytes(SECOND).public_key().public_bytes_raw()
    key_id = sha256(NAME.encode() + b"\n\x01" + public).digest()[:4]
    return f"{NAME}+{key_id.hex()}+{base64(bytes([1]) + public)}"


def witness_line(text: str) -> dict[str, str]:
    """A cosignature (tlog-cosignature, Ed25519) over a note text, and its key."""
    key = Ed25519PrivateKey.from_private_bytes(WITNESS_SEED)
    public = key.public_key().public_bytes_raw()
    key_id = sha256(WITNESS.encode() + b"\n\x04" + public).digest()[:4]
    signature = key.sign(f"cosignature/v1\ntime {WITNESSED}\n{text}".encode())
    stamped = base64(key_id + WITNESSED.to_bytes(8, "big") + signature)
    return {
        "vkey": f"{WITNESS}+{key_id.hex()}+{base64(bytes([4]) + public)}",
        "line": f"\N{EM DASH} {WITNESS} {stamped}\n",
    }


def publishing(text: str) -> dict[str, Any]:
    """What stands around a checkpoint: tiles, other signatures, keys that change, an anchor."""
    cosigned = witness_line(text)
    second = Ed25519PrivateKey.from_private_bytes(SECOND)
    third = P256.sign(text.encode(), ec.ECDSA(SHA256(), deterministic_signing=True))
    ids = [bytes.fromhex(vkey.split("+")[1]) for vkey in (second_vkey(), p256_vkey())]
    lines = [base64(ids[0] + second.sign(text.encode())), base64(ids[1] + third)]
    announced = {
        "t": "key",
        "v": 1,
        "tenant": "",
        "at": "2026-11-02T12:00:00.000000Z",
        "src": {"of": None},
        "action": "announce",
        "vkey": second_vkey(),
        "reason": "yearly",
        "checkpoint": None,
    }
    return {
        "tiles": {str(size): tiles_of(MANY[:size]) for size in (1, 255, 256, 257, 600)},
        "cosignature": cosigned | {"time": str(WITNESSED), "name": "cosig/000000000011/w1"},
        "keys": {
            "second": {"seed": SECOND.hex(), "vkey": second_vkey()},
            "p256": {
                "private": f"{P256.private_numbers().private_value:064x}",
                "vkey": p256_vkey(),
            },
            "announce": compact(announced).decode(),
            "retire": compact(announced | {"action": "retire", "vkey": vkey()}).decode(),
            "lines": [f"\N{EM DASH} {NAME} {line}\n" for line in lines],
        },
        "anchor": base64(sha256(cosigned["line"].encode()).digest()),
    }


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
        "publishing": publishing(text),
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


def test_tiles_are_written_to_the_byte() -> None:
    for size, wanted in VECTORS["publishing"]["tiles"].items():
        edge, view = Edge(), MemoryStore()
        edge.add(view, tuple(MANY[: int(size)]))
        edge.write_open(view)
        assert {name: sha256(body).hexdigest() for name, body in view.objects.items()} == wanted
        assert sorted(wanted) == sorted(tiles.names(int(size)))


def test_a_cosignature() -> None:
    row, note_bytes = VECTORS["publishing"]["cosignature"], VECTORS["checkpoint"].encode()
    found = read_cosignature(note_bytes, row["line"].encode(), parse_witness_key(row["vkey"]))
    assert found.line.decode() == row["line"]
    assert found.time == datetime.fromtimestamp(int(row["time"]), UTC)
    assert layout.cosignature(11, "w1") == row["name"]


def test_keys_that_change_and_their_lines() -> None:
    rows = VECTORS["publishing"]["keys"]
    second = note.SigningKey(NAME, bytes.fromhex(rows["second"]["seed"]))
    third = P256Signer(NAME, P256)
    assert (second.vkey, third.vkey) == (rows["second"]["vkey"], rows["p256"]["vkey"])
    ring = from_genesis(Genesis(NAME, (vkey(), third.vkey), "vectors"))
    ring = ring.entered(4, rows["announce"].encode()).entered(8, rows["retire"].encode())
    text = VECTORS["checkpoint"].partition("\n\n")[0] + "\n"
    assert note.sign(text, second, third).decode() == f"{text}\n{''.join(rows['lines'])}"
    assert ring.open(note.sign(text, second, third)).size == 11
    assert [str(key) for key in ring.at(8)] == [vkey(), third.vkey, second.vkey]
    assert [str(key) for key in ring.at(9)] == [third.vkey, second.vkey]
    leaf = key_leaf("announce", second.vkey, "yearly", TIME)
    assert encode(leaf).decode() == rows["announce"]


def test_an_anchor_is_written_to_the_byte() -> None:
    line = VECTORS["publishing"]["cosignature"]["line"].encode()
    log = Log(MemoryStore())
    genesis: dict[str, Any] = {"origin": NAME, "vkeys": [vkey()], "ruleset": "vectors"}
    log.append(Draft((), {"kind": "file"}, Counts(), {}, TIME, genesis), log.head())
    log.anchor(sha256(line).digest())
    batch = log.append(Draft((), {"kind": "file"}, Counts(), {}, TIME), log.head())
    wanted = compact({"anchor": VECTORS["publishing"]["anchor"]})
    assert batch.header_leaf.endswith(b"," + wanted[1:])


def test_bundles() -> None:
    for name in ("b/000", "b/001"):
        content = bytes.fromhex(VECTORS["log"][name])
        assert bundle.encode(bundle.decode(content)) == content


if __name__ == "__main__":
    FILE.write_text(json.dumps(generate(), indent=1) + "\n")
