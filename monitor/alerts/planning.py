"""What each channel is to be sent next, decided from the ledger, the routes and the time.

Nothing here sends or records; the follower does both.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from monitor.alerts.incident import belongs, leading, thread_of, time_of
from monitor.alerts.message import Form
from monitor.alerts.ports import FiledFinding, Result, Sent, Undelivered
from monitor.alerts.route import RATE_WINDOW, Route, severity_of
from monitor.rules.model import Severity
from monitor.view.deliveries import FAILING, NOBODY

UPDATE_EVERY = timedelta(minutes=10)
"""The least time between two messages about one incident on a channel."""
SUMMARY_EVERY = timedelta(minutes=1)
"""The least time between two summaries on a channel that is above its rate."""
PAUSE_SECONDS = 15.0
"""Pause after a first failure; it doubles with each further one."""
LONGEST_PAUSE_SECONDS = 900.0


def pause_seconds(failures: int) -> float:
    """Return the pause after that many failures in a row: 15 s, 30 s ... at most 15 minutes."""
    if failures <= 0:
        return 0.0
    return min(PAUSE_SECONDS * 2.0 ** min(failures - 1, 10), LONGEST_PAUSE_SECONDS)


@dataclass(frozen=True, slots=True)
class Errand:
    """One finding on its way to one channel.

    `attempt` counts from 1. `left` names the channels the finding is not settled on; all errands of
    a finding share it, and it shrinks as they are run.
    """

    filed: FiledFinding
    channel: str
    attempt: int
    left: set[str]


@dataclass(frozen=True, slots=True)
class Parcel:
    """Findings that one message tells a channel of, the lead first; `thread` is their incident.

    `number` is 0 for the first message of an incident and n for its nth update.
    """

    channel: str
    errands: tuple[Errand, ...]
    form: Form
    number: int
    thread: str

    @property
    def lead(self) -> Errand:
        """The errand the message is named after."""
        return self.errands[0]

    @property
    def findings(self) -> list[FiledFinding]:
        """The findings, the lead first."""
        return [errand.filed for errand in self.errands]


@dataclass(slots=True)
class Plan:
    """The parcels of each channel in order, and the errands to close without sending, with why."""

    parcels: dict[str, list[Parcel]] = field(default_factory=dict)
    closed: list[tuple[Errand, Sent]] = field(default_factory=list)


class Planner:
    """Makes the plan of one round.

    Args:
        undelivered: the findings, and what each channel was told before.
        routes: what each channel takes, by its name.
        minimum: findings below it are not sent, and no entry is made of that.
        oldest: how long a failing channel is tried for one finding.
        resting: says whether a channel is having a rest after failures.
    """

    def __init__(
        self,
        undelivered: Undelivered,
        routes: Mapping[str, Route],
        *,
        minimum: Severity,
        oldest: timedelta,
        resting: Callable[[str], bool],
    ) -> None:
        self._undelivered = undelivered
        self._routes = routes
        self._minimum = minimum
        self._oldest = oldest
        self._resting = resting

    def plan(
        self, pending: Iterable[FiledFinding], now: datetime, older_than: timedelta | None
    ) -> Plan:
        """Return what is due now; sweeps leave alone what was committed less than that ago."""
        plan = Plan()
        held = {name for name in self._routes if self.held(name, now)}
        errands: dict[str, list[Errand]] = {name: [] for name in self._routes}
        for filed in pending:
            if self._wanted(filed, now, older_than):
                self._sort(filed, now, errands, plan)
        for name, mine in errands.items():
            plan.parcels[name] = [] if name in held else self._parcels(name, mine, now)
        return plan

    def held(self, name: str, now: datetime) -> bool:
        """Say whether a channel can take nothing now because of its rate."""
        return held_back(self._routes[name], self._undelivered.sent(name), now)

    def _wanted(self, filed: FiledFinding, now: datetime, older_than: timedelta | None) -> bool:
        """Is it ours to send, and at or above the minimum? A severity nobody can read is."""
        if older_than is not None and now - filed.filed < older_than:
            return False
        return severity_of(filed.leaf).rank >= self._minimum.rank

    def _sort(
        self, filed: FiledFinding, now: datetime, errands: dict[str, list[Errand]], plan: Plan
    ) -> None:
        """Give the finding to the channels it is due on, and close what is over."""
        left = {name for name in self._takers(filed) if not _settled(filed, name)}
        if not left:
            plan.closed.append((Errand(filed, NOBODY, 1, left), _epitaph(filed)))
        for name in sorted(left):
            errand = Errand(filed, name, _attempts(filed, name) + 1, left)
            if self._given_up(errand, now):
                reason = f"given up after {self._oldest.days} days"
                plan.closed.append((errand, Sent(Result.REFUSED, reason)))
            elif self._due(errand, now):
                errands[name].append(errand)

    def _takers(self, filed: FiledFinding) -> set[str]:
        """Name the channels the finding is for; escalation ends with an acknowledgement."""
        takers = {
            name
            for name, route in self._routes.items()
            if route.takes(filed.leaf) and not (route.escalates_after and filed.acknowledged)
        }
        if filed.leaf.get("rule") != FAILING:
            return takers
        about = filed.leaf.get("object")
        ill = {str(about.get("id"))} if isinstance(about, dict) else set()
        fallback = {name for name, route in self._routes.items() if route.fallback} - ill
        escalating = {name for name in takers if self._routes[name].escalates_after} - ill
        return fallback | escalating if fallback else takers - ill

    def _given_up(self, errand: Errand, now: datetime) -> bool:
        """Too old, and the channel has had its chance or is out of reach right now."""
        old = now - errand.filed.filed > self._oldest
        return old and (errand.attempt > 1 or self._resting(errand.channel))

    def _due(self, errand: Errand, now: datetime) -> bool:
        """Has the channel, and this finding on it, rested long enough, and is it time to tell?"""
        route, filed = self._routes[errand.channel], errand.filed
        if self._resting(errand.channel) or route.waits_for_people(filed.filed, now):
            return False
        return not (route.quiet and route.quiet.holds(severity_of(filed.leaf), now))

    def _parcels(self, name: str, errands: Sequence[Errand], now: datetime) -> list[Parcel]:
        """Put findings of one incident together; what was tried least goes first, then by entry."""
        route = self._routes[name]
        groups: dict[tuple[str, str], list[Errand]] = {}
        for errand in errands:
            tenant = str(errand.filed.leaf.get("tenant", ""))
            thread = thread_of(errand.filed) if route.most else f"entry/{errand.filed.index}"
            groups.setdefault((tenant, thread), []).append(errand)
        found = [
            parcel
            for (tenant, thread), group in groups.items()
            for cluster in _clusters(group)
            if (parcel := self._parcel(tenant, thread, cluster, now))
        ]
        return sorted(found, key=_turn)

    def _parcel(
        self, tenant: str, thread: str, errands: list[Errand], now: datetime
    ) -> Parcel | None:
        """Return the next message about an incident; None where it is not time for it yet."""
        if not all(_rested(errand, now) for errand in errands):
            return None
        name = errands[0].channel
        told = self._undelivered.thread(name, tenant, thread)
        number = 0
        if told and belongs(errands[0].filed, told.latest):
            if now - told.sent < UPDATE_EVERY:
                return None
            number = told.number + 1
        order = {one.index: place for place, one in enumerate(leading(e.filed for e in errands))}
        ordered = tuple(sorted(errands, key=lambda errand: order[errand.filed.index]))
        return Parcel(name, ordered, self._form(name, number), number, thread)

    def _form(self, name: str, number: int) -> Form:
        if self._routes[name].escalates_after:
            return Form.ESCALATION
        return Form.UPDATE if number else Form.ALERT


def held_back(route: Route, sent: Sequence[datetime], now: datetime) -> bool:
    """Say whether a channel is above its rate and had a summary too short a time ago."""
    recent = [at for at in sent if now - at < RATE_WINDOW]
    above = route.most is not None and len(recent) > route.most
    return above and now - recent[-1] < SUMMARY_EVERY


def within_rate(
    route: Route, parcels: list[Parcel], sent: Sequence[datetime], now: datetime
) -> Parcel | None:
    """Take the next parcel; above the rate one of all that are left, or None for not yet.

    `parcels` is not empty, and what is taken is taken out of it. `sent` are the times of the latest
    messages to the channel, oldest first.
    """
    recent = [at for at in sent if now - at < RATE_WINDOW]
    if route.most is None or len(recent) < route.most:
        return parcels.pop(0)
    if held_back(route, sent, now):
        return None
    if len(parcels) == 1:
        return parcels.pop()
    errands = {errand.filed.index: errand for parcel in parcels for errand in parcel.errands}
    ordered = tuple(errands[one.index] for one in leading(e.filed for e in errands.values()))
    parcels.clear()
    return Parcel(ordered[0].channel, ordered, Form.SUMMARY, 0, f"entry/{ordered[0].filed.index}")


def _turn(parcel: Parcel) -> tuple[int, int]:
    attempt = max(errand.attempt for errand in parcel.errands)
    return attempt, min(errand.filed.index for errand in parcel.errands)


def _clusters(errands: list[Errand]) -> list[list[Errand]]:
    """Cut findings of one thread where more than an hour lies between two of them."""
    clusters: list[list[Errand]] = []
    for errand in sorted(errands, key=lambda one: time_of(one.filed)):
        if clusters and belongs(errand.filed, time_of(clusters[-1][-1].filed)):
            clusters[-1].append(errand)
        else:
            clusters.append([errand])
    return clusters


def _rested(errand: Errand, now: datetime) -> bool:
    tried = errand.filed.tried.get(errand.channel)
    return tried is None or now >= tried.at + timedelta(seconds=pause_seconds(tried.attempt))


def _settled(filed: FiledFinding, name: str) -> bool:
    tried = filed.tried.get(name)
    return tried is not None and tried.outcome is not Result.FAILED


def _attempts(filed: FiledFinding, name: str) -> int:
    tried = filed.tried.get(name)
    return tried.attempt if tried else 0


def _epitaph(filed: FiledFinding) -> Sent:
    """Say why a finding is closed that no channel is left for."""
    if any(tried.outcome is Result.FAILED for tried in filed.tried.values()):
        return Sent(Result.REFUSED, "no channel is left")
    if filed.acknowledged:
        return Sent(Result.SPARED, "acknowledged")
    return Sent(Result.SPARED, "no channel takes it")
