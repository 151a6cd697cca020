"""The names objects may have: the same in every store, so that a ledger can move between them."""

import re

_SEGMENT = r"[A-Za-z0-9_-](?:[A-Za-z0-9._-]*[A-Za-z0-9_-])?"
# A segment neither begins with a dot (`.tmp` is the directory store's own, `..` leads out of it)
# nor ends with one: clients of Blob storage drop a dot before a slash or the end of a URL
# (learn.microsoft.com/rest/api/storageservices, "Naming and Referencing Containers, Blobs").
_NAME = re.compile(rf"{_SEGMENT}(?:/{_SEGMENT})*")


def is_name(text: str) -> bool:
    """Tell whether an object may be called that: segments of ASCII letters, digits and `._-`."""
    return _NAME.fullmatch(text) is not None


def checked(name: str) -> str:
    """Return the name; ValueError for one that no object may have."""
    if not is_name(name):
        raise ValueError(f"not the name of an object: {name[:200]!r}")
    return name
