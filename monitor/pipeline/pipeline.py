"""One evaluation and one commit at a time: catch up where need be, judge, append.

Lost the race, do it again (DESIGN section 1).
"""

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Protocol

import structlog
from pydantic import JsonValue

from monitor.clock import Clock
from monitor.errors import InvalidInput, LedgerConflict, LedgerCorrupt, StorageUnavailable
from monitor.events.batch import EventHubPartition, Message, SourceBatch
from monitor.ledger.cursor import Cursor, claim
from monitor.ledger.log import Batch, Counts, Draft, Head
from monitor.pipeline.baseline import Baseline, adopt, parts
from monitor.pipeline.corridor import Evaluation
from monitor.pipeline.gaps import Loss
from monitor.pipeline.leaves import Leaf, encode, mark_synthetic
from monitor.pipeline.outcome import Filed, Outcome
from monitor.pipeline.terms import Archive, Policy
from monitor.pipeline.working import Working
from monitor.posture.document import Document
from monitor.telemetry.catalogue import COMMIT_DURATION, CONFLICTS, ENTRIES, SEQ, SpanName
from monitor.telemetry.signals import record, span, timed
from monitor.view.view import View

MOST_ATTEMPTS = 200
"""Lost races before giving up; each loss means that another writer made progress."""
PATIENCE_SECONDS = 120.0
"""How long a thread waits for its turn; the host's functionTimeout is far longer."""
LARGEST_LEAF = 48 * 1024
"""Bytes over which every document of a leaf goes to `doc/` (DESIGN section 4)."""
DOCUMENTS = ("doc", "details", "recorded", "old")

log = structlog.get_logger(__name__)


class Ledger(Protocol):
    """The ledger as the pipeline writes it."""

    def append(self, draft: Draft, head: Head) -> Batch:
        """Commit the draft after that head, or raise LedgerConflict."""


class DocumentKeeper(Protocol):
    """Keeps a document of a leaf: in the leaf itself, or under its hash where it is too large."""

    def __call__(
        self, document: Mapping[str, JsonValue], *, kept_whole: int = ...
    ) -> dict[str, JsonValue]:
        """Return what the leaf is to hold."""


@dataclass(frozen=True, slots=True)
class Stores:
    """What the pipeline keeps beside the log: source bytes, and documents too large for a leaf."""

    archive: Archive
    keep_document: DocumentKeeper


@dataclass(frozen=True, slots=True)
class _Proposal:
    source: Mapping[str, str]
    cursors: Mapping[str, Cursor]


