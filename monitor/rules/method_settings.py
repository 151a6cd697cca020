"""What the rules about the authentication methods policy share: its methods, before and after."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final, cast
from urllib.parse import urlsplit

from pydantic import JsonValue

from monitor.posture.document import Body, DocumentKind
from monitor.posture.method_names import CONFIGURATIONS
from monitor.posture.methods import is_external
from monitor.rules.case import ChangeCase
from monitor.rules.context import Context, Provider
from monitor.rules.model import Judgement, Severity
from monitor.rules.wording import about_change, changed_fields

EVERYONE: Final = "all_users"
NOBODY: Final = "00000000-0000-0000-0000-000000000000"
"""Ids that stand for a group in targets (Microsoft Graph, `authenticationMethodTarget`)."""

NAMES: Final[Mapping[str, str]] = {
    "fido2": "passkeys (FIDO2)",
    "microsoftauthenticator": "Microsoft Authenticator",
    "sms": "SMS",
    "temporaryaccesspass": "Temporary Access Pass",
    "hardwareoath": "hardware OATH tokens",
    "softwareoath": "software OATH tokens",
    "voice": "voice call",
    "email": "e-mail one-time passcode",
    "x509certificate": "certificate-based authentication",
    "qrcodepin": "QR code",
}

ANCHOR: Final = (
    ("application id", ("appId",)),
    ("client id", ("openIdConnectSetting", "clientId")),
    ("discovery URL", ("openIdConnectSetting", "discoveryUrl")),
)
"""The three values that make a provider trusted, in words and by their paths."""


@dataclass(frozen=True, slots=True)
class Method:
    """One method's configuration; an empty one stands for a method the policy does not list."""

    body: Body

    def get(self, *path: str) -> JsonValue:
        """Return the member at that path, or None."""
        value: JsonValue = dict(self.body)
        for name in path:
            value = value.get(name) if isinstance(value, dict) else None
        return value

    def text(self, *path: str) -> str:
        """Return the text at that path, or an empty one."""
        value = self.get(*path)
        return value if isinstance(value, str) else ""

    def number(self, *path: str) -> int | None:
        """Return the number at that path, or None."""
        value = self.get(*path)
        return value if isinstance(value, int) and not isinstance(value, bool) else None

    @property
    def external(self) -> bool:
        """Whether it is an External MFA provider."""
        return is_external(dict(self.body))

    @property
    def include(self) -> frozenset[str]:
        """Ids of whom it is for, in lower case."""
        return _ids(self.get("includeTargets"))

    @property
    def exclude(self) -> frozenset[str]:
        """Ids of whom it is not for, in lower case."""
        return _ids(self.get("excludeTargets"))


@dataclass(frozen=True, slots=True)
class Step:
    """One method before and after a change."""

    key: str
    before: Method
    after: Method

    @property
    def name(self) -> str:
        """The method in words; an External MFA provider by its display name."""
        shown = self.after.text("displayName") or self.before.text("displayName")
        return NAMES.get(self.key) or shown or self.key

    @property
    def external(self) -> bool:
        """Whether it is an External MFA provider."""
        return self.before.external or self.after.external

    @property
    def was_on(self) -> bool:
        """Whether it could be used before; a state that was never shown counts as on."""
        return _on(self.before, self.after)

    @property
    def is_on(self) -> bool:
        """Whether it can be used now; a state that was never shown counts as on."""
        return _on(self.after, self.before)

    @property
    def stays_on(self) -> bool:
        """Whether it could be used before and still can."""
        return self.was_on and self.is_on

    @property
    def switched_on(self) -> bool:
        """Whether it can be used now and could not before."""
        return self.is_on and not self.was_on

    @property
    def switched_off(self) -> bool:
        """Whether it could be used before and is disabled or gone now."""
        return self.was_on and not self.is_on

    @property
    def widened(self) -> frozenset[str]:
        """Ids it reaches now and did not before: included ones, and ones excluded no longer."""
        return _gained(self.before, self.after)

    @property
    def narrowed(self) -> frozenset[str]:
        """Ids it no longer reaches."""
        return _gained(self.after, self.before)

    def moved(self, *path: str) -> tuple[str, str] | None:
        """Return a text member's two values where both are known and differ."""
        old, new = self.before.text(*path), self.after.text(*path)
        return (old, new) if old and new and old.casefold() != new.casefold() else None

    def switch_fell(self, *path: str) -> bool:
        """Say whether a switch went from true to false."""
        return self.before.get(*path) is True and self.after.get(*path) is False


