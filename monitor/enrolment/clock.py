"""New account -> enrolled | overdue | exempt: a pure state machine per account.

The clock starts when an enabled member account is created (or a created one is enabled), its
deadline is computed then and stored, and it stops with the first proof of a registered method. What
this program never saw created it does not judge: no clock, no finding. Times are aware and in UTC.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from monitor.events.model import AuditEvent, TargetResource


class Stage(StrEnum):
    """Where an account stands."""

    WAITING = "waiting"
    ENROLLED = "enrolled"
    OVERDUE = "overdue"
    EXEMPT = "exempt"
    DISABLED = "disabled"
    DELETED = "deleted"


@dataclass(frozen=True, slots=True)
class Terms:
    """What the configuration says when a clock starts; later changes move no running clock."""

    deadline: timedelta
    guests: bool = False


@dataclass(frozen=True, slots=True)
class EnrolmentClock:
    """One account's clock. `since` is the time of the record that brought it to this stage.

    `created` is None where only a registration was seen; `deadline` is there while waiting or
    overdue.
    """

    user: str
    upn: str
    stage: Stage
    since: datetime
    created: datetime | None = None
    deadline: datetime | None = None
    guest: bool = False


CREATES = frozenset({"add user", "invite external user", "restore user"})
REMOVES = frozenset({"delete user", "hard delete user"})
REGISTERS = frozenset(
    {
        "user registered security info",
        "user registered all required security info",
        "admin registered security info",
    }
)
NO_SECOND_FACTOR = ("app password", "temporary access pass")
"""Registrations that leave an account without a lasting second factor (texts of `resultReason`)."""


def observe(clock: EnrolmentClock | None, event: AuditEvent, terms: Terms) -> EnrolmentClock | None:
    """Return the account's clock after the record, or None where the record changes nothing."""
    user = event.target("User") or event.target()
    if user is None or not (user.id or user.upn) or not event.succeeded or event.fragment:
        return None
    if clock is not None and event.time < clock.since:
        return _fill_in_creation(clock, event)
    if event.activity in CREATES:
        return _created(clock, event, user, terms)
    if event.activity in REMOVES:
        return _moved(clock, Stage.DELETED, event)
    if registers_method(event):
        return _enrolled(clock, event, user)
    return _switched(clock, event, user, terms)


def expire(clock: EnrolmentClock, now: datetime) -> EnrolmentClock | None:
    """Return the overdue clock where its deadline has passed, else None."""
    if clock.stage is Stage.WAITING and clock.deadline and clock.deadline <= now:
        return replace(clock, stage=Stage.OVERDUE, since=clock.deadline)
    return None


def registers_method(event: AuditEvent) -> bool:
    """Say whether the record proves that the account now has a lasting second factor.

    Back-end records of June 2026 on (operationType ServiceApi, reason equal to the activity) prove
    nothing; an app password or a Temporary Access Pass is not a second factor that lasts.
    """
    if event.activity in REGISTERS:
        reason = (event.reason or "").casefold()
        echo = event.operation_type.casefold() == "serviceapi" and reason == event.activity
        pass_only = any(name.startswith("TemporaryAccessPass") for name in _property_names(event))
        return not echo and not pass_only and not any(text in reason for text in NO_SECOND_FACTOR)
    return any(_gains_method(target) for target in event.targets)


def _property_names(event: AuditEvent) -> list[str]:
    return [prop.name for target in event.targets for prop in target.modified]


def _gains_method(target: TargetResource) -> bool:
    method = target.property("StrongAuthenticationMethod")
    apps = target.property("StrongAuthenticationPhoneAppDetail")
    return any(
        prop is not None and isinstance(prop.new, list) and bool(prop.new)
        for prop in (method, apps)
    )


def _fill_in_creation(clock: EnrolmentClock, event: AuditEvent) -> EnrolmentClock | None:
    """A late creation record tells when the account was made; the stage stays."""
    late = event.activity in CREATES and clock.created is None
    return replace(clock, created=event.time) if late else None


def _flag(target: TargetResource, name: str) -> bool | None:
    """The new value of a boolean directory attribute (`[true]`), or None where it is not shown."""
    prop = target.property(name)
    value = prop.new if prop else None
    first = value[0] if isinstance(value, list) and value else value
    return first if isinstance(first, bool) else None


def _is_guest(target: TargetResource, activity: str) -> bool:
    prop = target.property("UserType")
    kind = prop.new[0] if prop and isinstance(prop.new, list) and prop.new else None
    shown = isinstance(kind, str) and kind.casefold() == "guest"
    return shown or activity == "invite external user" or "#ext#" in (target.upn or "").casefold()


def _created(
    clock: EnrolmentClock | None, event: AuditEvent, user: TargetResource, terms: Terms
) -> EnrolmentClock | None:
    guest = _is_guest(user, event.activity)
    identity = user.id or user.upn or ""
    new = EnrolmentClock(identity, _upn(user), Stage.WAITING, event.time, event.time, None, guest)
    if event.activity == "restore user":
        return _restored(clock, event, terms)
    if guest and not terms.guests:
        return replace(new, stage=Stage.EXEMPT)
    if _flag(user, "AccountEnabled") is False:
        return replace(new, stage=Stage.DISABLED)
    return replace(new, deadline=event.time + terms.deadline)


def _restored(
    clock: EnrolmentClock | None, event: AuditEvent, terms: Terms
) -> EnrolmentClock | None:
    """A restored account starts anew; its methods may be gone. One we never saw has no clock."""
    if clock is None or clock.stage is not Stage.DELETED or (clock.guest and not terms.guests):
        return None
    return replace(
        clock, stage=Stage.WAITING, since=event.time, deadline=event.time + terms.deadline
    )


def _upn(user: TargetResource) -> str:
    prop = user.property("UserPrincipalName")
    value = prop.new if prop else None
    first = value[0] if isinstance(value, list) and value else None
    return user.upn or (first if isinstance(first, str) else "") or user.name or user.id or ""


def _moved(clock: EnrolmentClock | None, stage: Stage, event: AuditEvent) -> EnrolmentClock | None:
    if clock is None or clock.stage is stage:
        return None
    return replace(clock, stage=stage, since=event.time, deadline=None)


def _enrolled(
    clock: EnrolmentClock | None, event: AuditEvent, user: TargetResource
) -> EnrolmentClock | None:
    if clock is None:
        identity = user.id or user.upn or ""
        return EnrolmentClock(identity, _upn(user), Stage.ENROLLED, event.time)
    return _moved(clock, Stage.ENROLLED, event)


def _switched(
    clock: EnrolmentClock | None, event: AuditEvent, user: TargetResource, terms: Terms
) -> EnrolmentClock | None:
    """Enabling starts the clock of an account that never enrolled; disabling stops it."""
    enabled = _flag(user, "AccountEnabled")
    if event.activity in ("enable account", "disable account"):
        enabled = event.activity == "enable account"
    if clock is None or enabled is None:
        return None
    if not enabled and clock.stage in (Stage.WAITING, Stage.OVERDUE):
        return _moved(clock, Stage.DISABLED, event)
    if enabled and clock.stage is Stage.DISABLED:
        deadline = event.time + terms.deadline
        return replace(clock, stage=Stage.WAITING, since=event.time, deadline=deadline)
    return None
