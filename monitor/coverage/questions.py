"""The questions of DESIGN section 3, each as assumptions for the solver.

A question asks for a sign-in that one side (`into`) lets in with a proof and the other (`out_of`)
refuses. `claims` are what must be impossible everywhere in a class of sign-ins for the whole
class to be an answer.
"""

from collections.abc import Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from monitor.coverage.engine import Engine
from monitor.coverage.formula import NEEDED, STRENGTH, UNKNOWN
from monitor.coverage.model import Level
from monitor.coverage.proofs import NO_PROOF, PASSWORD, Proof, Rank
from monitor.coverage.scope import HUMAN, LEGACY
from monitor.coverage.versions import DEFAULTS, WHEN_NEEDED

Assumptions = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Sides:
    """Version numbers of the side that lets in and of the side that refuses."""

    into: frozenset[int]
    out_of: frozenset[int]

    @property
    def dropped(self) -> frozenset[int]:
        """What the refusing side has and the other has not."""
        return self.out_of - self.into


@dataclass(frozen=True, slots=True)
class Question:
    """One question: `frame` limits the sign-ins, `wanted` finds one, `claims` hold it together."""

    level: Level | None
    proof: Proof
    frame: Assumptions
    wanted: Assumptions
    claims: tuple[Assumptions, ...]
    careful: Assumptions = ()


def _careful(engine: Engine, sides: Sides) -> Assumptions:
    """The worst case of what no document decides: it lets in little here, and much there."""
    if not any(engine.facts.values.get(dimension) for dimension in (NEEDED, STRENGTH, UNKNOWN)):
        return ()
    into, out_of = _unseen(engine, sides.into), _unseen(engine, sides.out_of)
    return (
        *(variable if atom in into else -variable for atom, variable in _facts(engine, NEEDED)),
        *(variable if atom in out_of else -variable for atom, variable in _facts(engine, STRENGTH)),
        *(-variable for _, variable in _facts(engine, UNKNOWN)),
    )


def _facts(engine: Engine, dimension: str) -> list[tuple[Hashable, int]]:
    atoms = engine.facts.values.get(dimension, ())
    return [
        (atom.value[0] if isinstance(atom.value, tuple) else atom.value, engine.facts.atoms[atom])
        for atom in atoms
    ]


def _unseen(engine: Engine, numbers: Iterable[int]) -> frozenset[Hashable]:
    """Ids of strengths demanded, and whether security defaults are on."""
    found = set[Hashable]()
    for number in numbers:
        item = engine.names[number]
        if item.demand.strength is not None:
            found.add(item.demand.strength.id)
        if item.policy == DEFAULTS:
            found.add(WHEN_NEEDED)
    return frozenset(found)


def _frame(engine: Engine, proof: Proof) -> Assumptions:
    """People only; a legacy client presents a password and nothing else."""
    human = engine.literal(HUMAN)
    return (human,) if proof == PASSWORD else (human, -engine.literal(LEGACY))


def single_factor(engine: Engine, sides: Sides, proofs: Sequence[Proof]) -> Iterator[Question]:
    """A sign-in without a second factor that is let in, and refused on the other side."""
    if not sides.dropped:
        return
    for proof in proofs:
        if proof.rank is not Rank.SINGLE:
            continue
        refused = engine.refuses(sides.dropped, proof)
        if refused == -engine.facts.true:
            continue
        yield Question(
            level=Level.SINGLE_FACTOR,
            proof=proof,
            frame=_frame(engine, proof),
            wanted=(*engine.lets_in(sides.into, proof), refused),
            claims=(
                (engine.refuses(sides.into, proof),),
                tuple(engine.lets_in(sides.out_of, proof)),
            ),
            careful=_careful(engine, sides),
        )


def weaker_mfa(engine: Engine, sides: Sides, proofs: Sequence[Proof]) -> Iterator[Question]:
    """A second factor is let in where the other side lets in only stronger ones, and some."""
    if not sides.dropped:
        return
    for proof in proofs:
        stronger = [other for other in proofs if other.rank > proof.rank]
        if proof.rank is Rank.SINGLE or not stronger:
            continue
        frame = _frame(engine, proof)
        into = engine.lets_in(sides.into, proof)
        refused = engine.refuses(sides.dropped, proof)
        if refused == -engine.facts.true or not engine.solve((*frame, *into, refused)):
            continue
        others = [other for other in proofs if other.rank <= proof.rank]
        no_other = [engine.refuses(sides.out_of, other) for other in others]
        impossible = [tuple(engine.lets_in(sides.out_of, other)) for other in others]
        for one in stronger:
            yield Question(
                level=Level.WEAKER_MFA,
                proof=proof,
                frame=frame,
                wanted=(*into, *no_other, *engine.lets_in(sides.out_of, one)),
                claims=(
                    (engine.refuses(sides.into, proof),),
                    *impossible,
                    (engine.refuses(sides.out_of, one),),
                ),
                careful=_careful(engine, sides),
            )


def lost_blocks(engine: Engine, sides: Sides, proofs: Sequence[Proof]) -> Iterator[Question]:
    """What a block refused gets in, but only with a second factor, or without a person."""
    singles = [proof for proof in proofs if proof.rank is Rank.SINGLE]
    for number in sorted(sides.dropped):
        applies, wanted = engine.encoded[number]
        if not wanted.block:
            continue
        none_in = tuple(engine.refuses(sides.into, proof) for proof in singles)
        for proof in (proof for proof in proofs if proof.rank is not Rank.SINGLE):
            yield Question(
                level=None,
                proof=proof,
                frame=_frame(engine, proof),
                wanted=(applies, *engine.lets_in(sides.into, proof), *none_in),
                claims=(
                    (-applies,),
                    (engine.refuses(sides.into, proof),),
                    *(tuple(engine.lets_in(sides.into, one)) for one in singles),
                ),
            )
        yield Question(
            level=None,
            proof=NO_PROOF,
            frame=(-engine.literal(HUMAN),),
            wanted=(applies, *engine.lets_in(sides.into, NO_PROOF)),
            claims=((-applies,), (engine.refuses(sides.into, NO_PROOF),)),
        )
