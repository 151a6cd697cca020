"""What a person presents at sign-in: method combinations, their ranks, and the built-in strengths.

Sources: Graph `authenticationMethodModes`, the `allowedCombinations` of the three built-in
authentication strengths (Microsoft, "Overview of Microsoft Entra authentication strength"), and
the same page on External MFA, which satisfies the multifactor grant but no strength. A legacy
custom control satisfies neither.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from functools import lru_cache
from itertools import groupby
from typing import Final

Combination = frozenset[str]

EXTERNAL_MFA: Final = "externalMfa"
"""Our word for External MFA; Graph has no combination for it."""


class Rank(IntEnum):
    """How strong a proof is; a weakening lowers the least rank that is let in."""

    SINGLE = 0
    CUSTOM_CONTROL = 1
    TELEPHONE = 2
    ORDINARY = 3
    PASSWORDLESS = 4
    PHISHING_RESISTANT = 5


def combination(text: str) -> Combination:
    """Read `password,sms`; the order says nothing."""
    return frozenset(word.strip() for word in text.split(",") if word.strip())


def _all(*texts: str) -> tuple[Combination, ...]:
    return tuple(combination(text) for text in texts)


SINGLE_FACTORS: Final = _all(
    "password",
    "sms",
    "qrCodePin",
    "email",
    "x509CertificateSingleFactor",
    "federatedSingleFactor",
)
PHISHING_RESISTANT: Final = _all("windowsHelloForBusiness", "fido2", "x509CertificateMultiFactor")
PASSWORDLESS: Final = (*PHISHING_RESISTANT, *_all("deviceBasedPush"))
MULTIFACTOR: Final = (
    *_all(
        "password,sms",
        "password,voice",
        "password,microsoftAuthenticatorPush",
        "password,softwareOath",
        "password,hardwareOath",
        "temporaryAccessPassOneTime",
        "temporaryAccessPassMultiUse",
        "federatedMultiFactor",
        "sms,federatedSingleFactor",
        "voice,federatedSingleFactor",
        "microsoftAuthenticatorPush,federatedSingleFactor",
        "softwareOath,federatedSingleFactor",
        "hardwareOath,federatedSingleFactor",
    ),
    *PASSWORDLESS,
)
EXTERNAL: Final = combination(f"password,{EXTERNAL_MFA}")
ALL_COMBINATIONS: Final = (*SINGLE_FACTORS, *MULTIFACTOR, EXTERNAL)

METHODS: Final = frozenset(word for combo in ALL_COMBINATIONS for word in combo)
_WEAKLY_SECOND: Final = frozenset({"sms", "voice", "email"})

BUILT_IN_STRENGTHS: Final[Mapping[str, frozenset[Combination]]] = {
    "00000000-0000-0000-0000-000000000002": frozenset(MULTIFACTOR),
    "00000000-0000-0000-0000-000000000003": frozenset(PASSWORDLESS),
    "00000000-0000-0000-0000-000000000004": frozenset(PHISHING_RESISTANT),
}
BUILT_IN_NAMES: Final[Mapping[str, str]] = {
    "00000000-0000-0000-0000-000000000002": "Multifactor authentication",
    "00000000-0000-0000-0000-000000000003": "Passwordless MFA",
    "00000000-0000-0000-0000-000000000004": "Phishing-resistant MFA",
}


def is_single(combo: Combination) -> bool:
    """One factor alone; a combination nobody documented counts by its parts."""
    return combo in SINGLE_FACTORS or (combo not in ALL_COMBINATIONS and len(combo) == 1)


def rank(combo: Combination) -> Rank:
    """The rank of a method combination, without custom controls."""
    if is_single(combo):
        return Rank.SINGLE
    if combo in PHISHING_RESISTANT:
        return Rank.PHISHING_RESISTANT
    if combo in PASSWORDLESS:
        return Rank.PASSWORDLESS
    return Rank.TELEPHONE if combo & _WEAKLY_SECOND else Rank.ORDINARY


@dataclass(frozen=True, slots=True)
class Proof:
    """Methods presented, and the legacy custom controls passed beside them."""

    methods: Combination
    customs: frozenset[str] = frozenset()

    @property
    def rank(self) -> Rank:
        """A custom control lifts a single factor, and adds nothing to MFA."""
        own = rank(self.methods)
        return Rank.CUSTOM_CONTROL if self.customs and own is Rank.SINGLE else own

    @property
    def multifactor(self) -> bool:
        """Satisfies the plain `mfa` grant."""
        return bool(self.methods) and not is_single(self.methods)


NO_PROOF: Final = Proof(frozenset())
"""What a workload or agent identity presents: no person is there to show anything."""
PASSWORD: Final = Proof(combination("password"))


@lru_cache(maxsize=64)
def classes(
    strengths: frozenset[frozenset[Combination]], customs: frozenset[str]
) -> tuple[Proof, ...]:
    """Return one proof for each class that no policy tells apart, weakest first.

    `strengths` are the sets of combinations that policies demand. More custom controls never
    hurt, so a proof with all of them stands for every choice of some.
    """
    extra = {combo for allowed in strengths for combo in allowed} - set(ALL_COMBINATIONS)
    order = [*ALL_COMBINATIONS, *sorted(extra, key=sorted)]
    ordered = sorted(strengths, key=lambda allowed: sorted(map(sorted, allowed)))

    def signature(combo: Combination) -> tuple[bool, ...]:
        return (is_single(combo), *(combo in allowed for allowed in ordered))

    found: list[Proof] = []
    for _, members in groupby(sorted(order, key=signature), key=signature):
        weakest = min(members, key=lambda combo: (rank(combo), order.index(combo)))
        if not is_single(weakest):
            found.append(Proof(weakest, customs))
            continue
        found.append(Proof(weakest))
        if customs:
            found.append(Proof(weakest, customs))
    return tuple(sorted(found, key=lambda proof: (proof.rank, order.index(proof.methods))))
