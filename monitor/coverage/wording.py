"""The sentence of a witness: who, how, from where, reaches what, with which proof."""

from collections.abc import Iterable, Iterator
from typing import Final

from monitor.coverage.cube import Cube
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
    INTRANET,
    KIND,
    KNOWN,
    NEEDED,
    NETWORK,
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
    USER,
    USER_RISK,
    Atom,
)
from monitor.coverage.names import Names, either
from monitor.coverage.proofs import NO_PROOF, Proof, Rank
from monitor.coverage.scope import ACTION, AGENT_IDENTITY, AGENT_USER, CONTEXT, MACHINES, WORKLOAD
from monitor.coverage.world import Accounts
from monitor.posture.policy import CLIENTS, GUEST_KINDS, PLATFORMS

_CLIENT_WORDS: Final = {
    frozenset(CLIENTS): "any client",
    frozenset({"browser", "mobileAppsAndDesktopClients"}): "any client but legacy ones",
    frozenset({"exchangeActiveSync", "other"}): "legacy clients",
}
_ONE_CLIENT: Final = {
    "browser": "browsers",
    "mobileAppsAndDesktopClients": "mobile apps and desktop clients",
    "exchangeActiveSync": "Exchange ActiveSync",
    "other": "other legacy clients",
}
_KIND_WORDS: Final = {
    "member": "members of the organisation",
    "internalGuest": "internal guests",
    "b2bCollaborationGuest": "B2B collaboration guests",
    "b2bCollaborationMember": "B2B collaboration members",
    "b2bDirectConnectUser": "B2B direct connect users",
    "otherExternalUser": "other external users",
    "serviceProvider": "service provider users",
    WORKLOAD: "workload identities",
    AGENT_IDENTITY: "agent identities",
    AGENT_USER: "agents' user accounts",
}
_RISKS: Final = {
    SIGN_IN_RISK: "sign-in risk",
    USER_RISK: "user risk",
    INSIDER_RISK: "insider risk",
    AGENT_RISK: "agent risk",
    PRINCIPAL_RISK: "service principal risk",
}
_FLOWS: Final = {
    "deviceCodeFlow": "device code flow",
    "authenticationTransfer": "authentication transfer",
}
_METHODS: Final = {
    "password": "a password",
    "sms": "a text message",
    "voice": "a phone call",
    "microsoftAuthenticatorPush": "an Authenticator notification",
    "softwareOath": "a software code",
    "hardwareOath": "a hardware code",
    "externalMfa": "External MFA",
    "deviceBasedPush": "Authenticator phone sign-in",
    "temporaryAccessPassOneTime": "a one-time Temporary Access Pass",
    "temporaryAccessPassMultiUse": "a multi-use Temporary Access Pass",
    "fido2": "a FIDO2 key",
    "windowsHelloForBusiness": "Windows Hello for Business",
    "x509CertificateSingleFactor": "a single-factor certificate",
    "x509CertificateMultiFactor": "a multifactor certificate",
    "federatedSingleFactor": "a federated single factor",
    "federatedMultiFactor": "federated multifactor authentication",
    "qrCodePin": "a QR code and PIN",
    "email": "an e-mail code",
}
_GUESTS: Final = frozenset(GUEST_KINDS)
_HUMANS: Final = frozenset({"member", *GUEST_KINDS})
_DIRECTORY: Final = _HUMANS - {"b2bDirectConnectUser", "serviceProvider"}


def proof_words(proof: Proof) -> str:
    """How the person proves who they are, as the end of a sentence."""
    if proof == NO_PROOF:
        return "without a person proving anything"
    methods = " and ".join(_METHODS.get(word, word) for word in _ordered(proof.methods))
    if proof.rank is Rank.SINGLE:
        return f"with {methods} alone"
    if proof.rank is Rank.CUSTOM_CONTROL:
        return f"with {methods} and the legacy custom control {'/'.join(sorted(proof.customs))}"
    return f"with {methods}"


def _ordered(methods: Iterable[str]) -> list[str]:
    return sorted(
        methods, key=lambda word: (word not in {"password", "federatedSingleFactor"}, word)
    )


