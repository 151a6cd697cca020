"""The answer to "what does this change really do": a comparison of two postures, and its witnesses.

DESIGN section 3 is the definition of the words used here.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from pydantic import JsonValue


class Verdict(StrEnum):
    """What a change does on the MFA axis."""

    WEAKENED = "weakened"
    STRENGTHENED = "strengthened"
    MIXED = "mixed"
    UNCHANGED = "unchanged"
    UNDECIDED = "undecided"


class Level(StrEnum):
    """The graver effect in either direction."""

    SINGLE_FACTOR = "single_factor"
    WEAKER_MFA = "weaker_mfa"


class Certainty(StrEnum):
    """`possible` where the witness hangs on a membership.

    A device filter or an attribute we cannot see.
    """

    CERTAIN = "certain"
    POSSIBLE = "possible"


class Direction(StrEnum):
    """Which way another control moved."""

    LOOSER = "looser"
    TIGHTER = "tighter"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True)
class Witness:
    """A class of sign-ins that one side lets in and the other refuses, generalised.

    `text` is the sentence for people. `who`, `resource`, `client`, `platform`, `location` and
    `proof` are its parts in words (`anyone`, `any resource`, `any client`, ...). `conditions` are
    further limits in words. `structure` is the same for machines. `refused_by` names the policies
    that refuse it on the other side. `everyone` is true when the class holds all users,
    `privileged` when it reaches a directory role or an administrators' portal by name.
    """

    text: str
    who: str
    resource: str
    client: str
    platform: str
    location: str
    proof: str
    level: Level
    certainty: Certainty
    conditions: tuple[str, ...]
    refused_by: tuple[str, ...]
    structure: Mapping[str, JsonValue]
    everyone: bool
    privileged: bool


@dataclass(frozen=True, slots=True)
class ControlChange:
    """Another control that moved: device requirement, session frequency, persistent browser, ..."""

    control: str
    policy: str
    direction: Direction
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Comparison:
    """The whole answer. `level` is null only when unchanged (or undecided).

    `witnesses` are sign-ins let in now and refused before; `closed` the reverse. `lost_blocks` are
    sign-ins that a block refused before and that get in now, though nothing with less proof gets
    in. `not_understood` lists keys and enum values nobody modelled, with their policy.
    `reaches_nothing` is true when the changed policy applied to no sign-in on either side: it
    weakens nothing.
    """

    verdict: Verdict
    level: Level | None
    certainty: Certainty
    witnesses: tuple[Witness, ...]
    closed: tuple[Witness, ...]
    lost_blocks: tuple[Witness, ...]
    other_controls: tuple[ControlChange, ...]
    not_understood: tuple[str, ...]
    reaches_nothing: bool
    unseen: tuple[str, ...]
    """What could not be seen, in words: `no baseline.

    Only the policies seen in the stream count`, ...
    """
