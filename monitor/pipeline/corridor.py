"""Steps 1 to 5 of the corridor: messages in, leaves out, on a working copy of the state.

Commits nothing.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from hashlib import sha256
from traceback import extract_tb

import structlog

from monitor.clock import EPOCH, Clock, EventClock
from monitor.coverage.compare import compare
from monitor.coverage.emergency import lockouts
from monitor.enrolment.clock import expire, observe
from monitor.errors import LedgerConflict, LedgerCorrupt, StorageUnavailable
from monitor.events.activity import Concern, concern_of
from monitor.events.batch import Message
from monitor.events.model import (
    UNKNOWN_TENANT,
    AuditEvent,
    Quarantined,
    Reading,
    RecordKey,
    TenantId,
)
from monitor.events.read import read_message
from monitor.pipeline import gaps, leaves, stream
from monitor.pipeline.findings import Cause, written
from monitor.pipeline.holes import mark_hole
from monitor.pipeline.leaves import Leaf, Origin, RawPlace
from monitor.pipeline.stream import Notice
from monitor.pipeline.terms import Archive, Policy, Tally
from monitor.pipeline.versions import differences
from monitor.pipeline.working import Working
from monitor.posture.change import Change, Effect, Pending
from monitor.posture.document import Body, Document, DocumentKind
from monitor.posture.fold import fold
from monitor.posture.membership import decides, read_conversion
from monitor.posture.posture import Posture
from monitor.rules.case import (
    AccountCase,
    AlteredCase,
    Case,
    ChangeCase,
    EventCase,
    FaultCase,
    UnreadCase,
    UnseenCase,
)
from monitor.rules.model import Severity
from monitor.rules.registry import judge

ACCOUNT_CONCERNS = frozenset({Concern.ACCOUNT, Concern.SECURITY_INFO})

log = structlog.get_logger(__name__)


UNCLEAR = "its result says neither success nor failure: it was judged as if it had happened"


@dataclass(slots=True)
class Evaluation:
    """One batch being judged on a working state.

    `first` is the log index its first leaf will have.
    """

    working: Working
    archive: Archive
    policy: Policy
    clock: Clock
    received: datetime
    first: int
    tally: Tally = field(default_factory=Tally)
    leaves: list[Leaf] = field(default_factory=list)
    bodies: bytearray = field(default_factory=bytearray)
    message: Message | None = None
    copy: bool = False

    @property
    def now(self) -> datetime:
        """The moment decisions are made at."""
        return self.clock.now()

    @property
    def noticed(self) -> datetime:
        """When bytes without a time of their own were noticed.

        A replay that has read none yet has no time.
        """
        return self.now if self.now > EPOCH else self.received

    def messages(self, messages: Sequence[Message]) -> None:
        """Read and judge the messages in their order."""
        for message in messages:
            self.message = message
            reading = self._read(message.body)
            self.tally.seen += reading.seen
            self.tally.irrelevant += reading.irrelevant
            if reading.latest and isinstance(self.clock, EventClock):
                self.clock.advance(reading.latest)
            for item in reading.quarantined:
                self._quarantine(item)
            for event in reading.events:
                self._record(event)
        since = self.policy.watching_since
        sight = stream.Sight(self.working.cells, self.working.cursors, self.now, since)
        for leaf in [*stream.pulses(sight, messages)]:
            self.enter(leaf)

    def _read(self, body: bytes) -> Reading:
        """Read one message; a failure of our own quarantines it whole and is a finding."""
        try:
            return read_message(body)
        except Exception as error:  # noqa: BLE001 - the message's door (DESIGN section 6)
            key = RecordKey(f"sha256:{sha256(body).hexdigest()}")
            item = _failed(error, body, UNKNOWN_TENANT, key)
            origin = self._origin(item.tenant, item.key, body)
            if origin is None:
                self.tally.repeated += 1
            else:
                self._fault(item, origin, "a whole message", None)
            return Reading((), (), 0, 1, None)

    def sweep(self) -> None:
        """Settle what has been pending long enough; expire clocks whose deadline has come."""
        for tenant, matter in self.working.due_matters(self.now):
            self.unseen(TenantId(tenant), matter)
        for tenant, clock in self.working.due_clocks(self.now):
            overdue = expire(clock, self.now)
            if overdue:
                index = self.enter(leaves.overdue_leaf(tenant, overdue, self.now))
                self._judge(AccountCase(overdue, self.now), Cause(tenant, self.now, of=index))
        since = self.policy.watching_since
        sight = stream.Sight(self.working.cells, self.working.cursors, self.now, since)
        for leaf in [*gaps.gap_entries(sight)]:
            self.enter(leaf)
        self._notices(gaps.gap_notices(sight))
        self._notices(stream.notices(sight, self.policy.context))

    def lose(self, losses: Iterable[gaps.Loss]) -> None:
        """Enter that open positions can no longer be read, with a finding for each range."""
        for loss in [*gaps.still_open(losses, self.working.cells, self.working.cursors)]:
            index = self.enter(gaps.lost_leaf(loss, self.now))
            self._notices([gaps.lost_notice(loss, index)])

    def _notices(self, notices: Iterable[Notice], event: AuditEvent | None = None) -> None:
        for notice in [*notices]:
            cause = Cause(notice.tenant, self.now, event, notice.of, once=notice.once)
            self._judge(notice.case, cause)

    def enter(self, leaf: Leaf) -> int:
        """Take a leaf into the batch and fold it; return the index it will have in the log."""
        index = self.first + len(self.leaves)
        leaves.mark_synthetic(leaf)
        self.leaves.append(leaf)
        self.working.fold(index, leaf)
        return index

    def _origin(self, tenant: str, key: str, body: bytes) -> Origin | None:
        """Take the bytes into the batch; None where this very record already has its entry."""
        sighting = self.working.sighting(tenant, key)
        if sighting and any(self._is(place, body) for place in sighting.versions):
            return None
        origin = Origin(key, len(self.bodies), len(body), altered=sighting is not None)
        self.bodies += body
        return origin

    def _is(self, place: RawPlace, body: bytes) -> bool:
        """Say whether these bytes stand there; bytes that have expired are taken for the same."""
        stored = self._body(place)
        return stored is None or stored == body

    def _body(self, place: RawPlace) -> bytes | None:
        """The bytes that stand at that place, or None where they have expired."""
        if not place.digest:
            return bytes(self.bodies[place.offset : place.offset + place.length])
        return self.archive.read(place)

    def seal(self) -> None:
        """Keep the source bytes of the batch before it is committed; name them in its leaves."""
        if self.bodies:
            leaves.seal(self.leaves, self.archive.keep(bytes(self.bodies)))

    def _quarantine(self, item: Quarantined) -> None:
        origin = self._origin(item.tenant, item.key, item.body)
        if origin is None:
            self.tally.repeated += 1
        else:
            self._quarantine_as(item, origin)

    def _quarantine_as(self, item: Quarantined, origin: Origin) -> int:
        self.tally.quarantined += 1
        return self.enter(leaves.quarantine_leaf(item, origin, self.noticed))

    def _record(self, event: AuditEvent) -> None:
        origin = self._origin(event.tenant, event.key, event.body)
        if origin is None:
            self.tally.repeated += 1
            return
        mark = len(self.leaves)
        try:
            differs = self._differs(event) if origin.altered else None
            self.copy = differs == ()
            with self.working.attempt():
                self._judged(event, origin)
                self._arrival(event, differs, self.first + mark)
                leaves.refuse_oversized(self.leaves[mark:], event.body)
            self.tally.relevant += 1
        except (StorageUnavailable, LedgerCorrupt, LedgerConflict):
            raise
        except leaves.OversizedEntry as error:
            del self.leaves[mark:]
            item = Quarantined("too-large", str(error), None, event.body, event.tenant, event.key)
            self._quarantine_as(item, origin)
        except Exception as error:  # noqa: BLE001 - the record's door (DESIGN section 6)
            del self.leaves[mark:]
            item = _failed(error, event.body, event.tenant, event.key)
            self.copy = False
            self._fault(item, origin, event.activity, event)
        self.copy = False

    def _differs(self, event: AuditEvent) -> tuple[str, ...]:
        """Return in what a record differs from its known version most like it."""
        sighting = self.working.sighting(event.tenant, event.key)
        bodies = [self._body(place) for place in sighting.versions] if sighting else []
        told = [differences(event, body) for body in bodies if body is not None]
        return min(told, key=len, default=())

    def _arrival(self, event: AuditEvent, differs: tuple[str, ...] | None, index: int) -> None:
        """Judge how a record came: late, or for the second time and other than before."""
        if differs:
            cause = Cause(event.tenant, event.time, event, index)
            self._judge(AlteredCase(event, differs), cause)
        if self.policy.watching_since and self.message:
            self._notices(stream.late(event, self.message, self.now), event)

    def _fault(
        self, item: Quarantined, origin: Origin, activity: str, event: AuditEvent | None
    ) -> None:
        """Quarantine what this program failed on, with a critical finding; the batch goes on."""
        log.error("pipeline.internal_error", reason=item.reason, activity=activity)
        index = self._quarantine_as(item, origin)
        at = event.time if event else self.now
        self._judge(FaultCase(item.reason, activity), Cause(item.tenant, at, event, index))

    def _judged(self, event: AuditEvent, origin: Origin) -> None:
        concern = concern_of(event.activity)
        if concern is None:
            self._relabelled(event, origin)
            return
        act = self._act(event, concern)
        if concern in ACCOUNT_CONCERNS and not _touches_posture(event):
            index = self._account(event, leaves.enrolment_leaf(event, origin))
        else:
            index = self._changed(event, origin, concern)
        self._judge(act, Cause(event.tenant, event.time, event, index))

    def _relabelled(self, event: AuditEvent, origin: Origin) -> None:
        """A record whose two names disagree, only the hidden one being watched: not understood."""
        target = event.target()
        name = (target.name or target.upn or "") if target else ""
        problem = "its operationName and its activityDisplayName disagree"
        identity = (target.id or "") if target else ""
        change = Change(Effect.NOT_UNDERSTOOD, None, identity, name, event.time, problem=problem)
        index = self.enter(leaves.change_leaf(event, origin, change, None))
        self._judge(UnreadCase(event, change), Cause(event.tenant, event.time, event, index))

    def _act(self, event: AuditEvent, concern: Concern) -> EventCase:
        """The record as the rules about acts see it, on the state before it."""
        posture, context = self.working.posture(event.tenant), self.policy.context
        identity = _account_id(event)
        clock = self.working.clock(event.tenant, identity) if identity else None
        return EventCase(event, concern, posture, context, clock)

    def _changed(self, event: AuditEvent, origin: Origin, concern: Concern) -> int:
        memory = self.working.memory(event.tenant)
        change = fold(event, concern, memory, self.now)
        pair = self._postures(event.tenant, change)
        comparison = compare(*pair) if pair else None
        leaf = leaves.change_leaf(event, origin, change, comparison)
        index = self._account(event, leaf) if concern in ACCOUNT_CONCERNS else self.enter(leaf)
        self._apply(event.tenant, change)
        if change.effect is Effect.NOT_UNDERSTOOD:
            self._judge(UnreadCase(event, change), Cause(event.tenant, event.time, event, index))
        elif pair and comparison:
            context = self.policy.context
            locked = lockouts(*pair, context.emergency, context.external_only)
            hole = self.working.hole_since(event.tenant, change.kind, change.id)
            case = ChangeCase(event, change, comparison, locked, context, hole)
            self._judge(case, Cause(event.tenant, event.time, event, index))
            if event.result_unclear:
                unclear = UnreadCase(event, replace(change, problem=UNCLEAR))
                self._judge(unclear, Cause(event.tenant, event.time, event, index))
        return index

    def _account(self, event: AuditEvent, leaf: Leaf) -> int:
        identity = _account_id(event)
        if identity:
            clock = self.working.clock(event.tenant, identity)
            after = observe(clock, event, self.policy.terms)
            if after is not None:
                leaf["clock"] = leaves.clock_json(after)
        return self.enter(leaf)

    def _postures(self, tenant: TenantId, change: Change) -> tuple[Posture, Posture] | None:
        """The two postures a change stands between; None where there is nothing to compare."""
        if not change.comparable or change.kind is None:
            return None
        posture = self.working.posture(tenant)
        if not decides(posture, change.kind, change.id):
            return None
        before = _with(posture, change.kind, change.id, change.at, change.before)
        after = _with(posture, change.kind, change.id, change.at, change.after)
        return before, after

    def _apply(self, tenant: TenantId, change: Change) -> None:
        if change.effect is not Effect.APPLIED or change.kind is None:
            return
        if change.after is None:
            self.working.remove(tenant, change.kind, change.id)
        else:
            document = Document(change.kind, change.id, change.at, change.after)
            self.working.put(tenant, document)

    def unseen(
        self, tenant: TenantId, matter: Pending, *, of: int | None = None, source: str = ""
    ) -> None:
        """Judge a step that no record explained: one that was pending, or one a baseline shows."""
        comparison = None
        if matter.recorded is not None or matter.old is not None:
            posture = self.working.posture(tenant)
            before = _with(posture, matter.kind, matter.id, matter.mark, matter.recorded)
            after = _with(posture, matter.kind, matter.id, matter.mark, matter.old)
            comparison = compare(before, after)
        case = UnseenCase(matter, comparison, source)
        settles = None if source else matter.key
        self._judge(case, Cause(tenant, self.now, of=of, settles=settles))

    def _judge(self, case: Case, cause: Cause) -> None:
        """Enter what the rules find in the case; a copy of a known record is not judged again."""
        if self.copy:
            return
        opened = False
        for finding in judge(case):
            cells, index = self.working.cells, self.first + len(self.leaves)
            leaf = written(cells, case, finding, cause, index, self.policy.context)
            if leaf is None:
                continue
            if not opened:
                opened = mark_hole(cells, leaf, case, self.working.posture(TenantId(cause.tenant)))
            floor = self.policy.notify_from
            if floor is None or Severity(str(leaf["severity"])).rank < floor.rank:
                leaf["notify"] = False
            self.enter(leaf)


def _account_id(event: AuditEvent) -> str | None:
    user = event.target("User") or event.target()
    return (user.id or user.upn) if user else None


def _failed(error: Exception, body: bytes, tenant: TenantId, key: RecordKey) -> Quarantined:
    """Say what failed and where, never with the exception's text: it may hold personal data."""
    frames = extract_tb(error.__traceback__)
    where = f"{frames[-1].name}:{frames[-1].lineno}" if frames else "unknown"
    reason = f"{type(error).__name__} in {where}"
    return Quarantined("internal-error", reason, None, body, tenant, key)


def _touches_posture(event: AuditEvent) -> bool:
    switched = any(target.property("StrongAuthenticationRequirement") for target in event.targets)
    return switched or read_conversion(event) is not None


def _with(
    posture: Posture, kind: DocumentKind, identity: str, at: datetime, body: Body | None
) -> Posture:
    if body is None:
        return posture.without(kind, identity)
    return posture.with_document(Document(kind, identity, at, body))
