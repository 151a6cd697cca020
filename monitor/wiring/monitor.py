"""Everything a door may ask for, over one data directory."""

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import structlog
from pydantic import JsonValue

from monitor.alerts.digest import Digest
from monitor.alerts.ports import Sent
from monitor.alerts.schedule import Edition
from monitor.clock import Clock, WallClock, stamp
from monitor.errors import InvalidInput, MonitorError
from monitor.events.batch import SourceBatch
from monitor.events.model import UNKNOWN_TENANT, TenantId
from monitor.events.synthetic import synthetic_run
from monitor.ledger import document, layout
from monitor.ledger.checkpoint import Checkpoint
from monitor.ledger.cursor import Cursor
from monitor.ledger.keyring import Keyring
from monitor.ledger.log import Log
from monitor.ledger.verify import Report
from monitor.pipeline.baseline import Baseline
from monitor.pipeline.leaves import Leaf, decode
from monitor.pipeline.outcome import Filed, Outcome
from monitor.pipeline.pipeline import Pipeline
from monitor.posture.files import load_path
from monitor.posture.posture import Posture
from monitor.settings import Settings
from monitor.telemetry.catalogue import (
    DELIVER_DURATION,
    PUBLISH_DURATION,
    SIZE,
    SWEEP_DURATION,
    SpanName,
)
from monitor.telemetry.signals import operation
from monitor.view.cells import Table
from monitor.view.history import Question
from monitor.view.view import Progress, View
from monitor.wiring import observing
from monitor.wiring.acknowledging import Word, ack_leaf, covered
from monitor.wiring.delivery import Desk
from monitor.wiring.digest import Sources, gather
from monitor.wiring.gaps import Gap, dated, gaps_of
from monitor.wiring.places import Places, verify_places
from monitor.wiring.publishing import Publishing
from monitor.wiring.pulses import pulses_of
from monitor.wiring.snapshots import Snapshots
from monitor.wiring.telling import Tellers

if TYPE_CHECKING:
    from monitor.wiring.exporting import Exported, Order

LOOKING_SECONDS = 2.0
"""How long a delivery waits to look for others' commits while a batch is under way here."""

