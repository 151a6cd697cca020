"""Finding holes: classes of sign-ins that answer a question, real, checked, and few."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from monitor.coverage.cube import UNSEEN, Cube, as_cube, generalise
from monitor.coverage.engine import Engine, OutOfBudget
from monitor.coverage.formula import (
    AGENT_CONTEXT,
    AGENT_RISK,
    CLIENT,
    COMPLIANT_NETWORK,
    COUNTRY,
    DEVICE,
    FLOW,
    GPS,
    GROUP,
    INSIDER_RISK,
    INTRANET,
    KIND,
    KNOWN,
    NEEDED,
    OPEN,
    PLACE,
    PLATFORM,
    PRINCIPAL_RISK,
    RESOURCE,
    ROLE,
    SIGN_IN_RISK,
    STRENGTH,
    SUITE,
    TARGET,
    TENANT,
    TERM,
    UNKNOWN,
    USER_RISK,
    Atom,
)
from monitor.coverage.model import Certainty, Level
from monitor.coverage.people import Reality, kinds_of, realise, simplified
from monitor.coverage.questions import Question
from monitor.coverage.scope import CONTEXT, DOUBTFUL_KINDS
from monitor.coverage.signin import SignIn

MOST_WITNESSES: Final = 8
_MOST_REFUTATIONS: Final = 400
_MOST_DOUBTFUL: Final = 8
_MOST_OVERLAPS: Final = 2
_UNSEEN_WHERE_HELD: Final = frozenset({GROUP, TERM, INTRANET})
"""Dimensions whose facts may never hold: unknown memberships, attributes, the corporate network."""


@dataclass(frozen=True, slots=True)
class Hole:
    """An answer to a question: a class, one concrete sign-in of it, and known accounts in it."""

    question: Question
    cube: Cube
    signin: SignIn
    known: frozenset[str]
    certainty: Certainty

    @property
    def hangs_on_open_point(self) -> bool:
        """Whether no document of Microsoft's says that this is a hole."""
        return any(atom.dimension == OPEN for atom in self.cube.holds | self.cube.fails)


def holes(
    engine: Engine, questions: Iterable[Question], *, most: int = MOST_WITNESSES
) -> Iterator[Hole]:
    """Yield holes until none is left or `most` were found; later ones exclude earlier classes.

    Questions come gravest first. A hole that hangs on an open point of Microsoft's semantics is
    yielded only where nothing as grave is sure: one is enough to make the answer possible.
    """
    found: list[Level | None] = []
    blocked: dict[object, list[int]] = {}
    for question in questions:
        blocks = blocked.setdefault((question.level, question.proof), [])
        hanging: list[Hole] = []
        for limits, at_most in _preferences(engine, question, blocks, found):
            for _ in range(at_most):
                if len(found) >= most:
                    return
                hole = _next(engine, question, [*blocks, *limits], blocks)
                if hole is None:
                    break
                if hole.hangs_on_open_point:
                    hanging.append(hole)
                    continue
                found.append(question.level)
                yield hole
        if hanging and not found:
            found.append(question.level)
            yield hanging[0]


def _preferences(
    engine: Engine, question: Question, blocks: list[int], found: Sequence[Level | None]
) -> Iterator[tuple[list[int], int]]:
    """Limits to search under, the likeliest classes first, and how many holes to take of each.

    Nobody in particular; holders of one role; members of one group we cannot see into; devices and
    applications with attributes we cannot see; where none of these is a hole, overlaps; then user
    kinds and targets about which a point is open, whichever way it goes. Last, where nothing as
    grave was found, anything at all: only so is a missing answer a proof.
    """
    if not _worth(engine, question, blocks):
        return
    if _worth(engine, question, [*blocks, *settled(engine)]):
        yield from _settled_limits(engine, question, blocks, found)
    unheld = [*_absent(engine, ROLE), *_absent(engine, GROUP), *_absent(engine, TERM)]
    yield [*question.careful, *_absent(engine, OPEN), *unheld], _MOST_DOUBTFUL
    if not found:
        yield _absent(engine, TARGET), _MOST_DOUBTFUL
    if not found:
        yield [], _MOST_DOUBTFUL


