"""Which audit records are worth building: the concerns judged, and a look into `Update user`.

`Update user` is the carrier of everything that is stored on a user, most of it of no concern here
(ENTRA_AUDIT_EVENTS A.7). What cannot be read counts as worth building: an unknown change is a
finding, never silence.
"""

import json
from collections.abc import Iterable
from enum import Enum
from functools import lru_cache
from typing import Any

import msgspec
from msgspec import Raw, Struct
from pydantic import JsonValue

from monitor.events.activity import Concern, concern_of, normalise
from monitor.events.model import Unreadable
from monitor.events.strict_json import FAULTS
from monitor.events.values import decode

JUDGED: frozenset[Concern] = frozenset(
    {
        Concern.POLICY,
        Concern.POLICY_TWIN,
        Concern.LOCATION,
        Concern.STRENGTH,
        Concern.SECURITY_DEFAULTS,
        Concern.METHODS_POLICY,
        Concern.MFA_SERVICE,
        Concern.PER_USER_MFA,
        Concern.ACCOUNT,
        Concern.SECURITY_INFO,
        Concern.GROUP,
    }
)
"""The concerns some rule or clock looks at; records of the others are counted, not built."""

LOOKED_INTO = "update user"
"""The one activity that matters or not by what it changed."""

_DECIDING = frozenset({"accountenabled", "usertype", "userprincipalname"})
_DECIDING_PREFIX = "strongauthentication"
_PHONE_APP = "strongauthenticationphoneappdetail"
_REFRESHED_BY_USE = frozenset(
    {"LastAuthenticatedTimestamp", "PhoneAppVersion", "OathTokenTimeDrift"}
)
_INCLUDED = "included updated properties"
_BOOKKEEPING = ("targetid.", "action client name", "methodexecutionresult")
_SUBSTRATE = "microsoft substrate management"


class Triage(Enum):
    """What to do with a record, by its names alone."""

    BUILD = "build"
    LOOK_INSIDE = "look inside"
    COUNT = "count"


@lru_cache(maxsize=8192)
def triage(operation_name: str, activity_name: str) -> Triage:
    """Return what to do with a record of these names (`operationName`, `activityDisplayName`).

    The activity's display name is the one that counts; where the two disagree, a record is kept
    if either name is judged, so that a relabelled record is not lost.
    """
    names = [name for name in (activity_name, operation_name) if name]
    judged = [name for name in names if concern_of(name) in JUDGED]
    if not judged:
        return Triage.COUNT
    looked_into = all(normalise(name) == LOOKED_INTO for name in judged)
    return Triage.LOOK_INSIDE if looked_into else Triage.BUILD


class _Change(Struct, rename="camel", gc=False):
    display_name: str | None = None
    old_value: Any = None
    new_value: Any = None


class _Target(Struct, rename="camel", gc=False):
    modified_properties: list[_Change] | None = None


class _App(Struct, rename="camel", gc=False):
    display_name: str | None = None


class _User(Struct, gc=False):
    id: str | None = None


class _Initiator(Struct, gc=False):
    app: _App | None = None
    user: _User | None = None


class _Detail(Struct, gc=False):
    key: str = ""


_TARGETS = msgspec.json.Decoder(list[_Target] | None)
_DETAILS = msgspec.json.Decoder(list[_Detail] | None)
_INITIATOR = msgspec.json.Decoder(_Initiator | None)


def user_update_matters(targets: Raw, details: Raw, initiator: Raw) -> bool:
    """Return whether an `Update user` bears on MFA or hides what it did.

    The arguments are the JSON of `targetResources`, `additionalDetails` and `initiatedBy`. Noise
    is: only other properties changed; the Authenticator app's entry was refreshed by being used;
    Microsoft Substrate Management changed something it does not show. Fragments matter.
    """
    try:
        changes = [
            change
            for target in _TARGETS.decode(targets) or ()
            for change in target.modified_properties or ()
        ]
        own = {(change.display_name or "").casefold() for change in changes}
        listed = _listed_names(changes)
        if any(_is_deciding(name) for name in listed - own):
            return True
        if any(_decides(change) for change in changes):
            return True
        if any(_is_shown(name) for name in own | listed):
            return False
        return (not changes and _is_fragment(details)) or not _is_substrate(initiator)
    except FAULTS:
        return True


def _listed_names(changes: list[_Change]) -> set[str]:
    """The names in `Included Updated Properties`, which may name more than the record shows."""
    names: set[str] = set()
    for change in changes:
        if (change.display_name or "").casefold() == _INCLUDED:
            value = decode(change.new_value)
            if isinstance(value, str):
                names.update(name.strip().casefold() for name in value.split(","))
    return names


def _is_deciding(name: str) -> bool:
    return name in _DECIDING or name.startswith(_DECIDING_PREFIX)


def _decides(change: _Change) -> bool:
    name = (change.display_name or "").casefold()
    if name == _PHONE_APP:
        return not _only_refreshed(decode(change.old_value), decode(change.new_value))
    return _is_deciding(name)


def _is_shown(name: str) -> bool:
    return bool(name) and name != _INCLUDED and not name.startswith(_BOOKKEEPING)


def _only_refreshed(old: JsonValue | Unreadable, new: JsonValue | Unreadable) -> bool:
    before, after = _without_traces_of_use(old), _without_traces_of_use(new)
    return before is not None and before == after


def _without_traces_of_use(value: JsonValue | Unreadable) -> list[str] | None:
    if not isinstance(value, list):
        return None
    kept: list[str] = []
    for entry in value:
        if not isinstance(entry, dict):
            return None
        lasting = {key: part for key, part in entry.items() if key not in _REFRESHED_BY_USE}
        kept.append(json.dumps(lasting, sort_keys=True))
    return sorted(kept)


def _is_fragment(details: Raw) -> bool:
    pairs = _DETAILS.decode(details) or []
    return is_fragment(pair.key for pair in pairs)


def is_fragment(detail_keys: Iterable[str]) -> bool:
    """Return whether these additionalDetails keys (`id`, `seq`) mark a chunk of a split record."""
    return {"id", "seq"} <= {key.casefold() for key in detail_keys}


def _is_substrate(raw_initiator: Raw) -> bool:
    initiator = _INITIATOR.decode(raw_initiator)
    if initiator is None or initiator.app is None:
        return False
    by_person = initiator.user is not None and bool(initiator.user.id)
    return not by_person and (initiator.app.display_name or "").casefold() == _SUBSTRATE
