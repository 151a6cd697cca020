"""From holes to witnesses: merged, worded, with known accounts and the policies that refused."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from ipaddress import IPv4Address, IPv6Address
from typing import Final, cast

from pydantic import JsonValue

from monitor.coverage.cube import Cube
from monitor.coverage.evaluate import refusals
from monitor.coverage.formula import (
    EXCLUSIVE,
    GROUP,
    KIND,
    KNOWN,
    PLACE,
    RESOURCE,
    ROLE,
    STRENGTH,
    SUITE,
    TENANT,
    USER,
    Atom,
)
from monitor.coverage.holes import Hole
from monitor.coverage.model import Certainty, Level, Witness
from monitor.coverage.names import Names
from monitor.coverage.signin import SignIn
from monitor.coverage.wording import (
    client_words,
    condition_words,
    except_words,
    location_words,
    platform_words,
    proof_words,
    resource_words,
    short_except_words,
    who_words,
)
from monitor.coverage.world import Accounts
from monitor.posture.parts import Group, Role
from monitor.posture.posture import Posture

_MOST_EXAMPLES: Final = 5
_ADMIN_RESOURCES: Final = frozenset(
    {"MicrosoftAdminPortals", "797f4846-ba00-4fd7-ba43-dac1f8f63013"}
)


@dataclass(frozen=True, slots=True)
class _Merged:
    """A class, possibly the union of several that differed in one exclusive dimension."""

    hole: Hole
    cube: Cube
    known: frozenset[str]


def describe(found: Sequence[Hole], *, into: Posture, out_of: Posture) -> tuple[Witness, ...]:
    """Return the witnesses of the holes; `out_of` is the posture that refuses."""
    names = Names(into, out_of)
    by_text: dict[str, Witness] = {}
    for one in (_witness(item, names, into, out_of) for item in merged(found)):
        other = by_text.get(one.text)
        if other is None or other.certainty is Certainty.POSSIBLE:
            by_text[one.text] = one
    return tuple(by_text.values())


def merged(found: Iterable[Hole]) -> list[_Merged]:
    """Join classes of one question that differ in one exclusive dimension only."""
    result: list[_Merged] = []
    for hole in found:
        item = _Merged(hole, _plain(hole.cube), hole.known)
        for at, other in enumerate(result):
            joined = _joined(other, item)
            if joined is not None:
                result[at] = joined
                break
        else:
            result.append(item)
    return result


def _plain(cube: Cube) -> Cube:
    """The same class with exclusive facts only in `values`."""
    return replace(
        cube, holds=frozenset(atom for atom in cube.holds if atom.dimension not in EXCLUSIVE)
    )


def _joined(one: _Merged, other: _Merged) -> _Merged | None:
    if (one.hole.question.level, one.hole.question.proof) != (
        other.hole.question.level,
        other.hole.question.proof,
    ) or one.hole.certainty is not other.hole.certainty:
        return None
    left, right = dict(one.cube.values), dict(other.cube.values)
    differing = [d for d in left.keys() | right.keys() if left.get(d) != right.get(d)]
    if len(differing) != 1 or one.cube.holds != other.cube.holds:
        return None
    dimension = differing[0]
    if dimension not in left or dimension not in right:
        return None
    if None in left[dimension] or None in right[dimension]:
        return None
    if _others(one.cube, dimension) != _others(other.cube, dimension):
        return None
    values = {**left, dimension: left[dimension] | right[dimension]}
    cube = replace(one.cube, values=tuple(sorted(values.items())))
    return _Merged(one.hole, cube, one.known | other.known)


def _others(cube: Cube, dimension: str) -> frozenset[Atom]:
    return frozenset(atom for atom in cube.fails if atom.dimension != dimension)


def _witness(item: _Merged, names: Names, into: Posture, out_of: Posture) -> Witness:
    hole, cube = item.hole, item.cube
    proof = hole.question.proof
    who = who_words(cube, names)
    left_out = except_words(cube, names)
    parts = {
        "resource": resource_words(cube, names),
        "client": client_words(cube, proof),
        "platform": platform_words(cube),
        "location": location_words(cube, names),
        "proof": proof_words(proof),
    }
    conditions = tuple(condition_words(cube))
    people = f"{who} except {left_out}" if left_out else who
    return Witness(
        text=_sentence(who + short_except_words(cube, names), parts, conditions),
        who=people,
        level=hole.question.level or Level.WEAKER_MFA,
        certainty=hole.certainty,
        conditions=conditions,
        refused_by=tuple(dict.fromkeys(refusals(out_of, hole.signin, proof))),
        structure=structure(item, names, into),
        everyone=_everyone(cube),
        privileged=_privileged(cube),
        **parts,
    )


def _sentence(who: str, parts: dict[str, str], conditions: tuple[str, ...]) -> str:
    platform = "" if parts["platform"] == "any platform" else f", on {parts['platform']}"
    limits = f", {', '.join(conditions)}" if conditions else ""
    return (
        f"{who[:1].upper()}{who[1:]}, on {parts['client']}{platform}, from {parts['location']}"
        f"{limits}, reach {parts['resource']} {parts['proof']}."
    )


def _everyone(cube: Cube) -> bool:
    """All users but named exceptions."""
    limited = any(atom.dimension in {GROUP, KNOWN, ROLE} for atom in cube.holds)
    users, tenants = cube.allowed(USER), cube.allowed(TENANT)
    kinds = cube.allowed(KIND)
    return not (
        limited
        or (users is not None and None not in users)
        or (tenants is not None and None not in tenants)
        or (kinds is not None and "member" not in kinds)
    )


def _privileged(cube: Cube) -> bool:
    """Holders of a directory role, or an administrators' portal by name."""
    resources = {str(v) for v in cube.allowed(RESOURCE) or ()}
    resources |= {str(atom.value) for atom in cube.holds if atom.dimension == SUITE}
    return bool(resources & _ADMIN_RESOURCES) or any(atom.dimension == ROLE for atom in cube.holds)


