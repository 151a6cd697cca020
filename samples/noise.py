"""An ordinary day's records: directory sync, devices, groups, licences, passwords, consent.

None of it changes who needs MFA. Each function writes one kind; `times` spreads them over the day,
thin at night (the hospital is in Chicago, five hours behind UTC in September).
"""

from collections.abc import Iterator
from datetime import datetime, timedelta

from samples import cast
from samples.cast import Group, Person
from samples.credentials import authenticator_apps
from samples.records import (
    FIRST_MOMENT,
    LAST_MOMENT,
    AuditRecord,
    Dice,
    Initiator,
    Object,
    Shape,
    changed,
    guid,
    included,
    target,
)

Records = Iterator[AuditRecord]
NOISE_LAGS = (60, 200)
"""Seconds between an ordinary act and its arrival, least and most."""
CHICAGO = timedelta(hours=-5)
MARGIN = timedelta(minutes=4)
"""Ordinary acts stop this long before the stream ends, so that all of them arrive."""


def times(dice: Dice, count: int) -> list[Object]:
    """Return `count` pairs of `at` and `lag` for an AuditRecord, in order of time."""
    span = (LAST_MOMENT - FIRST_MOMENT - MARGIN).total_seconds()
    found: list[datetime] = []
    while len(found) < count:
        at = FIRST_MOMENT + timedelta(seconds=dice.share() * span)
        hour = (at + CHICAGO).hour
        weight = 1.0 if 7 <= hour < 18 else 0.4 if 18 <= hour < 22 else 0.12
        if dice.share() < weight:
            found.append(at)
    return [{"at": at, "lag": lag(dice)} for at in sorted(found)]


def lag(dice: Dice) -> timedelta:
    """Return how long an ordinary record travels."""
    least, most = NOISE_LAGS
    return timedelta(seconds=least + dice.share() * (most - least))


def directory_sync() -> Records:
    """Every half hour the sync engine touches a handful of accounts within one second."""
    dice = Dice("noise/sync")
    for cycle in range(49):
        start = FIRST_MOMENT + timedelta(minutes=28.5 + 30 * cycle)
        together = lag(dice)
        for number, who in enumerate(dice.few(cast.STAFF, 8 + dice.below(11))):
            at = start + timedelta(milliseconds=number * 37 + dice.below(30))
            before = start - timedelta(minutes=30)
            sync = changed("LastDirSyncTime", [f"{before:%FT%TZ}"], [f"{start:%FT%TZ}"])
            yield AuditRecord(
                label=f"sync/{cycle}/{number}",
                at=at,
                lag=together,
                activity="Update user",
                by=cast.CONNECT,
                targets=(who.as_target(sync, included("LastDirSyncTime")),),
                details=(("UserType", "Member"),),
            )


def mailbox_service() -> Records:
    """Exchange's back end says that it changed something, and not what."""
    dice = Dice("noise/substrate")
    for number, when in enumerate(times(dice, 230)):
        yield AuditRecord(
            label=f"substrate/{number}",
            activity="Update user",
            by=cast.SUBSTRATE,
            targets=(dice.pick(cast.STAFF).as_target(included("")),),
            details=(("UserType", "Member"),),
            **when,
        )


def authenticator_refreshes() -> Records:
    """The app on a phone reports its last use: no registration, no change of method."""
    dice = Dice("noise/authenticator")
    admins = (cast.DARREN, cast.MARTA, cast.COLIN, cast.PRIYA, *cast.DESK)
    regulars = (*admins, *cast.STAFF[:70])
    for number, when in enumerate(times(dice, 190)):
        who = regulars[number % len(regulars)]
        old, new = authenticator_apps(who, when["at"], dice)
        yield AuditRecord(
            label=f"authenticator/{number}",
            activity="Update user",
            by=cast.AUTHENTICATOR,
            targets=(
                who.as_target(
                    changed("StrongAuthenticationPhoneAppDetail", old, new),
                    included("StrongAuthenticationPhoneAppDetail"),
                    changed("TargetId.UserType", None, "Member"),
                ),
            ),
            details=(("UserType", "Member"),),
            **when,
        )


