"""A log, its view store, and views over them: for tests of what a cold start finds."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from pydantic import JsonValue

from monitor.events.model import TenantId
from monitor.ledger.log import Counts, Draft, Log
from monitor.ledger.note import SigningKey
from monitor.ledger.store import Store
from monitor.storage.memory import MemoryStore
from monitor.view.files import FILES
from monitor.view.keeping import Keeper
from monitor.view.saved import Saved
from monitor.view.view import View

KEY = SigningKey("log.example/mfa-monitor", bytes(range(32)))
NOW = datetime(2026, 11, 2, 12, tzinfo=UTC)
TENANT = TenantId("11111111-0000-4000-8000-000000000001")


def change(number: int) -> dict[str, JsonValue]:
    """A policy put in place."""
    at = (NOW + timedelta(seconds=number)).isoformat().replace("+00:00", "Z")
    return {
        "t": "change",
        "v": 1,
        "tenant": TENANT,
        "at": at,
        "src": {"key": f"record-{number:06d}", "raw": "0" * 64, "off": 0, "len": 1},
        "effect": "applied",
        "activity": "Update conditional access policy",
        "initiator": {"label": f"kim-{number % 3}"},
        "object": {
            "kind": "conditionalAccessPolicy",
            "id": f"policy-{number % 7}",
            "name": f"Policy {number % 7}",
        },
        "modified": at,
        "doc": {"id": f"policy-{number % 7}", "state": "enabled", "number": number},
    }


def finding(number: int) -> dict[str, JsonValue]:
    """A finding somebody has to be told of."""
    about: JsonValue = {
        "kind": "conditionalAccessPolicy",
        "id": f"policy-{number % 7}",
        "name": "Policy",
    }
    return {
        "t": "finding",
        "v": 1,
        "tenant": TENANT,
        "at": change(number)["at"],
        "src": {"of": number},
        "rule": "ca-weakened",
        "severity": "high",
        "object": about,
    }


def leaves(number: int) -> tuple[bytes, ...]:
    """What batch `number` holds: nothing in two of three."""
    found: tuple[Mapping[str, JsonValue], ...] = ()
    if number % 3 == 0:
        found = (change(number), finding(number))
    return tuple(json.dumps(leaf, separators=(",", ":")).encode() for leaf in found)


def grow(log: Log, batches: int) -> None:
    """Append so many batches."""
    genesis: dict[str, JsonValue] = {"origin": KEY.name, "vkeys": [KEY.vkey], "ruleset": "rules-1"}
    for _ in range(batches):
        head = log.head()
        draft = Draft(
            leaves=leaves(head.seq + 1),
            source={"kind": "file", "name": "day.jsonl"},
            counts=Counts(),
            cursors={},
            time=NOW + timedelta(seconds=head.seq + 1),
            genesis=genesis if head.seq < 0 else None,
        )
        log.append(draft, head)


@dataclass
class Scene:
    """One deployment's stores; every view is another cold instance."""

    place: Path
    ledger: Store = field(default_factory=MemoryStore)
    shown: Store = field(default_factory=MemoryStore)
    instances: int = 0
    hint: int = -1

    def log(self) -> Log:
        """Another process's log."""
        return Log(self.ledger)

    def saved(self, log: Log | None = None, *, shown: Store | None = None) -> Saved:
        """The snapshots, as a process with the key trusts them."""
        log = log or self.log()
        return Saved(shown or self.shown, log, lambda: [KEY.verifier], far=0, threads=2)

    @contextmanager
    def view(
        self, *, shown: Store | None = None, ledger: Store | None = None, saved: bool = True
    ) -> Iterator[View]:
        """An instance that begins with an empty disk."""
        self.instances += 1
        log = Log(ledger or self.ledger, hint=self.hint)
        view = View(
            self.place / f"instance-{self.instances}",
            log,
            lambda document: document,
            saved=self.saved(log, shown=shown) if saved else None,
            threads=4,
        )
        try:
            yield view
        finally:
            view.close()

    def keeper(self, *, shown: Store | None = None, key: SigningKey = KEY) -> Keeper:
        """A publisher with chunks of the history small enough to have several."""
        shown = shown or self.shown
        log = self.log()
        saved = Saved(shown, log, lambda: [key.verifier], far=0)
        return Keeper(shown, log, saved, (key,), history_batches=8, history_rows=6)

    def keep(self, view: View, keeper: Keeper | None = None) -> tuple[int, int]:
        """Write both snapshots of a view that is caught up; where each stands."""
        keeper = keeper or self.keeper()
        view.catch_up()
        view.catch_up_history(60)
        state, history = (view.reader(name) for name in FILES)
        assert state is not None
        assert history is not None
        try:
            return keeper.keep_state(state), keeper.keep_history(history, lambda: False)
        finally:
            state.close()
            history.close()


@contextmanager
def kept(place: Path, batches: int) -> Iterator[tuple[Scene, list[str]]]:
    """A log of so many batches with snapshots of it, and what a view of it holds."""
    scene = Scene(place)
    grow(scene.log(), batches)
    with scene.view(saved=False) as view:
        scene.keep(view)
        yield scene, view.dump()
