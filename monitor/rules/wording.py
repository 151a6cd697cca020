"""Sentences and severities that several rules share."""

from collections.abc import Sequence

from pydantic import JsonValue

from monitor.coverage.model import Comparison, Level, Witness
from monitor.posture.change import Change
from monitor.posture.document import Body
from monitor.rules.model import About, Severity

MOST_WITNESSES = 1


def about_change(change: Change) -> About:
    """The object of a change; the kind is `policy record` where no document is known."""
    return About(
        change.kind.value if change.kind else "record", change.id, change.name or change.id
    )


def hangs_on_semantics(witness: Witness) -> bool:
    """Say whether the witness hangs on a point of Entra's semantics that no document settles.

    Such a point (does "All users" cover service providers?) is told, but wakes nobody at night: the
    same edit is made every day by people who add protection.
    """
    facts = [*_rows(witness, "holds"), *_rows(witness, "fails")]
    return any(isinstance(fact, dict) and fact.get("dimension") == "open" for fact in facts)


def _rows(witness: Witness, name: str) -> list[JsonValue]:
    rows = witness.structure.get(name)
    return rows if isinstance(rows, list) else []


def weakening_severity(comparison: Comparison) -> Severity:
    """Severity of a weakening: effect x population x privilege (docs/rules.md, "Severity")."""
    if not comparison.witnesses:
        return Severity.LOW if comparison.lost_blocks else Severity.HIGH
    if all(map(hangs_on_semantics, comparison.witnesses)):
        return Severity.LOW
    if comparison.level is not Level.SINGLE_FACTOR:
        return Severity.MEDIUM
    widest = any(w.everyone and w.resource == "any resource" for w in comparison.witnesses)
    privileged = any(w.privileged for w in comparison.witnesses)
    return Severity.CRITICAL if widest or privileged else Severity.HIGH


def sentences(witnesses: Sequence[Witness]) -> str:
    """The first witnesses as prose, and how many more there are."""
    shown = " ".join(witness.text for witness in witnesses[:MOST_WITNESSES])
    more = len(witnesses) - MOST_WITNESSES
    return f"{shown} ({more} more in the details.)" if more > 0 else shown


def comparison_details(change: Change | None, comparison: Comparison) -> dict[str, JsonValue]:
    """The comparison for machines, with what changed in the document."""
    return {
        "verdict": comparison.verdict.value,
        "level": comparison.level.value if comparison.level else None,
        "witnesses": [dict(w.structure) | {"text": w.text} for w in comparison.witnesses],
        "lost_blocks": [dict(w.structure) | {"text": w.text} for w in comparison.lost_blocks],
        "refused_by": _refusing(comparison),
        "other_controls": [
            {
                "control": other.control,
                "policy": other.policy,
                "direction": other.direction.value,
                "before": other.before,
                "after": other.after,
            }
            for other in comparison.other_controls
        ],
        "unseen": list(comparison.unseen),
        "changed": changed_fields(change.before, change.after) if change else [],
    }


def _refusing(comparison: Comparison) -> list[JsonValue]:
    return [*sorted({name for w in comparison.witnesses for name in w.refused_by})]


def changed_fields(before: Body | None, after: Body | None) -> list[JsonValue]:
    """List the fields that differ, as `{"path", "before", "after"}`, deepest first sight.

    Times left out.
    """
    rows: list[JsonValue] = []
    _walk("", dict(before or {}), dict(after or {}), rows)
    return rows


def _walk(path: str, before: JsonValue, after: JsonValue, rows: list[JsonValue]) -> None:
    if isinstance(before, dict) or isinstance(after, dict):
        left = before if isinstance(before, dict) else {}
        right = after if isinstance(after, dict) else {}
        for name in sorted(left.keys() | right.keys()):
            if name in ("modifiedDateTime", "createdDateTime") or "@odata" in name:
                continue
            _walk(f"{path}.{name}".lstrip("."), left.get(name), right.get(name), rows)
    elif before != after and not (before in (None, []) and after in (None, [])):
        rows.append({"path": path, "before": before, "after": after})
