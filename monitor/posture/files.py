"""Postures from files: the Graph-shaped bundle, single policies, lists, directories of exports.

The bundle is what change boards and policy-as-code pull requests exchange; every key is optional.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Final

from pydantic import JsonValue

from monitor.errors import InvalidInput, UnknownShape
from monitor.posture.document import Document, DocumentKind
from monitor.posture.parts import parse_part
from monitor.posture.policy import parse_policy
from monitor.posture.posture import MODELS, Posture
from monitor.posture.wire import member, tidy

Body = dict[str, JsonValue]

LISTS: Final[Mapping[str, DocumentKind]] = {
    "conditionalAccessPolicies": DocumentKind.POLICY,
    "namedLocations": DocumentKind.LOCATION,
    "authenticationStrengthPolicies": DocumentKind.STRENGTH,
    "groups": DocumentKind.GROUP,
    "directoryRoles": DocumentKind.ROLE,
    "users": DocumentKind.USER,
    "perUserMfa": DocumentKind.PER_USER_MFA,
}
"""Keys of the bundle that hold a list of objects with `id`."""
SINGLES: Final[Mapping[str, DocumentKind]] = {
    "securityDefaults": DocumentKind.SECURITY_DEFAULTS,
    "authenticationMethodsPolicy": DocumentKind.METHODS_POLICY,
    "mfaService": DocumentKind.MFA_SERVICE,
}
"""Keys of the bundle that hold one object."""
DEEPEST = 100
"""Most levels of lists and objects; Graph's objects have about ten."""
_BOM: Final = b"\xef\xbb\xbf"


def load_posture(document: JsonValue, tenant: str, *, at: datetime, name: str = "input") -> Posture:
    """Read a posture from a bundle, a policy, or a list of objects.

    `at` (UTC) is the time of objects that carry none; `name` stands in error messages. A kind
    whose key is present counts as completely known.

    Raises:
        InvalidInput: naming file and key.
    """
    found, complete = documents(document, at=at, name=name)
    return Posture(tenant, found, complete=complete)


def load_path(path: Path, tenant: str, *, at: datetime) -> Posture:
    """Read a posture from one file, or from every `*.json` below a directory.

    Raises:
        InvalidInput: the path cannot be read, holds no JSON, or what it holds cannot be used.
    """
    found: dict[tuple[DocumentKind, str], tuple[Document, Path]] = {}
    complete: set[DocumentKind] = set()
    for file in _files(path):
        part, kinds = documents(read_json(file), at=at, name=str(file))
        for document in part:
            key = (document.kind, document.id.lower())
            if key in found:
                where = f"{found[key][1]} and {file}"
                raise InvalidInput(f"{where}: the {document.kind.value} {document.id} stands twice")
            found[key] = (document, file)
        complete |= kinds
    return Posture(tenant, (one for one, _ in found.values()), complete=complete)


def _files(path: Path) -> list[Path]:
    if not path.is_dir():
        return [path]
    files = sorted(file for file in path.rglob("*.json") if file.is_file())
    if not files:
        raise InvalidInput(f"{path}: no .json files in this directory")
    return files


def read_json(path: Path) -> JsonValue:
    """Return the JSON of a file; a byte order mark is allowed.

    Raises:
        InvalidInput: the file cannot be read or is not UTF-8 JSON.
    """
    try:
        content = path.read_bytes().removeprefix(_BOM)
    except OSError as error:
        raise InvalidInput(f"{path}: {error.strerror or error}") from error
    try:
        value: JsonValue = json.loads(content.decode("utf-8"), parse_constant=_no_constant)
    except (UnicodeDecodeError, json.JSONDecodeError, RecursionError, ValueError) as error:
        raise InvalidInput(f"{path}: not JSON: {error}") from error
    _refuse_deep(value, path)
    return value


def _refuse_deep(value: JsonValue, path: Path) -> None:
    """Level by level, since whatever reads the value afterwards calls itself for each."""
    level, depth = [value], 0
    while level := [inner for outer in level for inner in _inside(outer)]:
        depth += 1
        if depth > DEEPEST:
            raise InvalidInput(f"{path}: nested more than {DEEPEST} levels deep")


def _inside(value: JsonValue) -> Iterable[JsonValue]:
    if isinstance(value, Mapping):
        return value.values()
    return value if isinstance(value, list) else ()


def _no_constant(word: str) -> None:
    raise ValueError(f"{word} is not JSON")


def documents(
    document: JsonValue, *, at: datetime, name: str
) -> tuple[tuple[Document, ...], frozenset[DocumentKind]]:
    """Return the documents of one JSON value, and the kinds that are completely known from it.

    Raises:
        InvalidInput: naming file and key.
    """
    if isinstance(document, Mapping):
        shape = {member(key): value for key, value in document.items()}
        if _is_bundle(shape):
            return _bundle(shape, at=at, name=name)
        if isinstance(shape.get("value"), list):
            return _listed(shape["value"], at=at, name=f"{name}: value")
        return _listed([document], at=at, name=name)
    if isinstance(document, list):
        return _listed(document, at=at, name=name)
    raise InvalidInput(f"{name}: expected an object or a list, not {type(document).__name__}")


def _is_bundle(shape: Body) -> bool:
    keys = {key for key in shape if "@" not in key}
    return not keys or bool(keys & (LISTS.keys() | SINGLES.keys()))


