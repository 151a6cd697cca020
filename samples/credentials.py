"""What an account's credentials look like in the stream: phone apps, passwords, registrations."""

from datetime import datetime, timedelta

from samples.cast import AUTHENTICATOR, Person
from samples.records import (
    USUAL_LAG,
    AuditRecord,
    Dice,
    Initiator,
    Object,
    Shape,
    changed,
    digest,
    guid,
    included,
    stamp,
)

AUTHENTICATOR_TEXT = "User registered Authenticator App with Notification and Code"
KEY_TEXT = "User registered Fido2 Authentication Method"


def phone_app(who: Person, used: datetime, version: str, drift: int) -> Object:
    """Return one entry of `StrongAuthenticationPhoneAppDetail`; tokens and ids are invented."""
    return {
        "Id": guid(f"phone-app/{who.upn}"),
        "DeviceName": f"Phone of {who.name}",
        "DeviceToken": f"invented-{digest(f'token/{who.upn}').hex()[:24]}",
        "DeviceTag": "SoftwareTokenActivated",
        "PhoneAppVersion": version,
        "OathTokenTimeDrift": drift,
        "DeviceId": "00000000-0000-0000-0000-000000000000",
        "TimeInterval": 0,
        "AuthenticationType": 3,
        "NotificationType": 2,
        "LastAuthenticatedTimestamp": stamp(used),
        "AuthenticatorFlavor": "Authenticator",
        "HashFunction": "hmacsha256",
    }


def authenticator_apps(who: Person, at: datetime, dice: Dice) -> tuple[list[Object], list[Object]]:
    """Return the list before and after one use of the app: a time, a version or a drift moved."""
    before = phone_app(who, at - timedelta(hours=5 + dice.below(60)), "6.8.40", 0)
    after = phone_app(who, at, dice.pick(("6.8.40", "6.8.41")), dice.pick((0, 0, -1)))
    return [before], [after]


def registration(who: Person, at: datetime, text: str) -> tuple[AuditRecord, ...]:
    """A person registers a method: the record of it, of the set being whole, of the directory."""
    label = f"registration/{who.upn}"
    shared = guid(f"{label}/correlation")
    events = (
        ("User registered security info", text, 0),
        ("User registered all required security info", "", 4),
    )
    records = [
        AuditRecord(
            label=f"{label}/{seconds}",
            at=at + timedelta(seconds=seconds),
            activity=activity,
            service="Authentication Methods",
            operation="Add",
            by=who.acting(),
            targets=(who.as_target() | {"displayName": who.name},),
            reason=reason,
            correlation=shared,
        )
        for activity, reason, seconds in events
    ]
    methods = [{"MethodType": 6, "Default": True}, {"MethodType": 7, "Default": False}]
    if text == AUTHENTICATOR_TEXT:
        records.append(_directory(who, at, changed("StrongAuthenticationMethod", [], methods)))
    return tuple(records)


def quiet_registration(who: Person, at: datetime) -> tuple[AuditRecord, ...]:
    """An authenticator app that only the directory tells of, as seen since January 2026."""
    apps = [phone_app(who, at, "6.8.41", 0)]
    return (_directory(who, at, changed("StrongAuthenticationPhoneAppDetail", [], apps)),)


def _directory(who: Person, at: datetime, modified: Object) -> AuditRecord:
    return AuditRecord(
        label=f"registration/{who.upn}/directory",
        at=at - timedelta(milliseconds=640),
        activity="Update user",
        by=AUTHENTICATOR,
        targets=(
            who.as_target(
                modified,
                included(modified["displayName"]),
                changed("TargetId.UserType", None, "Member"),
            ),
        ),
        details=(("UserType", "Member"),),
    )


def reset_by_admin(who: Person, admin: Person, at: datetime, label: str) -> tuple[AuditRecord, ...]:
    """An administrator sets a password: the directory's record and the password service's."""
    directory = AuditRecord(
        label=f"{label}/directory",
        at=at - timedelta(milliseconds=380),
        activity="Reset user password",
        by=admin.in_portal(),
        targets=(who.as_target(),),
    )
    service = AuditRecord(
        label=f"{label}/service",
        at=at,
        activity="Reset password (by admin)",
        service="Self-service Password Management",
        by=admin.acting(),
        targets=(who.as_target() | {"displayName": who.name},),
        details=(("OnPremisesAgent", "None"),),
        reason="None",
        shape=Shape.OF_2022,
    )
    return directory, service


def reset_by_oneself(
    who: Person, at: datetime, label: str, lag: timedelta = USUAL_LAG
) -> tuple[AuditRecord, ...]:
    """A person resets a forgotten password with a method registered long ago."""
    steps = (
        ("Self-service password reset flow activity progress", "User submitted their user ID", 0),
        (
            "Self-service password reset flow activity progress",
            "User successfully reset password",
            95,
        ),
        ("Reset password (self-service)", "Successfully completed reset.", 96),
    )
    shared = guid(f"{label}/correlation")
    return tuple(
        AuditRecord(
            label=f"{label}/{seconds}",
            at=at + timedelta(seconds=seconds),
            lag=lag,
            activity=activity,
            service="Self-service Password Management",
            by=Initiator(user_id=who.id, upn=who.upn),
            targets=(who.as_target() | {"displayName": who.name},),
            reason=reason,
            correlation=shared,
            shape=Shape.OF_2022,
        )
        for activity, reason, seconds in steps
    )
