"""A look into `Update user`: does it bear on MFA?

It is the carrier of everything that is stored on a user, most of it of no concern here
(ENTRA_AUDIT_EVENTS A.7). What cannot be read counts as bearing on MFA: an unknown change is a
finding, never silence.
"""

import json
from collections.abc import Iterable
from enum import Enum
from functools import lru_cache

import msgspec
from msgspec import Raw, Struct
from pydantic import JsonValue

from monitor.events.strict_json import FAULTS
from monitor.events.values import decode

_DECIDING = frozenset({"accountenabled", "usertype", "userprincipalname"})
_DECIDING_PREFIX = "strongauthentication"
_PHONE_APP = "strongauthenticationphoneappdetail"
_TRACES_OF_USE = ("LastAuthenticatedTimestamp", "PhoneAppVersion", "OathTokenTimeDrift")
_INCLUDED = "Included Updated Properties"
_BOOKKEEPING = (_INCLUDED.casefold(), "targetid.", "action client name", "methodexecutionresult")
_SUBSTRATE = "microsoft substrate management"
_NULL = Raw(b"null")


class Inside(Struct, rename="camel", gc=False):
    """The parts of `properties` that are looked into; three of them stay JSON until needed."""

    activity_display_name: str = ""
    target_resources: Raw = _NULL
    additional_details: Raw = _NULL
    initiated_by: Raw = _NULL


class _Change(Struct, rename="camel", gc=False):
    display_name: str | None = None
    new_value: Raw = _NULL


class _Target(Struct, rename="camel", gc=False):
    modified_properties: list[_Change] | None = None


class _WholeChange(Struct, rename="camel", gc=False):
    display_name: str | None = None
    old_value: str | None = None
    new_value: str | None = None


class _WholeTarget(Struct, rename="camel", gc=False):
    modified_properties: list[_WholeChange] | None = None


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
_WHOLE_TARGETS = msgspec.json.Decoder(list[_WholeTarget] | None)
_DETAILS = msgspec.json.Decoder(list[_Detail] | None)
_INITIATOR = msgspec.json.Decoder(_Initiator | None)
_ANY = msgspec.json.Decoder()


class _Weight(Enum):
    """What the names of the changed properties say."""

    DECIDING = "one of them decides about sign-in or MFA"
    PHONE_APP = "the Authenticator app's entry, which is rewritten at every use"
    ORDINARY = "none of them concerns us"
    NOT_SHOWN = "the record does not say what changed"


_ORDINARY = _Weight.ORDINARY


def bears_on_mfa(update: Inside) -> bool:
    """Return whether an `Update user` bears on MFA or hides what it did.

    Noise is: only other properties changed; the Authenticator app's entry was refreshed by being
    used; Microsoft Substrate Management changed something it does not show. Fragments are no noise.
    """
    # This runs for half of a hospital's records: names only, and a judgement that is remembered.
    names: list[str | bytes | None] = []
    try:
        for target in _TARGETS.decode(update.target_resources) or ():
            for change in target.modified_properties or ():
                name = change.display_name
                names.append(name)
                if name == _INCLUDED:
                    names.append(bytes(change.new_value))
        weight = _weigh(tuple(names))
        return weight is not _ORDINARY and _bears_on_closer_look(weight, update, bool(names))
    except FAULTS:
        return True


def _bears_on_closer_look(weight: _Weight, update: Inside, shows_properties: bool) -> bool:
    if weight is _Weight.PHONE_APP:
        return not _is_refresh(update.target_resources)
    if weight is _Weight.NOT_SHOWN:
        is_chunk = not shows_properties and _is_chunk(update.additional_details)
        return is_chunk or not _is_substrate(update.initiated_by)
    return True


@lru_cache(maxsize=4096)
def _weigh(names: tuple[str | bytes | None, ...]) -> _Weight:
    """Weigh the names of the properties, and what `Included Updated Properties` lists (as JSON)."""
    own = {name.casefold() for name in names if isinstance(name, str)}
    listed = {name for text in names if isinstance(text, bytes) for name in _listed(text)}
    if any(_is_deciding(name) for name in own | listed):
        return _Weight.DECIDING
    if _PHONE_APP in own:
        return _Weight.PHONE_APP
    if _PHONE_APP in listed:
        return _Weight.DECIDING
    return _Weight.ORDINARY if any(map(_is_shown, own | listed)) else _Weight.NOT_SHOWN


def _listed(text: bytes) -> list[str]:
    value = decode(_ANY.decode(text))
    return [name.strip().casefold() for name in value.split(",")] if isinstance(value, str) else []


def _is_deciding(name: str) -> bool:
    return name != _PHONE_APP and (name in _DECIDING or name.startswith(_DECIDING_PREFIX))


def _is_shown(name: str) -> bool:
    return bool(name) and not name.startswith(_BOOKKEEPING)


def _is_refresh(targets: Raw) -> bool:
    """Whether the Authenticator app's entries are the same but for the traces of use."""
    changes = [
        change
        for target in _WHOLE_TARGETS.decode(targets) or ()
        for change in target.modified_properties or ()
        if (change.display_name or "").casefold() == _PHONE_APP
    ]
    return all(_is_same_app(change.old_value, change.new_value) for change in changes)


def _is_same_app(old_text: str | None, new_text: str | None) -> bool:
    if not old_text or not new_text:
        return False
    old, new = _ANY.decode(old_text), _ANY.decode(new_text)
    if not isinstance(old, list) or not isinstance(new, list):
        return False
    before, after = _without_traces(old), _without_traces(new)
    return before == after or _in_any_order(before) == _in_any_order(after)


def _without_traces(entries: list[JsonValue]) -> list[JsonValue]:
    for entry in entries:
        if isinstance(entry, dict):
            for trace in _TRACES_OF_USE:
                entry.pop(trace, None)
    return entries


def _in_any_order(entries: list[JsonValue]) -> list[str]:
    return sorted(json.dumps(entry, sort_keys=True) for entry in entries)


def _is_chunk(details: Raw) -> bool:
    return is_fragment(detail.key for detail in _DETAILS.decode(details) or ())


def is_fragment(detail_keys: Iterable[str]) -> bool:
    """Return whether these additionalDetails keys (`id`, `seq`) mark a chunk of a split record."""
    return {"id", "seq"} <= {key.casefold() for key in detail_keys}


def _is_substrate(raw_initiator: Raw) -> bool:
    initiator = _INITIATOR.decode(raw_initiator)
    if initiator is None or initiator.app is None:
        return False
    by_person = initiator.user is not None and bool(initiator.user.id)
    return not by_person and (initiator.app.display_name or "").casefold() == _SUBSTRATE
