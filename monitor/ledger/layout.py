"""Every name in the three places of the ledger (DESIGN section 4); no other module builds one.

ledger/ (write-once)  `b/<seq>` batches, `sth/<size>` signed notes, `doc/<sha256>` large documents,
                      `cosig/<size>/<witness>` cosignature lines, `tsr/<size>/<authority>` replies
raw/ (own expiry)     `<sha256>` salted source bytes
view/ (mutable cache) `checkpoint` the latest signed note, `head` the latest batch number (a hint),
                      `anchors` how witnesses and timestamp authorities stand, `tile/` tlog-tiles,
                      `snapshot/<kind>/` signed snapshots of the SQLite views (docs/view.md)
"""

import re

CHECKPOINT = "checkpoint"
"""In the view store: the latest signed note."""
HEAD = "head"
"""In the view store: the latest batch number in decimal and a newline; a hint, never trusted."""
ANCHORS = "anchors"
"""In the view store: how the witnesses and timestamp authorities stand; a hint, never trusted."""
TREE_HEADS = "sth"
"""In the ledger store: the folder of the signed notes."""
COSIGNATURES = "cosig"
"""In the ledger store: the folder of what witnesses signed, a folder for each size."""
TIMESTAMPS = "tsr"
"""In the ledger store: the folder of what timestamp authorities replied, likewise."""
TILES = "tile"
"""In the view store: the folder of the tiles and entry bundles."""
TILE_WIDTH = 256
"""Hashes of a full tile, entries of a full bundle (C2SP tlog-tiles)."""
LOG_END = 1000**4
"""Batch numbers and sizes stay below this: more than a batch a second for thirty thousand years."""

_TREE_HEAD = re.compile(rf"{TREE_HEADS}/([0-9]{{12}})")
_ANCHOR = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
_DIGEST = re.compile(r"[0-9a-f]{64}")


def split_number(number: int) -> str:
    """Write a number as C2SP tlog-tiles path elements: 1234067 is `x001/x234/067`.

    Fixed-width elements keep directories at a thousand names, and `x` keeps a directory from having
    the name of a file.
    """
    if not 0 <= number < LOG_END:
        raise ValueError(f"{number} is outside 0..{LOG_END - 1}")
    path = f"{number % 1000:03d}"
    while number := number // 1000:
        path = f"x{number % 1000:03d}/{path}"
    return path


def batch(seq: int) -> str:
    """Name the batch with that number (from 0); the object's existence is the commit."""
    return f"b/{split_number(seq)}"


def tree_head(size: int) -> str:
    """Name the signed note over the first `size` entries."""
    if not 0 <= size < LOG_END:
        raise ValueError(f"{size} is outside 0..{LOG_END - 1}")
    return f"{TREE_HEADS}/{size:012d}"


def tree_size(name: str) -> int | None:
    """Return the size in the name of a signed note; None where it is no such name."""
    match = _TREE_HEAD.fullmatch(name)
    return int(match[1]) if match else None


def cosignature(size: int, witness: str) -> str:
    """Name the cosignature line of a witness (its configured name) over the first `size`."""
    return _anchor(COSIGNATURES, size, witness)


def timestamp(size: int, authority: str) -> str:
    """Name the RFC 3161 reply of a timestamp authority over the note of that size."""
    return _anchor(TIMESTAMPS, size, authority)


def anchors_of(folder: str, size: int) -> str:
    """Name the folder of what was said of the note of that size: COSIGNATURES or TIMESTAMPS."""
    return f"{folder}/{tree_head(size).partition('/')[2]}"


def tile(level: int, index: int, width: int = TILE_WIDTH) -> str:
    """Name a hash tile; a partial one has fewer than TILE_WIDTH hashes."""
    return f"tile/{level}/{split_number(index)}{_part(width)}"


def entry_bundle(index: int, width: int = TILE_WIDTH) -> str:
    """Name a bundle of the entries from `index * TILE_WIDTH` on, `width` of them."""
    return f"tile/entries/{split_number(index)}{_part(width)}"


