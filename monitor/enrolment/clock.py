"""New account -> enrolled | overdue | exempt: a pure state machine per account.

The clock starts when an enabled member account is created (or a created one is enabled), its
deadline is computed then and stored, and it stops with the first proof of a registered method.

It starts again, with a new deadline, when the last method goes: when the directory's list of
methods is emptied, or when the last of the methods is deleted that were seen registered since the
account was created. Whoever knows the password could then register the next method, as with a new
account. Of an account this program never saw created, only that is judged: otherwise it has no
deadline. Times are aware and in UTC.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from monitor.enrolment.methods import (
    IN_DIRECTORY,
    REGISTERS,
    act_of,
    deletes_method,
    empties_apps,
    empties_list,
    is_app,
    method_named,
    registers_method,
)
from monitor.events.model import AuditEvent, TargetResource

TWINS = timedelta(seconds=10)
"""How far apart the two records of one act may stand; captures show them in the same second."""
SAME_LOSS = timedelta(minutes=1)
"""How far apart a deletion and the emptied list it leads to may stand."""


class Stage(StrEnum):
    """Where an account stands."""

    WAITING = "waiting"
    ENROLLED = "enrolled"
    OVERDUE = "overdue"
    EXEMPT = "exempt"
    DISABLED = "disabled"
    DELETED = "deleted"
    UNJUDGED = "unjudged"
    """Never seen created: acts on it are remembered, it has no deadline."""


@dataclass(frozen=True, slots=True)
class Terms:
    """What the configuration says when a clock starts; later changes move no running clock."""

    deadline: timedelta
    guests: bool = False


@dataclass(frozen=True, slots=True)
class EnrolmentClock:
    """One account's clock. `since` is the time of the record that brought it to this stage.

    `created` is None where only a registration was seen; `deadline` is there while waiting or
    overdue. `methods` are the methods registered and not deleted since the creation, by the names
    records give them; None where not all are known. `lost` is when the last one went. `act` is the
    last act on the account's methods (`methods.act_of`), at `acted`.
    """

    user: str
    upn: str
    stage: Stage
    since: datetime
    created: datetime | None = None
    deadline: datetime | None = None
    guest: bool = False
    methods: tuple[str, ...] | None = None
    lost: datetime | None = None
    act: str = ""
    acted: datetime | None = None

    @property
    def without_method(self) -> bool:
        """Whether the account is known to have no second factor now."""
        return self.stage in (Stage.WAITING, Stage.OVERDUE)

    def repeats(self, event: AuditEvent) -> bool:
        """Say whether the record is the second one of an act already seen."""
        same = bool(self.act) and self.act == act_of(event)
        return same and self.acted is not None and abs(event.time - self.acted) <= TWINS

    def just_lost(self, event: AuditEvent) -> bool:
        """Say whether the last method went within the minute around the record."""
        return self.lost is not None and abs(event.time - self.lost) <= SAME_LOSS


CREATES = frozenset({"add user", "invite external user", "restore user"})
REMOVES = frozenset({"delete user", "hard delete user"})


def observe(clock: EnrolmentClock | None, event: AuditEvent, terms: Terms) -> EnrolmentClock | None:
    """Return the account's clock after the record, or None where the record changes nothing."""
    user = event.target("User") or event.target()
    if user is None or not (user.id or user.upn) or not event.succeeded or event.fragment:
        return None
    if event.result_unclear and event.activity not in CREATES:
        return None  # what may not have happened stops no clock
    if clock is not None and event.time < clock.since:
        return _fill_in_creation(clock, event, user, terms)
    moved = _observed(clock, event, user, terms)
    act = act_of(event)
    if not act:
        return moved
    known = moved or clock or _unjudged(user, event)
    return replace(known, act=act, acted=event.time)


def _observed(
    clock: EnrolmentClock | None, event: AuditEvent, user: TargetResource, terms: Terms
) -> EnrolmentClock | None:
    if event.activity in CREATES:
        return _created(clock, event, user, terms)
    if event.activity in REMOVES:
        return _moved(clock, Stage.DELETED, event)
    if registers_method(event):
        return _enrolled(clock, event, user)
    if deletes_method(event) or empties_list(event) or _loses_known_app(clock, event):
        return _lessened(clock, event, user, terms)
    return _switched(clock, event, user, terms)


