"""Ledger leaves as JSON: one per relevant record, one per finding.

One per transition (docs/ledger-format.md).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import cast

import msgspec
from pydantic import JsonValue, TypeAdapter

from monitor.clock import stamp
from monitor.coverage.model import Comparison
from monitor.enrolment.clock import EnrolmentClock
from monitor.events.masking import mask
from monitor.events.model import AuditEvent, Initiator, Quarantined
from monitor.events.synthetic import TITLE, run_inside, synthetic_run
from monitor.posture.change import Change, Effect, Pending
from monitor.rules.model import Finding

Leaf = dict[str, JsonValue]

PENDING = TypeAdapter(Pending)
CLOCK = TypeAdapter(EnrolmentClock)


@dataclass(frozen=True, slots=True)
class RawPlace:
    """Where a record's bytes stand under `raw/`: the object's digest (hex), offset and length."""

    digest: str
    offset: int
    length: int


@dataclass(frozen=True, slots=True)
class Origin:
    """A record's key, and where its bytes stand among those of its batch.

    The object's digest is known when the batch is complete; `seal` puts it into the leaves.
    """

    key: str
    offset: int
    length: int
    altered: bool = False

    def src(self) -> Leaf:
        """The `src` object of the record's leaf."""
        src: Leaf = {"key": self.key, "raw": None, "off": self.offset, "len": self.length}
        return src | {"altered": True} if self.altered else src


def seal(leaves: Sequence[Leaf], digest: str) -> None:
    """Put the digest of the batch's raw object into the leaves of its records."""
    for leaf in leaves:
        src = leaf.get("src")
        if isinstance(src, dict) and "raw" in src:
            src["raw"] = digest


def mark_synthetic(leaf: Leaf) -> None:
    """Say in the leaf that it comes of synthetic records, where its tenant is that of a run."""
    run = synthetic_run(str(leaf.get("tenant", "")))
    if run is None:
        return
    leaf["synthetic"] = run
    if leaf.get("t") == "finding":
        leaf["title"] = f"{TITLE}{leaf['title']}"


def encode(leaf: Mapping[str, JsonValue]) -> bytes:
    """Write a leaf as compact UTF-8 JSON in the order of its keys."""
    return msgspec.json.encode(leaf)


def decode(leaf: bytes) -> Leaf:
    """Read a leaf."""
    return cast("Leaf", msgspec.json.decode(leaf))


LONGEST_WITNESS = 4000
"""Characters of a witness; a longer one is cut, its whole is in the details."""
PLENTY = 8 * 1024
"""A record shorter than this cannot make an entry that is too large."""
LARGEST_ENTRY = 60 * 1024
"""Bytes of a leaf without its documents (DESIGN section 4: at most 64 KiB)."""
SPILLED = frozenset({"doc", "details", "opens"})
"""Members of a leaf that hold documents: these may stand beside the log."""


class OversizedEntry(Exception):
    """A record whose own fields do not fit an entry."""


def refuse_oversized(entries: Sequence[Leaf], body: bytes) -> None:
    """Raise OversizedEntry where a leaf of the record is too large even without its documents."""
    if len(body) < PLENTY:
        return
    for leaf in entries:
        slim = {name: value for name, value in leaf.items() if name not in SPILLED}
        if len(encode(slim)) > LARGEST_ENTRY:
            raise OversizedEntry(f"the fields of its {leaf['t']} entry are too long for the ledger")


def initiator_json(initiator: Initiator) -> Leaf:
    """The person or app behind a record, in four fields."""
    return {
        "label": initiator.label,
        "id": initiator.id,
        "ip": initiator.ip,
        "app": initiator.app_name or initiator.app_id,
    }


def result_word(event: AuditEvent) -> str:
    """`success`, `failure`, or `unclear` where the record says neither."""
    if event.result_unclear:
        return "unclear"
    return "success" if event.succeeded else "failure"


def _record(kind: str, event: AuditEvent, origin: Origin) -> Leaf:
    return {
        "t": kind,
        "v": 1,
        "tenant": event.tenant,
        "at": stamp(event.time),
        "src": origin.src(),
        "activity": event.activity_name,
        "result": result_word(event),
        "initiator": initiator_json(event.initiator),
        "correlation": event.correlation,
    }


