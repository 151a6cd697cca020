"""A tenant's MFA posture at one moment: documents by kind and id, and views of them.

Immutable. `with_document` shares everything it does not change, so a fold over a stream costs
little, and the comparison recognises an unchanged policy by identity.
"""

from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from typing import Final, TypeVar, cast

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
    not_understood,
    parse_part,
)
from monitor.posture.policy import ConditionalAccessPolicy, Wire, parse_policy

Key = tuple[DocumentKind, str]
P = TypeVar("P", bound=Wire)

MODELS: Final[Mapping[DocumentKind, type[Wire]]] = {
    DocumentKind.POLICY: ConditionalAccessPolicy,
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

    __slots__ = ("_lines", "_part", "_problem", "document")

    def __init__(self, document: Document) -> None:
        self.document = document
        self._part: Wire | None = None
        self._problem: str | None = None
        self._lines: tuple[str, ...] | None = None

    def part(self) -> Wire | None:
        """The parsed body, or None where it cannot be read; `not_understood` then says why."""
        if self._part is None and self._problem is None:
            try:
                self._part = self._parse()
            except UnknownShape as error:
                self._problem = str(error)
        return self._part

    def not_understood(self) -> tuple[str, ...]:
        """What the document says that nobody modelled, or why it cannot be read."""
        if self._lines is None:
            self._lines = tuple(self._unread())
        return self._lines

    def _unread(self) -> Iterator[str]:
        part = self.part()
        name = f"{self.document.name} ({self.document.id.lower()})"
        if part is None:
            yield f"{self.document.kind.value} {name}: {self._problem}"
            return
        if isinstance(part, ConditionalAccessPolicy):
            paths = part.not_understood
        else:
            paths = not_understood(part)
        yield from (f"{name}: {path}" for path in paths)

    def _parse(self) -> Wire:
        document = self.document
        if document.kind is DocumentKind.POLICY:
            return parse_policy({"id": document.id, **document.body})
        return parse_part(MODELS[document.kind], document.body, document.id)


class _Shelf:
    """All documents of one kind; immutable, so that postures share it."""

    __slots__ = ("_lines", "_parts", "items")

    def __init__(self, items: Mapping[str, _Parsed]) -> None:
        self.items = items
        self._parts: Mapping[str, Wire] | None = None
        self._lines: tuple[str, ...] | None = None

    @property
    def parts(self) -> Mapping[str, Wire]:
        """The parsed bodies that can be read."""
        if self._parts is None:
            parts = {id_: item.part() for id_, item in self.items.items()}
            self._parts = {id_: part for id_, part in parts.items() if part is not None}
        return self._parts

    @property
    def not_understood(self) -> tuple[str, ...]:
        """What nobody modelled, over all documents of the kind."""
        if self._lines is None:
            items = self.items.values()
            self._lines = tuple(line for item in items for line in item.not_understood())
        return self._lines

    def replaced(self, id_: str, item: _Parsed | None) -> "_Shelf":
        """The same documents with one put in or, for None, taken out."""
        items = {**self.items}
        items.pop(id_, None)
        if item is not None:
            items[id_] = item
        shelf = _Shelf(items)
        if self._parts is not None:
            parts = {**self._parts}
            parts.pop(id_, None)
            if item is not None and (part := item.part()) is not None:
                parts[id_] = part
            shelf._parts = parts  # same class
        return shelf


_EMPTY: Final = _Shelf({})
Shelves = Mapping[DocumentKind, _Shelf]


def _table(shelves: Shelves, kind: DocumentKind, model: type[P]) -> Mapping[str, P]:
    """The parsed documents of a kind; `model` says what they parse to."""
    parts = shelves.get(kind, _EMPTY).parts
    return cast("Mapping[str, P]", parts) if model is MODELS.get(kind) else {}


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

    def __init__(self, shelves: Shelves, complete: frozenset[DocumentKind]) -> None:
        self.complete = complete
        self.locations = _table(shelves, DocumentKind.LOCATION, NamedLocation)
        self.strengths = _table(shelves, DocumentKind.STRENGTH, AuthenticationStrength)
        self.groups = _table(shelves, DocumentKind.GROUP, Group)
        self.users = _table(shelves, DocumentKind.USER, User)
        self.roles: Mapping[str, Role] = {
            (role.role_template_id or id_): role
            for id_, role in _table(shelves, DocumentKind.ROLE, Role).items()
        }
        service = _table(shelves, DocumentKind.MFA_SERVICE, MfaServiceSettings)
        self.service: MfaServiceSettings | None = next(iter(service.values()), None)
        methods = _table(shelves, DocumentKind.METHODS_POLICY, MethodsPolicy)
        self.methods: MethodsPolicy | None = next(iter(methods.values()), None)


_OWN_SWITCH: Final = frozenset(
    {
        DocumentKind.POLICY,
        DocumentKind.PER_USER_MFA,
        DocumentKind.SECURITY_DEFAULTS,
        DocumentKind.APP,
    }
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
        items: dict[DocumentKind, dict[str, _Parsed]] = {}
        for document in documents:
            items.setdefault(document.kind, {})[document.id.lower()] = _Parsed(document)
        self._begin(tenant, {kind: _Shelf(part) for kind, part in items.items()}, complete)

    def _begin(self, tenant: str, shelves: Shelves, complete: Iterable[DocumentKind]) -> None:
        self.tenant = tenant
        self.complete = frozenset(complete)
        self._shelves = shelves
        self._world: World | None = None

    @property
    def has_baseline(self) -> bool:
        """True where a baseline gave all policies; else only those seen in the stream count."""
        return DocumentKind.POLICY in self.complete

    @property
    def documents(self) -> Mapping[Key, Document]:
        """All documents by kind and lower-case id."""
        return {
            (kind, id_): item.document
            for kind, shelf in self._shelves.items()
            for id_, item in shelf.items.items()
        }

    def document(self, kind: DocumentKind, id_: str) -> Document | None:
        """The document of that kind and id, if there is one."""
        parsed = self._shelves.get(kind, _EMPTY).items.get(id_.lower())
        return parsed.document if parsed else None

    def with_document(self, document: Document) -> "Posture":
        """Return a posture with this version of the document in place of any other."""
        return self._replaced(document.kind, document.id.lower(), _Parsed(document))

    def without(self, kind: DocumentKind, id_: str) -> "Posture":
        """Return a posture without that document; an unknown id changes nothing."""
        if self.document(kind, id_) is None:
            return self
        return self._replaced(kind, id_.lower(), None)

    def with_complete(self, kinds: Iterable[DocumentKind]) -> "Posture":
        """Return a posture of which every document of these kinds is known."""
        posture = Posture.__new__(Posture)
        posture._begin(self.tenant, self._shelves, self.complete | frozenset(kinds))  # noqa: SLF001  # same class
        return posture

    def with_kinds_of(self, other: "Posture", kinds: Iterable[DocumentKind]) -> "Posture":
        """Return a posture that has the other's documents of these kinds in place of its own."""
        shelves = {**self._shelves}
        for kind in kinds:
            shelves[kind] = other._shelves.get(kind, _EMPTY)  # noqa: SLF001  # same class
        posture = Posture.__new__(Posture)
        complete = self.complete | (other.complete & frozenset(kinds))
        posture._begin(self.tenant, shelves, complete)  # noqa: SLF001  # same class
        return posture

    def _replaced(self, kind: DocumentKind, id_: str, item: _Parsed | None) -> "Posture":
        shelf = self._shelves.get(kind, _EMPTY).replaced(id_, item)
        posture = Posture.__new__(Posture)
        posture._begin(self.tenant, {**self._shelves, kind: shelf}, self.complete)  # noqa: SLF001  # same class
        if kind in _OWN_SWITCH:
            posture._world = self.world  # noqa: SLF001  # same class
        return posture

    @property
    def world(self) -> World:
        """The documents that give a policy's words their meaning."""
        if self._world is None:
            self._world = World(self._shelves, self.complete)
        return self._world

    @property
    def policies(self) -> Mapping[str, ConditionalAccessPolicy]:
        """Conditional Access policies by lower-case id; those that cannot be read are left out."""
        return _table(self._shelves, DocumentKind.POLICY, ConditionalAccessPolicy)

    @cached_property
    def per_user_mfa(self) -> Mapping[str, str]:
        """Accounts whose per-user MFA is `enabled` or `enforced`, by lower-case id."""
        table = _table(self._shelves, DocumentKind.PER_USER_MFA, PerUserMfa)
        states = {id_: part.per_user_mfa_state for id_, part in table.items()}
        return {id_: state for id_, state in states.items() if state in {"enabled", "enforced"}}

    @property
    def security_defaults(self) -> bool | None:
        """Whether security defaults are on; None where nobody told."""
        table = _table(self._shelves, DocumentKind.SECURITY_DEFAULTS, SecurityDefaults)
        return next((part.is_enabled for part in table.values()), None)

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
        return tuple(line for shelf in self._shelves.values() for line in shelf.not_understood)

    def name_of(self, id_: str) -> str:
        """The display name of any document with this id, or the id itself."""
        for kind in _NAMED:
            document = self.document(kind, id_)
            if document:
                return document.name
        return id_


_NAMED: Final = (
    DocumentKind.USER,
    DocumentKind.GROUP,
    DocumentKind.ROLE,
    DocumentKind.LOCATION,
    DocumentKind.STRENGTH,
    DocumentKind.POLICY,
)
