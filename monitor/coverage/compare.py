"""Compare two postures: which sign-ins with less proof are let in after and were refused before.

DESIGN section 3 is the definition. The engine is kept between calls, so a change of one policy
costs encoding one policy and a few questions.
"""

from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import chain
from threading import Lock
from typing import Final

from monitor.coverage.controls import other_controls, reaches_nothing
from monitor.coverage.engine import Engine, OutOfBudget
from monitor.coverage.evaluate import lets_in
from monitor.coverage.holes import Hole, holes
from monitor.coverage.model import Certainty, Comparison, ControlChange, Level, Verdict
from monitor.coverage.proofs import BUILT_IN_STRENGTHS, Combination, Proof, classes
from monitor.coverage.questions import Question, Sides, lost_blocks, single_factor, weaker_mfa
from monitor.coverage.scope import what, who
from monitor.coverage.sides import aligned, one_sided, unreadable_rules
from monitor.coverage.witness import describe, unseen
from monitor.errors import MonitorError
from monitor.posture.policy import ConditionalAccessPolicy
from monitor.posture.posture import Posture, World

DEFAULT_BUDGET: Final = 20_000
"""Conflicts allowed for one question to the solver."""
_MOST_ENGINES: Final = 4


class EngineFault(MonitorError):
    """The solver and the plain evaluator disagree about a witness: a fault of this program."""

    advice = "Report it with both postures; do not trust this comparison."


class _Engines:
    """A few engines, one for each pair of worlds met lately; one thread at a time uses them."""

    def __init__(self) -> None:
        self.lock = Lock()
        self._kept: OrderedDict[tuple[int, int], Engine] = OrderedDict()

    def of(self, before: World, after: World) -> Engine:
        """The engine of two worlds, new where there is none or it is worn."""
        key = (id(before), id(after))
        engine = self._kept.pop(key, None)
        if engine is None or engine.worn:
            engine = Engine(before, after)
        self._kept[key] = engine
        while len(self._kept) > _MOST_ENGINES:
            self._kept.popitem(last=False)[1].solver.delete()
        return engine


_engines: Final = _Engines()


@dataclass(frozen=True, slots=True)
class Decision:
    """The verdict without its witnesses."""

    verdict: Verdict
    level: Level | None


@dataclass(frozen=True, slots=True)
class Case:
    """Two postures on their engine, with the proofs their policies tell apart."""

    engine: Engine
    before: Posture
    after: Posture
    old: frozenset[int]
    new: frozenset[int]
    proofs: tuple[Proof, ...]

    @property
    def opened(self) -> Sides:
        """Let in after, refused before."""
        return Sides(self.new, self.old)

    @property
    def closed(self) -> Sides:
        """Let in before, refused after."""
        return Sides(self.old, self.new)

    def questions(self, sides: Sides) -> Iterable[Question]:
        """The MFA questions, the gravest first."""
        return chain(
            single_factor(self.engine, sides, self.proofs),
            weaker_mfa(self.engine, sides, self.proofs),
        )


def case(engine: Engine, before: Posture, after: Posture, budget: int) -> Case:
    """Encode what is new in the two postures."""
    engine.budget = budget
    there, here = engine.side(before, 0), engine.side(after, 1)
    old, new = there.numbers, here.numbers
    engine.beside = there.beside | here.beside
    strengths, customs = set[frozenset[Combination]](), set[str]()
    for number in old | new:
        wanted = engine.encoded[number][1]
        customs |= wanted.customs
        if wanted.strength is not None:
            allowed = wanted.strength.allowed
            strengths |= set(BUILT_IN_STRENGTHS.values()) if allowed is None else {allowed}
    proofs = classes(frozenset(strengths), frozenset(customs))
    return Case(engine, before, after, old, new, proofs)


def decide(before: Posture, after: Posture, *, budget: int = DEFAULT_BUDGET) -> Decision:
    """Return the verdict alone: the hot path where most changes open nothing."""
    before, after = aligned(before, after)
    with _engines.lock:
        engine = _engines.of(before.world, after.world)
        try:
            here = case(engine, before, after, budget)
            opened = [*holes(engine, here.questions(here.opened), most=1)]
            closed = [*holes(engine, here.questions(here.closed), most=1)]
        except OutOfBudget:
            return Decision(Verdict.UNDECIDED, None)
    levels = (hole.question.level for hole in (*opened, *closed))
    return Decision(_verdict(bool(opened), bool(closed)), _gravest(levels))


def _verdict(opened: bool, closed: bool) -> Verdict:
    if opened:
        return Verdict.MIXED if closed else Verdict.WEAKENED
    return Verdict.STRENGTHENED if closed else Verdict.UNCHANGED


