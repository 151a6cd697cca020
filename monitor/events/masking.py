"""Personal data and secrets are masked before anything is written to the ledger (DESIGN section 4).

What they are called: `StrongAuthenticationUserDetails` (PhoneNumber, Email, ...),
`StrongAuthenticationPhoneAppDetail` (DeviceToken, DeviceId, OathSecretKey, ...), Graph's
`phoneAuthenticationMethod` and `passwordCredential` (Microsoft Graph v1.0).
"""

import re
from collections.abc import Callable
from dataclasses import replace

from pydantic import JsonValue

from monitor.events.model import ModifiedProperty, Unreadable

MASK = "***"

_KEPT_DIGITS = 2

_PHONE = re.compile(r"(phone|mobile)(number)?s?$")
_EMAIL = re.compile(r"^(alternative|alternate|other)?e?mails?(address(es)?)?$")
_SECRET = re.compile(
    r"(secrets?|secretkey|secrettext|secretvalue|passwords?|passcode|privatekey|qrpin"
    r"|devicetoken|deviceid|accesstoken|refreshtoken|^pin|^temporaryaccesspass)$"
)
_NOT_A_LETTER = re.compile(r"[^a-z0-9]")
_LEGIBLE = frozenset({"hidden", "None", MASK})


def mask(value: JsonValue) -> JsonValue:
    """Return the value with phone numbers, e-mail addresses, device tokens and secrets masked.

    What a value is, its key says: `AlternativePhoneNumber`, `Phone.Phone.PhoneNumber`. Of a phone
    number the last two digits stay, of an address the domain, of a secret nothing. True, false and
    null stay: they tell that something is there, not what.
    """
    if isinstance(value, dict):
        return {key: mask_under(key, member) for key, member in value.items()}
    if isinstance(value, list):
        return [mask(item) for item in value]
    return value


def mask_under(key: str, value: JsonValue) -> JsonValue:
    """Return the value masked as what stands under this key."""
    word = _NOT_A_LETTER.sub("", key.rpartition(".")[2].lower())
    if _SECRET.search(word):
        return _each(value, _mask_secret)
    if _PHONE.search(word):
        return _each(value, mask_phone)
    if _EMAIL.search(word):
        return _each(value, _mask_email)
    return mask(value)


def mask_property(changed: ModifiedProperty) -> ModifiedProperty:
    """Return the modified property with both values masked; unreadable text goes unless harmless.

    Text that could not be decoded may be half of a document with anything in it.
    """
    return replace(
        changed,
        old=_mask_side(changed.name, changed.old),
        new=_mask_side(changed.name, changed.new),
    )


def mask_phone(number: str) -> str:
    """Return a phone number as stars and its last two digits; too short a one as stars."""
    digits = [character for character in number if character.isdigit()]
    has_more = len(digits) > _KEPT_DIGITS or number.startswith(MASK)
    return MASK + "".join(digits[-_KEPT_DIGITS:]) if has_more else MASK


def _each(value: JsonValue, mask_text: Callable[[str], str]) -> JsonValue:
    """The value with its text or number masked, or those in its list."""
    if isinstance(value, dict):
        # A methods policy keeps the settings of a method under its name (`TemporaryAccessPass`).
        return mask(value)
    if isinstance(value, list):
        return [_each(item, mask_text) for item in value]
    if isinstance(value, bool) or value is None:
        return value
    return mask_text(str(value)) if value != "" else value


def _mask_secret(_secret: str) -> str:
    return MASK


def _mask_email(address: str) -> str:
    _, at, domain = address.rpartition("@")
    return f"{MASK}{at}{domain}" if at else MASK


def _mask_side(name: str, value: JsonValue | Unreadable) -> JsonValue | Unreadable:
    if isinstance(value, Unreadable):
        return value if value.text in _LEGIBLE else Unreadable(MASK)
    return mask_under(name, value)