def _on(side: Method, other: Method) -> bool:
    state = side.text("state")
    if state or other.text("state"):
        return state.casefold() == "enabled"
    return bool(side.body)


def _gained(old: Method, new: Method) -> frozenset[str]:
    included = frozenset[str]() if EVERYONE in old.include else new.include - old.include
    return included | (old.exclude - new.exclude - {NOBODY})


def _ids(targets: JsonValue) -> frozenset[str]:
    items = targets if isinstance(targets, list) else []
    found = (item.get("id") if isinstance(item, dict) else item for item in items)
    return frozenset(one.lower() for one in found if isinstance(one, str))


def steps(case: ChangeCase) -> Iterator[Step]:
    """Yield every method that a change of the methods policy left different; else nothing."""
    change = case.change
    if change.kind is DocumentKind.METHODS_POLICY and change.after is not None:
        yield from between(change.before, change.after)


def between(before: Body | None, after: Body | None) -> Iterator[Step]:
    """Yield every method that two methods policies have differently."""
    old, new = _methods(before), _methods(after)
    for key in [*old, *(key for key in new if key not in old)]:
        was, now = old.get(key, {}), new.get(key, {})
        if was != now:
            yield Step(key, Method(was), Method(now))


def step(case: ChangeCase, key: str) -> Step | None:
    """Return the method of that id (lower case) where it changed, or None."""
    return next((one for one in steps(case) if one.key == key), None)


def setting(case: ChangeCase, *path: str) -> tuple[Method, Method] | None:
    """Return the settings below that path of the policy, old and new; None for another document."""
    change = case.change
    if change.kind is not DocumentKind.METHODS_POLICY or change.after is None:
        return None
    old, new = (Method(body or {}).get(*path) for body in (change.before, change.after))
    sides = [Method(side if isinstance(side, dict) else {}) for side in (old, new)]
    return sides[0], sides[1]


def _methods(body: Body | None) -> dict[str, dict[str, JsonValue]]:
    listed = (body or {}).get(CONFIGURATIONS)
    items = [one for one in listed if isinstance(one, dict)] if isinstance(listed, list) else []
    return {str(item.get("id") or "").casefold(): item for item in items}


def judgement(case: ChangeCase, severity: Severity, told: str, **details: JsonValue) -> Judgement:
    """Return a judgement about the methods policy; `told` follows the initiator's name."""
    change = case.change
    return Judgement(
        severity=severity,
        witness=f"{case.event.initiator.label} {told}",
        about=about_change(change),
        details={"changed": changed_methods(change.before, change.after), **details},
    )


def changed_methods(before: Body | None, after: Body | None) -> list[JsonValue]:
    """Return the members that differ, each method by its id instead of by its place in the list."""
    sides = []
    for body in (before, after):
        rest = {name: value for name, value in (body or {}).items() if name != CONFIGURATIONS}
        sides.append({**rest, **cast("dict[str, JsonValue]", _methods(body))})
    return changed_fields(sides[0], sides[1])


def whom(ids: frozenset[str]) -> str:
    """The targets in words: `all users` or the ids."""
    if EVERYONE in ids:
        return "all users"
    return ", ".join(sorted(ids))


def host(url: str) -> str:
    """The host of a URL in lower case; empty where it is none, or is not https."""
    try:
        parts = urlsplit(url.strip())
        return (parts.hostname or "").lower() if parts.scheme.lower() == "https" else ""
    except ValueError:
        return ""


def approved(context: Context, method: Method) -> Provider | None:
    """Return the declared provider whose trust anchor the method has, or None.

    Its three values (application id, client id, discovery host) have to be those of one
    `[[providers]]` of `monitor.toml`; values that were never shown do not count.
    """
    url = method.text("openIdConnectSetting", "discoveryUrl")
    client = method.text("openIdConnectSetting", "clientId")
    anchor = [
        text.casefold() for text in (method.text("appId"), client, url and (host(url) or url))
    ]
    for one in context.providers if any(anchor) else ():
        declared = [text.casefold() for text in (one.app_id, one.client_id, one.discovery_host)]
        if all(value in ("", wanted) for value, wanted in zip(anchor, declared, strict=True)):
            return one
    return None