def _gravest(levels: Iterable[Level | None]) -> Level | None:
    found = set(levels)
    return next((level for level in Level if level in found), None)


def compare(before: Posture, after: Posture, *, budget: int = DEFAULT_BUDGET) -> Comparison:
    """Return what changed between two postures, with witnesses.

    `budget` limits the conflicts of one question; out of budget the verdict is *undecided*.

    Raises:
        EngineFault: a witness did not pass the independent evaluator.
    """
    told = tuple(one_sided(before, after))
    before, after = aligned(before, after)
    found = _Found()
    with _engines.lock:
        engine = _engines.of(before.world, after.world)
        try:
            _fill(found, case(engine, before, after, budget))
        except OutOfBudget:
            found.undecided = True
    return _comparison(found, before, after, told)


@dataclass(slots=True)
class _Found:
    """What a comparison found so far; it stays even if the budget runs out later."""

    opened: list[Hole] = field(default_factory=list)
    closed: list[Hole] = field(default_factory=list)
    lost: list[Hole] = field(default_factory=list)
    controls: tuple[ControlChange, ...] = ()
    reaches_nothing: bool = False
    undecided: bool = False


def _fill(found: _Found, here: Case) -> None:
    engine = here.engine
    for hole in holes(engine, here.questions(here.opened)):
        found.opened.append(checked(hole, into=here.after, out_of=here.before))
    for hole in holes(engine, here.questions(here.closed)):
        found.closed.append(checked(hole, into=here.before, out_of=here.after))
    for hole in holes(engine, lost_blocks(engine, here.opened, here.proofs)):
        found.lost.append(checked(hole, into=here.after, out_of=here.before))
    found.controls = other_controls(engine, here.before, here.after)
    found.reaches_nothing = reaches_nothing(engine, here.before, here.after)


def checked(hole: Hole, *, into: Posture, out_of: Posture) -> Hole:
    """Return the hole if the plain evaluator agrees with it.

    Raises:
        EngineFault: it does not.
    """
    proof = hole.question.proof
    if not lets_in(into, hole.signin, proof) or lets_in(out_of, hole.signin, proof):
        raise EngineFault(f"a witness failed the second check: {hole.signin} with {proof}")
    return hole


def _comparison(
    found: _Found, before: Posture, after: Posture, told: tuple[str, ...]
) -> Comparison:
    opened = describe(found.opened, into=after, out_of=before)
    closed = describe(found.closed, into=before, out_of=after)
    lost = describe(found.lost, into=after, out_of=before)
    verdict = _verdict(bool(opened), bool(closed))
    graver = found.opened or found.closed or found.lost
    level = _gravest(hole.question.level for hole in graver)
    certain = any(
        hole.certainty is Certainty.CERTAIN for hole in graver if hole.question.level is level
    )
    return Comparison(
        verdict=Verdict.UNDECIDED if found.undecided else verdict,
        level=_gravest(hole.question.level for hole in (*found.opened, *found.closed)),
        certainty=Certainty.CERTAIN if certain or not graver else Certainty.POSSIBLE,
        witnesses=opened,
        closed=closed,
        lost_blocks=lost,
        other_controls=found.controls,
        not_understood=_not_understood(before, after),
        reaches_nothing=found.reaches_nothing,
        unseen=(*unseen(found.opened + found.closed + found.lost, before, after), *told),
    )


def _not_understood(before: Posture, after: Posture) -> tuple[str, ...]:
    lines = (
        line
        for posture in (before, after)
        for line in (*posture.not_understood, *unreadable_rules(posture))
    )
    return tuple(dict.fromkeys(lines))


def overlap(
    posture: Posture, policy: ConditionalAccessPolicy, asked: ConditionalAccessPolicy
) -> str:
    """Return why a policy cannot apply to what is asked about; empty where it can."""
    with _engines.lock:
        engine = _engines.of(posture.world, posture.world)
        engine.budget = DEFAULT_BUDGET
        engine.beside = engine.side(posture, 0).beside
        meaning = engine.meanings[0]
        ours, theirs = policy.conditions, asked.conditions
        both = (engine.applies(policy, 0), engine.applies(asked, 0))
        people = [engine.literal(who(part, meaning)) for part in (ours, theirs)]
        targets = [engine.literal(what(part.applications)) for part in (ours, theirs)]
        if not engine.solve(people):
            return "it does not include these people"
        if not engine.solve(targets):
            return "it does not target this resource"
        return "" if engine.solve(both) else "its other conditions are not met"
