"""What is wrong with a snapshot is noticed, said in the log, and folded around."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest
from structlog.testing import capture_logs

from monitor.errors import LedgerCorrupt, StorageUnavailable
from monitor.ledger import layout, note
from monitor.ledger.checkpoint import Checkpoint
from monitor.ledger.log import Log
from monitor.ledger.note import SigningKey
from monitor.storage.memory import MemoryStore
from monitor.view.cells import Table
from monitor.view.files import SHAPE
from monitor.view.saved import Saved
from monitor.view.snapshot import (
    TITLE,
    Kind,
    Manifest,
    Piece,
    StateChunk,
    packed,
    signed,
    state_chunk,
)
from tests.ledger.faulty import Crash, Fault, FaultyStore, Plan
from tests.view.scene import KEY, TENANT, Scene, grow, kept

STRANGER = SigningKey(KEY.name, bytes(range(1, 33)))
"""Somebody else's key under the log's name."""
BATCHES = 90
STATE = layout.snapshot("state", SHAPE)
HISTORY = layout.snapshot("history", SHAPE)


def refused(scene: Scene, held: list[str], *reasons: str) -> None:
    """A cold instance says what is wrong, and knows what the ledger says."""
    with scene.view() as cold, capture_logs() as logs:
        cold.catch_up()
        assert cold.dump() == held
    said = [str(one["reason"]) for one in logs if one["event"] == "snapshot.refused"]
    assert len(said) == len(reasons), said
    for text, reason in zip(said, reasons, strict=True):
        assert reason in text


def objects(scene: Scene) -> dict[str, bytes]:
    assert isinstance(scene.shown, MemoryStore)
    return scene.shown.objects


def latest(scene: Scene, kind: Kind) -> Manifest:
    manifest = scene.saved().manifest(kind)
    assert manifest is not None
    return manifest


Edit = Callable[[Scene], None]


def chunk_missing(scene: Scene) -> None:
    manifest = latest(scene, "state")
    del objects(scene)[manifest.chunk_name(manifest.chunks[0].sha256)]


def chunk_emptied(scene: Scene) -> None:
    manifest = latest(scene, "state")
    objects(scene)[manifest.chunk_name(manifest.chunks[0].sha256)] = b""


def without_a_policy(scene: Scene) -> tuple[str, bytes]:
    """A chunk that is right in every way, but for a policy that is not in it."""
    manifest = latest(scene, "state")
    body = objects(scene)[manifest.chunk_name(manifest.chunks[0].sha256)]
    rows = [row for row in state_chunk(body).rows if row[0] != Table.DOCUMENT]
    assert rows
    return packed(StateChunk(b"", rows))


def policy_hidden(scene: Scene) -> None:
    manifest = latest(scene, "state")
    objects(scene)[manifest.chunk_name(manifest.chunks[0].sha256)] = without_a_policy(scene)[1]


def forged(scene: Scene) -> Manifest:
    name, body = without_a_policy(scene)
    manifest = latest(scene, "state")
    objects(scene)[manifest.chunk_name(name)] = body
    piece = Piece(name, manifest.seq, manifest.size)
    return msgspec.structs.replace(manifest, chunks=(piece,))


def signed_by_a_stranger(scene: Scene) -> None:
    objects(scene)[STATE] = signed(forged(scene), KEY.name, [STRANGER])


def signature_of_another_text(scene: Scene) -> None:
    real = objects(scene)[STATE].rpartition(b"\n\n")[2]
    text = signed(forged(scene), KEY.name, [KEY]).rpartition(b"\n\n")[0]
    objects(scene)[STATE] = text + b"\n\n" + real


def unsigned(scene: Scene) -> None:
    objects(scene)[STATE] = msgspec.json.encode(forged(scene))


def nothing(scene: Scene) -> None:
    objects(scene)[STATE] = b""


def a_checkpoint(scene: Scene) -> None:
    manifest = latest(scene, "state")
    checkpoint = Checkpoint(KEY.name, manifest.size, bytes.fromhex(manifest.root))
    objects(scene)[STATE] = checkpoint.signed(KEY)


def another_log(scene: Scene) -> None:
    objects(scene)[STATE] = signed(latest(scene, "state"), "other.example/log", [KEY])


def another_kind(scene: Scene) -> None:
    objects(scene)[STATE] = objects(scene)[HISTORY]


def another_shape(scene: Scene) -> None:
    manifest = msgspec.structs.replace(latest(scene, "state"), shape=SHAPE + 1)
    objects(scene)[STATE] = signed(manifest, KEY.name, [KEY])


def unknown_member(scene: Scene) -> None:
    text = f'{TITLE}\n{KEY.name}\n{{"kind":"state","more":1}}\n'
    objects(scene)[STATE] = note.sign(text, KEY)


def another_root(scene: Scene) -> None:
    manifest = msgspec.structs.replace(latest(scene, "state"), root="0" * 64)
    objects(scene)[STATE] = signed(manifest, KEY.name, [KEY])


def another_watermark(scene: Scene) -> None:
    manifest = msgspec.structs.replace(latest(scene, "state"), digest="0" * 64)
    objects(scene)[STATE] = signed(manifest, KEY.name, [KEY])


def no_rows(scene: Scene) -> None:
    manifest = latest(scene, "state")
    name, body = packed(StateChunk(b"", []))
    objects(scene)[manifest.chunk_name(name)] = body[:-4]
    piece = Piece(name, manifest.seq, manifest.size)
    broken = msgspec.structs.replace(manifest, chunks=(piece,))
    objects(scene)[STATE] = signed(broken, KEY.name, [KEY])


@pytest.mark.parametrize(
    ("edit", "reason"),
    [
        (chunk_missing, "chunk 0 is missing"),
        (chunk_emptied, "chunk 0 is not the one that was signed"),
        (policy_hidden, "chunk 0 is not the one that was signed"),
        (signed_by_a_stranger, "no trusted key has signed it"),
        (signature_of_another_text, "does not verify"),
        (unsigned, "not a signed note"),
        (nothing, "not a signed note"),
        (a_checkpoint, "not a snapshot's"),
        (another_log, "of another log"),
        (another_kind, "it is of the history"),
        (another_shape, f"in the shape {SHAPE + 1}"),
        (unknown_member, "not a snapshot's"),
        (another_root, "another root"),
        (another_watermark, "another root"),
        (no_rows, "not the one that was signed"),
    ],
)
def test_a_snapshot_that_is_not_exactly_right_is_left_alone(
    tmp_path: Path, edit: Edit, reason: str
) -> None:
    with kept(tmp_path, BATCHES) as (scene, held):
        edit(scene)
        refused(scene, held, reason)


def test_a_damaged_history_is_folded_from_where_it_breaks(tmp_path: Path) -> None:
    with kept(tmp_path, BATCHES) as (scene, held):
        manifest = latest(scene, "history")
        objects(scene)[manifest.chunk_name(manifest.chunks[3].sha256)] = b"junk"
        refused(scene, held, "chunk 3 is not the one that was signed")


def test_an_older_snapshot_put_back_costs_time_only(tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    grow(scene.log(), 30)
    with scene.view(saved=False) as live:
        scene.keep(live)
        old = dict(objects(scene))
        grow(scene.log(), 60)
        scene.keep(live)
        objects(scene).update(old)
        refused(scene, live.dump())


def test_a_log_that_was_rolled_back_is_not_grown(tmp_path: Path) -> None:
    with kept(tmp_path, BATCHES) as (scene, _):
        assert isinstance(scene.ledger, MemoryStore)
        for seq in range(60, BATCHES):
            del scene.ledger.objects[layout.batch(seq)]
        with scene.view(saved=False) as live:
            live.catch_up()
            rest = live.dump()
        refused(scene, rest, "ends before batch 89")
        log = scene.log()
        with scene.view() as cold:
            cold._saved = scene.saved(log)
            cold.catch_up()
        with pytest.raises(LedgerCorrupt, match="rolled back or cut off"):
            grow(log, 1)


def test_another_log_under_the_same_key_is_told_by_its_root(tmp_path: Path) -> None:
    with kept(tmp_path, BATCHES) as (scene, _):
        scene.ledger = MemoryStore()
        grow(scene.log(), BATCHES + 10)
        with scene.view(saved=False) as live:
            live.catch_up()
            refused(scene, live.dump(), "another root")


def test_a_process_without_keys_believes_nothing(tmp_path: Path) -> None:
    with kept(tmp_path, 10) as (scene, _):
        with capture_logs() as logs:
            assert Saved(scene.shown, scene.log(), tuple, far=0).manifest("state") is None
        assert [one["event"] for one in logs] == ["snapshot.refused"]


@pytest.mark.parametrize("kind", ["state", "history"])
def test_what_was_refused_is_written_anew(tmp_path: Path, kind: Kind) -> None:
    with kept(tmp_path, BATCHES) as (scene, held):
        manifest = latest(scene, kind)
        for piece in manifest.chunks[:2]:
            objects(scene)[manifest.chunk_name(piece.sha256)] = b"junk"
        with scene.view() as cold:
            assert cold._saved is not None
            keeper = replace(scene.keeper(), saved=cold._saved)
            with capture_logs() as logs:
                cold.catch_up()
                assert cold.dump() == held
            assert [one["view"] for one in logs if one["event"] == "snapshot.refused"] == [kind]
            scene.keep(cold, keeper)
        refused(scene, held)


@pytest.mark.parametrize("fault", [Fault.LOST_REPLY, Fault.CRASH_BEFORE])
def test_a_store_that_fails_while_loading_is_asked_again(tmp_path: Path, fault: Fault) -> None:
    with kept(tmp_path, BATCHES) as (scene, held):
        counted = Plan()
        with scene.view(shown=FaultyStore(scene.shown, counted)) as cold:
            cold.catch_up()
            cold.dump()
        assert counted.calls > 8
        for call in range(counted.calls):
            faulty = FaultyStore(scene.shown, Plan({call: fault}))
            with scene.view(shown=faulty) as cold, capture_logs() as logs:
                failed = False
                for ask in (cold.catch_up, cold.dump):
                    try:
                        ask()
                    except (StorageUnavailable, Crash):
                        failed = True
                assert failed
                cold.catch_up()
                assert cold.dump() == held
            assert [one["event"] for one in logs] == ["snapshot.loaded"]


def test_a_policy_stands_as_it_was_kept(tmp_path: Path) -> None:
    with kept(tmp_path, BATCHES) as (scene, _), scene.view() as cold:
        cold.catch_up()
        assert len(cold.posture(TENANT).documents) == 7
        assert Log(scene.ledger).head().root.hex() == latest(scene, "state").root