_log = structlog.get_logger(__name__)


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
        publishing: Publishing,
        desk: Desk,
        tellers: Tellers | None,
        config: Callable[[], Sequence[Leaf]],
        snapshots: Snapshots | None = None,
    ) -> None:
        self.settings = settings
        self.clock = clock
        self.places = places
        self._log = log
        self._view = view
        self._pipeline = pipeline
        self.publishing = publishing
        self._desk = desk
        self._tellers = tellers
        self._config = config
        self._snapshots = snapshots
        self._config_noted = False
        self._wall = WallClock()
        self._delivering = threading.Lock()
        self._signed = places.store("view").get(layout.CHECKPOINT) is not None

    def ingest(self, batch: SourceBatch) -> Outcome:
        """Read, judge and commit one batch.

        Raises:
            StorageUnavailable: nothing was committed; try the batch again.
            LedgerCorrupt: nothing more may be appended.
        """
        with observing.ingesting(batch):
            self._note_config()
            outcome = self._pipeline.ingest(batch)
        self._desk.committed(outcome)
        observing.ingested(batch, outcome, self._wall.now())
        if not self._signed:
            # a log is never left without a checkpoint for longer than its first batch
            self._signed = self._vouch()
        return outcome

    def _note_config(self) -> None:
        """Enter the configuration's hash before the first thing that is decided under it."""
        if not self._config_noted:
            self._pipeline.record("config", self._config)
            self._config_noted = True

    def sweep(self) -> Outcome:
        """Settle what is due by the clock: pending matters and enrolment deadlines."""
        with operation(SpanName.SWEEP, SWEEP_DURATION):
            self._note_config()
            outcome = self._pipeline.sweep()
            self._desk.committed(outcome)
            alarm = self._alarm()
        self._desk.committed(alarm)
        outcome = replace(outcome, entries=(*outcome.entries, *alarm.entries))
        observing.counted(outcome)
        waiting = self._view.rows(Table.UNDELIVERED)
        observing.standing(self.health(), waiting, self._wall.now())
        return outcome

    def _alarm(self) -> Outcome:
        """Enter the finding that checkpoints are not published, where that is so."""
        if self.publishing.alarm() is None:
            return Outcome()
        return self._pipeline.record(
            "publish", lambda: [leaf] if (leaf := self.publishing.alarm()) else []
        )

    def import_baseline(self, path: Path, tenant: str | None) -> tuple[Outcome, Baseline]:
        """Enter what an export (a file or a directory of files) holds.

        Return what was entered and read.

        Raises:
            InvalidInput: the export cannot be read, or the tenant is not known and not given.
        """
        owner = TenantId((tenant or self._only_tenant()).lower())
        posture = load_path(path, owner, at=self.clock.now())
        documents = tuple(posture.documents.values())
        baseline = Baseline(owner, documents, posture.complete, path.name)
        outcome = self._pipeline.adopt(baseline)
        self._desk.committed(outcome)
        return outcome, baseline

    def tenants(self) -> list[str]:
        """Return the tenants of which anything is known, sorted."""
        return self._view.tenants()

    def posture(self, tenant: str | None) -> Posture:
        """Return a tenant's posture at the ledger's head; without a name that of the only one."""
        return self._view.posture(TenantId((tenant or self._only_tenant()).lower()))

    def _only_tenant(self) -> str:
        real = (one for one in self.tenants() if synthetic_run(one) is None)
        known = [one for one in real if one != UNKNOWN_TENANT]
        if len(known) != 1:
            listed = ", ".join(known) or "none yet"
            raise InvalidInput(f"name the tenant with --tenant; known here: {listed}")
        return known[0]

    def deliver(self, limit_seconds: float, *, digests: bool = True) -> Outcome:
        """Send what is undelivered for at most that long; the outcome holds the delivery entries.

        Without `digests` they are somebody else's to send: an edition is not sent twice as long as
        one process sends them (docs/functions.md).

        Raises:
            StorageUnavailable: an attempt could not be recorded; it is recorded first next time.
        """
        tellers = self._tellers
        if tellers is None or not self._delivering.acquire(timeout=limit_seconds):
            return Outcome()
        try:
            with operation(SpanName.DELIVER, DELIVER_DURATION):
                self._look_around()
                if self._desk.pending():
                    self._vouch()
                tellers.deliver(limit_seconds, self.digest if digests else None)
                return observing.told(self._desk.taken())
        finally:
            self._delivering.release()

    def send_digests(self, limit_seconds: float) -> Outcome:
        """Send the digests that are due, for at most that long, and nothing else.

        Raises:
            StorageUnavailable: an attempt could not be recorded.
        """
        tellers = self._tellers
        if tellers is None or not self._delivering.acquire(timeout=limit_seconds):
            return Outcome()
        try:
            with operation(SpanName.DIGEST):
                self._look_around()
                tellers.digests.send_due(self.digest, limit_seconds)
                return observing.told(self._desk.taken())
        finally:
            self._delivering.release()

    def _look_around(self) -> None:
        """Catch up with what other processes committed: it may be for this one to tell of.

        Where the ledger cannot be read, what is known already is told all the same.
        """
        try:
            self._pipeline.refresh(LOOKING_SECONDS)
        except MonitorError as error:
            _log.warning("deliver.not_caught_up", reason=str(error))

    def _vouch(self) -> bool:
        """Sign what stands, before it is told of for one; say whether nothing is left to sign.

        What keeps it from being signed keeps nothing else back: the next publish repairs it or says
        it again.
        """
        try:
            return self.publishing.publish() is not None or not self.publishing.signers
        except MonitorError as error:
            _log.warning("publish.failed", reason=str(error))
            return False

    def digest(self, edition: Edition) -> Digest:
        """Gather what a digest of that period says."""
        sources = Sources(self._view, self._log, self.settings, self.entry, self._checkpoint)
        return gather(sources, edition)

    def send_digest(
        self, edition: Edition, limit_seconds: float
    ) -> tuple[list[tuple[str, Sent]], Outcome]:
        """Send an edition to the channels of `[digest]` that have not got it; what each said.

        Raises:
            InvalidInput: no channel is configured for it.
            StorageUnavailable: an attempt could not be recorded.
        """
        if self._tellers is None or not self.settings.digest.channels:
            raise InvalidInput("digest.channels: no channel is named there; see docs/alerts.md")
        with self._delivering:
            said = self._tellers.digests.send(edition, self.digest, limit_seconds)
            return said, observing.told(self._desk.taken())

    def acknowledge(self, index: int, word: Word) -> Filed:
        """Enter that a person has a finding, and what stands undelivered of its incident, in hand.

        Raises:
            InvalidInput: that entry is no finding.
        """
        filed = self.entry(index)
        if filed is None or filed.leaf.get("t") != "finding":
            raise InvalidInput(f"entry {index} is no finding; only a finding can be acknowledged")
        waiting = self._view.rows(Table.UNDELIVERED)
        leaf = ack_leaf(filed, word, covered(filed, waiting), self._wall.now())
        return self._pipeline.record("ack", lambda: [leaf]).entries[0]

    def _checkpoint(self) -> str:
        note = self.places.store("view").get(layout.CHECKPOINT)
        return note.decode() if note else ""

    def cursors(self) -> Mapping[str, Cursor]:
        """Return what is entered of each Event Hub partition, by its key, at the ledger's head."""
        return self._pipeline.head().cursors

    def pulses(self) -> dict[str, datetime]:
        """Return when a record of each tenant last came from the hub."""
        return pulses_of(self._view.rows(Table.STREAM))

    def gaps(self) -> tuple[Gap, ...]:
        """Return the skipped positions, open and lost, by partition and position."""
        return gaps_of(self._pipeline.head().cursors, self._view.rows(Table.STREAM))

    def lose_gap(self, key: str, first: int, last: int) -> Outcome:
        """Enter that open positions can no longer be read; what came meanwhile is left out."""
        loss = dated(self._log, self._pipeline.head().seq, key, first, last)
        outcome = self._pipeline.lose([loss])
        self._desk.committed(outcome)
        return observing.told(outcome)

    def publish(self) -> Checkpoint | None:
        """Sign and show the checkpoint of the head; None without a key or without entries.

        Then keep the views where that is due: never before an alert, and for seconds at most.
        """
        with operation(SpanName.PUBLISH, PUBLISH_DURATION) as span:
            checkpoint = self.publishing.publish()
            if checkpoint is not None:
                span.tell({SIZE: checkpoint.size})
                if self._snapshots is not None:
                    self._snapshots.keep()
            return checkpoint

    def keyring(self) -> Keyring:
        """Return the keys the log has announced, as far as its head."""
        return self.publishing.ring()

    def enter_keys(self, decide: Callable[[], Sequence[Leaf]]) -> Outcome:
        """Enter what changes the keys that may sign the log; see `monitor.wiring.keys`."""
        return self._pipeline.record("key", decide)

    def export(self, order: "Order", progress: Progress | None = None) -> "Exported":
        """Write an evidence pack, and enter that it was taken; see `Exporter.export`."""
        # Imported here: only who asks for a pack pays for tables and paper.
        from monitor.wiring.exporting import Exporter  # noqa: PLC0415 - see above

        parts = self.places, self.settings, self._view, self.publishing.signers
        exporter = Exporter(
            *parts,
            ring=self.publishing.ring,
            publish=self.publish,
            record=partial(self._pipeline.record, "export"),
        )
        return exporter.export(order, self._wall.now(), progress)

    def verify(self) -> Report:
        """Check the whole ledger against itself and the checkpoint."""
        return verify_places(self.places)

    def rebuild(self, progress: Progress | None = None) -> int:
        """Throw views and tiles away and make them again from the ledger; return its batches."""
        batches = self._view.rebuild(progress).seq + 1
        self.publishing.rewrite_tiles()
        return batches

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

    def refresh(self, patience_seconds: float) -> None:
        """Look whether another process has committed, so that `health` tells of it too.

        Raises:
            StorageUnavailable: the ledger cannot be read.
        """
        self._pipeline.refresh(patience_seconds)
        self.publishing.look()

    def health(self) -> dict[str, JsonValue]:
        """Say how the service stands: `status` is `ok` or `degraded` with `problems` in words."""
        head = self._view.standing
        undelivered = len(self._view.rows(Table.UNDELIVERED))
        gaps = gaps_of(head.cursors, self._view.rows(Table.STREAM))
        problems: list[JsonValue] = []
        problems.extend(self.publishing.problems())
        return {
            "status": "degraded" if problems else "ok",
            "problems": problems,
            "batches": head.seq + 1,
            "entries": head.size,
            "last_commit": stamp(head.time) if head.seq >= 0 else None,
            "undelivered": undelivered,
            "pending": len(self._view.rows(Table.PENDING)),
            "open_gaps": sum(gap.count for gap in gaps if not gap.lost),
            "lost_positions": sum(gap.count for gap in gaps if gap.lost),
        }

    def dump(self) -> list[str]:
        """Return the logical content of the views, for comparison."""
        return self._view.dump()

    def close(self) -> None:
        """Close the views."""
        self._view.close()


def _opened(places: Places, leaf: Leaf) -> Leaf:
    """Put documents that stand under their hash back into the leaf."""
    store = places.store("ledger")
    return {
        name: dict(document.read_document(store, value)) if isinstance(value, dict) else value
        for name, value in leaf.items()
    }