def _settled_limits(
    engine: Engine, question: Question, blocks: list[int], found: Sequence[Level | None]
) -> Iterator[tuple[list[int], int]]:
    """The limits under which no point can be open."""
    roles, groups, terms = (_absent(engine, dimension) for dimension in (ROLE, GROUP, TERM))
    base = [*settled(engine), *question.careful]
    yield [*base, *roles, *groups, *terms], MOST_WITNESSES
    for ours, others in ((roles, [*groups, *terms]), (groups, [*roles, *terms])):
        if _worth(engine, question, [*blocks, *base, *others]):
            for one in ours:
                yield [*base, *others, *(o for o in ours if o != one)], MOST_WITNESSES
    yield [*base, *roles, *groups], MOST_WITNESSES
    if question.level not in found:
        yield [*base, *terms], _MOST_OVERLAPS
    if question.level not in found:
        yield settled(engine), _MOST_OVERLAPS


def _worth(engine: Engine, question: Question, limits: Sequence[int]) -> bool:
    """Whether anything at all can be found under these limits."""
    return engine.solve((*question.frame, *question.wanted, *limits))


def _absent(engine: Engine, dimension: str) -> list[int]:
    """Assumptions that no fact of this dimension holds."""
    return [-engine.facts.atoms[atom] for atom in engine.facts.values.get(dimension, ())]


def _next(
    engine: Engine, question: Question, extra: Sequence[int], blocks: list[int]
) -> Hole | None:
    for _ in range(_MOST_REFUTATIONS):
        if not engine.solve((*question.frame, *question.wanted, *extra)):
            return None
        model = _fewest_memberships(engine, (*question.frame, *question.wanted, *extra))
        literals = generalise(engine, question, model)
        cube = as_cube(engine, question, literals)
        reality = realise(engine, cube)
        if isinstance(reality, frozenset):
            _refute(engine, reality)
            continue
        guard = engine.facts.fresh()
        engine.solver.add_clause([-guard, *(-literal for literal in literals)])
        blocks.append(guard)
        signin = signin_of(engine, cube, model, reality)
        sure = certainty(engine, cube, reality)
        return Hole(question, simplified(engine, cube), signin, reality.known, sure)
    raise OutOfBudget


def _fewest_memberships(engine: Engine, wanted: Sequence[int]) -> dict[int, bool]:
    """The last model, with one unknown membership after the other taken away where that works."""
    model = engine.model()
    atoms = [*engine.facts.values.get(GROUP, ()), *engine.facts.values.get(ROLE, ())]
    variables = [engine.facts.atoms[atom] for atom in atoms]
    held = [v for v in variables if model.get(v, False)]
    if len(held) < 2:  # noqa: PLR2004  # one membership is a class by itself
        return model
    without = [-v for v in variables if v not in held]
    for variable in held:
        if model.get(variable, False) and engine.solve((*wanted, *without, -variable)):
            model = engine.model()
            without.append(-variable)
    return model


def _refute(engine: Engine, facts: frozenset[tuple[Atom, bool]]) -> None:
    """These facts exclude each other in this tenant: teach the solver."""
    atoms = engine.facts.atoms
    engine.solver.add_clause([-atoms[atom] if value else atoms[atom] for atom, value in facts])


def settled(engine: Engine) -> list[int]:
    """Assumptions of a sign-in about which no point can be open: its user kind and target."""
    facts = engine.facts
    found = [-facts.atoms[Atom(KIND, kind)] for kind in DOUBTFUL_KINDS]
    context = Atom(TARGET, CONTEXT)
    if context in facts.atoms:
        found.append(-facts.atoms[context])
    return found


