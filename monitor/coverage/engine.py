"""The incremental solver: facts of a sign-in as variables, each policy version encoded once.

CaDiCaL 1.5.3 through python-sat: it honours a conflict budget in `solve_limited` (measured: stops
within two conflicts of it), gives cores over assumptions, and is fastest of pysat's solvers on
these questions. An engine belongs to one pair of worlds (what groups, locations and strengths
mean before and after); policies come and go by assumptions.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final
from weakref import WeakKeyDictionary

from pysat.solvers import Solver

from monitor.coverage.demand import Demand, satisfied
from monitor.coverage.facts import Facts
from monitor.coverage.formula import FALSE, TRUE, Every, Formula, Is, Not, every, negated
from monitor.coverage.proofs import Proof
from monitor.coverage.scope import scope
from monitor.coverage.versions import Version, others, version
from monitor.coverage.world import Meaning, beside
from monitor.posture.policy import ConditionalAccessPolicy
from monitor.posture.posture import Posture, World

MOST_VERSIONS: Final = 2_000
"""An engine that has encoded more than this is thrown away: the solver only grows."""
MOST_VARIABLES: Final = 400_000
"""The same for variables; every witness leaves one behind."""
MOST_KNOWN: Final = 2_000
"""Policies that are known again by identity; beyond it all are looked up anew, by meaning."""


class OutOfBudget(Exception):  # a signal to the comparison, which answers undecided
    """The solver used up its conflicts without an answer."""


Beside = frozenset[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Side:
    """Numbers of the versions a posture enforces, and what stands beside a suite in them."""

    numbers: frozenset[int]
    beside: Beside


@dataclass(frozen=True, slots=True)
class _Known:
    """A policy that was encoded; holding it keeps its id from being given to another."""

    policy: ConditionalAccessPolicy
    number: int | None
    beside: Beside


class Engine:
    """Variables, clauses and encoded policy versions for two worlds."""

    def __init__(self, before: World, after: World) -> None:
        self.worlds = (before, after)
        self.meanings = (Meaning(before), Meaning(after))
        self.solver = Solver(name="cadical153")
        self.budget = 0
        self.facts = Facts(self.solver.add_clause, before, after)
        self._literals: dict[Formula, int] = {}
        self._numbers: dict[tuple[int, Demand], int] = {}
        self.encoded: list[tuple[int, Demand]] = []
        self.names: list[Version] = []
        self._by_policy: dict[tuple[int, int], _Known] = {}
        self._scopes: dict[tuple[int, int], tuple[ConditionalAccessPolicy, int]] = {}
        self._sides: tuple[WeakKeyDictionary[Posture, Side], ...] = (
            WeakKeyDictionary(),
            WeakKeyDictionary(),
        )
        self.beside: Beside = frozenset()
        """(suite, application) pairs of which the application may be in the suite."""
        self._satisfied: dict[Proof, dict[int, int | None]] = {}
        self._guards: dict[tuple[int, ...], int] = {}

    # formulas

    def literal(self, formula: Formula) -> int:
        """The literal that is true exactly when the formula is (Tseitin, both directions)."""
        if isinstance(formula, Is):
            return self.facts.variable(formula.atom)
        if isinstance(formula, Not):
            return -self.literal(formula.of)
        found = self._literals.get(formula)
        if found is None:
            found = self._literals[formula] = self._joint(formula)
        return found

    def _joint(self, formula: Formula) -> int:
        if formula == TRUE:
            return self.facts.true
        if formula == FALSE:
            return -self.facts.true
        if not isinstance(formula, Every):
            return -self.literal(every(negated(part) for part in formula.of))  # type: ignore[union-attr]  # Is and Not are handled by the caller
        parts = [self.literal(part) for part in formula.of]
        joint = self.facts.fresh()
        for part in parts:
            self.solver.add_clause([-joint, part])
        self.solver.add_clause([joint, *(-part for part in parts)])
        return joint

    # policies

    def side(self, posture: Posture, which: int) -> Side:
        """What a posture enforces; `which` is 0 before, 1 after."""
        if self.worlds[0] is self.worlds[1]:
            which = 0
        known = self._sides[which].get(posture)
        if known is None:
            known = self._sides[which][posture] = self._encode(posture, which)
        return known

    def _encode(self, posture: Posture, which: int) -> Side:
        meaning = self.meanings[which]
        known = [self._known(policy, which) for policy in posture.policies.values()]
        numbers = {one.number for one in known if one.number is not None}
        numbers |= {self.number(extra) for extra in others(posture, meaning)}
        return Side(frozenset(numbers), frozenset().union(*(one.beside for one in known)))

    def _known(self, policy: ConditionalAccessPolicy, which: int) -> _Known:
        key = (id(policy), which)
        entry = self._by_policy.get(key)
        if entry is None:
            found = version(policy, self.meanings[which])
            number = None if found is None else self.number(found)
            pairs = beside(policy.conditions.applications) if policy.enforced else frozenset()
            if len(self._by_policy) >= MOST_KNOWN:
                self._by_policy.clear()
            entry = self._by_policy[key] = _Known(policy, number, pairs)
        return entry

    def number(self, item: Version) -> int:
        """The number of an encoded version; two that mean the same share it."""
        key = (self.literal(item.applies), item.demand)
        found = self._numbers.get(key)
        if found is None:
            found = self._numbers[key] = len(self.encoded)
            self.encoded.append(key)
            self.names.append(item)
        return found

    def satisfied(self, number: int, proof: Proof) -> int | None:
        """Literal of "does not apply, or the proof satisfies it"; None where always true."""
        applies, wanted = self.encoded[number]
        inner = satisfied(wanted, proof)
        if inner == TRUE or applies == -self.facts.true:
            return None
        if inner == FALSE:
            return -applies
        met = self.facts.fresh()
        demand = self.literal(inner)
        self.solver.append_formula([[-met, -applies, demand], [met, applies], [met, -demand]])
        return met

    def lets_in(self, numbers: Iterable[int], proof: Proof) -> list[int]:
        """Assumptions under which every one of these versions is satisfied by the proof."""
        table = self._satisfied.setdefault(proof, {})
        found = []
        for number in numbers:
            if number not in table:
                table[number] = self.satisfied(number, proof)
            literal = table[number]
            if literal is not None:
                found.append(literal)
        return found

    def any_of(self, literals: Sequence[int]) -> int:
        """A literal that, assumed, makes at least one of these true."""
        if len(literals) == 1:
            return literals[0]
        if not literals:
            return -self.facts.true
        key = tuple(sorted(set(literals)))
        guard = self._guards.get(key)
        if guard is None:
            guard = self._guards[key] = self.facts.fresh()
            self.solver.add_clause([-guard, *key])
        return guard

    def refuses(self, numbers: Iterable[int], proof: Proof) -> int:
        """A literal that, assumed, makes one of these versions refuse the proof."""
        return self.any_of([-literal for literal in self.lets_in(numbers, proof)])

    def applies(self, policy: ConditionalAccessPolicy, which: int) -> int:
        """Literal of the policy's scope, whatever its state."""
        key = (id(policy), which)
        entry = self._scopes.get(key)
        if entry is None:
            literal = self.literal(scope(policy, self.meanings[which]))
            if len(self._scopes) >= MOST_KNOWN:
                self._scopes.clear()
            entry = self._scopes[key] = (policy, literal)
        return entry[1]

    # questions

    def solve(self, assumptions: Sequence[int]) -> bool:
        """Whether the assumptions can hold together.

        Raises:
            OutOfBudget: no answer within the budget of conflicts.
        """
        self.solver.conf_budget(self.budget)
        # A list: pysat's core reads the assumptions back and knows no tuples.
        strangers = self.facts.strangers(self.beside)
        answer = self.solver.solve_limited(assumptions=[*assumptions, *strangers])
        if answer is None:
            raise OutOfBudget
        return bool(answer)

    def model(self) -> dict[int, bool]:
        """The last model, by variable."""
        return {abs(literal): literal > 0 for literal in self.solver.get_model() or ()}

    def core(self) -> frozenset[int]:
        """The assumptions that could not hold together in the last question."""
        return frozenset(self.solver.get_core() or ())

    @property
    def worn(self) -> bool:
        """The solver has grown enough to be thrown away: by versions, or by questions asked."""
        return len(self.encoded) > MOST_VERSIONS or self.facts.count > MOST_VARIABLES
