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
from monitor.coverage.model import Certainty
from monitor.coverage.people import Reality, kinds_of, realise, simplified
from monitor.coverage.questions import Question
from monitor.coverage.scope import CONTEXT, DOUBTFUL_KINDS
from monitor.coverage.signin import SignIn

MOST_WITNESSES: Final = 8
_MOST_REFUTATIONS: Final = 400
_MOST_DOUBTFUL: Final = 32
_UNSEEN_WHERE_HELD: Final = frozenset({GROUP, TERM})
"""Dimensions whose facts may never hold: an unknown membership, an attribute of a device."""


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

    What meets an open point of Microsoft's semantics is looked at only where nothing else was
    found.
    """
    found = 0
    asked: list[tuple[Question, list[int]]] = []
    blocked: dict[object, list[int]] = {}
    for question in questions:
        blocks = blocked.setdefault((question.level, question.proof), [])
        asked.append((question, blocks))
        for preference in ((*plain(engine), *question.careful), settled(engine)):
            while found < most:
                hole = _next(engine, question, [*blocks, *preference], blocks)
                if hole is None:
                    break
                found += 1
                yield hole
    if not found:
        yield from _doubtful(engine, asked, most)


def _doubtful(
    engine: Engine, asked: Iterable[tuple[Question, list[int]]], most: int
) -> Iterator[Hole]:
    """Holes of doubtful user kinds and targets; those that hang on an open point come last."""
    hanging: list[Hole] = []
    settled_ones = 0
    for question, blocks in asked:
        for _ in range(_MOST_DOUBTFUL):
            hole = _next(engine, question, blocks, blocks) if settled_ones < most else None
            if hole is None:
                break
            if hole.hangs_on_open_point:
                hanging.append(hole)
                continue
            settled_ones += 1
            yield hole
    if not settled_ones:
        yield from hanging[:1]


def _next(
    engine: Engine, question: Question, extra: Sequence[int], blocks: list[int]
) -> Hole | None:
    for _ in range(_MOST_REFUTATIONS):
        if not engine.solve((*question.frame, *question.wanted, *extra)):
            return None
        model = engine.model()
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


def _refute(engine: Engine, facts: frozenset[tuple[Atom, bool]]) -> None:
    """These facts exclude each other in this tenant: teach the solver."""
    atoms = engine.facts.atoms
    engine.solver.add_clause([-atoms[atom] if value else atoms[atom] for atom, value in facts])


def plain(engine: Engine) -> list[int]:
    """Assumptions of a sign-in that hangs on nothing unseen."""
    facts = engine.facts
    return [
        *settled(engine),
        *(
            -facts.atoms[atom]
            for dimension in (GROUP, TERM, AGENT_CONTEXT)
            for atom in facts.values.get(dimension, ())
        ),
    ]


def settled(engine: Engine) -> list[int]:
    """Assumptions of a sign-in that meets no open point: its user kind and target are settled."""
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
    return Certainty.POSSIBLE if unseen or overlap or lone else Certainty.CERTAIN


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
