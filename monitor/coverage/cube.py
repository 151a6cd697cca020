"""A class of sign-ins: what a witness needs, and nothing it does not need.

The solver finds one sign-in. Unsatisfiable cores say which of its facts matter, single facts are
then dropped while the class still answers the question, and small dimensions are widened to every
value that does.
"""

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from monitor.coverage.engine import Engine
from monitor.coverage.formula import (
    AGENT_RISK,
    CLIENT,
    COUNTRY,
    EXCLUSIVE,
    FLOW,
    GPS,
    GROUP,
    INSIDER_RISK,
    KIND,
    KNOWN,
    NEEDED,
    OPEN,
    PLATFORM,
    PRINCIPAL_RISK,
    RESOURCE,
    ROLE,
    SIGN_IN_RISK,
    STRENGTH,
    SUITE,
    TARGET,
    TENANT,
    UNKNOWN,
    USER,
    USER_RISK,
    Atom,
)
from monitor.coverage.questions import Question

_SMALL: Final = (
    FLOW,
    INSIDER_RISK,
    AGENT_RISK,
    PRINCIPAL_RISK,
    USER_RISK,
    SIGN_IN_RISK,
    GPS,
    COUNTRY,
    PLATFORM,
    CLIENT,
    TARGET,
    KIND,
)
UNSEEN: Final = frozenset({OPEN, NEEDED, STRENGTH, UNKNOWN})
"""Dimensions on which nothing certain can hang, whichever way the fact goes."""
_ALWAYS_ONE: Final = frozenset({KIND, CLIENT})
_MOST_VALUES: Final = 24
_KEPT_LONGEST: Final = {
    dimension: rank
    for rank, dimension in enumerate(
        (CLIENT, SUITE, TARGET, RESOURCE, TENANT, KIND, ROLE, GROUP, KNOWN, USER), start=1
    )
}


@dataclass(frozen=True, slots=True)
class Cube:
    """Facts that must hold, facts that must not, and for exclusive dimensions the values allowed.

    In `values`, None is the remaining case; a dimension that is not there is not limited.
    """

    holds: frozenset[Atom]
    fails: frozenset[Atom]
    values: tuple[tuple[str, frozenset[Hashable]], ...]

    def allowed(self, dimension: str) -> frozenset[Hashable] | None:
        """The values allowed, or None where the dimension is not limited."""
        return dict(self.values).get(dimension)


def facts_of(engine: Engine, model: dict[int, bool]) -> list[int]:
    """The model as literals over facts; a chosen exclusive value implies the others' absence."""
    found = []
    for dimension, atoms in engine.facts.values.items():
        variables = [engine.facts.atoms[atom] for atom in atoms]
        if dimension in EXCLUSIVE:
            chosen = [v for v in variables if model.get(v, False)]
            if chosen:
                found.append(chosen[0])
                continue
        found.extend(v if model.get(v, False) else -v for v in variables)
    return found


def holds_everywhere(engine: Engine, question: Question, literals: Iterable[int]) -> bool:
    """Whether every sign-in with these facts is an answer to the question."""
    within = (*question.frame, *literals)
    return not any(engine.solve((*claim, *within)) for claim in question.claims)


def generalise(engine: Engine, question: Question, model: dict[int, bool]) -> list[int]:
    """Return few literals such that every sign-in that has them answers the question."""
    literals = facts_of(engine, model)
    seen = [one for one in literals if engine.facts.dimension(one) not in UNSEEN]
    needed = _needed(engine, question, seen) or _needed(engine, question, literals) or frozenset()
    literals = [literal for literal in literals if literal in needed]
    for literal in sorted(literals, key=lambda one: _order(engine, one)):
        rest = [other for other in literals if other != literal]
        if holds_everywhere(engine, question, rest):
            literals = rest
    for dimension in _SMALL:
        literals = _widened(engine, question, literals, dimension)
    return literals


def _needed(engine: Engine, question: Question, literals: Sequence[int]) -> frozenset[int] | None:
    """Facts that make the class an answer, or None where these facts are not enough."""
    needed: set[int] = set(question.frame)
    for claim in question.claims:
        if engine.solve((*claim, *question.frame, *literals)):
            return None
        needed |= engine.core()
    return frozenset(needed)


def _order(engine: Engine, literal: int) -> tuple[int, int, int]:
    """Dull facts are dropped first, and facts that hold before facts that do not."""
    return (_KEPT_LONGEST.get(engine.facts.dimension(literal), 0), literal < 0, abs(literal))


def _widened(
    engine: Engine, question: Question, literals: Sequence[int], dimension: str
) -> list[int]:
    variables = [engine.facts.atoms[atom] for atom in engine.facts.values.get(dimension, ())]
    rest = [literal for literal in literals if abs(literal) not in variables]
    if len(rest) == len(literals) or len(variables) > _MOST_VALUES:
        return list(literals)
    none = engine.facts.all_false(dimension)
    choices = variables if dimension in _ALWAYS_ONE else [*variables, none]
    allowed = [
        choice
        for choice in choices
        if engine.solve((*question.frame, *rest, choice))
        and holds_everywhere(engine, question, [*rest, choice])
    ]
    shut = [-choice for choice in choices if choice not in allowed]
    return [*rest, *shut]


def as_cube(engine: Engine, question: Question, literals: Iterable[int]) -> Cube:
    """Read literals as a class of sign-ins."""
    holds, fails, empty = set[Atom](), set[Atom](), set[str]()
    nones = {engine.facts.all_false(d): d for d in engine.facts.any_value}
    for literal in literals:
        if -literal in nones and abs(literal) not in engine.facts.by_variable:
            empty.add(nones[-literal])
        elif literal > 0:
            holds.add(engine.facts.by_variable[literal])
        else:
            fails.add(engine.facts.by_variable[-literal])
    dimensions = {atom.dimension for atom in holds | fails} | empty
    values = []
    for dimension in sorted(dimensions & EXCLUSIVE):
        allowed = _allowed(engine, question, dimension, holds, fails)
        if dimension in empty or dimension in _ALWAYS_ONE:
            allowed -= {None}
        values.append((dimension, allowed))
    return Cube(frozenset(holds), frozenset(fails), tuple(values))


def _allowed(
    engine: Engine, question: Question, dimension: str, holds: set[Atom], fails: set[Atom]
) -> frozenset[Hashable]:
    chosen = {atom.value for atom in holds if atom.dimension == dimension}
    if chosen:
        return frozenset(chosen)
    atoms = [atom for atom in engine.facts.values[dimension] if atom not in fails]
    if dimension in _ALWAYS_ONE:
        atoms = [
            atom for atom in atoms if engine.solve((*question.frame, engine.facts.atoms[atom]))
        ]
    return frozenset({*(atom.value for atom in atoms), None})