def who_words(cube: Cube, names: Names) -> str:
    """Who is in the class, exclusions included; `anyone` where nothing limits it."""
    kinds = _kinds(cube)
    groups = [_group_words(one, cube, names) for one in _ids(cube.holds, GROUP, KNOWN)]
    roles = [names.marked([one]) for one in _ids(cube.holds, ROLE)]
    users = {str(v) for v in cube.allowed(USER) or () if v is not None}
    named = bool(users) and None not in (cube.allowed(USER) or {None})
    parts = []
    if named:
        parts.append(names.marked(users))
    if groups:
        parts.append(f"members of {' and of '.join(sorted(groups))}")
    if roles:
        parts.append(f"holders of the role {' and '.join(sorted(roles))}")
    if kinds or not parts:
        parts.append(kinds or "anyone")
    tenants = [str(v) for v in cube.allowed(TENANT) or () if v is not None]
    if tenants and None not in (cube.allowed(TENANT) or ()):
        parts.append(f"from the organisation {either(sorted(tenants))}")
    elif _ids(cube.fails, TENANT):
        parts.append(f"of other organisations than {either(sorted(_ids(cube.fails, TENANT)))}")
    return " who are also ".join(parts[:2]) + "".join(f", {part}" for part in parts[2:])


MOST_EXCEPTED = 2
"""Names after "except" that still read like a sentence; the structure lists them all."""


def short_except_words(cube: Cube, names: Names) -> str:
    """The exceptions as the sentence says them: by name while they are few."""
    named = [*_ids(cube.fails, USER), *_excluded_groups(cube), *_ids(cube.fails, ROLE)]
    if len(named) > MOST_EXCEPTED:
        return " whom no other policy covers"
    words = except_words(cube, names)
    return f" except {words}" if words else ""


def except_words(cube: Cube, names: Names) -> str:
    """Who is not in the class although the words of `who_words` include them."""
    parts = []
    users = _ids(cube.fails, USER)
    groups = _excluded_groups(cube)
    roles = _ids(cube.fails, ROLE)
    if users:
        parts.append(names.marked(users))
    if groups:
        parts.append(f"members of {names.marked(groups)}")
    if roles:
        parts.append(f"holders of the role {names.marked(roles)}")
    return either(parts)


def _excluded_groups(cube: Cube) -> set[str]:
    """Groups left out; one that is also held is said with it, by `_group_words`."""
    return _ids(cube.fails, GROUP, KNOWN) - _ids(cube.holds, GROUP, KNOWN)


def _group_words(id_: str, cube: Cube, names: Names) -> str:
    """The group's name; who belongs before and not after, or the reverse, is said to."""
    moved = id_ in _ids(cube.fails, GROUP, KNOWN)
    return names.marked([id_]) + (" on one side of the change only" if moved else "")


def _ids(atoms: Iterable[Atom], *dimensions: str) -> set[str]:
    return {
        atom.value.label if isinstance(atom.value, Accounts) else str(atom.value)
        for atom in atoms
        if atom.dimension in dimensions
    }


def _kinds(cube: Cube) -> str:
    allowed = cube.allowed(KIND)
    if allowed is None:
        return ""
    kinds = {str(kind) for kind in allowed}
    humans = kinds - set(MACHINES)
    if humans >= _DIRECTORY and not kinds & set(MACHINES):
        return ""
    if humans == _GUESTS:
        return "guests and external users"
    return either(sorted(_KIND_WORDS[kind] for kind in kinds))


def resource_words(cube: Cube, names: Names) -> str:
    """What is reached; `any resource` where nothing limits it."""
    target = cube.allowed(TARGET)
    chosen = {str(v) for v in cube.allowed(RESOURCE) or () if v is not None}
    suites = _ids(cube.holds, SUITE)
    if chosen and None not in (cube.allowed(RESOURCE) or ()):
        return names.marked(chosen)
    if suites:
        return names.marked(suites)
    base = "any resource"
    if target is not None and target <= {ACTION, CONTEXT}:
        base = "any user action or authentication context"
    left_out = _ids(cube.fails, RESOURCE, SUITE)
    return f"{base} except {names.marked(left_out)}" if left_out else base


