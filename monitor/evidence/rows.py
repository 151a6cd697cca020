"""The rows of the views: which columns, and what stands in a cell.

Names in the entries are written by whoever may rename an object in the tenant, an attacker among
them. A cell never holds a control or reordering character, and never begins like a formula.
"""

import json
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field

from pydantic import JsonValue

from monitor.clock import stamp
from monitor.evidence.scope import Leaf, member
from monitor.evidence.selection import Item
from monitor.ledger import merkle

Columns = Mapping[str, str]
"""Heading to path in the entry; `#...` is about the entry and not in it."""

_PLACE = {"index": "#index", "hash": "#hash", "entered": "#entered", "at": "at", "tenant": "tenant"}
_OBJECT = {"object_kind": "object.kind", "object_id": "object.id", "object_name": "object.name"}
_ACTOR = {"actor": "initiator.label", "actor_id": "initiator.id", "actor_ip": "initiator.ip"}

EVENTS: Columns = {
    **_PLACE,
    "kind": "t",
    "severity": "severity",
    "rule": "rule",
    "activity": "activity",
    "result": "result",
    **_OBJECT,
    **_ACTOR,
    "about_entry": "src.of",
}
FINDINGS: Columns = {
    **_PLACE,
    "severity": "severity",
    "rule": "rule",
    "revision": "revision",
    "title": "title",
    "witness": "witness",
    "certainty": "certainty",
    **_OBJECT,
    **_ACTOR,
    "activity": "activity",
    "incident": "incident",
    "about_entry": "src.of",
    "correlation": "correlation",
    "hipaa_45_cfr": "controls.hipaa",
    "nist_800_53": "controls.nist",
    "cis_m365": "controls.cis",
    "scuba": "controls.scuba",
    "attack": "controls.attack",
}
CHANGES: Columns = {
    **_PLACE,
    "kind": "t",
    "activity": "activity",
    "result": "result",
    "effect": "effect",
    **_OBJECT,
    **_ACTOR,
    "actor_app": "initiator.app",
    "member": "member.name",
    "verdict": "comparison.verdict",
    "level": "comparison.level",
    "correlation": "correlation",
    "document_sha256": "doc.doc_sha256",
}
CHANGE_KINDS = frozenset({"change", "enrolment", "baseline"})

_FORMULA = "=+-@"
_MINUS = "\u2212"
_SKIPPED = "\ufeff\u200b\u200c\u200d\u2060\u00ad"
"""Invisible characters before a formula, which a spreadsheet may drop."""
_HIDDEN = frozenset({"Cc", "Cs", "Zl", "Zp"})
_REORDERING = frozenset(
    "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufffe\uffff"
)
"""Bidirectional controls (Unicode TR 36, section 2.3), and two that XML does not allow."""


@dataclass(slots=True)
class Pseudonyms:
    """Numbers for names, in the order in which a pack meets them: `person-1`, `object-2`.

    The same person or object has the same number within a pack. Numbers of different packs have
    nothing to do with each other, and nothing can be computed back: there is no key to guess.
    """

    _known: dict[str, str] = field(default_factory=dict)
    _next: dict[str, int] = field(default_factory=dict)

    def name(self, word: str, identity: str) -> str:
        """Return the name of what has this identity (an id, or a name), empty for an empty one."""
        key = identity.lower()
        if not key:
            return ""
        if key not in self._known:
            number = self._next.get(word, 0) + 1
            self._next[word] = number
            self._known[key] = f"{word}-{number}"
        return self._known[key]


def projected(leaf: Leaf, names: Pseudonyms) -> Leaf:
    """Return the entry without what may be personal: only the members named here stay.

    docs/privacy.md lists them.
    """
    kept = {name: leaf[name] for name in PROJECTED if name in leaf}
    kind = member(leaf, "object", "kind")
    word = "person" if kind in ("", "user") else "object"
    identity = member(leaf, "object", "id") or member(leaf, "object", "name")
    actor = member(leaf, "initiator", "id") or member(leaf, "initiator", "label")
    src = leaf.get("src")
    return {
        **kept,
        "src": {"of": src.get("of") if isinstance(src, dict) else None},
        "object": {"kind": kind or None, "id": None, "name": names.name(word, identity)},
        "initiator": {"label": names.name("person", actor)},
    }


PROJECTED = (
    "t",
    "v",
    "tenant",
    "at",
    "severity",
    "rule",
    "revision",
    "title",
    "certainty",
    "activity",
    "result",
    "effect",
    "incident",
    "comparison",
    "controls",
    "code",
)
"""Members of an entry that are no personal data: codes, times, our own words, the tenant's id."""


def value(item: Item, leaf: Leaf, path: str) -> JsonValue:
    """Return what stands at a path of the entry; `leaf` is the entry as it may be shown."""
    match path:
        case "#index":
            return item.index
        case "#hash":
            return merkle.leaf_hash(item.content).hex()
        case "#entered":
            return stamp(item.entered)
    found: JsonValue = dict(leaf)
    for name in path.split("."):
        found = found.get(name) if isinstance(found, dict) else None
    return found


def text(found: JsonValue) -> str:
    """Write a value as text: lists joined by `; `, objects as JSON, null as nothing."""
    if found is None:
        return ""
    if isinstance(found, bool):
        return "true" if found else "false"
    if isinstance(found, list):
        return "; ".join(text(one) for one in found)
    if isinstance(found, dict):
        return json.dumps(found, separators=(",", ":"), ensure_ascii=False)
    return str(found)


def visible(shown: str) -> str:
    r"""Return the text with control and reordering characters written out: `\x1b`, `\u202e`."""
    if shown.isprintable():
        return shown
    return "".join(
        ascii(one)[1:-1] if unicodedata.category(one) in _HIDDEN or one in _REORDERING else one
        for one in shown
    )


def neutral(shown: str) -> str:
    """Return the text with an apostrophe before it where a spreadsheet might compute it.

    That is text beginning with = + - @, also in their full-width and small forms, also behind white
    space and quotation marks (OWASP, CSV Injection). Behind a semicolon likewise: where the comma
    is the decimal sign, a spreadsheet parts columns there. Control characters are written out by
    `visible` before this.
    """
    return ";".join(map(_plain, shown.split(";")))


def _plain(part: str) -> str:
    start = part.lstrip(_SKIPPED + '" \u00a0\u3000')[:1]
    first = unicodedata.normalize("NFKC", start)[:1]
    return f"'{part}" if first and (first in _FORMULA or first == _MINUS) else part


def cell(found: JsonValue) -> str:
    """Return what stands in a cell of a table."""
    return neutral(visible(text(found)))


def cells(item: Item, leaf: Leaf, columns: Columns) -> list[str]:
    """Return the row of an entry."""
    return [cell(value(item, leaf, path)) for path in columns.values()]
