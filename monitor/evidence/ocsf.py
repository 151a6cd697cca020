"""Entries as events of the Open Cybersecurity Schema Framework, one JSON object per line.

Findings become Detection Findings (2004); changes of objects Entity Management (3004); of a group's
members Group Management (3006); of accounts and their methods Account Change (3001, which later
versions of the schema replace: one more reason to pin the version). Other kinds have no event.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from pydantic import JsonValue

from monitor.clock import moment
from monitor.evidence.scope import Leaf, about, member
from monitor.evidence.selection import Item
from monitor.ledger import merkle
from monitor.ledger.epoch import to_milliseconds
from monitor.rules.model import Severity

VERSION = "1.6.0"
"""The schema version that the events are written and tested against."""
ATTACK_VERSION = "18.1"
"""The version of ATT&CK that the rules name techniques of."""
KINDS = frozenset({"finding", "change", "enrolment"})
"""The kinds of entries that have an event."""

OTHER = 99
_SUCCESS = {"success": 1, "failure": 2}
_RULE_ANALYTIC = 1
_NEW = 1
_CONFIDENCE = {"certain": 3, "possible": 1}

Event = dict[str, JsonValue]
Ids = tuple[tuple[re.Pattern[str], int], ...]


def _words(table: Mapping[str, int]) -> Ids:
    return tuple((re.compile(pattern, re.IGNORECASE), number) for pattern, number in table.items())


_ENTITY_ACTIVITIES = _words(
    {
        r"\bmember\b": 3,
        r"^(hard )?delete\b": 4,
        r"^(add|create)\b": 1,
        r"^(update|set|edit)\b|\bupdate$": 3,
    }
)
_ACCOUNT_ACTIVITIES = _words(
    {
        r"^(add user|invite external user)": 1,
        r"^enable account": 2,
        r"^change (user )?password": 3,
        r"^reset (user )?password": 4,
        r"^disable account": 5,
        r"^(hard )?delete user": 6,
        r"registered (all required )?security info": 10,
        r"deleted security info": 11,
    }
)


@dataclass(frozen=True, slots=True)
class _Class:
    uid: int
    category: int
    name: str


_FINDING = _Class(2004, 2, "Detection Finding")
_ENTITY = _Class(3004, 3, "Entity Management")
_GROUP = _Class(3006, 3, "Group Management")
_ACCOUNT = _Class(3001, 3, "Account Change")


def event(item: Item, leaf: Leaf, origin: str) -> Event:
    """Return the event of an entry of KINDS; `leaf` is the entry as it may be shown.

    `metadata.uid` is `<origin>#<index>`. Where the entry is shown whole, `raw_data` is its text.
    """
    kind = leaf.get("t")
    if kind == "finding":
        made = _base(item, leaf, origin, (_FINDING, 1, "Create")) | _finding(leaf, origin, item)
    elif kind == "enrolment" or _is_account(leaf):
        activity, name = _activity(leaf, _ACCOUNT_ACTIVITIES)
        made = _base(item, leaf, origin, (_ACCOUNT, activity, name))
        made |= {"user": _party(leaf, "object", "name"), **_by(leaf)}
    elif isinstance(leaf.get("member"), dict) and member(leaf, "object", "kind") == "group":
        made = _membership(item, leaf, origin)
    else:
        activity, name = _activity(leaf, _ENTITY_ACTIVITIES)
        made = _base(item, leaf, origin, (_ENTITY, activity, name))
        entity = {**_party(leaf, "object", "name"), "type": member(leaf, "object", "kind")}
        made |= {"entity": _filled(entity), **_by(leaf)}
    return made


def severity_id(leaf: Leaf) -> int:
    """Return OCSF's number of a severity: 1 (informational) up to 5 (critical)."""
    severity = member(leaf, "severity")
    return 1 + (Severity(severity).rank if severity in set(Severity) else 0)


