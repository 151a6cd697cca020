"""Records that show only what changed: putting them onto the document they are a part of.

A *part* is a pair of bodies, old and new, that hold nothing but the members a record names. What
stands in both is known on both sides, what stands in the new one alone was added, what stands in
the old one alone was taken away; of everything else the record says nothing. Entra writes the
authentication methods policy so since April 2026 (Entra What's New, March 2026).
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import cast

from pydantic import JsonValue

from monitor.posture.change import PATIENCE, Change, Effect, Known, Pending, Reason
from monitor.posture.document import Body, DocumentKind
from monitor.posture.extract import Versions
from monitor.posture.method_names import CONFIGURATIONS
from monitor.posture.same import same_body, same_value

Tree = dict[str, JsonValue]
Path = tuple[str, ...]


def fold_part(
    found: Versions, known: Known | None, matters: Sequence[Pending], now: datetime
) -> Change:
    """Return what a part does to the document held: the rules of `change`, member by member."""
    held = known.body if known else None
    change = Change(
        Effect.APPLIED,
        found.kind,
        found.id,
        found.name,
        found.at,
        *_sides(found, held),
        comparable=True,
        problem=found.problem,
    )
    if known is None or held is None:
        return change
    old, new = found.old or {}, found.new or {}
    if known.at == found.at and agrees(held, new, old):
        return replace(change, effect=Effect.REPEATED, comparable=False)
    if known.at > found.at:
        return _late(change, found, known, matters)
    if agrees(held, old, new):
        return change
    return replace(change, opens=(_discontinuity(change, held, now),))


def _sides(found: Versions, held: Body | None) -> tuple[Body | None, Body | None]:
    """The whole document before and after, as far as it is known."""
    if found.whole or held is None:
        return found.old, found.new
    before = moved(held, found.new or {}, found.old) if found.old is not None else None
    after = moved(before or held, found.old or {}, found.new) if found.new is not None else None
    return before, after


def _discontinuity(change: Change, held: Body, now: datetime) -> Pending:
    return Pending(
        Reason.DISCONTINUITY,
        cast("DocumentKind", change.kind),
        change.id,
        change.name,
        change.at,
        now + PATIENCE,
        recorded=held,
        old=change.before,
    )


def _late(change: Change, found: Versions, known: Known, matters: Sequence[Pending]) -> Change:
    """Enter a record older than what is held: its members may still be as it found them."""
    opens: list[Pending] = []
    settles: list[str] = []
    for matter in matters:
        if matter.reason is not Reason.DISCONTINUITY:
            continue
        narrowed = _narrow(matter, found)
        if narrowed is None:
            settles.append(matter.key)
        elif narrowed != matter:
            opens.append(narrowed)
    change = replace(change, opens=tuple(opens), settles=tuple(settles))
    old, new = found.old, found.new
    explains = bool(opens or settles)
    if explains or found.whole or old is None or new is None:
        return replace(change, effect=Effect.OLDER)
    if agrees(known.body or {}, old, new):
        return replace(change, at=known.at)  # nothing newer spoke of these members
    return replace(change, effect=Effect.OLDER)


def _narrow(matter: Pending, found: Versions) -> Pending | None:
    """Take one explained step off a discontinuity; None when nothing unexplained is left."""
    old, new = found.old or {}, found.new or {}
    recorded, shown = matter.recorded or {}, matter.old or {}
    if not _differing(recorded, shown) & (_leaves(old).keys() | _leaves(new).keys()):
        return matter
    if agrees(recorded, old, new):
        matter = replace(matter, recorded=moved(recorded, old, new))
    elif agrees(shown, new, old):
        matter = replace(matter, old=moved(shown, new, old))
    return None if same_body(matter.recorded, matter.old) else matter


def agrees(held: Body, part: Body, other: Body) -> bool:
    """Say whether the document holds what the part says; members nobody saw yet contradict nothing.

    `other` is the part's other side: a member that stands there alone must not be held.
    """
    have, said = _leaves(held), _leaves(part)
    named = said.keys() | _leaves(other).keys()
    return all(same_value(have[path], said.get(path)) for path in named if path in have)


def moved(body: Body, old: Body, new: Body) -> Body:
    """Return the document after the step from `old` to `new`; what neither names stays."""
    return _listed(_step(_keyed(body), _keyed(old), _keyed(new)))


def _step(body: Tree, old: Tree, new: Tree) -> Tree:
    stepped = dict(body)
    for name in old.keys() - new.keys():
        stepped.pop(name, None)
    for name, value in new.items():
        if isinstance(value, dict):
            stepped[name] = _step(_tree(body.get(name)), _tree(old.get(name)), value)
        else:
            stepped[name] = value
    return stepped


def _tree(value: JsonValue) -> Tree:
    return value if isinstance(value, dict) else {}


def _keyed(body: Body) -> Tree:
    """The body with the methods by their id, so that one method can be spoken of alone."""
    tree = dict(body)
    listed = tree.get(CONFIGURATIONS)
    if isinstance(listed, list):
        tree[CONFIGURATIONS] = {
            str(item.get("id") or "").casefold(): item for item in listed if isinstance(item, dict)
        }
    return tree


def _listed(tree: Tree) -> Tree:
    keyed = tree.get(CONFIGURATIONS)
    if isinstance(keyed, dict):
        tree[CONFIGURATIONS] = list(keyed.values())
    return tree


def _leaves(body: Body) -> Mapping[Path, JsonValue]:
    found: dict[Path, JsonValue] = {}
    _collect((), _keyed(body), found)
    return found


def _collect(path: Path, tree: Tree, found: dict[Path, JsonValue]) -> None:
    for name, value in tree.items():
        if isinstance(value, dict) and value:
            _collect((*path, name), value, found)
        elif "@" not in name and not name.endswith("DateTime"):
            found[*path, name] = _who(value) if name in _TARGETS else value


_TARGETS = frozenset({"includeTargets", "excludeTargets"})


def _who(targets: JsonValue) -> JsonValue:
    """Targets by their ids alone: how much else of them is written differs between writers."""
    items = targets if isinstance(targets, list) else []
    return [item.get("id") if isinstance(item, dict) else item for item in items]


def _differing(one: Body, other: Body) -> set[Path]:
    left, right = _leaves(one), _leaves(other)
    paths = left.keys() | right.keys()
    return {path for path in paths if not same_value(left.get(path), right.get(path))}
