"""The fold: what one audit record does to the tenant's documents.

Pure; see `change` for its rules.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Protocol

from monitor.errors import MalformedEvent
from monitor.events.activity import Concern
from monitor.events.model import AuditEvent
from monitor.posture.change import PATIENCE, Change, Effect, Known, Pending, Reason
from monitor.posture.document import Body, DocumentKind
from monitor.posture.extract import (
    METHODS_POLICY_ID,
    NotUnderstood,
    TwinMark,
    Versions,
    twin_mark,
    versions,
)
from monitor.posture.grants import read_grant
from monitor.posture.membership import (
    DELETED,
    RESTORED,
    emptied,
    moved_later,
    peopled,
    read_conversion,
    read_membership,
    with_member,
)
from monitor.posture.method_names import CONFIGURATIONS
from monitor.posture.methods import is_external
from monitor.posture.partial import fold_part
from monitor.posture.principals import Principal, read_principal
from monitor.posture.same import same_body

METHODS_RESET = "authentication methods policy reset"
TWIN_WINDOW = timedelta(minutes=5)
"""How far apart the two records of one deletion may stand; deletions carry no modification time."""


class Memory(Protocol):
    """What the fold has to know of a tenant's past."""

    def known(self, kind: DocumentKind, identity: str) -> Known | None:
        """Return the last recorded version of the object, or None where it was never seen."""

    def pending(self, kind: DocumentKind, identity: str) -> Sequence[Pending]:
        """Return what is still open about the object."""


def fold(event: AuditEvent, concern: Concern, memory: Memory, now: datetime) -> Change:
    """Return what the record does.

    Never raises on content: what cannot be read is *not understood*.
    """
    try:
        if event.fragment:
            raise NotUnderstood("a chunk of a split record: the change cannot be read from it")  # noqa: TRY301 - one place says what is not understood
        if concern is Concern.POLICY_TWIN:
            return _twin(event, twin_mark(event), memory, now)
        if concern in BY_DELTA:
            return BY_DELTA[concern](event, memory)
        found = versions(event, concern)
    except (NotUnderstood, MalformedEvent) as problem:
        is_reset = event.activity == METHODS_RESET
        return _reset(event, memory) if is_reset else _unread(event, concern, str(problem))
    if found is None:
        return _converted(event, memory)
    return _entered(event, found, memory, now)


def _entered(event: AuditEvent, found: Versions, memory: Memory, now: datetime) -> Change:
    if not event.succeeded:
        return Change(Effect.FAILED, found.kind, found.id, found.name, event.time)
    if found.part:
        known = memory.known(found.kind, found.id)
        return fold_part(found, known, memory.pending(found.kind, found.id), now)
    change = _apply(found, memory, now)
    if change.effect is Effect.REPEATED and change.problem:
        return replace(change, effect=Effect.NOT_UNDERSTOOD)  # told twice, and half of it unread
    return change


def _reset(event: AuditEvent, memory: Memory) -> Change:
    """The methods policy went back to its defaults, which the record does not show.

    What is known of External MFA providers is kept: it says which applications to watch.
    """
    known = memory.known(DocumentKind.METHODS_POLICY, METHODS_POLICY_ID)
    if not event.succeeded or known is None or known.body is None:
        return _noted(event)
    listed = known.body.get(CONFIGURATIONS)
    kept = [one for one in listed if is_external(one)] if isinstance(listed, list) else []
    change = Change(
        Effect.APPLIED,
        DocumentKind.METHODS_POLICY,
        METHODS_POLICY_ID,
        "authentication methods policy",
        max(event.time, known.at),
    )
    return replace(change, before=known.body, after={CONFIGURATIONS: kept})


def _noted(event: AuditEvent) -> Change:
    target = event.target()
    name = (target.name or target.upn or "") if target else ""
    effect = Effect.NOTED if event.succeeded else Effect.FAILED
    return Change(effect, None, (target.id or "") if target else "", name, event.time)


def _group(event: AuditEvent, memory: Memory) -> Change:
    """A member came or went, or the group itself did; other such records are only noted."""
    seen = read_membership(event)
    target = event.target("Group") or event.target()
    identity = seen.group if seen else (target.id or "") if target else ""
    whole = event.activity in DELETED | RESTORED
    if not event.succeeded or not identity or (seen is None and not whole):
        return _noted(event)
    kind = seen.kind if seen else DocumentKind.GROUP
    known = memory.known(kind, identity)
    held = known.body if known else None
    name = (seen.group_name if seen else target.name if target else None) or ""
    shown = name or str((held or {}).get("displayName") or identity)
    if seen:
        before = with_member(held, name, seen.undone().delta())
        after = with_member(held, name, seen.delta())
    elif event.activity in DELETED:
        before, after = peopled(held, shown), emptied(held, name)
    else:  # restored: who is in it again is not told
        before, after = held or emptied(None, shown), peopled(None, shown)
    at = max(event.time, known.at) if known else event.time
    change = Change(Effect.APPLIED, kind, identity, shown, at, before, after, True)
    if seen and moved_later(held, seen):
        return replace(change, effect=Effect.OLDER)
    return replace(change, membership=seen)


def _granted(event: AuditEvent, memory: Memory) -> Change:
    """An application gained or lost a permission to change who needs MFA, or is new here."""
    seen = read_grant(event) or read_principal(event)
    if seen is None or not event.succeeded:
        return _noted(event)
    app = seen.id if isinstance(seen, Principal) else seen.app
    known = memory.known(DocumentKind.APP, app)
    held = known.body if known else None
    at = max(event.time, known.at) if known else event.time
    after = seen.applied(held)
    name = str(after["displayName"] or app)
    return Change(Effect.APPLIED, DocumentKind.APP, app, name, at, held, after)