def devices() -> Records:
    """Windows updates, and a few new devices."""
    dice = Dice("noise/devices")
    for number, when in enumerate(times(dice, 290)):
        name = f"LKS-{dice.pick(('WS', 'LT', 'CART'))}-{1000 + dice.below(900)}"
        build = 26200 + dice.below(40)
        versions = (f"10.0.{build}.1", f"10.0.{build}.{2 + dice.below(9)}")
        modified = changed("DeviceOSVersion", [versions[0]], [versions[1]])
        yield AuditRecord(
            label=f"device/{number}",
            activity="Update device",
            category="Device",
            by=dice.pick((cast.DEVICES, cast.INTUNE)),
            targets=(
                target(
                    "Device",
                    guid(f"device/{name}"),
                    name,
                    modified,
                    included("DeviceOSVersion"),
                    changed("TargetId.DeviceOSType", None, "Windows"),
                ),
            ),
            **when,
        )
    for number, when in enumerate(times(dice, 9)):
        name = f"LKS-LT-{2000 + number}"
        yield AuditRecord(
            label=f"device/new/{number}",
            activity="Register device",
            service="Device Registration Service",
            category="Device",
            operation="Add",
            by=dice.pick(cast.STAFF).acting(),
            targets=(target("Device", guid(f"device/{name}"), name),),
            shape=Shape.OF_2025,
            **when,
        )


def membership(who: Person, group: Group, *, joins: bool) -> tuple[Object, Object]:
    """Return the two targets of a membership change; the group's id stands with the member."""
    values = (
        ("Group.ObjectID", group.id),
        ("Group.DisplayName", group.name),
        ("Group.WellKnownObjectName", None),
    )
    properties = [
        changed(name, None, value) if joins else changed(name, value, None)
        for name, value in values
    ]
    return who.as_target(*properties), group.as_target()


def ordinary_groups() -> Records:
    """People join and leave groups that no policy knows."""
    dice = Dice("noise/groups")
    for number, when in enumerate(times(dice, 130)):
        joins = dice.share() < 0.7
        who, group = dice.pick(cast.STAFF), dice.pick(cast.ORDINARY_GROUPS)
        yield AuditRecord(
            label=f"group/{number}",
            activity="Add member to group" if joins else "Remove member from group",
            category="GroupManagement",
            operation="Assign" if joins else "Unassign",
            by=cast.HR if dice.share() < 0.5 else dice.pick(cast.DESK).in_portal(),
            targets=membership(who, group, joins=joins),
            **when,
        )


def group_descriptions() -> Records:
    """Descriptions are edited, also of the groups that the policies name."""
    dice = Dice("noise/descriptions")
    named = (cast.CLINICAL, cast.PILOT, cast.VENDORS, cast.ANALYZERS)
    for number, when in enumerate(times(dice, 24)):
        group = (*named, *cast.ORDINARY_GROUPS)[number % 14]
        text = changed("Description", [f"Owner: desk {number}"], [f"Owner: desk {number + 1}"])
        yield AuditRecord(
            label=f"description/{number}",
            activity="Update group",
            category="GroupManagement",
            by=cast.HR,
            targets=(group.as_target(text, included("Description")) | {"displayName": group.name},),
            **when,
        )


LICENCE_TEXT = (
    '{"targetUpdatedProperties":"[{\\"Name\\":\\"AssignedLicense\\",\\"OldValue\\":[],\\"NewValue\\":'
    '[\\"[SkuName=LAKESIDE_CLINICAL, AccountId=0, DisabledPlans=[]]\\"]},{\\"Name\\":'
    '\\"AssignedPlan\\",\\"OldValue\\":[],\\"NewValue\\":[\\"[ServiceInstance=mail/lakeside-01, '
    'CapabilityStatus=0, Service=mail]\\"]}]"}'
)


def licence(who: Person, label: str, when: Object, by: Initiator, chunks: int = 3) -> Records:
    """One licence change, cut into chunks none of which can be read alone."""
    width = -(-len(LICENCE_TEXT) // chunks)
    for number in range(chunks):
        text = LICENCE_TEXT[number * width : (number + 1) * width]
        yield AuditRecord(
            label=f"{label}/chunk/{number + 1}",
            activity="Change user license",
            by=by,
            targets=(who.as_target(),),
            details=(
                ("id", guid(f"{label}/split")),
                ("seq", str(number + 1)),
                ("b", text),
                ("c", str(chunks)),
            ),
            correlation=guid(f"{label}/licence"),
            at=when["at"] + timedelta(milliseconds=3 * number),
            lag=when["lag"],
        )


def licences() -> Records:
    """Licences of people who were here yesterday."""
    dice = Dice("noise/licences")
    for number, when in enumerate(times(dice, 32)):
        yield from licence(
            dice.pick(cast.STAFF), f"licence/{number}", when, dice.pick(cast.DESK).in_portal()
        )


def everything() -> Records:
    """Yield all kinds of this module."""
    yield from directory_sync()
    yield from mailbox_service()
    yield from authenticator_refreshes()
    yield from devices()
    yield from ordinary_groups()
    yield from group_descriptions()
    yield from licences()
