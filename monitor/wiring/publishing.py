"""Publishing as the deployment does it: which keys sign, who is asked, and what is wrong."""

import threading
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import structlog
from pydantic import JsonValue

from monitor.clock import Clock, stamp
from monitor.errors import CheckpointForged, LedgerCorrupt
from monitor.ledger import layout
from monitor.ledger.checkpoint import Checkpoint
from monitor.ledger.cosignature import parse_witness_key
from monitor.ledger.epoch import from_milliseconds
from monitor.ledger.keyring import Announced, Keyring, parse_log_key
from monitor.ledger.log import Log
from monitor.ledger.note import Signer, VerifierKey
from monitor.ledger.publisher import Publisher
from monitor.ledger.store import Listing
from monitor.pipeline.leaves import Leaf
from monitor.rules.model import Severity
from monitor.settings import PublishSettings
from monitor.view.cells import Table
from monitor.view.marks import once_key
from monitor.view.view import View
from monitor.wiring.keys import ring_of
from monitor.wiring.places import Places

if TYPE_CHECKING:
    from monitor.anchors.anchoring import Anchoring

RULE = "checkpoint-unsigned"
"""The rule of findings about checkpoints that are not published."""
REVISION = 1
PATIENCE = timedelta(hours=1)
"""How long entries may stay without a checkpoint, where a key is here, before it is a finding."""
LATE = timedelta(minutes=10)
"""How long entries may wait before `problems` says so; the timer publishes each minute."""
FRESH = timedelta(minutes=3)
"""How old what was seen of it may be, to be told."""
FORGED = "what is shown as the checkpoint is signed by no key of the log"

log = structlog.get_logger(__name__)