def expire(clock: EnrolmentClock, now: datetime) -> EnrolmentClock | None:
    """Return the overdue clock where its deadline has passed, else None."""
    if clock.stage is Stage.WAITING and clock.deadline and clock.deadline <= now:
        return replace(clock, stage=Stage.OVERDUE, since=clock.deadline)
    return None


def _fill_in_creation(
    clock: EnrolmentClock, event: AuditEvent, user: TargetResource, terms: Terms
) -> EnrolmentClock | None:
    """A late creation record tells when the account was made; a stage that was judged stays."""
    if event.activity not in CREATES or clock.created is not None:
        return None
    if clock.stage is Stage.UNJUDGED:
        made = _created(None, event, user, terms)
        return replace(made, act=clock.act, acted=clock.acted) if made else None
    return replace(clock, created=event.time)


def _unjudged(user: TargetResource, event: AuditEvent) -> EnrolmentClock:
    identity = user.id or user.upn or ""
    guest = _is_guest(user, event.activity)
    return EnrolmentClock(identity, _upn(user), Stage.UNJUDGED, event.time, guest=guest)


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
    new = EnrolmentClock(
        identity, _upn(user), Stage.WAITING, event.time, event.time, None, guest, methods=()
    )
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
    deadline = event.time + terms.deadline
    return replace(clock, stage=Stage.WAITING, since=event.time, deadline=deadline, methods=())


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
        return replace(_unjudged(user, event), stage=Stage.ENROLLED)
    methods = _with_method(clock, event)
    moved = _moved(clock, Stage.ENROLLED, event) or clock
    enrolled = replace(moved, methods=methods, lost=None)
    return enrolled if enrolled != clock else None


def _with_method(clock: EnrolmentClock, event: AuditEvent) -> tuple[str, ...] | None:
    """The methods after a registration; one told by two records counts once."""
    if clock.methods is None:
        return None
    named = method_named(event) if event.activity in REGISTERS else ""
    if not named:
        return clock.methods or (IN_DIRECTORY,)
    if IN_DIRECTORY in clock.methods and event.time - clock.since <= SAME_LOSS:
        return (*(one for one in clock.methods if one != IN_DIRECTORY), named)
    return (*clock.methods, named)


def _lessened(
    clock: EnrolmentClock | None, event: AuditEvent, user: TargetResource, terms: Terms
) -> EnrolmentClock | None:
    """A method went; with the last one the clock starts again."""
    known = clock or _unjudged(user, event)
    left = _methods_left(known, event)
    judged = known.stage in (Stage.ENROLLED, Stage.UNJUDGED) and (terms.guests or not known.guest)
    if left == () and judged:
        deadline = event.time + terms.deadline
        return replace(
            known,
            stage=Stage.WAITING,
            since=event.time,
            deadline=deadline,
            methods=(),
            lost=event.time,
        )
    return replace(clock, methods=left) if clock and left != clock.methods else None


def _methods_left(clock: EnrolmentClock, event: AuditEvent) -> tuple[str, ...] | None:
    """The methods after a deletion; None where it cannot be told which are left."""
    if empties_list(event):
        # passkeys and keys do not stand in the directory's list
        return tuple(one for one in clock.methods or () if "fido2" in one or "passkey" in one)
    if clock.methods is None:
        return None
    if empties_apps(event):
        return tuple(one for one in clock.methods if not is_app(one))
    named = method_named(event)
    kinds = [one for one in clock.methods if one == named]
    kinds = kinds or [one for one in clock.methods if named and one.split()[0] == named.split()[0]]
    kinds = kinds or ([*clock.methods] if len(clock.methods) == 1 else [])
    if not kinds:
        return None
    place = clock.methods.index(kinds[0])
    return clock.methods[:place] + clock.methods[place + 1 :]


def _loses_known_app(clock: EnrolmentClock | None, event: AuditEvent) -> bool:
    """Whether apps went, and this program saw one registered."""
    return clock is not None and any(map(is_app, clock.methods or ())) and empties_apps(event)


def leaves_none(clock: EnrolmentClock | None, event: AuditEvent) -> bool:
    """Say whether the record takes the account's last method, as far as they are known."""
    if empties_list(event):
        return clock is None or not _methods_left(clock, event)
    lessens = deletes_method(event) or empties_apps(event)
    known = clock is not None and clock.methods is not None and lessens
    return known and clock is not None and bool(clock.methods) and _methods_left(clock, event) == ()


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