def snapshot(kind: str, shape: int) -> str:
    """Name the signed manifest of the latest snapshot of a view (`state` or `history`).

    Each shape of the view has its own, so that two releases can stand side by side.
    """
    return f"snapshot/{kind}-{shape}/manifest"


def snapshot_chunk(kind: str, shape: int, digest: str) -> str:
    """Name the part of a snapshot with that SHA-256 (lower-case hex)."""
    return f"snapshot/{kind}-{shape}/{_checked(digest)}"


def is_anchor_name(text: str) -> bool:
    """Tell whether a witness or authority may be called that: it stands in names of objects."""
    return _ANCHOR.fullmatch(text) is not None


def _anchor(folder: str, size: int, name: str) -> str:
    if not is_anchor_name(name):
        raise ValueError(f"not the name of a witness or timestamp authority: {name[:80]!r}")
    return f"{anchors_of(folder, size)}/{name}"


def _part(width: int) -> str:
    if not 0 < width <= TILE_WIDTH:
        raise ValueError(f"a tile has 1 to {TILE_WIDTH} hashes, not {width}")
    return "" if width == TILE_WIDTH else f".p/{width}"


def document(digest: str) -> str:
    """Name the large document with that SHA-256 (lower-case hex)."""
    return f"doc/{_checked(digest)}"


def raw(digest: str) -> str:
    """Name the salted source bytes with that SHA-256 (lower-case hex), in the raw store."""
    return _checked(digest)


def is_digest(text: object) -> bool:
    """Tell whether that is a SHA-256 in lower-case hex, fit to stand in a name."""
    return isinstance(text, str) and _DIGEST.fullmatch(text) is not None


def _checked(digest: str) -> str:
    if not is_digest(digest):
        raise ValueError(f"not a SHA-256 in lower-case hex: {digest[:80]!r}")
    return digest


def batch_number(name: str) -> int | None:
    """Return the number of the batch of that name; None where it is no batch's name."""
    seq = _joined(name.removeprefix("b/"))
    return seq if seq is not None and batch(seq) == name else None


def document_digest(name: str) -> str | None:
    """Return the SHA-256 in the name of a document; None where it is no such name."""
    digest = name.removeprefix("doc/")
    return digest if name != digest and is_digest(digest) else None


def anchor_parts(name: str) -> tuple[str, int, str] | None:
    """Part the name of a cosignature or timestamp into folder, size and whose; None for others."""
    folder, _, rest = name.partition("/")
    size, _, whose = rest.partition("/")
    if folder not in {COSIGNATURES, TIMESTAMPS} or not is_anchor_name(whose):
        return None
    known = tree_size(f"{TREE_HEADS}/{size}")
    return None if known is None else (folder, known, whose)


def tile_parts(name: str) -> tuple[int | None, int, int] | None:
    """Part the name of a tile into level (None for a bundle), index and width; None for others."""
    whole, _, part = name.partition(".p/")
    _, _, rest = whole.partition("/")
    level, _, number = rest.partition("/")
    index = _joined(number)
    width = int(part) if part.isdecimal() and len(part) <= len(str(TILE_WIDTH)) else TILE_WIDTH
    if index is None or not 0 < width <= TILE_WIDTH or not (level == "entries" or _is_level(level)):
        return None
    named = int(level) if _is_level(level) else None
    wanted = entry_bundle(index, width) if named is None else tile(named, index, width)
    return (named, index, width) if wanted == name else None


def _is_level(text: str) -> bool:
    return text.isdecimal() and len(text) <= 2  # noqa: PLR2004 - levels are 0 to 63


def _joined(path: str) -> int | None:
    """Read a number as `split_number` writes it, or much like it; None for anything else."""
    digits = path.replace("/x", "").removeprefix("x").replace("/", "")
    whole = digits.isascii() and digits.isdecimal() and len(digits) <= len(str(LOG_END - 1))
    return int(digits) if whole else None
