"""A plain interpreter: does this posture let this sign-in in with this proof?

Written straight from the policies, without formulas or solver, so that it can check the engine.
Every witness passes through it before it is reported, and the brute-force oracle of the tests
enumerates with it.
"""

from collections.abc import Iterator
from typing import Final

from monitor.coverage.demand import ACTS, FACTS
from monitor.coverage.proofs import BUILT_IN_STRENGTHS, Proof, combination
from monitor.coverage.reading import Reader
from monitor.coverage.scope import (
    LEGACY_CLIENTS,
)
from monitor.coverage.signin import SignIn
from monitor.coverage.versions import ADMIN_ROLES, AZURE_MANAGEMENT
from monitor.posture.policy import (
    ConditionalAccessPolicy,
    GrantControls,
    StrengthReference,
)
from monitor.posture.posture import Posture

DEFAULTS_NAME: Final = "Security defaults"


def lets_in(posture: Posture, signin: SignIn, proof: Proof) -> bool:
    """True when every enforced policy that applies is satisfied by the proof."""
    return next(refusals(posture, signin, proof), None) is None


def refusals(posture: Posture, signin: SignIn, proof: Proof) -> Iterator[str]:
    """The names of the policies that refuse this sign-in with this proof."""
    judge = Judge(posture, signin)
    for policy in posture.policies.values():
        if policy.enforced and judge.applies(policy) and not judge.satisfied(policy, proof):
            yield policy.name
    yield from judge.defaults(proof)
    yield from judge.per_user(proof)


class Judge(Reader):
    """Whether a proof satisfies the policies that apply to one sign-in."""

    def _strength(self, reference: StrengthReference, proof: Proof) -> bool:
        allowed = BUILT_IN_STRENGTHS.get(reference.id)
        document = self.posture.strengths.get(reference.id)
        if allowed is None and document is not None:
            allowed = frozenset(map(combination, document.allowed_combinations))
        elif allowed is None and reference.allowed_combinations is not None:
            allowed = frozenset(map(combination, reference.allowed_combinations))
        if allowed is None:
            return (reference.id, ",".join(sorted(proof.methods))) in self.signin.strengths
        return proof.methods in allowed

    def _control(self, word: str, proof: Proof) -> bool:
        if word == "mfa":
            return proof.multifactor
        if word in FACTS:
            return FACTS[word] in self.signin.device
        if word in ACTS:
            return self.signin.client not in LEGACY_CLIENTS
        return word in self.signin.unknown_controls

    def _answers(self, grant: GrantControls, proof: Proof) -> Iterator[bool]:
        for word in grant.built_in_controls:
            yield self._control(word, proof)
        for custom in grant.custom_authentication_factors:
            yield custom in proof.customs
        for _ in grant.terms_of_use:
            yield True
        if grant.authentication_strength is not None:
            yield self._strength(grant.authentication_strength, proof)

    def satisfied(self, policy: ConditionalAccessPolicy, proof: Proof) -> bool:
        """Whether the proof meets what the policy demands; `block` is never met."""
        grant = policy.grant_controls
        if grant is None:
            return True
        if "block" in grant.built_in_controls:
            return False
        answers = list(self._answers(grant, proof))
        return not answers or (all(answers) if grant.operator == "AND" else any(answers))

    # what is not a policy document

    def defaults(self, proof: Proof) -> Iterator[str]:
        """Security defaults, if they refuse the proof."""
        signin = self.signin
        everybody = self._human() and self._named_user("All", including=True)
        if not self.posture.security_defaults or not everybody or signin.target is not None:
            return
        demanded = (
            any(map(self._role, ADMIN_ROLES))
            or signin.resource == AZURE_MANAGEMENT
            or self._resource("MicrosoftAdminPortals")
            or signin.needed
        )
        if signin.client in LEGACY_CLIENTS or (demanded and not proof.multifactor):
            yield DEFAULTS_NAME

    def per_user(self, proof: Proof) -> Iterator[str]:
        """Per-user MFA, if it refuses the proof."""
        signin = self.signin
        state = self.posture.per_user_mfa.get(signin.user or "")
        trusted = self._service_ips(otherwise=False)
        if state is None or not self._human() or signin.target is not None or trusted:
            return
        spared = state == "enabled" and signin.client in LEGACY_CLIENTS
        if not spared and not proof.multifactor:
            yield f"Per-user MFA of {self.posture.name_of(signin.user or '')}"
