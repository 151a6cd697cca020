"""The same questions to z3, from scratch: an oracle for tests, and the baseline of the bench.

Nothing of the engine's search is used: no selectors, no deltas, no refinement. Memberships and
address ranges are spelled out as the finite classes they cut the world into.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import z3

from monitor.coverage.demand import satisfied
from monitor.coverage.facts import Facts
from monitor.coverage.formula import (
    FALSE,
    KNOWN,
    NETWORK,
    TRUE,
    USER,
    Every,
    Formula,
    Is,
    Not,
)
from monitor.coverage.model import Level, Verdict
from monitor.coverage.proofs import BUILT_IN_STRENGTHS, PASSWORD, Proof, Rank, classes
from monitor.coverage.scope import HUMAN, LEGACY
from monitor.coverage.versions import Version, others, version
from monitor.coverage.world import Accounts, Meaning, beside
from monitor.posture.posture import Posture


@dataclass
class Model:
    """One translation of two postures."""

    facts: Facts
    beside: frozenset[tuple[str, str]]
    clauses: list[list[int]]
    sides: tuple[list[Version], list[Version]]
    proofs: tuple[Proof, ...]

    def variable(self, number: int) -> Any:
        bare = z3.Bool(f"v{abs(number)}")
        return bare if number > 0 else z3.Not(bare)

    def formula(self, formula: Formula) -> Any:
        if formula == TRUE:
            return z3.BoolVal(True)
        if formula == FALSE:
            return z3.BoolVal(False)
        if isinstance(formula, Is):
            return self.variable(self.facts.variable(formula.atom))
        if isinstance(formula, Not):
            return z3.Not(self.formula(formula.of))
        join = z3.And if isinstance(formula, Every) else z3.Or
        return join([self.formula(part) for part in formula.of])

    def accepts(self, side: int, proof: Proof) -> Any:
        return z3.And(
            [
                z3.Or(
                    z3.Not(self.formula(one.applies)),
                    self.formula(satisfied(one.demand, proof)),
                )
                for one in self.sides[side]
            ]
        )


def translate(before: Posture, after: Posture) -> Model:
    """Read both postures from scratch."""
    clauses: list[list[int]] = []
    facts = Facts(clauses.append, before.world, after.world)
    sides = tuple(list(_versions(posture)) for posture in (before, after))
    strengths, customs = set(), set[str]()
    for one in (*sides[0], *sides[1]):
        customs |= one.demand.customs
        if one.demand.strength is not None:
            allowed = one.demand.strength.allowed
            strengths |= set(BUILT_IN_STRENGTHS.values()) if allowed is None else {allowed}
    proofs = classes(frozenset(strengths), frozenset(customs))
    named = frozenset[tuple[str, str]]().union(
        *(
            beside(policy.conditions.applications)
            for posture in (before, after)
            for policy in posture.policies.values()
            if policy.enforced
        )
    )
    return Model(facts, named, clauses, (sides[0], sides[1]), proofs)


def _versions(posture: Posture) -> Iterator[Version]:
    meaning = Meaning(posture.world)
    for policy in posture.policies.values():
        found = version(policy, meaning)
        if found is not None:
            yield found
    yield from others(posture, meaning)


def _classes(model: Model, rows: Iterable[dict[int, bool]]) -> Any:
    unique = {tuple(sorted(row.items())) for row in rows}
    return z3.Or(
        [z3.And([model.variable(v if value else -v) for v, value in row]) for row in unique]
    )


def _people(model: Model) -> Any:
    """Somebody no document lists, or one of the accounts that are listed or named."""
    known = [(atom, model.facts.atoms[atom]) for atom in model.facts.values.get(KNOWN, ())]
    named = [(atom, model.facts.atoms[atom]) for atom in model.facts.values.get(USER, ())]
    ids: set[object] = {atom.value for atom, _ in named}
    for atom, _ in known:
        if isinstance(atom.value, Accounts):
            ids |= atom.value.ids
    rows = [
        {
            **{v: isinstance(atom.value, Accounts) and one in atom.value.ids for atom, v in known},
            **{v: atom.value == one for atom, v in named},
        }
        for one in [None, *ids]
    ]
    return _classes(model, rows)


def _networks(model: Model) -> Any:
    """The address space cut at every border of every range."""
    atoms = [(atom.value, model.facts.atoms[atom]) for atom in model.facts.values.get(NETWORK, ())]
    points = {(4, 0), (6, 0)}
    for intervals, _ in atoms:
        assert isinstance(intervals, tuple)
        for v, low, high in intervals:
            points |= {(v, low), (v, high + 1)}
    rows = [
        {
            variable: any(v == version and low <= at <= high for v, low, high in intervals)
            for intervals, variable in atoms
            if isinstance(intervals, tuple)
        }
        for version, at in points
    ]
    return _classes(model, rows)


def weakening(model: Model, into: int) -> Level | None:
    """The gravest level at which side `into` lets in what the other refuses."""
    out_of = 1 - into
    accepts = {
        (side, proof): model.accepts(side, proof) for side in (0, 1) for proof in model.proofs
    }
    human, legacy = model.formula(HUMAN), model.formula(LEGACY)
    solver = z3.SolverFor("QF_FD")
    solver.add(human, _people(model), _networks(model))
    solver.add([model.variable(may) for may in model.facts.strangers(model.beside)])
    for clause in model.clauses:
        solver.add(z3.Or([model.variable(number) for number in clause]))

    def possible(*parts: Any) -> bool:
        return bool(solver.check(*parts) == z3.sat)

    for proof in model.proofs:
        if proof.rank is not Rank.SINGLE:
            continue
        modern = [] if proof == PASSWORD else [z3.Not(legacy)]
        wanted = z3.And(accepts[into, proof], z3.Not(accepts[out_of, proof]), *modern)
        if _asked(solver, possible, wanted):
            return Level.SINGLE_FACTOR
    for proof in model.proofs:
        stronger = [one for one in model.proofs if one.rank > proof.rank]
        if proof.rank is Rank.SINGLE or not stronger:
            continue
        weaker = [z3.Not(accepts[out_of, one]) for one in model.proofs if one.rank <= proof.rank]
        some = z3.Or([accepts[out_of, one] for one in stronger])
        if _asked(solver, possible, z3.And(z3.Not(legacy), accepts[into, proof], some, *weaker)):
            return Level.WEAKER_MFA
    return None


def _asked(solver: Any, possible: Any, wanted: Any) -> bool:
    solver.push()
    solver.add(wanted)
    found = bool(possible())
    solver.pop()
    return found


def z3_decide(before: Posture, after: Posture) -> tuple[Verdict, Level | None]:
    """The verdict and level; every choice of what no document decides counts."""
    model = translate(before, after)
    weaker, stronger = weakening(model, 1), weakening(model, 0)
    level = next((one for one in Level if one in {weaker, stronger}), None)
    verdicts: Sequence[Verdict] = (
        Verdict.UNCHANGED,
        Verdict.STRENGTHENED,
        Verdict.WEAKENED,
        Verdict.MIXED,
    )
    return verdicts[2 * bool(weaker) + bool(stronger)], level
