"""What a record says about an account's methods.

The records of service Authentication Methods tell the method in free text only ("User registered
Authenticator App with Notification and Code"; ENTRA_AUDIT_EVENTS B.8, no enumeration exists);
"Update user" tells it in `StrongAuthenticationMethod` and `StrongAuthenticationPhoneAppDetail`.
Passkeys, Windows Hello and External MFA stand in none of the two properties.
"""

import re

from monitor.events.model import AuditEvent, TargetResource

ADMIN_REGISTERS = "admin registered security info"
REGISTERS = frozenset(
    {
        "user registered security info",
        "user registered all required security info",
        ADMIN_REGISTERS,
    }
)
DELETES = frozenset({"user deleted security info", "admin deleted security info"})
CHANGES_DEFAULT = frozenset(
    {"user changed default security info", "patch userauthmethod.patchsigninpreferencesasync"}
)
CREATES_APP_PASSWORD = "create application password for user"  # noqa: S105 - an activity's name
APP_PASSWORD = "app password"  # noqa: S105 - a word of `resultReason`
TEMPORARY_PASS = "temporary access pass"  # noqa: S105 - a word of `resultReason`
NO_SECOND_FACTOR = (APP_PASSWORD, TEMPORARY_PASS)
"""Registrations that leave an account without a lasting second factor (texts of `resultReason`)."""
IN_DIRECTORY = "a method in the directory's list"
"""The name of a method that only "Update user" told of: a phone or an authenticator app."""
WEAK_TYPES = frozenset(range(6))
"""MethodType 0 to 5: calls and texts; 6 and 7 are the authenticator app (community mapping)."""

_APPS = ("authenticator app", "microsoft authenticator", "phone app", "phone sign-in")
_NAMED = re.compile(
    r"\b(?:registered|deleted|added|removed)\s+(.+?)(?:\s+method)?(?:\s+for user)?$"
)


def method_named(event: AuditEvent) -> str:
    """Return the method the record's text names, in lower case; empty where it names none."""
    found = _NAMED.search(" ".join((event.reason or "").casefold().split()).rstrip("."))
    name = found.group(1) if found else ""
    return "" if "security info" in name else name


def is_echo(event: AuditEvent) -> bool:
    """A back-end record of June 2026 on: the reason is the activity's name, nothing is shown."""
    reason = (event.reason or "").casefold()
    return event.operation_type.casefold() == "serviceapi" and reason == event.activity


def is_temporary_pass(event: AuditEvent) -> bool:
    """Say whether the record is about a Temporary Access Pass, by its text or its properties."""
    names = (prop.name for target in event.targets for prop in target.modified)
    told = any(name.startswith("TemporaryAccessPass") for name in names)
    return told or TEMPORARY_PASS in (event.reason or "").casefold()


def is_app_password(event: AuditEvent) -> bool:
    """Say whether the record tells of a new app password."""
    registered = event.activity in REGISTERS and APP_PASSWORD in (event.reason or "").casefold()
    return registered or event.activity == CREATES_APP_PASSWORD


def registers_method(event: AuditEvent) -> bool:
    """Say whether the record proves that the account now has a lasting second factor.

    An app password or a Temporary Access Pass is not a second factor that lasts.
    """
    if event.activity in REGISTERS:
        reason = (event.reason or "").casefold()
        lasting = not any(text in reason for text in NO_SECOND_FACTOR)
        return lasting and not is_echo(event) and not is_temporary_pass(event)
    return any(_gains_method(target) for target in event.targets)


def deletes_method(event: AuditEvent) -> bool:
    """Say whether a second factor was deleted; passes and app passwords are none."""
    reason = (event.reason or "").casefold()
    lasting = not any(text in reason for text in NO_SECOND_FACTOR)
    return event.activity in DELETES and lasting and not is_temporary_pass(event)


def empties_list(event: AuditEvent) -> bool:
    """Say whether the directory's list of the account's methods went from some to none."""
    return any(_loses_all(target) for target in event.targets)


def empties_apps(event: AuditEvent) -> bool:
    """Say whether the account's last authenticator app went, and the record shows no list.

    Since 2026 an app may stand in `StrongAuthenticationPhoneAppDetail` only.
    """
    return any(_loses_apps(target) for target in event.targets)


def is_app(method: str) -> bool:
    """Say whether a method of that name is an entry of the authenticator app."""
    return any(word in method for word in _APPS)


def default_type(target: TargetResource, *, new: bool) -> int | None:
    """Return the MethodType of the default method before or after; None where none is shown."""
    prop = target.property("StrongAuthenticationMethod")
    value = (prop.new if new else prop.old) if prop else None
    for entry in value if isinstance(value, list) else ():
        if isinstance(entry, dict) and entry.get("Default") is True:
            kind = entry.get("MethodType")
            return kind if isinstance(kind, int) else None
    return None


def default_weakened(event: AuditEvent) -> bool:
    """Say whether the default method went from the authenticator app to a call or a text."""
    if event.activity in CHANGES_DEFAULT:
        words = (event.reason or "").casefold().replace("phone app", "app")
        return any(word in words for word in ("sms", "text", "call", "voice", "phone"))
    return any(
        default_type(target, new=False) in (6, 7) and default_type(target, new=True) in WEAK_TYPES
        for target in event.targets
    )


def act_of(event: AuditEvent) -> str:
    """Name the act, so that two records of one act are known for the same; empty for none.

    An act on the same account within seconds, of the same name, is the same act: Entra writes one
    record for the method service and one for the directory, with different correlation ids.
    """
    if not event.succeeded or event.fragment:
        return ""
    named = method_named(event)
    acts = (
        (is_app_password(event), APP_PASSWORD),
        (event.activity in REGISTERS and is_temporary_pass(event), TEMPORARY_PASS),
        (event.activity == ADMIN_REGISTERS, f"registered by an administrator: {named}"),
        (deletes_method(event), f"deleted: {named}"),
        (empties_list(event), "no method left"),
        (default_weakened(event), "weaker default"),
    )
    return next((act for is_it, act in acts if is_it), "")


def _gains_method(target: TargetResource) -> bool:
    names = ("StrongAuthenticationMethod", "StrongAuthenticationPhoneAppDetail")
    found = (target.property(name) for name in names)
    return any(prop is not None and isinstance(prop.new, list) and bool(prop.new) for prop in found)


def _loses_all(target: TargetResource) -> bool:
    prop = target.property("StrongAuthenticationMethod")
    apps = target.property("StrongAuthenticationPhoneAppDetail")
    app_stays = apps is not None and bool(apps.new)
    had = prop is not None and isinstance(prop.old, list) and bool(prop.old)
    return had and prop is not None and prop.new in ([], None) and not app_stays


def _loses_apps(target: TargetResource) -> bool:
    apps = target.property("StrongAuthenticationPhoneAppDetail")
    had = apps is not None and isinstance(apps.old, list) and bool(apps.old)
    listed = target.property("StrongAuthenticationMethod") is not None
    return had and apps is not None and apps.new in ([], None) and not listed
