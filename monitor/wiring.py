"""Reads the settings and builds the parts; the only place that knows all of them."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path

from pydantic import JsonValue

from monitor.clock import Clock, EventClock, WallClock, stamp
from monitor.enrolment.clock import Terms
from monitor.errors import InvalidInput
from monitor.events.batch import SourceBatch
from monitor.ledger import document, note, raw
from monitor.ledger.checkpoint import Checkpoint
from monitor.ledger.log import Log
from monitor.ledger.publisher import head_hint, publish, witnessed
from monitor.ledger.verify import Report, verify
from monitor.pipeline.corridor import Policy
from monitor.pipeline.leaves import Leaf, decode
from monitor.pipeline.outcome import Filed, Outcome
from monitor.pipeline.pipeline import Pipeline, Stores
from monitor.rules.model import Severity
from monitor.rules.registry import REGISTRY
from monitor.settings import Settings, load_settings
from monitor.storage.directory import DirectoryStore
from monitor.view.cells import Table
from monitor.view.history import Question
from monitor.view.view import Progress, View

KEY = "ledger.key"
"""The Ed25519 signing key, `<data>/keys/ledger.key`, mode 0600."""


@dataclass(frozen=True, slots=True)
class Places:
    """The directories of one deployment under its data directory."""

    data: Path

    @property
    def key(self) -> Path:
        """The signing key."""
        return self.data / "keys" / KEY

    def store(self, name: str) -> DirectoryStore:
        """Open the store of that name: `ledger`, `raw` or `view`."""
        return DirectoryStore(self.data / name)


class RawArchive:
    """The pipeline's archive over the raw store."""

    def __init__(self, store: DirectoryStore) -> None:
        self._store = store

    def keep(self, body: bytes) -> tuple[str, int]:
        """Keep the bytes; return the salted digest (hex) and the length in bytes."""
        ref = raw.keep(self._store, body)
        return ref.digest, ref.length

    def read(self, digest: str, length: int) -> bytes | None:
        """Return the bytes kept under that digest, or None where they have expired."""
        return raw.read(self._store, raw.RawRef(digest, length))


class Monitor:
    """Everything a door may ask for, over one data directory."""

    def __init__(  # noqa: PLR0913 - the parts, built by `open_monitor`
        self,
        *,
        settings: Settings,
        clock: Clock,
        places: Places,
        log: Log,
        view: View,
        pipeline: Pipeline,
        key: note.SigningKey | None,
    ) -> None:
        self.settings = settings
        self.clock = clock
        self.places = places
        self._log = log
        self._view = view
        self._pipeline = pipeline
        self._key = key

    def ingest(self, batch: SourceBatch) -> Outcome:
        """Read, judge and commit one batch.

        Raises:
            StorageUnavailable: nothing was committed; try the batch again.
            LedgerCorrupt: nothing more may be appended.
        """
        return self._pipeline.ingest(batch)

    def sweep(self) -> Outcome:
        """Settle what is due by the clock: pending matters and enrolment deadlines."""
        return self._pipeline.sweep()

    def publish(self) -> Checkpoint | None:
        """Sign and show the checkpoint of the head; None without a key or without entries."""
        if self._key is None:
            return None
        ledger, shown = self.places.store("ledger"), self.places.store("view")
        return publish(ledger, shown, self._key, self._log)

    def verify(self, progress: Progress | None = None) -> Report:
        """Check the whole ledger against itself and the checkpoint."""
        return verify_places(self.places, progress)

    def rebuild(self, progress: Progress | None = None) -> int:
        """Throw the views away and fold the ledger again; return the number of batches folded."""
        return self._view.rebuild(progress).seq + 1

    def history(self, question: Question) -> list[Filed]:
        """Return the entries asked for, newest first, each read again from the ledger."""
        found = (self.entry(index) for index in self._view.find(question))
        return [filed for filed in found if filed is not None]

    def entry(self, index: int) -> Filed | None:
        """Return the entry of that index, or None where there is none (headers are not shown)."""
        seq = self._view.place(index)
        batch = self._log.read(seq) if seq is not None else None
        if batch is None or not batch.first_index < index < batch.end:
            return None
        leaf = decode(batch.leaves[index - batch.first_index - 1])
        return Filed(index, _opened(self.places, leaf))

    def health(self) -> dict[str, JsonValue]:
        """Say how the service stands: `status` is `ok` or `degraded` with `problems` in words."""
        head = self._view.catch_up()
        undelivered = len(self._view.rows(Table.UNDELIVERED))
        problems: list[JsonValue] = []
        if self._key is None:
            problems.append("no signing key: checkpoints are not published")
        return {
            "status": "degraded" if problems else "ok",
            "problems": problems,
            "batches": head.seq + 1,
            "entries": head.size,
            "last_commit": stamp(head.time) if head.seq >= 0 else None,
            "undelivered": undelivered,
            "pending": len(self._view.rows(Table.PENDING)),
            "open_gaps": sum(cursor.missing for cursor in head.cursors.values()),
        }

    def dump(self) -> list[str]:
        """Return the logical content of the views, for comparison."""
        return self._view.dump()

    def close(self) -> None:
        """Close the views."""
        self._view.close()