def _base(item: Item, leaf: Leaf, origin: str, what: tuple[_Class, int, str]) -> Event:
    kind, activity, name = what
    shown = item.withheld is None
    made: Event = {
        "metadata": _filled(
            {
                "version": VERSION,
                "product": {"name": "Entra MFA monitor", "vendor_name": "entra-mfa-monitor"},
                "uid": f"{origin}#{item.index}",
                "tenant_uid": member(leaf, "tenant"),
                "log_name": origin,
                "sequence": item.index,
                "logged_time": to_milliseconds(item.entered),
                "original_time": member(leaf, "at"),
                "correlation_uid": member(leaf, "correlation"),
            }
        ),
        "time": to_milliseconds(_time(leaf, item.entered)),
        "category_uid": kind.category,
        "class_uid": kind.uid,
        "class_name": kind.name,
        "activity_id": activity,
        "activity_name": name,
        "type_uid": kind.uid * 100 + activity,
        "severity_id": severity_id(leaf),
        "status_id": _NEW if kind is _FINDING else _SUCCESS.get(member(leaf, "result"), 0),
        "message": member(leaf, "title") or member(leaf, "activity") or str(leaf.get("t")),
        "unmapped": {
            "entry": item.index,
            "kind": leaf.get("t"),
            "leaf_hash": merkle.leaf_hash(item.content).hex(),
        },
    }
    return made | {"raw_data": item.content.decode()} if shown else made


def _finding(leaf: Leaf, origin: str, item: Item) -> Event:
    of = about(leaf)
    info: Event = {
        "uid": f"{origin}#{item.index}",
        "title": member(leaf, "title"),
        "desc": member(leaf, "witness"),
        "analytic": {
            "uid": member(leaf, "rule"),
            "version": str(leaf.get("revision")),
            "type_id": _RULE_ANALYTIC,
        },
        "attacks": [_attack(one) for one in _controls(leaf, "attack")],
        "related_events": [{"uid": f"{origin}#{of}"}] if of is not None else [],
    }
    made: Event = {
        "finding_info": _filled(info),
        "confidence_id": _CONFIDENCE.get(member(leaf, "certainty"), 0),
        "is_alert": member(leaf, "severity") != Severity.INFO,
    }
    about_it = {**_party(leaf, "object", "name"), "type": member(leaf, "object", "kind")}
    made["resources"] = [_filled(about_it)]
    evidence = _by(leaf)
    if evidence:
        made["evidences"] = [evidence]
    return made


def _membership(item: Item, leaf: Leaf, origin: str) -> Event:
    delta = leaf.get("member")
    member_of = delta if isinstance(delta, dict) else {}
    nested, added = member_of.get("nested") is True, member_of.get("added") is True
    activity = (7 if added else 8) if nested else (3 if added else 4)
    name = f"{'Add' if added else 'Remove'} {'Subgroup' if nested else 'User'}"
    made = _base(item, leaf, origin, (_GROUP, activity, name))
    part = "subgroup" if nested else "user"
    made |= {"group": _party(leaf, "object", "name"), part: _party(leaf, "member", "name")}
    return made | _by(leaf)


def _by(leaf: Leaf) -> Event:
    """Who did it and where from, as far as the entry tells."""
    made: Event = {}
    if member(leaf, "initiator", "label") or member(leaf, "initiator", "id"):
        actor: Event = {"user": _party(leaf, "initiator", "label")}
        app = member(leaf, "initiator", "app")
        made["actor"] = actor | ({"app_name": app} if app else {})
    if ip := member(leaf, "initiator", "ip"):
        made["src_endpoint"] = {"ip": ip}
    return made


def _party(leaf: Leaf, part: str, name: str) -> Event:
    made = _filled({"uid": member(leaf, part, "id"), "name": member(leaf, part, name)})
    return made or {"name": "unknown"}


def _attack(technique: str) -> JsonValue:
    part = "sub_technique" if "." in technique else "technique"
    return {"version": ATTACK_VERSION, part: {"uid": technique}}


def _controls(leaf: Leaf, name: str) -> list[str]:
    controls = leaf.get("controls")
    found = controls.get(name) if isinstance(controls, dict) else None
    return [one for one in found if isinstance(one, str)] if isinstance(found, list) else []


def _is_account(leaf: Leaf) -> bool:
    """Whether a change that was only noted is about an account's password."""
    noted = member(leaf, "object", "kind") in ("", "user")
    return noted and "password" in member(leaf, "activity").lower()


def _activity(leaf: Leaf, table: Ids) -> tuple[int, str]:
    words = member(leaf, "activity")
    number = next((number for pattern, number in table if pattern.search(words)), OTHER)
    return number, words or "Noticed by a sweep"


def _filled(made: Event) -> Event:
    """The object without its empty members."""
    return {name: value for name, value in made.items() if value not in ("", None, [], {})}


def _time(leaf: Leaf, entered: datetime) -> datetime:
    try:
        return moment(member(leaf, "at"))
    except ValueError:
        return entered
