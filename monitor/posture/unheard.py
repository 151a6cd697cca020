"""What a document says that nobody modelled: unknown members, unknown enum values, odd words.

It must never read as "nothing changed"; it ends in *not understood*.
"""

import re
from collections.abc import Collection, Iterator, Mapping
from typing import Final

from pydantic import BaseModel, JsonValue

from monitor.posture.wire import canonical, words

Enums = Mapping[str, tuple[str, ...]]
"""The words a member may hold, by the member's name in Graph."""

METHOD_MODES: Final = (
    "password",
    "voice",
    "hardwareOath",
    "softwareOath",
    "sms",
    "fido2",
    "windowsHelloForBusiness",
    "microsoftAuthenticatorPush",
    "deviceBasedPush",
    "temporaryAccessPassOneTime",
    "temporaryAccessPassMultiUse",
    "email",
    "x509CertificateSingleFactor",
    "x509CertificateMultiFactor",
    "federatedSingleFactor",
    "federatedMultiFactor",
    "qrCodePin",
)
"""Graph `authenticationMethodModes`: the words of a strength's combinations."""
_EMPTY: Final[tuple[JsonValue, ...]] = ("", [], {})
_LIKE_A_WORD: Final = re.compile(
    r"(?=\w{8})[A-Z][a-z]+(?:[A-Z0-9][A-Za-z0-9]*)+|(?i:all|none)[A-Za-z]{3,}"
)
"""What looks like `AllMicrosoftApps` and not like an id."""


def unknown_members(part: BaseModel, path: str, ignored: Collection[str] = ()) -> Iterator[str]:
    """Yield the paths of members of one part that nobody modelled, nested parts left out."""
    for name, extra in (part.model_extra or {}).items():
        if extra not in _EMPTY and name not in ignored:
            yield f"{path}{name}"


def unknown_words(part: BaseModel, path: str, enums: Enums) -> Iterator[str]:
    """Yield the paths of enum values of one part that nobody modelled, nested parts left out."""
    for name, field in type(part).model_fields.items():
        value, alias = getattr(part, name), field.alias or name
        if alias == "allowedCombinations":
            heard = [word for combo in value or () for word in words(combo)]
            known: Collection[str] | None = METHOD_MODES
        else:
            heard = [value] if isinstance(value, str) else value
            known = enums.get(alias)
        if known is not None and not isinstance(value, BaseModel):
            unheard = (word for word in heard or () if word and word not in known)
            yield from (f"{path}{alias}={word}" for word in dict.fromkeys(unheard))


def every_unknown(part: BaseModel, path: str, enums: Enums) -> Iterator[str]:
    """Yield the paths of members and enum values nobody modelled, nested parts included."""
    yield from unknown_members(part, path)
    yield from unknown_words(part, path, enums)
    for name, field in type(part).model_fields.items():
        value = getattr(part, name)
        if isinstance(value, BaseModel):
            yield from every_unknown(value, f"{path}{field.alias or name}.", enums)


def odd_words(shape: JsonValue, path: str, known_words: Enums) -> Iterator[str]:
    """Words where ids are expected: `AllMicrosoftApps` is no application we know."""
    for name, value in shape.items() if isinstance(shape, dict) else ():
        if isinstance(value, dict):
            yield from odd_words(value, f"{path}{name}.", known_words)
        elif known := known_words.get(name):
            spelled = (canonical(word, known) for word in words(value))
            odd = (word for word in spelled if word not in known and _LIKE_A_WORD.fullmatch(word))
            yield from (f"{path}{name}={word}" for word in odd)