class Publishing:
    """Publishes the log of one deployment; safe among threads, which take turns.

    `appended` is the log that this process appends to: it takes up anchors.
    """

    def __init__(
        self,
        places: Places,
        settings: PublishSettings,
        signers: Sequence[Signer],
        appended: Log,
        view: View,
        clock: Clock,
    ) -> None:
        self.signers = tuple(signers)
        self._shown, self._view, self._clock = places.store("view"), view, clock
        self._appended = appended
        self._notes = places.store("ledger")
        self._log = Log(self._notes, hint=appended.head().seq)
        self._anchoring = _anchoring(places, settings, self._log, clock)
        self._publisher = Publisher(
            self._notes,
            self._shown,
            self._log,
            self.signers,
            self.ring,
            self._anchoring,
        )
        self._lock = threading.Lock()
        self._offered: bytes | None = None
        self._waiting: tuple[int, datetime] | None = None
        self._fault: str | None = None
        self._forged: bytes | None = None
        self._looked: datetime | None = None
        self._noted: tuple[bytes | None, int] | None = None

    def publish(self) -> Checkpoint | None:
        """Publish the head; None without a key or without entries.

        Raises:
            InvalidInput: no key that is here is one the log announced.
            LedgerCorrupt: the log contradicts what was signed before; CheckpointForged where what
                is shown was signed by no key of the log.
            StorageUnavailable: not published; the next publish repairs it.
        """
        if not self.signers:
            return None
        with self._lock:
            try:
                checkpoint = self._publisher.publish()
            except CheckpointForged:
                self._covered()  # so that `problems` tells of it
                raise
            self._fault = self._forged = self._waiting = None
            if checkpoint is not None:
                # Another process may have signed more than this one knows: what it appends to may
                # not be less from here on.
                self._appended.witness(checkpoint.size)
            self.offer_anchor()
            return checkpoint

    def witness(self) -> None:
        """Tell the log that is appended to how much is signed: it refuses to grow from less.

        And what its next header is to carry. A checkpoint that no key of the log signed stops
        nobody: whoever can write there could silence the service. It is said, and is a finding.

        Raises:
            LedgerCorrupt: what is shown was signed here, for another log than this one.
        """
        with self._lock:
            size = self._covered()
        if self._forged is not None:
            if self._signed_here(self._forged):
                raise LedgerCorrupt(
                    f"{layout.CHECKPOINT}: a key that is here signed it for another log: the ledger"
                    " and the view that are set do not belong together"
                )
            log.error("publish.forged", reason=FORGED, signed=size)
        self._appended.witness(size)
        self.offer_anchor()

    def rewrite_tiles(self) -> None:
        """Write every tile of the log again."""
        with self._lock:
            self._publisher.rewrite_tiles()

    def offer_anchor(self) -> None:
        """Hand the newest timestamp or cosignature to the log, to stand in the next header.

        Any process may: the view says which it is and which one a header carried last.
        """
        if self._anchoring is None:
            return
        if self._offered is not None and self._appended.anchored == self._offered:
            self._anchoring.embedded(self._offered)
        newest = self._anchoring.newest()
        if newest is not None and newest != self._offered:
            self._appended.anchor(newest)
            self._offered = newest

    def ring(self) -> Keyring:
        """Return the log's keys, as far as its head or further."""
        if self._view.standing.seq < self._log.head().seq:
            self._view.catch_up()
        ring = ring_of(self._log, self._view.rows(Table.CONFIG))
        if ring is None:
            raise LedgerCorrupt("the log has no batch 0, which announces its keys")
        return ring

    def problems(self) -> list[str]:
        """Say what keeps checkpoints from being published, or from being vouched for."""
        problems = [text for text in (self._keyless() or self._late(), self._fault) if text]
        return problems + (self._anchoring.problems() if self._anchoring else [])

    def alarm(self) -> Leaf | None:
        """Return the finding about entries that no checkpoint covers; None where there is none.

        An episode is named after the checkpoint that was shown last: it makes one finding.
        """
        with self._lock:
            head = self._log.head()
            size = self._covered()
            first = self._log.containing(size) if size < head.size else None
        if first is None or self._view.cell(Table.NOTED, "", once_key(RULE, str(size))):
            return None
        reason, since = self._fault or self._keyless(), from_milliseconds(first.stated.time)
        if reason is None and self._clock.now() - since < PATIENCE:
            return None
        return _finding(size, since, reason, self._clock.now())

    def _covered(self) -> int:
        """Return the size of the tree that is signed; note since when more waits, and any fault.

        What is shown decides nothing where no key of the log signed it: then the notes in the
        ledger do. Such a size would end the alarm for good.
        """
        note = self._shown.get(layout.CHECKPOINT)
        head, now = self._log.head(), self._clock.now()
        size, self._forged = self._opened(note, begun=head.seq >= 0)
        self._fault, held = FORGED if self._forged is not None else None, head.size
        if size > held:
            self._fault = f"the ledger has {held} entries, and {size} are signed: nothing is added"
        since = self._waiting[1] if self._waiting and self._waiting[0] == size else now
        self._waiting = (size, since) if size < held else None
        self._looked = now
        return size

    def _opened(self, note: bytes | None, *, begun: bool) -> tuple[int, bytes | None]:
        """Return the size that is signed, and the note where no key of the log signed it."""
        if not begun:
            return max(self._largest_noted(note), self._signed_here(note)), None
        if note is None:
            return self._largest_noted(note), None
        ring = self.ring()
        try:
            return ring.open(note).size, None
        except LedgerCorrupt:
            return self._largest_noted(note), note

    def _largest_noted(self, note: bytes | None) -> int:
        """Return the size of the largest tree that a note in the ledger speaks of.

        Listed once for each note that is shown: where it is no good, none is added.
        """
        if self._noted is None or self._noted[0] != note:
            names = self._notes.names(layout.TREE_HEADS) if isinstance(self._notes, Listing) else ()
            sizes = (layout.tree_size(name) for name in names)
            self._noted = note, max((size for size in sizes if size is not None), default=0)
        return self._noted[1]

    def _signed_here(self, note: bytes | None) -> int:
        """Return the size in a note that a key of this process signed, whatever the log says.

        Where the log is empty, the setting names another container, or somebody emptied it: no
        second log begins then.
        """
        if note is None or not self.signers:
            return 0
        keys = [parse_log_key(one.vkey) for one in self.signers]
        ring = Keyring(keys[0].name, tuple(Announced(key, 0) for key in keys))
        try:
            return ring.open(note).size
        except LedgerCorrupt:
            return 0

    def look(self) -> None:
        """Read how the checkpoint, witnesses and authorities stand, so that `problems` tells of it.

        Raises:
            StorageUnavailable: what is published cannot be read.
            LedgerCorrupt: the ledger disagrees with itself.
        """
        if self._anchoring is not None:
            self._anchoring.look()
        if not self._lock.acquire(blocking=False):
            return  # it is publishing just now
        try:
            self._covered()
        finally:
            self._lock.release()

    def _late(self) -> str | None:
        """Say that publishing fails, by whichever process it is done, as it was seen lately."""
        now = self._clock.now()
        if self._waiting is None or self._looked is None or now - self._looked > FRESH:
            return None
        if now - self._waiting[1] < LATE:
            return None
        return f"entries have waited for a checkpoint since {stamp(self._waiting[1])}"

    def _keyless(self) -> str | None:
        """Say why nothing that is here can sign; None where something can."""
        if not self.signers:
            return "no signing key: checkpoints are not published"
        ring = ring_of(self._log, self._view.rows(Table.CONFIG))
        if ring is None:
            return None
        keys = ring.at(self._view.standing.size)
        counting = {str(key) for key in keys if isinstance(key, VerifierKey)}
        if counting.isdisjoint(one.vkey for one in self.signers):
            return "no signing key that is here is announced by the log, or all are retired"
        return None


