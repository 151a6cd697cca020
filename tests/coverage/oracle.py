"""Brute force: every sign-in of a small universe with every proof, straight from DESIGN 3."""

from collections.abc import Iterable, Sequence

from monitor.coverage.evaluate import Judge, lets_in
from monitor.coverage.model import Level, Verdict
from monitor.coverage.proofs import NO_PROOF, PASSWORD, Proof, Rank, combination
from monitor.coverage.scope import LEGACY_CLIENTS, MACHINES
from monitor.coverage.signin import SignIn
from monitor.posture.posture import Posture

METHODS = (
    "password",
    "x509CertificateSingleFactor",
    "password,sms",
    "password,softwareOath",
    "password,externalMfa",
    "deviceBasedPush",
    "fido2",
)


def proofs(customs: Iterable[str]) -> tuple[Proof, ...]:
    """Every method alone, and with all custom controls beside it."""
    every = frozenset(customs)
    plain = [Proof(combination(text)) for text in METHODS]
    return tuple(dict.fromkeys([*plain, *(Proof(one.methods, every) for one in plain)]))


def _accepted(posture: Posture, signin: SignIn, shown: Sequence[Proof]) -> frozenset[Proof]:
    if signin.client in LEGACY_CLIENTS:
        shown = [PASSWORD]
    judge = Judge(posture, signin)
    applying = [p for p in posture.policies.values() if p.enforced and judge.applies(p)]
    return frozenset(
        proof
        for proof in shown
        if all(judge.satisfied(policy, proof) for policy in applying)
        and not [*judge.defaults(proof), *judge.per_user(proof)]
    )


def _level(into: frozenset[Proof], out_of: frozenset[Proof]) -> Level | None:
    """How this sign-in weakens when `out_of` was accepted before and `into` is now."""
    if any(proof.rank is Rank.SINGLE for proof in into - out_of):
        return Level.SINGLE_FACTOR
    least = min((proof.rank for proof in into), default=None)
    other = min((proof.rank for proof in out_of), default=None)
    if least is not None and other is not None and least < other:
        return Level.WEAKER_MFA
    return None


def brute_force(
    before: Posture, after: Posture, signins: Iterable[SignIn], customs: Iterable[str]
) -> tuple[Verdict, Level | None]:
    """The verdict and level by enumeration; every choice of what no document decides counts."""
    shown = proofs(customs)
    opened, closed = set[Level | None](), set[Level | None]()
    for signin in signins:
        if signin.kind in MACHINES:
            continue
        old = _accepted(before, signin, shown)
        new = _accepted(after, signin, shown)
        opened.add(_level(new, old))
        closed.add(_level(old, new))
    weaker, stronger = opened - {None}, closed - {None}
    level = next((one for one in Level if one in weaker | stronger), None)
    if weaker and stronger:
        return Verdict.MIXED, level
    if weaker or stronger:
        return (Verdict.WEAKENED if weaker else Verdict.STRENGTHENED), level
    return Verdict.UNCHANGED, None


def blocks_lifted(before: Posture, after: Posture, signins: Iterable[SignIn]) -> bool:
    """Whether a machine that was refused before gets in after."""
    return any(
        signin.kind in MACHINES
        and lets_in(after, signin, NO_PROOF)
        and not lets_in(before, signin, NO_PROOF)
        for signin in signins
    )