def client_words(cube: Cube, proof: Proof) -> str:
    """The client; with a second factor a legacy client is out of the question anyway."""
    allowed = cube.allowed(CLIENT)
    modern = frozenset({"browser", "mobileAppsAndDesktopClients"})
    if allowed is None or (allowed == modern and proof.rank is not Rank.SINGLE):
        return "any client"
    clients = frozenset(map(str, allowed))
    return _CLIENT_WORDS.get(clients) or either([_ONE_CLIENT[c] for c in CLIENTS if c in clients])


def platform_words(cube: Cube) -> str:
    """The platform; `any platform` where nothing limits it."""
    allowed = cube.allowed(PLATFORM)
    if allowed is None:
        return "any platform"
    refused = {None, *PLATFORMS} - set(allowed)
    if len(refused) < len(allowed):
        return f"any platform but {_platforms(refused)}"
    return _platforms(set(allowed))


def _platforms(chosen: Iterable[object]) -> str:
    return either(sorted("unknown ones" if one is None else str(one) for one in chosen))


def location_words(cube: Cube, names: Names) -> str:
    """The place; `any place` where nothing limits it."""
    within = sorted({*_places(cube.holds, names)})
    outside = sorted({*_places(cube.fails, names)})
    for dimension in (COUNTRY, GPS):
        allowed = cube.allowed(dimension)
        if allowed is None:
            continue
        how = " (by GPS)" if dimension == GPS else ""
        if None in allowed:
            shut = _ids(cube.fails, dimension)
            outside.append(f"the countries {', '.join(sorted(shut))}{how}" if shut else "")
        else:
            within.append(either(sorted(str(v) for v in allowed)) + how)
    words = " in ".join(filter(None, within)) or "any place"
    shut_out = either(list(filter(None, outside)))
    return f"{words} outside {shut_out}" if shut_out else words


def _places(atoms: Iterable[Atom], names: Names) -> Iterator[str]:
    for atom in atoms:
        if atom.dimension == PLACE:
            yield names.place(str(atom.value))
        elif atom.dimension == NETWORK and isinstance(atom.value, tuple):
            yield names.network(atom.value)
        elif atom.dimension == INTRANET:
            yield "the corporate network"
        elif atom.dimension == COMPLIANT_NETWORK:
            yield "the compliant network"


def condition_words(cube: Cube) -> Iterator[str]:
    """Further limits: risks, flows, devices, and what hangs on things we cannot see."""
    for dimension, words in _RISKS.items():
        allowed = cube.allowed(dimension)
        if allowed is not None:
            yield f"{words} {either(sorted('none' if v is None else str(v) for v in allowed))}"
    flows = cube.allowed(FLOW)
    if flows is not None:
        named = sorted(_FLOWS.get(str(v), "an ordinary flow") for v in flows)
        yield f"through {either(named)}"
    for atoms, held in ((cube.holds, True), (cube.fails, False)):
        for atom in sorted(atoms, key=lambda one: (one.dimension, str(one.value))):
            words = _condition(atom, held=held)
            if words:
                yield words


def _condition(atom: Atom, *, held: bool) -> str:
    """A fact in words: of a pair, the second where it does not hold."""
    value = str(atom.value)
    thing = f"a {value}" if "app" in value else f"a {value} device"
    words = {
        DEVICE: (f"with {thing}", f"without {thing}"),
        TERM: (f"where {value}", f"where not {value}"),
        AGENT_CONTEXT: (f"in {value}", f"outside {value}"),
        OPEN: (f"if {value}", f"unless {value}"),
        NEEDED: (f"when {value}", f"unless {value}"),
        STRENGTH: ("if a strength nobody described allows it", "unless such a strength allows it"),
        UNKNOWN: (f"with the control {value}", f"without the control {value}"),
    }
    return words.get(atom.dimension, ("", ""))[0 if held else 1]
