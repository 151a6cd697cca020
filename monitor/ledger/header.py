"""Leaf 0 of every batch: what the writer knew of the log before it, and what it consumed.

The header commits to the whole past (`size` and `frontier` are the tree before this batch) and to
the positions read (`cur`): one object is both the commit and the bookmark, so the two cannot part.
"""

from collections.abc import Mapping, Sequence
from typing import Annotated, Literal

import msgspec

from monitor.errors import LedgerCorrupt
from monitor.ledger import bundle, layout
from monitor.ledger.cursor import Cursor, transition_fault
from monitor.ledger.epoch import LAST

Natural = Annotated[int, msgspec.Meta(ge=0, lt=layout.LOG_END)]
Digest = Annotated[bytes, msgspec.Meta(min_length=32, max_length=32)]
Text = Annotated[str, msgspec.Meta(min_length=1)]
Nonce = Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{32}$")]
NONCE_BYTES = 16

KIND = b'{"t":"'
"""How every leaf begins: compact JSON, its kind first."""
BATCH = b'{"t":"batch"'
KIND_SHOWN = len(BATCH)
QUARANTINE = b'{"t":"quarantine"'


class Counts(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Records of one batch by fate: `seen` is the sum of the other four, always.

    `relevant` and `quarantined` records have one entry each; `irrelevant` and `repeated` have none.
    """

    seen: Natural = 0
    relevant: Natural = 0
    irrelevant: Natural = 0
    quarantined: Natural = 0
    repeated: Natural = 0


class Genesis(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Who the log is, in batch 0 only: origin, verifier keys that may sign it, rules in force."""

    origin: Text
    vkeys: Annotated[tuple[Text, ...], msgspec.Meta(min_length=1)]
    ruleset: Text


class Header(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """The JSON object of leaf 0, field for field (docs/ledger-format.md, section 4).

    `size` and `frontier` are the tree before this batch; `n` counts the leaves after this one;
    `time` is in milliseconds since 1970 UTC; `nonce` makes two writers' bytes differ; `anchor` is
    the SHA-256 of a timestamp or cosignature over an earlier tree.
    """

    t: Literal["batch"]
    v: Literal[1]
    seq: Natural
    size: Natural
    frontier: tuple[Digest, ...]
    cur: dict[str, Cursor]
    src: dict[str, str]
    n: Natural
    time: Annotated[int, msgspec.Meta(ge=0, le=LAST)]
    nonce: Nonce
    counts: Counts
    genesis: Genesis | None = None
    anchor: Digest | None = None


def encode(header: Header) -> bytes:
    """Write the header as compact JSON, its members in the order of the specification."""
    return msgspec.json.encode(header)


_DECODER = msgspec.json.Decoder(Header)


def open_batch(seq: int, body: bytes) -> tuple[Header, tuple[bytes, ...]]:
    """Read the object `b/<seq>`: its header, and all its leaves, that of the header first.

    Raises:
        LedgerCorrupt: naming the object, and the byte or header field at which it cannot be right.
    """
    name = layout.batch(seq)
    try:
        leaves = bundle.decode(body)
        header = _DECODER.decode(leaves[0] if leaves else b"")
    except LedgerCorrupt as error:
        raise LedgerCorrupt(f"{name}: {error}") from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise LedgerCorrupt(f"{name}: leaf 0 is not a batch header: {error}") from error
    fault = shape_fault(header, seq, len(leaves) - 1)
    if fault:
        raise LedgerCorrupt(f"{name}: {fault}")
    return header, leaves


def shape_fault(header: Header, seq: int, leaves: int) -> str | None:
    """Say what in the header does not fit batch `seq` with that many leaves after it."""
    if header.seq != seq:
        return f"header.seq is {header.seq}, this batch belongs elsewhere"
    if header.n != leaves:
        return f"header.n is {header.n}, the object holds {leaves} leaves after it"
    if len(header.frontier) != header.size.bit_count():
        return f"header.frontier has {len(header.frontier)} hashes, not those of size {header.size}"
    if (header.genesis is None) == (seq == 0):
        return "header.genesis stands in batch 0, always, and nowhere else"
    if seq == 0 and header.size != 0:
        return f"header.size is {header.size} in batch 0"
    return None


def content_fault(header: Header, entries: Sequence[bytes]) -> str | None:
    """Say what in the leaves after the header contradicts it or the rules for leaves, or None.

    Each leaf begins with its kind, so that a reader can route it unparsed; `batch` is leaf 0 alone.
    """
    # A batch has few kinds of leaves: looking at each beginning once is half the work of each leaf.
    beginnings = {leaf[:KIND_SHOWN] for leaf in entries}
    wrong = [start for start in beginnings if not start.startswith(KIND) or start == BATCH]
    if wrong:
        number = next(i for i, leaf in enumerate(entries, 1) if leaf[:KIND_SHOWN] in wrong)
        return f"leaf {number} does not begin with the kind of an entry"
    counts = header.counts
    fates = counts.relevant + counts.irrelevant + counts.quarantined + counts.repeated
    if counts.seen != fates:
        return f"header.counts.seen is {counts.seen}, its parts add up to {fates}"
    quarantined = 0
    if QUARANTINE[:KIND_SHOWN] in beginnings:
        quarantined = sum(leaf.startswith(QUARANTINE) for leaf in entries)
    if counts.quarantined != quarantined:
        return f"header.counts.quarantined is {counts.quarantined}, the batch holds {quarantined}"
    if counts.relevant > len(entries) - quarantined:
        return f"header.counts.relevant is {counts.relevant}, the batch holds {len(entries)} leaves"
    return None


def cursor_fault(before: Mapping[str, Cursor], header: Header) -> str | None:
    """Say what in the header's cursors cannot follow on those before; None where nothing."""
    lost = before.keys() - header.cur.keys()
    if lost:
        return f"header.cur has lost {min(lost)!r}"
    for key, after in header.cur.items():
        if before.get(key) == after:
            continue
        if key != header.src.get("key"):
            return f"header.cur moves {key!r}, which is not its source"
        fault = transition_fault(before.get(key), after)
        if fault:
            return f"header.cur of {key!r} is impossible: {fault}"
    return None