def change_leaf(
    event: AuditEvent, origin: Origin, change: Change, comparison: Comparison | None
) -> Leaf:
    """The leaf of a record about the posture.

    `doc` is there when a document was put in place, `member` when a group changed by one member.
    """
    leaf = _record("change", event, origin)
    leaf["object"] = {
        "kind": change.kind.value if change.kind else None,
        "id": change.id,
        "name": change.name,
    }
    leaf["effect"] = change.effect.value
    leaf["modified"] = stamp(change.at)
    if change.problem:
        leaf["problem"] = change.problem
    if change.membership:
        leaf["member"] = change.membership.delta()
    elif change.effect is Effect.APPLIED:
        leaf["doc"] = mask(dict(change.after)) if change.after is not None else None
    if comparison:
        leaf["comparison"] = {
            "verdict": comparison.verdict.value,
            "level": comparison.level.value if comparison.level else None,
            "certainty": comparison.certainty.value,
        }
    if change.opens:
        leaf["opens"] = [pending_json(matter) for matter in change.opens]
    if change.settles:
        leaf["settles"] = list(change.settles)
    return leaf


def pending_json(matter: Pending) -> Leaf:
    """A pending matter as JSON, with its key.

    `PENDING.validate_python` reads it back without the key.
    """
    fields = cast("Leaf", PENDING.dump_python(matter, mode="json"))
    return {"key": matter.key} | fields


def pending_from(value: JsonValue) -> Pending:
    """Read what `pending_json` wrote."""
    fields = {name: item for name, item in cast("Leaf", value).items() if name != "key"}
    return PENDING.validate_python(fields, strict=False)


def enrolment_leaf(event: AuditEvent, origin: Origin) -> Leaf:
    """The leaf of a record about an account."""
    leaf = _record("enrolment", event, origin)
    user = event.target("User") or event.target()
    leaf["object"] = {
        "kind": "user",
        "id": user.id if user else None,
        "name": (user.upn or user.name) if user else None,
    }
    return leaf


def clock_json(clock: EnrolmentClock) -> Leaf:
    """An enrolment clock as JSON."""
    return cast("Leaf", CLOCK.dump_python(clock, mode="json"))


def clock_from(value: JsonValue) -> EnrolmentClock:
    """Read what `clock_json` wrote."""
    return CLOCK.validate_python(value, strict=False)


def overdue_leaf(tenant: str, clock: EnrolmentClock, now: datetime) -> Leaf:
    """The transition a sweep makes when a deadline has passed."""
    return {
        "t": "enrolment",
        "v": 1,
        "tenant": tenant,
        "at": stamp(now),
        "src": {"sweep": True},
        "object": {"kind": "user", "id": clock.user, "name": clock.upn},
        "clock": clock_json(clock),
    }


def quarantine_leaf(item: Quarantined, origin: Origin, at: datetime) -> Leaf:
    """The leaf of bytes that could not be read; the bytes themselves are under `raw/`."""
    run = run_inside(item.body)
    marked: Leaf = {"synthetic": run} if run else {}
    leaf: Leaf = {
        "t": "quarantine",
        "v": 1,
        "tenant": item.tenant,
        "at": stamp(at),
        "src": origin.src(),
        "code": item.code,
        "reason": item.reason,
        "position": item.position,
    }
    return leaf | marked


def finding_leaf(
    finding: Finding, tenant: str, at: datetime, event: AuditEvent | None, of: int | None
) -> Leaf:
    """The leaf of a finding; `of` is the index of the entry it judges."""
    rule, judgement = finding.rule, finding.judgement
    controls = rule.controls
    return {
        "t": "finding",
        "v": 1,
        "tenant": tenant,
        "at": stamp(at),
        "src": {"of": of},
        "rule": rule.id,
        "revision": rule.revision,
        "severity": judgement.severity.value,
        "title": rule.title,
        "witness": judgement.witness[:LONGEST_WITNESS],
        "certainty": judgement.certainty,
        "object": {
            "kind": judgement.about.kind,
            "id": judgement.about.id,
            "name": judgement.about.name,
        },
        "activity": event.activity_name if event else None,
        "initiator": initiator_json(event.initiator) if event else None,
        "correlation": event.correlation if event else None,
        "controls": {
            "hipaa": list(controls.hipaa),
            "nist": list(controls.nist),
            "cis": list(controls.cis),
            "scuba": list(controls.scuba),
            "attack": list(controls.attack),
        },
        "respond": list(rule.respond),
        "details": mask(dict(judgement.details)),
    }