def _anchoring(
    places: Places, settings: PublishSettings, published: Log, clock: Clock
) -> "Anchoring | None":
    if not (settings.witnesses or settings.authorities):
        return None
    # Imported here: a deployment that asks nobody does not pay for an HTTP client.
    from monitor.anchors.anchoring import Anchoring, Anchors  # noqa: PLC0415 - see above
    from monitor.anchors.timestamp import Authority, read_chain  # noqa: PLC0415 - see above
    from monitor.anchors.witness import Witness  # noqa: PLC0415 - see above

    anchors = Anchors(
        [Witness(one.name, one.url, parse_witness_key(one.vkey)) for one in settings.witnesses],
        [
            Authority(one.name, one.url, read_chain(Path(one.ca_file)))
            for one in settings.authorities
        ],
        timedelta(minutes=settings.witness_minutes),
        timedelta(minutes=settings.authority_minutes),
        settings.limit_seconds,
    )
    ledger, view = places.store("ledger"), places.store("view")
    return Anchoring(ledger, view, published, anchors, clock)


def _finding(size: int, since: datetime, reason: str | None, now: datetime) -> Leaf:
    controls: dict[str, JsonValue] = {
        "hipaa": ["164.312(b)", "164.312(c)(1)"],
        "nist": ["AU-5", "AU-10"],
    }
    cause = reason or "a key is here, and publishing fails; see the log of this service"
    return {
        "t": "finding",
        "v": 1,
        "tenant": "",
        "at": stamp(now),
        "src": {"of": None},
        "rule": RULE,
        "revision": REVISION,
        "severity": Severity.HIGH.value,
        "title": "Checkpoints are not being published",
        "witness": (
            f"Entries since {since:%Y-%m-%d %H:%M} UTC are recorded and not signed: {cause}."
            " Whoever can write to the store could still change them unseen."
        ),
        "certainty": "certain",
        "object": {"kind": "ledger", "id": "checkpoint", "name": "checkpoint"},
        "activity": None,
        "initiator": None,
        "correlation": None,
        "controls": controls,
        "respond": [
            "Put the signing key back: MFA_MONITOR_SIGNING_KEY, or keys/ below the data directory.",
            "See which keys the log knows: mfa-monitor key show",
            "A key that is lost for good: docs/ledger-format.md, section 11.",
        ],
        "details": {"since": stamp(since), "signed": size, "reason": reason},
        "once": str(size),
    }