def _bundle(
    shape: Body, *, at: datetime, name: str
) -> tuple[tuple[Document, ...], frozenset[DocumentKind]]:
    found: list[Document] = []
    complete: set[DocumentKind] = set()
    for key, value in shape.items():
        if "@" in key:
            continue
        if key in LISTS:
            complete.add(LISTS[key])
            found.extend(_members(LISTS[key], value, at=at, name=f"{name}: {key}"))
        elif key in SINGLES:
            if value is not None:
                complete.add(SINGLES[key])
                body = _object(value, f"{name}: {key}")
                found.append(_document(SINGLES[key], body, key, at, f"{name}: {key}"))
        else:
            known = ", ".join((*LISTS, *SINGLES))
            raise InvalidInput(f"{name}: unknown key {key!r}; known are {known}")
    return tuple(found), frozenset(complete)


def _members(
    kind: DocumentKind, value: JsonValue, *, at: datetime, name: str
) -> Iterator[Document]:
    """Objects of one kind; ids must be there and must not repeat.

    A policy that is still a draft has no id; then its name stands for it.
    """
    if isinstance(value, Mapping) and isinstance(value.get("value"), list):
        value = value["value"]
    if value is None:
        return
    if not isinstance(value, list):
        raise InvalidInput(f"{name}: expected a list, not {type(value).__name__}")
    seen: set[str] = set()
    for number, item in enumerate(value):
        where = f"{name}[{number}]"
        body = _object(item, where)
        id_ = body.get("id") or (body.get("displayName") if kind is DocumentKind.POLICY else None)
        if not isinstance(id_, str) or not id_:
            raise InvalidInput(f"{where}: no id")
        if id_.lower() in seen:
            raise InvalidInput(f"{where}: the id {id_} stands twice")
        seen.add(id_.lower())
        yield _document(kind, body, id_, at, where)


def _object(value: JsonValue, where: str) -> Body:
    if not isinstance(value, Mapping):
        raise InvalidInput(f"{where}: expected an object, not {type(value).__name__}")
    shape = tidy(dict(value))
    return shape if isinstance(shape, dict) else {}


def _document(kind: DocumentKind, body: Body, id_: str, at: datetime, where: str) -> Document:
    try:
        if kind is DocumentKind.POLICY:
            parse_policy(body)
        else:
            body = _with_members(body) if kind in _WITH_MEMBERS else body
            parse_part(MODELS[kind], body, id_)
    except UnknownShape as error:
        raise InvalidInput(f"{where}: {error}") from error
    # records name a role by its template, not by the tenant's own object id
    template = body.get("roleTemplateId") if kind is DocumentKind.ROLE else None
    identity = template.lower() if isinstance(template, str) and template else id_
    return Document(kind, identity, _time(body, at), body)


def _time(body: Body, at: datetime) -> datetime:
    """The object's own time; PowerShell's `/Date(...)/` and absent times give way to `at`."""
    for key in ("modifiedDateTime", "createdDateTime"):
        text = body.get(key)
        if isinstance(text, str):
            try:
                found = datetime.fromisoformat(text)
            except ValueError:
                continue
            if found.tzinfo is not None:
                return found
    return at


def _with_members(body: Body) -> Body:
    """A group whose members are listed is completely known."""
    members = body.get("members")
    if not isinstance(members, list):
        return body
    return {"membersComplete": True, **body}


_WITH_MEMBERS: Final = frozenset({DocumentKind.GROUP, DocumentKind.ROLE})


def _listed(
    items: JsonValue, *, at: datetime, name: str
) -> tuple[tuple[Document, ...], frozenset[DocumentKind]]:
    """Objects of any kind in one list, each known by its members."""
    sorted_out: dict[DocumentKind, list[JsonValue]] = {}
    for number, item in enumerate(items if isinstance(items, list) else []):
        body = _object(item, f"{name}[{number}]")
        sorted_out.setdefault(_kind(body, f"{name}[{number}]"), []).append(body)
    found = [
        document
        for kind, bodies in sorted_out.items()
        for document in _members(kind, bodies, at=at, name=name)
    ]
    return tuple(found), frozenset(sorted_out)


_MARKS: Final[Iterable[tuple[str, DocumentKind]]] = (
    ("conditions", DocumentKind.POLICY),
    ("grantControls", DocumentKind.POLICY),
    ("ipRanges", DocumentKind.LOCATION),
    ("countriesAndRegions", DocumentKind.LOCATION),
    ("compliantNetworkType", DocumentKind.LOCATION),
    ("allowedCombinations", DocumentKind.STRENGTH),
    ("authenticationMethodConfigurations", DocumentKind.METHODS_POLICY),
    ("roleTemplateId", DocumentKind.ROLE),
    ("perUserMfaState", DocumentKind.PER_USER_MFA),
    ("userPrincipalName", DocumentKind.USER),
    ("securityEnabled", DocumentKind.GROUP),
    ("members", DocumentKind.GROUP),
)


def _kind(body: Body, where: str) -> DocumentKind:
    kind = next((kind for mark, kind in _MARKS if mark in body), None)
    if kind is None:
        raise InvalidInput(f"{where}: not an object this program knows (policy, location, ...)")
    return kind
