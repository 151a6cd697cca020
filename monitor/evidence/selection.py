"""Which entries a pack is about: the range of the log, and the fate of each entry in it."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import cast

import msgspec
from pydantic import JsonValue

from monitor.errors import LedgerCorrupt
from monitor.evidence.scope import IMPERSONAL, Leaf, Profile, Scope, Withheld, about
from monitor.ledger import layout
from monitor.ledger.epoch import from_milliseconds
from monitor.ledger.log import Batch, Log

Progress = Callable[[int, int], None]
"""Called with what is done and what there is to do, in batches."""
PASSES = 3
"""How often a span is read: to decide, to count, to write."""


@dataclass(frozen=True, slots=True)
class Span:
    """The batches `first_seq` to `end_seq - 1`, which hold the entries `first` to `end - 1`."""

    first_seq: int
    end_seq: int
    first: int
    end: int


@dataclass(frozen=True, slots=True)
class Item:
    """One entry of the range. `leaf` is what its bytes say, `entered` the time of its batch.

    `withheld` says why only its hash may be shown; None where it is shown whole.
    """

    index: int
    content: bytes
    leaf: Leaf
    entered: datetime
    withheld: Withheld | None

    @property
    def kind(self) -> str:
        """The kind of the entry."""
        return str(self.leaf.get("t"))

    @property
    def in_scope(self) -> bool:
        """Whether the views have a row for it; headers have none."""
        return self.withheld in (None, Withheld.PROFILE) and self.kind != "batch"


@dataclass(frozen=True, slots=True)
class Counts:
    """What is in the range. `headers`, `shown` and `withheld` add up to its entries.

    `kinds` and `severities` count the rows of the views, `records` the headers' own counts of
    records by fate.
    """

    headers: int = 0
    shown: int = 0
    withheld: Mapping[str, int] = field(default_factory=dict)
    kinds: Mapping[str, int] = field(default_factory=dict)
    severities: Mapping[str, int] = field(default_factory=dict)
    records: Mapping[str, int] = field(default_factory=dict)


class Selection:
    """The entries of a span, each with its fate. Reads the log PASSES times."""

    def __init__(self, log: Log, span: Span, scope: Scope, progress: Progress | None) -> None:
        self.span = span
        self._log = log
        self._scope = scope
        self._progress = progress
        self._fates = self._decided()

    def items(self, passes: int = 2) -> Iterator[Item]:
        """Yield every entry of the span in order, headers included.

        `passes` is how many times the span was read before, for the progress.
        """
        for batch in self._batches(passes):
            entered = from_milliseconds(batch.stated.time)
            for index, content in enumerate((batch.header_leaf, *batch.leaves), batch.first_index):
                fate = self._fates[index - self.span.first]
                yield Item(index, content, decode(index, content), entered, fate)

    def counts(self) -> Counts:
        """Count what is in the span."""
        kinds, severities = Counter[str](), Counter[str]()
        records, withheld = Counter[str](), Counter[str]()
        headers = shown = 0
        for item in self.items(passes=1):
            if item.kind == "batch":
                headers += 1
                records.update(cast("dict[str, int]", item.leaf["counts"]))
                continue
            shown += item.withheld is None
            withheld.update([item.withheld.value] if item.withheld else [])
            if item.in_scope:
                kinds[item.kind] += 1
            if item.in_scope and item.kind == "finding":
                severities[str(item.leaf.get("severity"))] += 1
        return Counts(
            headers,
            shown,
            *(dict(sorted(one.items())) for one in (withheld, kinds, severities, records)),
        )

    def _batches(self, passes: int = 0) -> Iterator[Batch]:
        number = self.span.end_seq - self.span.first_seq
        for seq in range(self.span.first_seq, self.span.end_seq):
            batch = self._log.read(seq)
            if batch is None:
                raise LedgerCorrupt(f"{layout.batch(seq)}: missing, though a later batch was there")
            if self._progress:
                self._progress(passes * number + seq - self.span.first_seq + 1, PASSES * number)
            yield batch

    def _decided(self) -> list[Withheld | None]:
        scope, first = self._scope, self.span.first
        fates: list[Withheld | None] = []
        kinds: list[str] = []
        matched: set[int] = set()
        links: list[tuple[int, int]] = []
        for batch in self._batches():
            entered = from_milliseconds(batch.stated.time)
            fates.append(None)
            kinds.append("batch")
            for index, content in batch.entries():
                leaf = decode(index, content)
                fate = _fate(scope, leaf, entered)
                fates.append(fate)
                kinds.append(str(leaf.get("t")))
                if fate is None:
                    matched.add(index)
                target = about(leaf)
                if target is not None and fate is not Withheld.TENANT:
                    links.append((index, target))
        if not scope.filter.empty:
            for index in _hanging_on(matched, links):
                if self.span.first <= index < self.span.end and (
                    fates[index - first] is not Withheld.TENANT
                ):
                    fates[index - first] = None
        if scope.profile is Profile.NO_PERSONAL_DATA:
            return [
                Withheld.PROFILE if fate is None and kind not in IMPERSONAL else fate
                for fate, kind in zip(fates, kinds, strict=True)
            ]
        return fates


def decode(index: int, content: bytes) -> Leaf:
    """Return what an entry says; LedgerCorrupt where it is not a JSON object."""
    try:
        leaf = msgspec.json.decode(content)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise LedgerCorrupt(f"entry {index} is not JSON: {error}") from error
    if not isinstance(leaf, dict):
        raise LedgerCorrupt(f"entry {index} is not a JSON object")
    return cast("dict[str, JsonValue]", leaf)


def find_span(log: Log, last_seq: int, scope: Scope, happened: tuple[int, int] | None) -> Span:
    """Return the batches of the period, up to batch `last_seq`.

    They are those that were entered in it, those between them and `happened` (the first and the
    last batch that hold something which happened in it, as the history index knows them), and no
    others: so the batch before them was entered before the period, and the one behind them after.
    """
    low = _first_at(log, last_seq, scope.since)
    high = _first_at(log, last_seq, scope.until)
    if happened is not None:
        low, high = min(low, happened[0]), max(high, happened[1] + 1)
    return Span(low, high, _start(log, last_seq, low), _start(log, last_seq, high))


def _first_at(log: Log, last_seq: int, at: datetime) -> int:
    """Return the first batch that was entered at `at` or later, by binary search."""
    low, high = 0, last_seq + 1
    while low < high:
        middle = (low + high) // 2
        late = from_milliseconds(_read(log, middle).stated.time) >= at
        low, high = (low, middle) if late else (middle + 1, high)
    return low


def _start(log: Log, last_seq: int, seq: int) -> int:
    if seq <= last_seq:
        return _read(log, seq).first_index
    return _read(log, last_seq).end if last_seq >= 0 else 0


def _read(log: Log, seq: int) -> Batch:
    batch = log.read(seq)
    if batch is None:
        raise LedgerCorrupt(f"{layout.batch(seq)}: missing, though a later batch was there")
    return batch


def _fate(scope: Scope, leaf: Leaf, entered: datetime) -> Withheld | None:
    if scope.foreign(leaf):
        return Withheld.TENANT
    if not scope.in_period(leaf, entered):
        return Withheld.PERIOD
    return None if scope.filter.holds(leaf) else Withheld.FILTER


def _hanging_on(matched: set[int], links: list[tuple[int, int]]) -> set[int]:
    """Return the entries that matches are about, and those that are about a match."""
    return {target for index, target in links if index in matched} | {
        index for index, target in links if target in matched
    }