def verify_places(places: Places, progress: Progress | None = None) -> Report:
    """Check a ledger directory without opening a view of it or writing anything."""
    return verify(
        places.store("ledger"),
        places.store("view"),
        raw_store=places.store("raw"),
        progress=progress,
    )


def _opened(places: Places, leaf: Leaf) -> Leaf:
    """Put documents that stand under their hash back into the leaf."""
    store = places.store("ledger")
    return {
        name: dict(document.read_document(store, value)) if isinstance(value, dict) else value
        for name, value in leaf.items()
    }


def _signing_key(places: Places, origin: str, log: Log) -> note.SigningKey | None:
    """Load the key; make it on the very first start. A lost key is never replaced in silence."""
    if places.key.exists():
        return note.load_key(places.key)
    if log.head().seq >= 0:
        return None
    try:
        return note.create_key(places.key, origin)
    except InvalidInput:
        return note.load_key(places.key)  # another first start was faster


def ruleset() -> str:
    """Name the rules in force and their revisions, for the genesis header."""
    return " ".join(f"{rule.id}@{rule.revision}" for rule in REGISTRY)


@contextmanager
def open_monitor(
    data: Path, config: Path | None, *, replay: bool = False, notify: bool = True
) -> Iterator[Monitor]:
    """Open the deployment under `data`, making it on the first start, and close it afterwards.

    `replay` lives on the records' time; without `notify` what it finds wakes nobody, now or later.

    Raises:
        InvalidInput: the configuration or the signing key cannot be used.
        StorageUnavailable: the directory cannot be read or written.
        LedgerCorrupt: the ledger disagrees with itself.
    """
    settings, digest = load_settings(config)
    places, wall = Places(data), WallClock()
    clock: Clock = EventClock(wall) if replay else wall
    ledger = places.store("ledger")
    shown = places.store("view")
    log = Log(ledger, hint=head_hint(shown))
    key = _signing_key(places, settings.ledger.origin, log)
    _witness(log, shown)
    view = View(data / "view", log, partial(document.read_document, ledger))
    pipeline = Pipeline(
        ledger=log,
        view=view,
        stores=Stores(RawArchive(places.store("raw")), partial(document.keep_document, ledger)),
        policy=_policy(settings, notify=notify),
        clock=clock,
        wall=wall,
        genesis=_genesis(settings, key),
    )
    monitor = Monitor(
        settings=settings,
        clock=clock,
        places=places,
        log=log,
        view=view,
        pipeline=pipeline,
        key=key,
    )
    try:
        _note_config(pipeline, view, digest, wall)
        yield monitor
    finally:
        monitor.close()


def _witness(log: Log, shown: DirectoryStore) -> None:
    """Tell the log the size of the last signed checkpoint, so that it refuses to grow from less."""
    genesis = log.genesis()
    keys = tuple(note.parse_vkey(vkey) for vkey in genesis.vkeys) if genesis else ()
    checkpoint = witnessed(shown, keys) if keys else None
    if checkpoint:
        log.witness(checkpoint.size)


def _policy(settings: Settings, *, notify: bool) -> Policy:
    terms = Terms(
        timedelta(hours=settings.enrolment.deadline_hours), guests=settings.enrolment.guests
    )
    return Policy(terms, Severity(settings.alerts.minimum) if notify else None)


def _genesis(settings: Settings, key: note.SigningKey | None) -> Mapping[str, JsonValue]:
    vkeys: list[JsonValue] = [key.vkey] if key else []
    return {"origin": settings.ledger.origin, "vkeys": vkeys, "ruleset": ruleset()}


def _note_config(pipeline: Pipeline, view: View, digest: str | None, clock: Clock) -> None:
    """Enter the configuration's hash where it is not the one last entered."""

    def decide() -> Sequence[Leaf]:
        noted = view.cells.get(Table.CONFIG, "", "sha256")
        if (noted.value if noted else None) == digest:
            return ()
        return [{"t": "config", "v": 1, "tenant": "", "at": stamp(clock.now()), "sha256": digest}]

    pipeline.record("config", decide)
