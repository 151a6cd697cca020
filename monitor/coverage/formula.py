"""Propositional formulas over facts of a sign-in: the one language of scopes and demands.

An atom is a fact such as (platform, windows). Values of a dimension in `EXCLUSIVE` shut each
other out; no value at all is the remaining case (another user, an unknown platform, no risk).
"""

from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from typing import Final, NamedTuple


class Atom(NamedTuple):
    """One fact: a dimension and its value."""

    dimension: str
    value: Hashable


@dataclass(frozen=True, slots=True)
class Is:
    """The fact holds."""

    atom: Atom


@dataclass(frozen=True, slots=True)
class Not:
    """The inner formula does not hold."""

    of: "Formula"


@dataclass(frozen=True, slots=True)
class Every:
    """All parts hold; with no parts, always true."""

    of: tuple["Formula", ...]


@dataclass(frozen=True, slots=True)
class Some:
    """At least one part holds; with no parts, never true."""

    of: tuple["Formula", ...]


Formula = Is | Not | Every | Some
TRUE: Final[Formula] = Every(())
FALSE: Final[Formula] = Some(())

KIND: Final = "kind"
USER: Final = "user"
TENANT: Final = "tenant"
KNOWN: Final = "known"
GROUP: Final = "group"
ROLE: Final = "role"
RESOURCE: Final = "resource"
TARGET: Final = "target"
SUITE: Final = "suite"
CLIENT: Final = "client"
PLATFORM: Final = "platform"
NETWORK: Final = "network"
PLACE: Final = "place"
INTRANET: Final = "intranet"
COUNTRY: Final = "country"
GPS: Final = "gps"
COMPLIANT_NETWORK: Final = "compliant network"
SIGN_IN_RISK: Final = "sign-in risk"
USER_RISK: Final = "user risk"
INSIDER_RISK: Final = "insider risk"
AGENT_RISK: Final = "agent risk"
PRINCIPAL_RISK: Final = "service principal risk"
FLOW: Final = "flow"
DEVICE: Final = "device"
TERM: Final = "term"
AGENT_CONTEXT: Final = "agent context"
OPEN: Final = "open"
STRENGTH: Final = "strength"
UNKNOWN: Final = "unknown"
NEEDED: Final = "needed"

EXCLUSIVE: Final = frozenset(
    {
        KIND,
        USER,
        TENANT,
        RESOURCE,
        TARGET,
        CLIENT,
        PLATFORM,
        COUNTRY,
        GPS,
        SIGN_IN_RISK,
        USER_RISK,
        INSIDER_RISK,
        AGENT_RISK,
        PRINCIPAL_RISK,
        FLOW,
    }
)
"""Dimensions of which a sign-in has at most one value."""


def fact(dimension: str, value: Hashable) -> Formula:
    """The formula that says (dimension, value) holds."""
    return Is(Atom(dimension, value))


def every(parts: Iterable[Formula]) -> Formula:
    """Conjunction, simplified."""
    return _joined(Every, parts, FALSE)


def some(parts: Iterable[Formula]) -> Formula:
    """Disjunction, simplified."""
    return _joined(Some, parts, TRUE)


def negated(part: Formula) -> Formula:
    """Negation, simplified."""
    if part == TRUE:
        return FALSE
    if part == FALSE:
        return TRUE
    return part.of if isinstance(part, Not) else Not(part)


def _joined(
    kind: type[Every] | type[Some], parts: Iterable[Formula], absorbing: Formula
) -> Formula:
    flat: dict[Formula, None] = {}
    for part in parts:
        if part == absorbing:
            return absorbing
        for inner in part.of if isinstance(part, kind) else (part,):
            flat[inner] = None
    if len(flat) == 1:
        return next(iter(flat))
    return kind(tuple(flat))
