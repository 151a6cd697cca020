"""What becomes of a batch: the words the doors and the pipeline share."""

from collections.abc import Mapping
from dataclasses import dataclass

from pydantic import JsonValue


@dataclass(frozen=True, slots=True)
class Filed:
    """An entry that stands in the ledger: its index in the whole log, and its leaf."""

    index: int
    leaf: Mapping[str, JsonValue]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a batch: `seen == relevant + irrelevant + quarantined + repeated`, always."""

    seen: int = 0
    relevant: int = 0
    irrelevant: int = 0
    quarantined: int = 0
    repeated: int = 0
    entries: tuple[Filed, ...] = ()
