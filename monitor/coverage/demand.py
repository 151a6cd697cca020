"""What an enforced policy demands once it applies, and which proof satisfies it."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from monitor.coverage.formula import (
    DEVICE,
    FALSE,
    STRENGTH,
    TRUE,
    UNKNOWN,
    Formula,
    every,
    fact,
    negated,
    some,
)
from monitor.coverage.proofs import Combination, Proof
from monitor.coverage.scope import LEGACY
from monitor.coverage.world import Meaning
from monitor.posture.policy import ConditionalAccessPolicy, GrantControls

BLOCK: Final = "block"
MFA: Final = "mfa"
FACTS: Final = {
    "compliantDevice": "compliant",
    "domainJoinedDevice": "hybrid",
    "approvedApplication": "approved app",
    "compliantApplication": "protected app",
}
"""Grant controls that ask for a fact of the device or the application."""
ACTS: Final = frozenset({"passwordChange", "riskRemediation"})
"""Grant controls anybody satisfies by doing as asked, except a legacy client."""


@dataclass(frozen=True, slots=True)
class Strength:
    """A demanded authentication strength; `allowed` is None where nobody told."""

    id: str
    allowed: frozenset[Combination] | None


@dataclass(frozen=True, slots=True)
class Demand:
    """Grant controls joined by `operator`; `block` overrides them. Terms of use are `terms`."""

    operator: str
    block: bool = False
    controls: frozenset[str] = frozenset()
    customs: frozenset[str] = frozenset()
    strength: Strength | None = None
    terms: bool = False


def demand(policy: ConditionalAccessPolicy, meaning: Meaning) -> Demand | None:
    """Return what the policy demands, or None where it demands nothing (session controls only)."""
    grant = policy.grant_controls
    if grant is None or not _asks(grant):
        return None
    controls = frozenset(grant.built_in_controls)
    reference = grant.authentication_strength
    strength = None if reference is None else Strength(reference.id, meaning.strength(reference))
    return Demand(
        operator=grant.operator,
        block=BLOCK in controls,
        controls=controls - {BLOCK},
        customs=frozenset(grant.custom_authentication_factors),
        strength=strength,
        terms=bool(grant.terms_of_use),
    )


def _asks(grant: GrantControls) -> bool:
    return bool(
        grant.built_in_controls
        or grant.custom_authentication_factors
        or grant.terms_of_use
        or grant.authentication_strength
    )


def satisfied(wanted: Demand, proof: Proof) -> Formula:
    """Return what must hold of device and application for the proof to satisfy the demand."""
    if wanted.block:
        return FALSE
    parts = list(_alternatives(wanted, proof))
    return every(parts) if wanted.operator == "AND" else some(parts)


def _alternatives(wanted: Demand, proof: Proof) -> Iterator[Formula]:
    for control in sorted(wanted.controls):
        yield _control(control, proof)
    for custom in sorted(wanted.customs):
        yield TRUE if custom in proof.customs else FALSE
    if wanted.strength is not None:
        yield _strength(wanted.strength, proof)
    if wanted.terms:
        yield TRUE


def _control(control: str, proof: Proof) -> Formula:
    if control == MFA:
        return TRUE if proof.multifactor else FALSE
    if control in FACTS:
        return fact(DEVICE, FACTS[control])
    if control in ACTS:
        return negated(LEGACY)
    return fact(UNKNOWN, control)


def _strength(strength: Strength, proof: Proof) -> Formula:
    if strength.allowed is not None:
        return TRUE if proof.methods in strength.allowed else FALSE
    if not proof.methods:
        return FALSE
    return fact(STRENGTH, (strength.id, ",".join(sorted(proof.methods))))