def certainty(engine: Engine, cube: Cube, reality: Reality) -> Certainty:
    """`possible` where the class hangs on something we cannot see."""
    unseen = any(atom.dimension in UNSEEN for atom in cube.holds | cube.fails)
    unseen = unseen or any(atom.dimension in _UNSEEN_WHERE_HELD for atom in cube.holds)
    roles = [atom for atom in cube.holds if atom.dimension == ROLE]
    overlap = len(roles) > 1 or (bool(roles) and bool(reality.known))
    lone = len(reality.known) == 1 and any(
        atom.dimension in {GROUP, ROLE} and not reality.known <= engine.facts.outside(atom)
        for atom in cube.fails
    )
    doubtful = unseen or overlap or lone or _perhaps_in_suite(cube)
    return Certainty.POSSIBLE if doubtful else Certainty.CERTAIN


def _perhaps_in_suite(cube: Cube) -> bool:
    """Whether the class hangs on named resources being in a suite that we do not list them for."""
    named = cube.allowed(RESOURCE)
    if named is None or None in named:
        return False
    return any(atom.dimension == SUITE for atom in cube.holds | cube.fails)


def signin_of(engine: Engine, cube: Cube, model: Mapping[int, bool], reality: Reality) -> SignIn:
    """The concrete sign-in: the model, with an account and address that really exist."""
    true = _true(engine, model)
    user = reality.user
    outside = {
        (dimension, atom.value)
        for dimension in (GROUP, ROLE)
        for atom in engine.facts.values.get(dimension, ())
        if user in engine.facts.outside(atom)
    }
    signin = SignIn(
        kind=str(_one(true, KIND) or "member"),
        user=user,
        tenant=_one(true, TENANT),
        groups=frozenset(str(v) for v in true.get(GROUP, ()) if (GROUP, v) not in outside),
        roles=frozenset(str(v) for v in true.get(ROLE, ()) if (ROLE, v) not in outside),
        target=_one(true, TARGET),
        resource=_one(true, RESOURCE),
        suites=frozenset(map(str, true.get(SUITE, ()))),
        client=str(_one(true, CLIENT) or "browser"),
        platform=_one(true, PLATFORM),
        address=reality.address,
        places=frozenset(map(str, true.get(PLACE, ()))),
        intranet=INTRANET in true,
        country=_one(true, COUNTRY),
        gps=_one(true, GPS),
        compliant_network=COMPLIANT_NETWORK in true,
        sign_in_risk=_one(true, SIGN_IN_RISK),
        user_risk=_one(true, USER_RISK),
        insider_risk=_one(true, INSIDER_RISK),
        agent_risk=_one(true, AGENT_RISK),
        principal_risk=_one(true, PRINCIPAL_RISK),
        flow=_one(true, FLOW),
        device=frozenset(map(str, true.get(DEVICE, ()))),
        terms=frozenset(map(str, true.get(TERM, ()))),
        agent_contexts=frozenset(map(str, true.get(AGENT_CONTEXT, ()))),
        open_points=frozenset(map(str, true.get(OPEN, ()))),
        strengths=frozenset(v for v in true.get(STRENGTH, ()) if isinstance(v, tuple)),
        unknown_controls=frozenset(map(str, true.get(UNKNOWN, ()))),
        needed=NEEDED in true,
    )
    return _with_real_kind(engine, cube, signin)


def _with_real_kind(engine: Engine, cube: Cube, signin: SignIn) -> SignIn:
    """An account's type limits its kind; take one that the class allows."""
    if signin.user is None or engine.facts.account(signin.user) is None:
        return signin
    possible = kinds_of(engine.facts.account(signin.user)) & (cube.allowed(KIND) or kinds_of(None))
    if signin.kind in possible or not possible:
        return signin
    return replace(signin, kind=min(map(str, possible)))


def _true(engine: Engine, model: Mapping[int, bool]) -> dict[str, list[object]]:
    found: dict[str, list[object]] = {}
    for atom, variable in engine.facts.atoms.items():
        if model.get(variable, False) and atom.dimension != KNOWN:
            found.setdefault(atom.dimension, []).append(atom.value)
    return found


def _one(true: Mapping[str, list[object]], dimension: str) -> str | None:
    values = true.get(dimension)
    return str(values[0]) if values else None
