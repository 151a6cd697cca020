"""Second stage: is there an account, and an address, that a class of sign-ins can really have?

The solver treats memberships and networks as free facts. Where documents tell the members or the
ranges, a class that needs an impossible overlap is refuted here, and the refutation becomes a
clause.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from monitor.coverage.cube import Cube
from monitor.coverage.engine import Engine
from monitor.coverage.formula import GROUP, KIND, KNOWN, NETWORK, ROLE, USER, Atom
from monitor.coverage.ranges import WHOLE, Address, inside
from monitor.coverage.scope import KINDS
from monitor.coverage.world import Accounts
from monitor.posture.parts import Interval, User
from monitor.posture.policy import GUEST_KINDS


@dataclass(frozen=True, slots=True)
class Reality:
    """An account and address that fit the class; `known` are all accounts known to fit it.

    `user` None is somebody no document lists. `address` is of the class's networks.
    """

    user: str | None
    address: Address | None
    known: frozenset[str]


def realise(engine: Engine, cube: Cube) -> Reality | frozenset[tuple[Atom, bool]]:
    """Return a fitting account and address, or the facts of the class that exclude each other."""
    address = _address(cube)
    networks = _of(cube, {NETWORK})
    if address is None and networks:
        return networks
    known = _accounts(engine, cube)
    listed = any(atom.dimension in {KNOWN, USER} for atom in cube.holds)
    if listed and not known:
        return _of(cube, {KNOWN, USER, GROUP, ROLE, KIND})
    user = min(known) if listed else None
    return Reality(user, address, known if listed else frozenset())


def simplified(engine: Engine, cube: Cube) -> Cube:
    """The same class without exclusions that the known members and ranges make empty words."""
    for atom in sorted(cube.fails, key=str):
        if atom.dimension not in {KNOWN, NETWORK}:
            continue
        without = replace(cube, fails=cube.fails - {atom})
        if atom.dimension == NETWORK:
            same = _within(cube) == _within(without) != WHOLE
        else:
            known = _accounts(engine, without)
            same = bool(known) and known == _accounts(engine, cube)
        cube = without if same else cube
    return cube


def _of(cube: Cube, dimensions: set[str]) -> frozenset[tuple[Atom, bool]]:
    return frozenset(
        (atom, value)
        for atoms, value in ((cube.holds, True), (cube.fails, False))
        for atom in atoms
        if atom.dimension in dimensions
    )


def _intervals(atoms: Iterable[Atom]) -> list[tuple[Interval, ...]]:
    return [
        atom.value for atom in atoms if atom.dimension == NETWORK and isinstance(atom.value, tuple)
    ]


def _within(cube: Cube) -> tuple[Interval, ...]:
    return inside(_intervals(cube.holds), _intervals(cube.fails))


def _address(cube: Cube) -> Address | None:
    found = _within(cube)
    return found[0][:2] if found else None


def _accounts(engine: Engine, cube: Cube) -> frozenset[str]:
    """Accounts that fit every fact about who signs in."""
    candidates: frozenset[str] | None = None
    for atom in cube.holds:
        ids = _ids(atom)
        if ids is not None:
            candidates = ids if candidates is None else candidates & ids
    if candidates is None:
        return frozenset()
    for atom in cube.fails:
        candidates -= _ids(atom) or frozenset()
    for atom in cube.holds:
        if atom.dimension in {GROUP, ROLE}:
            candidates -= engine.facts.outside(atom)
    kinds = cube.allowed(KIND)
    if kinds is None:
        return candidates
    return frozenset(id_ for id_ in candidates if _fits(engine.facts.account(id_), kinds))


def _ids(atom: Atom) -> frozenset[str] | None:
    if atom.dimension == USER:
        return frozenset({str(atom.value)})
    if atom.dimension == KNOWN and isinstance(atom.value, Accounts):
        return atom.value.ids
    return None


def _fits(account: User | None, kinds: frozenset[object]) -> bool:
    return bool(kinds_of(account) & kinds)


def kinds_of(account: User | None) -> frozenset[str]:
    """Kinds an account can be; anything where its type is not known."""
    everything = frozenset(KINDS)
    if account is None or not account.user_type:
        return everything
    if account.user_type.lower() == "guest":
        return frozenset(GUEST_KINDS) - {"b2bCollaborationMember"}
    return frozenset({"member", "b2bCollaborationMember"})