class Pipeline:
    """The only writer of its process; worker threads queue for it."""

    def __init__(  # noqa: PLR0913 - the parts of the corridor
        self,
        *,
        ledger: Ledger,
        view: View,
        stores: Stores,
        policy: Policy,
        clock: Clock,
        wall: Clock,
        genesis: Mapping[str, JsonValue],
    ) -> None:
        self._ledger = ledger
        self._view = view
        self._stores = stores
        self._policy = policy
        self._clock = clock
        self._wall = wall
        self._genesis = genesis
        self._lock = threading.Lock()
        self._undisturbed = False

    def ingest(self, batch: SourceBatch) -> Outcome:
        """Read, judge and commit one batch; a redelivery of what was consumed commits nothing.

        Raises:
            StorageUnavailable: nothing was committed; the caller tries the batch again.
            LedgerCorrupt: the ledger disagrees with itself; nothing more may be appended.
        """

        def attempt(head: Head) -> tuple[Evaluation, Draft] | None:
            fresh, proposal = _claim(batch, head)
            if not fresh and isinstance(batch.source, EventHubPartition):
                return None
            evaluation = self._evaluation(head)
            evaluation.messages(fresh)
            evaluation.seal()
            return evaluation, self._draft(evaluation, proposal, head)

        return self._commit(attempt, hopeful=True)

    def sweep(self) -> Outcome:
        """Settle what is due; commits nothing when nothing is."""

        def attempt(head: Head) -> tuple[Evaluation, Draft] | None:
            evaluation = self._evaluation(head)
            evaluation.sweep()
            if not evaluation.leaves:
                return None
            proposal = _Proposal({"kind": "sweep"}, {})
            return evaluation, self._draft(evaluation, proposal, head)

        return self._commit(attempt)

    def adopt(self, baseline: Baseline) -> Outcome:
        """Enter a baseline, a part at a time; the outcome holds the entries of all parts."""
        entries: tuple[Filed, ...] = ()
        for part, last in parts(baseline):

            def attempt(
                head: Head, part: Sequence[Document] = part, *, last: bool = last
            ) -> tuple[Evaluation, Draft] | None:
                evaluation = self._evaluation(head)
                adopt(evaluation, baseline, part, last=last)
                if not evaluation.leaves:
                    return None
                proposal = _Proposal({"kind": "baseline", "name": baseline.source}, {})
                return evaluation, self._draft(evaluation, proposal, head)

            entries += self._commit(attempt).entries
        return Outcome(entries=entries)

    def record(self, kind: str, decide: Callable[[], Sequence[Leaf]]) -> Outcome:
        """Append leaves that are no records (deliveries, config).

        `decide` is asked anew after a lost race.
        """

        def attempt(head: Head) -> tuple[Evaluation, Draft] | None:
            evaluation = self._evaluation(head)
            evaluation.leaves.extend(decide())
            for leaf in evaluation.leaves:
                mark_synthetic(leaf)
            if not evaluation.leaves:
                return None
            proposal = _Proposal({"kind": kind}, {})
            return evaluation, self._draft(evaluation, proposal, head)

        return self._commit(attempt)

    def lose(self, losses: Sequence[Loss]) -> Outcome:
        """Enter that positions are lost, as far as they are still open; else commit nothing."""

        def attempt(head: Head) -> tuple[Evaluation, Draft] | None:
            evaluation = self._evaluation(head)
            evaluation.lose(losses)
            if not evaluation.leaves:
                return None
            proposal = _Proposal({"kind": "gaps"}, {})
            return evaluation, self._draft(evaluation, proposal, head)

        return self._commit(attempt)

    def head(self) -> Head:
        """Catch the view up and return the head it then stands at."""
        with self._turn():
            return self._view.catch_up()

    def refresh(self, patience_seconds: float) -> None:
        """Catch the view up, unless somebody is at work for that long: they catch it up too.

        Raises:
            StorageUnavailable: the ledger cannot be read.
        """
        if self._lock.acquire(timeout=patience_seconds):
            try:
                self._view.catch_up()
            finally:
                self._lock.release()

    def _evaluation(self, head: Head) -> Evaluation:
        return Evaluation(
            working=Working(self._view),
            archive=self._stores.archive,
            policy=self._policy,
            clock=self._clock,
            received=self._wall.now(),
            first=head.size + 1,
        )

    def _commit(
        self,
        attempt: Callable[[Head], tuple[Evaluation, Draft] | None],
        *,
        hopeful: bool = False,
    ) -> Outcome:
        with self._turn():
            return self._raced(attempt, hopeful=hopeful)

    @contextmanager
    def _turn(self) -> Iterator[None]:
        if not self._lock.acquire(timeout=PATIENCE_SECONDS):
            raise StorageUnavailable(f"another batch has kept the ledger for {PATIENCE_SECONDS} s")
        try:
            yield
        finally:
            self._lock.release()

    def _raced(
        self, attempt: Callable[[Head], tuple[Evaluation, Draft] | None], *, hopeful: bool
    ) -> Outcome:
        """Judge and append until nobody comes in between.

        Who is `hopeful` does not look for newer batches first where this process was the last to
        append: nearly always it still is, and if not, the append says so. What is consumed at an
        older head is consumed, so that a redelivery is known for one all the same.
        """
        for tried in range(MOST_ATTEMPTS):
            known = self._view.settled() if hopeful and self._undisturbed else None
            head = known or self._view.catch_up()
            self._undisturbed = False
            with span(SpanName.EVALUATE):
                proposed = attempt(head)
            if proposed is None:
                return Outcome()
            if (judged := self._view.settled()) is None or judged.seq != head.seq:
                continue  # the state was thrown away or moved on while it was judged by
            evaluation, draft = proposed
            try:
                batch = self._append(draft, head)
            except LedgerConflict:
                log.info("pipeline.conflict", seq=head.seq + 1)
                record(CONFLICTS, 1)
                continue
            self._view.follow(batch)
            self._undisturbed = tried == 0
            return _outcome(evaluation)
        raise LedgerCorrupt(f"lost the race for a batch {MOST_ATTEMPTS} times in a row")

    def _append(self, draft: Draft, head: Head) -> Batch:
        """Commit: what the store takes for it is measured apart from the judging."""
        with span(SpanName.COMMIT) as told, timed(COMMIT_DURATION):
            told.tell({SEQ: head.seq + 1, ENTRIES: len(draft.leaves)})
            return self._ledger.append(draft, head)

    def _draft(self, evaluation: Evaluation, proposal: _Proposal, head: Head) -> Draft:
        tally = evaluation.tally
        return Draft(
            leaves=tuple(self._encode(leaf) for leaf in evaluation.leaves),
            source=proposal.source,
            counts=Counts(
                seen=tally.seen,
                relevant=tally.relevant,
                irrelevant=tally.irrelevant,
                quarantined=tally.quarantined,
                repeated=tally.repeated,
            ),
            cursors=proposal.cursors,
            time=self._wall.now(),
            genesis=self._genesis if head.seq < 0 else None,
        )

    def _encode(self, leaf: Leaf) -> bytes:
        """Write a leaf; documents of one that is too large go to `doc/`, their hash stays."""
        content = encode(self._settled(leaf, LARGEST_LEAF))
        return content if len(content) <= LARGEST_LEAF else encode(self._settled(leaf, 0))

    def _settled(self, leaf: Leaf, kept_whole: int) -> Leaf:
        settled: Leaf = {}
        for name, value in leaf.items():
            if name in DOCUMENTS and isinstance(value, dict):
                settled[name] = self._stores.keep_document(value, kept_whole=kept_whole)
            elif name == "opens" and isinstance(value, list):
                matters = [matter for matter in value if isinstance(matter, dict)]
                settled[name] = [self._settled(matter, kept_whole) for matter in matters]
            else:
                settled[name] = value
        return settled


def _claim(batch: SourceBatch, head: Head) -> tuple[tuple[Message, ...], _Proposal]:
    """Drop what this partition has consumed already; other sources are known record by record."""
    source = dict(batch.source.describe())
    if not isinstance(batch.source, EventHubPartition):
        return batch.messages, _Proposal(source, {})
    numbers = [message.sequence for message in batch.messages if message.sequence is not None]
    if len(numbers) != len(batch.messages):
        raise InvalidInput(f"{batch.source.key}: a message without a sequence number")
    key = batch.source.key
    times = [message.enqueued for message in batch.messages]
    taken = claim(head.cursors.get(key), numbers, times)
    by_number = {message.sequence: message for message in reversed(batch.messages)}
    fresh = tuple(by_number[number] for number in sorted(taken.fresh))
    return fresh, _Proposal(source, {key: taken.cursor})


def _outcome(evaluation: Evaluation) -> Outcome:
    tally = evaluation.tally
    filed = tuple(
        Filed(index, leaf) for index, leaf in enumerate(evaluation.leaves, evaluation.first)
    )
    return Outcome(
        tally.seen,
        tally.relevant,
        tally.irrelevant,
        tally.quarantined,
        tally.repeated,
        filed,
    )