def structure(item: _Merged, names: Names, posture: Posture) -> dict[str, JsonValue]:
    """The class for machines: what must hold, what must not, allowed values, population."""
    cube, proof = item.cube, item.hole.question.proof
    population, examples = _population(item, posture)
    found: dict[str, object] = {
        "holds": list(_facts(cube.holds)),
        "fails": list(_facts(a for a in cube.fails if a.dimension not in EXCLUSIVE)),
        "values": {
            dimension: sorted("(other)" if v is None else str(v) for v in allowed)
            for dimension, allowed in cube.values
        },
        "except": {
            dimension: sorted(str(a.value) for a in cube.fails if a.dimension == dimension)
            for dimension in sorted({a.dimension for a in cube.fails} & EXCLUSIVE)
        },
        "proof": {"methods": sorted(proof.methods), "customControls": sorted(proof.customs)},
        "population": population,
        "examples": [names.of(id_) for id_ in examples],
        "example": _example(item.hole.signin),
    }
    return cast("dict[str, JsonValue]", found)


def _population(item: _Merged, posture: Posture) -> tuple[int | None, list[str]]:
    """Accounts known to be in the class; None where no document tells."""
    if item.known:
        return len(item.known), sorted(item.known)[:_MOST_EXAMPLES]
    tables: dict[str, Mapping[str, Group | Role]] = {
        GROUP: posture.groups,
        ROLE: posture.world.roles,
    }
    counts = [
        members.member_count
        for atom in item.cube.holds
        if (table := tables.get(atom.dimension)) is not None
        and (members := table.get(str(atom.value))) is not None
        and members.member_count is not None
    ]
    return (min(counts) if counts else None), []


def _facts(atoms: Iterable[Atom]) -> Iterator[JsonValue]:
    for atom in sorted(atoms, key=lambda one: (one.dimension, _value(one))):
        yield {"dimension": atom.dimension, "value": _value(atom)}


def _value(atom: Atom) -> str:
    return atom.value.label if isinstance(atom.value, Accounts) else str(atom.value)


def _example(signin: SignIn) -> JsonValue:
    """The concrete sign-in that was checked, without the facts that are empty."""
    found: dict[str, JsonValue] = {}
    for name, value in asdict(signin).items():
        if isinstance(value, frozenset):
            if value:
                found[name] = [*sorted(map(str, value))]
        elif name == "address":
            found[name] = None if value is None else _address_text(*value)
        elif value not in (None, False):
            found[name] = value
    return found


def _address_text(version: int, number: int) -> str:
    return str(IPv4Address(number) if version == 4 else IPv6Address(number))  # noqa: PLR2004  # IPv4


def unseen(found: Iterable[Hole], before: Posture, after: Posture) -> tuple[str, ...]:
    """What the answer hangs on and nobody could see, in words."""
    names = Names(after, before)
    words: dict[str, None] = {}
    if not after.has_baseline:
        words["no baseline: only the policies seen in the stream count"] = None
    for hole in found:
        for atom in sorted(hole.cube.holds | hole.cube.fails, key=_value):
            if atom.dimension in {GROUP, ROLE}:
                words[f"who belongs to {names.of(str(atom.value))}"] = None
            elif atom.dimension == PLACE:
                words[f"where {names.of(str(atom.value))} is"] = None
            elif atom.dimension == STRENGTH and isinstance(atom.value, tuple):
                words[f"what the strength {names.of(str(atom.value[0]))} allows"] = None
    return tuple(words)
