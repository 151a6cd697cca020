"""A tenant's MFA posture at one moment: documents by kind and id, and views of them.

Immutable. `with_document` shares everything it does not change, so a fold over a stream costs
little, and the comparison recognises an unchanged policy by identity.
"""

from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from types import MappingProxyType
from typing import Final, TypeVar

from monitor.errors import UnknownShape
from monitor.posture.document import Document, DocumentKind
from monitor.posture.parts import (
    AuthenticationStrength,
    Group,
    MethodsPolicy,
    MfaServiceSettings,
    NamedLocation,
    PerUserMfa,
    Role,
    SecurityDefaults,
    ServicePrincipal,
    User,
    parse_part,
)
from monitor.posture.policy import ConditionalAccessPolicy, Wire, parse_policy

Key = tuple[DocumentKind, str]
P = TypeVar("P", bound=Wire)

MODELS: Final[Mapping[DocumentKind, type[Wire]]] = {
    DocumentKind.LOCATION: NamedLocation,
    DocumentKind.STRENGTH: AuthenticationStrength,
    DocumentKind.SECURITY_DEFAULTS: SecurityDefaults,
    DocumentKind.METHODS_POLICY: MethodsPolicy,
    DocumentKind.PER_USER_MFA: PerUserMfa,
    DocumentKind.GROUP: Group,
    DocumentKind.USER: User,
    DocumentKind.ROLE: Role,
    DocumentKind.MFA_SERVICE: MfaServiceSettings,
    DocumentKind.APP: ServicePrincipal,
}


class _Parsed:
    """One document with its parsed form; parsing happens once, on first use."""

    __slots__ = ("_part", "_problem", "document")

    def __init__(self, document: Document) -> None:
        self.document = document
        self._part: Wire | None = None
        self._problem: str | None = None

    def part(self) -> Wire | None:
        """The parsed body, or None where it cannot be read; `problem` then says why."""
        if self._part is None and self._problem is None:
            try:
                self._part = self._parse()
            except UnknownShape as error:
                self._problem = str(error)
        return self._part

    def problem(self) -> str | None:
        """Why the body cannot be read."""
        self.part()
        return self._problem

    def _parse(self) -> Wire:
        document = self.document
        if document.kind is DocumentKind.POLICY:
            return parse_policy({"id": document.id, **document.body})
        return parse_part(MODELS[document.kind], document.body, document.id)


class World:
    """Everything but the policies, per-user MFA and security defaults: what words in a policy mean.

    Two postures that differ only in their policies share one World object.
    """

    __slots__ = (
        "complete",
        "groups",
        "locations",
        "methods",
        "roles",
        "service",
        "strengths",
        "users",
    )

    def __init__(self, parts: Mapping[Key, Wire], complete: frozenset[DocumentKind]) -> None:
        self.complete = complete
        self.locations = _of(parts, NamedLocation, DocumentKind.LOCATION)
        self.strengths = _of(parts, AuthenticationStrength, DocumentKind.STRENGTH)
        self.groups = _of(parts, Group, DocumentKind.GROUP)
        self.users = _of(parts, User, DocumentKind.USER)
        self.roles: Mapping[str, Role] = {
            (role.role_template_id or id_): role
            for id_, role in _of(parts, Role, DocumentKind.ROLE).items()
        }
        service = _of(parts, MfaServiceSettings, DocumentKind.MFA_SERVICE)
        self.service: MfaServiceSettings | None = next(iter(service.values()), None)
        methods = _of(parts, MethodsPolicy, DocumentKind.METHODS_POLICY)
        self.methods: MethodsPolicy | None = next(iter(methods.values()), None)


def _of(parts: Mapping[Key, Wire], model: type[P], kind: DocumentKind) -> Mapping[str, P]:
    return {
        key[1]: part for key, part in parts.items() if key[0] is kind and isinstance(part, model)
    }


_OWN_SWITCH: Final = frozenset(
    {DocumentKind.POLICY, DocumentKind.PER_USER_MFA, DocumentKind.SECURITY_DEFAULTS}
)


