"""Check everything a ledger's three places hold, and name the first byte that is wrong.

`verify` asks whether the log is what was signed. This asks besides whether every other object is
what the log says: tiles and bundles byte for byte, cosignatures, timestamps and the anchors of
headers, documents nobody refers to, and objects that nobody wrote.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from hashlib import sha256

from monitor.errors import LedgerCorrupt
from monitor.ledger import layout
from monitor.ledger.copies import Pinpoint, Spot
from monitor.ledger.cosignature import WitnessKey
from monitor.ledger.epoch import from_milliseconds
from monitor.ledger.fsck_anchors import SKEW, AnchorCheck, Stamped
from monitor.ledger.fsck_tiles import TileCheck
from monitor.ledger.header import Header, open_batch
from monitor.ledger.keyring import parse_log_key
from monitor.ledger.store import Dated, Inventory, Store
from monitor.ledger.verify import Held, Report, begin, finish
from monitor.ledger.walk import Observer, Problems, Step, Walk

__all__ = ["Inspection", "Stamped", "Stores", "Trusted", "fsck"]


@dataclass(frozen=True, slots=True)
class Stores:
    """The three places of one ledger; `raw` is None where it is not to be looked at."""

    ledger: Store
    view: Store
    raw: Store | None = None


@dataclass(frozen=True, slots=True)
class Trusted:
    """What an inspection believes: the log's verifier key, and those of its witnesses.

    `configured` are the names under which cosignatures of these witnesses alone may be kept.
    `authorities` are, by the names their timestamps are kept under, what checks a timestamp's
    signature and chain; of others only what they are about is checked. `copied` says that the
    store's own dates are those of a copy.
    """

    vkey: str
    witnesses: Sequence[WitnessKey] = ()
    configured: frozenset[str] = frozenset()
    authorities: Mapping[str, Stamped] = field(default_factory=dict)
    copied: bool = False


@dataclass(frozen=True, slots=True)
class Inspection:
    """What was found. `report` is that of `verify`, with the problems of every other object too.

    `remarks` say what could not be checked, and what is no fault but worth knowing. `first` is the
    first wrong byte, where one can be named. `unreferenced` counts documents that no leaf names:
    what a writer left that died, or lost a race, before its commit.
    """

    report: Report
    remarks: tuple[str, ...] = ()
    first: Spot | None = None
    tiles: int = 0
    cosignatures: int = 0
    timestamps: int = 0
    anchors: int = 0
    unreferenced: int = 0


@dataclass(slots=True)
class _Sight(Observer):
    """Shows each batch of the walk to every check."""

    tiles: TileCheck | None
    anchors: AnchorCheck
    dates: "_Dates | None"
    referred: set[str] = field(default_factory=set)
    broken_at: str | None = None

    @property
    def whole(self) -> bool:
        """Whether the tiles of all that was signed could be computed again."""
        return self.broken_at is None and self.tiles is not None and self.tiles.reached

    def seen(self, name: str, header: Header) -> None:
        self.anchors.seen(name, header)
        if self.dates is not None:
            self.dates.seen(name, header)

    def refers(self, digest: str) -> None:
        self.referred.add(digest)

    def confirmed(self, step: Step) -> None:
        if self.tiles is not None:
            self.tiles.take(step)

    def broken(self, name: str) -> None:
        self.broken_at = self.broken_at or name


def fsck(
    stores: Stores, trusted: Trusted, progress: Callable[[int], None] | None = None
) -> Inspection:
    """Check everything. `progress` is called with the number of objects done.

    What the stores can do besides decides how far it goes: without `Inventory` nothing is found
    that nobody refers to, without `Dated` no batch is held against the store's own date.

    Raises:
        InvalidInput: the verifier key is none.
        StorageUnavailable: a store cannot be read; nothing is known of the ledger then.
    """
    walk, held, sight = _prepared(stores, trusted)
    report = finish(walk, stores.ledger, held, progress)
    if sight.dates is not None:
        sight.dates.tell(walk.problems)
    rest = _Rest(stores, sight, walk.problems)
    for done, _ in enumerate(rest.objects(report.batches), report.batches + 1):
        if progress:
            progress(done)
    if sight.tiles is not None:
        # after those of the log: what is wrong there is the graver
        walk.problems.take(sight.tiles.problems)
    spots = walk.problems.spots
    return Inspection(
        report=replace(report, problems=walk.problems.told()),
        remarks=tuple(rest.remarks()),
        first=spots[0] if spots else None,
        tiles=sight.tiles.compared if sight.tiles else 0,
        cosignatures=sight.anchors.cosignatures,
        timestamps=sight.anchors.timestamps,
        anchors=sight.anchors.anchors,
        unreferenced=rest.unreferenced,
    )


def _prepared(stores: Stores, trusted: Trusted) -> tuple[Walk, Held, _Sight]:
    """Set up the walk, what the log has to contain, and what looks on."""
    anchors = AnchorCheck(stores.ledger, trusted.witnesses, trusted.configured, trusted.authorities)
    dates = None
    if isinstance(stores.ledger, Dated) and not trusted.copied:
        dates = _Dates(stores.ledger)
    sight = _Sight(None, anchors, dates)
    walk = Walk(stores.ledger, stores.raw, parse_log_key(trusted.vkey), observer=sight)
    held = begin(walk, stores.view)
    if held.shown is not None:
        shown = held.shown.stated
        sight.tiles = TileCheck(stores.view, shown.size)
        walk.pinpoint = Pinpoint(stores.ledger, stores.view, shown)
    return walk, held, sight


class _Rest:
    """The objects that the walk does not come by."""

    def __init__(self, stores: Stores, sight: _Sight, problems: Problems) -> None:
        self.unreferenced = 0
        self._stores, self._sight, self._problems = stores, sight, problems

    def objects(self, batches: int) -> Iterator[str]:
        """Check them, yielding the name of each."""
        ledger, view, tiles = self._stores.ledger, self._stores.view, self._sight.tiles
        growth = _Growth(ledger, batches)
        if isinstance(ledger, Inventory):
            yield from self._sight.anchors.check(ledger, self._problems)
            for name in ledger.every(""):
                self._check(name, growth)
                yield name
        if tiles is not None and isinstance(view, Inventory) and self._sight.whole:
            yield from tiles.others(view, growth.size)

    def remarks(self) -> Iterator[str]:
        """Say what was not checked, and why."""
        yield from self._sight.anchors.remarks()
        if self._sight.tiles is not None and not self._sight.whole:
            yield (
                f"tiles were compared up to entry {self._sight.tiles.size}: behind it nothing says"
                " what they have to be"
            )
        for name, store in (("ledger", self._stores.ledger), ("view", self._stores.view)):
            if not isinstance(store, Inventory):
                yield f"the {name} store cannot list its objects: strays were not looked for"
        if self.unreferenced:
            yield f"{self.unreferenced} documents that no entry refers to; no fault"

    def _check(self, name: str, growth: "_Growth") -> None:
        """Tell of an object that nobody wrote, or that nobody refers to."""
        seq = layout.batch_number(name)
        digest = layout.document_digest(name)
        if digest is not None:
            self._check_document(name, digest)
        elif seq is not None:
            if seq >= growth.known and seq >= growth.batches():
                ends = f"the log ends before it, with {growth.known} batches"
                self._problems.add(f"{name}: stray: {ends}")
        elif layout.tree_size(name) is None and layout.anchor_parts(name) is None:
            self._problems.add(f"{name}: stray: no object of a ledger is called that")

    def _check_document(self, name: str, digest: str) -> None:
        if digest in self._sight.referred:
            return
        self.unreferenced += 1
        found = sha256(self._stores.ledger.get(name) or b"").hexdigest()
        if found != digest:
            self._problems.add(f"{name}: its content hashes to {found}, and no entry refers to it")


class _Growth:
    """How far the log goes by now: it may be written to while it is inspected.

    `known` is the number of batches as far as was looked.
    """

    def __init__(self, ledger: Store, batches: int) -> None:
        self.known = batches
        self._ledger = ledger
        self._size = 0

    def batches(self) -> int:
        """Look how many batches there are."""
        while self._ledger.get(layout.batch(self.known)) is not None:
            self.known += 1
        return self.known

    def size(self) -> int:
        """Look how many entries there are; 0 where the last batch cannot be read."""
        before, last = self.known, self.batches() - 1
        if last >= 0 and (self._size == 0 or before <= last):
            try:
                header, leaves = open_batch(last, self._ledger.get(layout.batch(last)) or b"")
                self._size = header.size + len(leaves)
            except LedgerCorrupt:
                self._size = 0
        return self._size


class _Dates:
    """Holds the writer's clock in each header against the date the store gave the object."""

    def __init__(self, store: Dated) -> None:
        self._store = store
        self._wrong = 0
        self._first = ""

    def seen(self, name: str, header: Header) -> None:
        """Compare the dates of one batch."""
        made, said = self._store.created(name), from_milliseconds(header.time)
        if made is None or abs(made - said) <= SKEW:
            return
        self._wrong += 1
        if not self._first:
            apart = timedelta(seconds=round(abs(made - said).total_seconds()))
            order = "before" if said < made else "after"
            self._first = f"{name}: header.time is {apart} {order} the store says it was made"

    def tell(self, problems: Problems) -> None:
        """Tell of the first, and how many there are: after a copy it is every one."""
        if self._wrong:
            more = f", and {self._wrong - 1} more batches" if self._wrong > 1 else ""
            problems.add(f"{self._first}{more}; where this is a copy, say --copied")