def _converted(event: AuditEvent, memory: Memory) -> Change:
    """A member became a guest or the reverse; other records without a document are noted."""
    seen = read_conversion(event)
    if seen is None or not event.succeeded:
        return _noted(event)
    known = memory.known(DocumentKind.USER, seen.user)
    late = known is not None and event.time < known.at
    return Change(
        Effect.OLDER if late else Effect.APPLIED,
        DocumentKind.USER,
        seen.user,
        seen.name,
        event.time,
        seen.body(seen.old),
        seen.body(seen.new),
        True,
    )


BY_DELTA: Mapping[Concern, Callable[[AuditEvent, Memory], Change]] = {
    Concern.GROUP: _group,
    Concern.ROLE: _group,
    Concern.APP: _granted,
}
"""Concerns whose records tell what moved, not the whole document."""


def _unread(event: AuditEvent, concern: Concern, problem: str) -> Change:
    noted = _noted(event)
    if noted.effect is Effect.FAILED:
        return noted
    kind = DocumentKind.POLICY if concern in (Concern.POLICY, Concern.POLICY_TWIN) else None
    return replace(noted, effect=Effect.NOT_UNDERSTOOD, kind=kind, problem=problem)


def _apply(found: Versions, memory: Memory, now: datetime) -> Change:
    known = memory.known(found.kind, found.id)
    matters = memory.pending(found.kind, found.id)
    settles = [m.key for m in matters if m.reason is Reason.TWIN and _same_mark(found, m.mark)]
    change = Change(
        Effect.APPLIED,
        found.kind,
        found.id,
        found.name,
        found.at,
        found.old,
        found.new,
        comparable=True,
        problem=found.problem,
    )
    if known is None:
        return replace(change, settles=tuple(settles))
    if known.at >= found.at:
        return _older(change, known, matters, tuple(settles))
    if _told_twice(found, known):
        return replace(change, effect=Effect.REPEATED, comparable=False, settles=tuple(settles))
    opens: tuple[Pending, ...] = ()
    if not same_body(known.body, found.old):
        opens = (_discontinuity(found, known, now),)
    return replace(change, opens=opens, settles=tuple(settles))


def _told_twice(found: Versions, known: Known) -> bool:
    """Say whether this is the second record of one change of per-user MFA.

    "Disable Strong Authentication" and "Update user" tell the same; neither carries a time of its
    own (ENTRA_AUDIT_EVENTS A.7).
    """
    if found.kind is not DocumentKind.PER_USER_MFA or found.at - known.at > TWIN_WINDOW:
        return False
    return same_body(known.body, found.new) and not same_body(known.body, found.old)


def _discontinuity(found: Versions, known: Known, now: datetime) -> Pending:
    return Pending(
        Reason.DISCONTINUITY,
        found.kind,
        found.id,
        found.name,
        found.at,
        now + PATIENCE,
        recorded=known.body,
        old=found.old,
    )


def _older(
    change: Change, known: Known, matters: Sequence[Pending], settles: tuple[str, ...]
) -> Change:
    """Enter a record that is not newer than what we hold.

    It may fill a gap, it replaces nothing.
    """
    if known.at == change.at and same_body(known.body, change.after):
        return replace(change, effect=Effect.REPEATED, comparable=False, settles=settles)
    opens: list[Pending] = []
    closed = list(settles)
    for matter in matters:
        if matter.reason is not Reason.DISCONTINUITY:
            continue
        narrowed = _narrow(matter, change.before, change.after)
        if narrowed is None:
            closed.append(matter.key)
        elif narrowed != matter:
            opens.append(narrowed)
    return replace(change, effect=Effect.OLDER, opens=tuple(opens), settles=tuple(closed))


def _narrow(matter: Pending, before: Body | None, after: Body | None) -> Pending | None:
    """Take one explained step off a discontinuity; None when nothing unexplained is left."""
    if same_body(matter.recorded, before):
        matter = replace(matter, recorded=after)
    elif same_body(matter.old, after):
        matter = replace(matter, old=before)
    return None if same_body(matter.recorded, matter.old) else matter


def _same_mark(found: Versions, mark: datetime) -> bool:
    if found.new is None:
        return abs(found.at - mark) <= TWIN_WINDOW
    return found.at == mark


def _twin(event: AuditEvent, twin: TwinMark, memory: Memory, now: datetime) -> Change:
    change = Change(Effect.TWIN, DocumentKind.POLICY, twin.id, twin.name, twin.mark)
    if not event.succeeded:
        return replace(change, effect=Effect.FAILED)
    known = memory.known(DocumentKind.POLICY, twin.id)
    deletion = "delete" in event.activity
    purged = event.activity.startswith("hard delete") and (known is None or known.body is None)
    if not twin.conditional_access or purged:
        # another kind of policy, or the final removal of one that was deleted 30 days before
        return replace(change, effect=Effect.NOTED, kind=None)
    if known and _explained(known, twin, deletion=deletion):
        return change
    matter = Pending(
        Reason.TWIN, DocumentKind.POLICY, twin.id, twin.name, twin.mark, now + PATIENCE
    )
    return replace(change, opens=(matter,))


def _explained(known: Known, twin: TwinMark, *, deletion: bool) -> bool:
    if deletion:
        gone = known.body is None
        return gone and any(abs(mark - twin.mark) <= TWIN_WINDOW for mark in known.marks)
    return twin.mark in known.marks
