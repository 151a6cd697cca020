"""Every name in the three places of the ledger (DESIGN section 4); no other module builds one.

ledger/ (write-once)  `b/<seq>` batches, `sth/<size>` signed notes, `doc/<sha256>` large documents
raw/ (own expiry)     `<sha256>` salted source bytes
view/ (mutable cache) `checkpoint` the latest signed note, `head` the latest batch number (a hint)

Reserved in ledger/ for later: `cosig/<size>/<witness>`, `tsr/<size>/<tsa>`; in view/: `tile/`.
"""

import re

CHECKPOINT = "checkpoint"
"""In the view store: the latest signed note."""
HEAD = "head"
"""In the view store: the latest batch number in decimal and a newline; a hint, never trusted."""
TREE_HEADS = "sth"
"""In the ledger store: the folder of the signed notes."""
LOG_END = 1000**4
"""Batch numbers and sizes stay below this: more than a batch a second for thirty thousand years."""

_TREE_HEAD = re.compile(rf"{TREE_HEADS}/([0-9]{{12}})")
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