class Posture:
    """The documents of one tenant. Ids are compared in lower case.

    `complete` are the kinds of which every document is known (from a baseline); of the others
    only those seen in the stream are.
    """

    def __init__(
        self,
        tenant: str,
        documents: Iterable[Document] = (),
        *,
        complete: Iterable[DocumentKind] = (),
    ) -> None:
        self.tenant = tenant
        self.complete = frozenset(complete)
        self._parsed: Mapping[Key, _Parsed] = {
            (document.kind, document.id.lower()): _Parsed(document) for document in documents
        }
        self._world: World | None = None
        self._policies: Mapping[str, ConditionalAccessPolicy] | None = None

    @property
    def has_baseline(self) -> bool:
        """True where a baseline gave all policies; else only those seen in the stream count."""
        return DocumentKind.POLICY in self.complete

    @property
    def documents(self) -> Mapping[Key, Document]:
        """All documents by kind and lower-case id."""
        return {key: parsed.document for key, parsed in self._parsed.items()}

    def document(self, kind: DocumentKind, id_: str) -> Document | None:
        """The document of that kind and id, if there is one."""
        parsed = self._parsed.get((kind, id_.lower()))
        return parsed.document if parsed else None

    def with_document(self, document: Document) -> "Posture":
        """Return a posture with this version of the document in place of any other."""
        key = (document.kind, document.id.lower())
        return self._replaced({**self._parsed, key: _Parsed(document)}, document.kind)

    def without(self, kind: DocumentKind, id_: str) -> "Posture":
        """Return a posture without that document; an unknown id changes nothing."""
        rest = {key: item for key, item in self._parsed.items() if key != (kind, id_.lower())}
        return self._replaced(rest, kind)

    def with_complete(self, kinds: Iterable[DocumentKind]) -> "Posture":
        """Return a posture of which every document of these kinds is known."""
        posture = self._replaced(self._parsed, DocumentKind.LOCATION)
        posture.complete = self.complete | frozenset(kinds)
        return posture

    def _replaced(self, parsed: Mapping[Key, _Parsed], kind: DocumentKind) -> "Posture":
        posture = Posture(self.tenant, complete=self.complete)
        posture._parsed = parsed  # same class
        if kind in _OWN_SWITCH:
            posture._world = self.world  # same class
        if kind is not DocumentKind.POLICY:
            posture._policies = self.policies  # same class
        return posture

    @property
    def world(self) -> World:
        """The documents that give a policy's words their meaning."""
        if self._world is None:
            parts = {
                key: part
                for key, item in self._parsed.items()
                if key[0] not in _OWN_SWITCH and (part := item.part()) is not None
            }
            self._world = World(parts, self.complete)
        return self._world

    @property
    def policies(self) -> Mapping[str, ConditionalAccessPolicy]:
        """Conditional Access policies by lower-case id; those that cannot be read are left out."""
        if self._policies is None:
            self._policies = MappingProxyType(dict(self._read(ConditionalAccessPolicy)))
        return self._policies

    @cached_property
    def per_user_mfa(self) -> Mapping[str, str]:
        """Accounts whose per-user MFA is `enabled` or `enforced`, by lower-case id."""
        states = {id_: part.per_user_mfa_state for id_, part in self._read(PerUserMfa)}
        return {id_: state for id_, state in states.items() if state in {"enabled", "enforced"}}

    @cached_property
    def security_defaults(self) -> bool | None:
        """Whether security defaults are on; None where nobody told."""
        return next((part.is_enabled for _, part in self._read(SecurityDefaults)), None)

    @property
    def locations(self) -> Mapping[str, NamedLocation]:
        """Named locations by lower-case id."""
        return self.world.locations

    @property
    def strengths(self) -> Mapping[str, AuthenticationStrength]:
        """Authentication strengths known as documents, by lower-case id."""
        return self.world.strengths

    @property
    def groups(self) -> Mapping[str, Group]:
        """Groups of which something is known, by lower-case id."""
        return self.world.groups

    @cached_property
    def not_understood(self) -> tuple[str, ...]:
        """What nobody modelled, as `name (id): path`, over all documents."""
        found = []
        for (kind, id_), item in self._parsed.items():
            part = item.part()
            name = f"{item.document.name} ({id_})"
            if part is None:
                found.append(f"{kind.value} {name}: {item.problem()}")
            elif isinstance(part, ConditionalAccessPolicy):
                found.extend(f"{name}: {path}" for path in part.not_understood)
        return tuple(found)

    def name_of(self, id_: str) -> str:
        """The display name of any document with this id, or the id itself."""
        for kind in _NAMED:
            parsed = self._parsed.get((kind, id_.lower()))
            if parsed:
                return parsed.document.name
        return id_

    def _read(self, model: type[P]) -> Iterator[tuple[str, P]]:
        kind = next((k for k, m in MODELS.items() if m is model), DocumentKind.POLICY)
        for key, item in self._parsed.items():
            if key[0] is kind and isinstance(part := item.part(), model):
                yield key[1], part


_NAMED: Final = (
    DocumentKind.USER,
    DocumentKind.GROUP,
    DocumentKind.ROLE,
    DocumentKind.LOCATION,
    DocumentKind.STRENGTH,
    DocumentKind.POLICY,
)
