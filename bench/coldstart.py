"""A cold start over a long log: with a snapshot, and without one.

Run `python -m bench.coldstart` for a small log on a directory, `--batches 1000000` for the figures
in docs/view.md, `--azurite` for one in Blob storage. Correctness first: no figure is printed unless
the loaded view holds what the folded one does.

The log is made in the look of one hospital's: of a hundred batches eighty hold noise only, sixteen
an entry about one account, three a policy that changed, one a change with a finding that was told.
Each start is a process of its own, with its own view directory and a first batch to commit.
"""

import argparse
import hashlib
import json
import os
import random
import resource
import subprocess
import sys
import tempfile
import time
import uuid
from collections import Counter
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import structlog
from pydantic import JsonValue

from monitor.events.batch import Message, NamedSource, SourceBatch
from monitor.ledger import note
from monitor.ledger.log import Counts, Draft, Log
from monitor.ledger.store import Store
from monitor.settings import load_settings
from monitor.storage.directory import DirectoryStore
from monitor.view.history import Question
from monitor.view.keeping import HISTORY_BATCHES
from monitor.wiring import Monitor, open_monitor
from monitor.wiring.places import Places
from tests import entra

SEED = 1
ORIGIN = "bench.example/coldstart"
TENANT = "aaaaaaaa-0000-4000-8000-000000000001"
BEGAN = datetime(2020, 1, 1, tzinfo=UTC)
APART = timedelta(minutes=3.5)
ACCOUNTS = 20_000
POLICIES = 100
CONNECTION = "COLDSTART_CONNECTION"
BATCHES, BATCHES_AZURITE = 20_000, 6_000


class QuickStore:
    """Writes objects as the directory store does, but does not wait for the disk."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._made: set[Path] = set()

    def get(self, name: str) -> bytes | None:
        """Return the object, or None."""
        path = self._root / name
        return path.read_bytes() if path.exists() else None

    def create(self, name: str, content: bytes) -> bool:
        """Create the object."""
        path = self._root / name
        if path.parent not in self._made:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._made.add(path.parent)
        path.write_bytes(content)
        return True

    def put(self, name: str, content: bytes) -> None:
        """Create or replace the object."""
        self.create(name, content)


def stamp(when: datetime) -> str:
    """Write a moment as leaves do."""
    return when.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def record(kind: str, draw: random.Random, when: datetime) -> dict[str, JsonValue]:
    """Return what entries about a record share."""
    raw = draw.randbytes(32).hex()
    key = f"{TENANT}/Directory_{uuid.UUID(int=draw.getrandbits(128))}"
    admin = f"admin-{draw.randrange(20)}@hospital.example"
    return {
        "t": kind,
        "v": 1,
        "tenant": TENANT,
        "at": stamp(when),
        "src": {"key": key, "raw": raw, "off": draw.randrange(200_000), "len": 2_200},
        "result": "success",
        "initiator": {"label": admin, "id": admin, "ip": "192.0.2.10", "app": "Portal"},
        "correlation": str(uuid.UUID(int=draw.getrandbits(128))),
    }


def enrolment(draw: random.Random, when: datetime) -> dict[str, JsonValue]:
    """Return an entry about an account that has registered a method."""
    number = draw.randrange(ACCOUNTS)
    user, name = f"{uuid.UUID(int=number)}", f"user-{number:05d}@hospital.example"
    clock: JsonValue = {
        "user": user,
        "upn": name,
        "stage": "enrolled",
        "since": stamp(when),
        "created": None,
        "deadline": None,
        "guest": False,
        "methods": None,
        "lost": None,
        "act": "",
        "acted": None,
    }
    about: JsonValue = {"kind": "user", "id": user, "name": name}
    activity = "User registered security info"
    shared = record("enrolment", draw, when)
    return {**shared, "activity": activity, "object": about, "clock": clock}


def change(draw: random.Random, when: datetime) -> dict[str, JsonValue]:
    """Return an entry with a policy whole, about 2 KB of it."""
    number = draw.randrange(POLICIES)
    identity, name = f"{uuid.UUID(int=10**6 + number)}", f"Policy {number}"
    groups: list[JsonValue] = [str(uuid.UUID(int=draw.getrandbits(128))) for _ in range(40)]
    body: JsonValue = {
        "id": identity,
        "displayName": name,
        "state": "enabled",
        "conditions": {
            "applications": {"includeApplications": ["All"]},
            "users": {"includeUsers": ["All"], "excludeGroups": groups},
        },
        "grantControls": {"operator": "OR", "builtInControls": ["mfa"]},
    }
    return {
        **record("change", draw, when),
        "activity": "Update conditional access policy",
        "object": {"kind": "conditionalAccessPolicy", "id": identity, "name": name},
        "effect": "applied",
        "modified": stamp(when),
        "doc": body,
    }


def finding(about: Mapping[str, JsonValue], of: int) -> dict[str, JsonValue]:
    """Return a finding about a change."""
    shared = {name: about[name] for name in ("v", "tenant", "at", "object", "activity")}
    return {
        "t": "finding",
        **shared,
        "initiator": about["initiator"],
        "correlation": about["correlation"],
        "src": {"of": of},
        "rule": "ca-weakened",
        "revision": 1,
        "severity": "high",
        "title": "A change lets sign-ins in with less proof than before",
        "witness": "Members of Radiology, on any client, reach any resource with a password alone.",
        "certainty": "certain",
        "controls": {"hipaa": ["164.312(d)"], "nist": ["IA-2(1)"]},
        "respond": ["Ask the person who made the change for its approval or ticket."],
        "details": {},
        "incident": of + 1,
        "notify": False,
    }


def entries(draw: random.Random, when: datetime, first: int) -> list[dict[str, JsonValue]]:
    """Return what one batch holds, its first entry at that index."""
    fate = draw.random()
    if fate < 0.80:
        return []
    if fate < 0.96:
        return [enrolment(draw, when)]
    changed = change(draw, when)
    return [changed] if fate < 0.99 else [changed, finding(changed, first)]


def fill(store: Store, key: note.SigningKey, batches: int) -> None:
    """Append that many batches."""
    log, draw = Log(store), random.Random(SEED)
    genesis: dict[str, JsonValue] = {"origin": ORIGIN, "vkeys": [key.vkey], "ruleset": "bench"}
    head = log.head()
    for seq in range(batches):
        when = BEGAN + seq * APART
        leaves = tuple(
            json.dumps(leaf, separators=(",", ":")).encode()
            for leaf in entries(draw, when, head.size + 1)
        )
        seen = 200 + len(leaves)
        counts = Counts(seen=seen, relevant=len(leaves), irrelevant=200)
        source = {"kind": "file", "name": "day.jsonl"}
        draft = Draft(leaves, source, counts, {}, when, None if seq else genesis)
        batch = log.append(draft, head)
        head = log._head  # noqa: SLF001 - to ask the store each time would double the time
        assert batch.seq == head.seq == seq


def count_gets(places: Places) -> Counter[str]:
    """Count from here on what is read, by the first part of the object's name."""
    counted: Counter[str] = Counter()
    kind = type(places.store("ledger"))
    real = kind.get

    def get(store: Store, name: str) -> bytes | None:
        counted[name.partition("/")[0]] += 1
        return real(store, name)

    kind.get = get  # type: ignore[assignment,method-assign]  # for this process only
    return counted


def first_commit(monitor: Monitor) -> None:
    """Commit one record."""
    body = entra.body(entra.add_user(datetime.now(tz=UTC), str(uuid.uuid4())))
    outcome = monitor.ingest(SourceBatch(NamedSource("file", "first.jsonl"), (Message(body),)))
    assert outcome.relevant == 1


def keep(monitor: Monitor, batches: int) -> dict[str, JsonValue]:
    """Publish until both snapshots are as far as they can be."""
    began = time.perf_counter()
    monitor.publish()
    first, rounds = time.perf_counter() - began, 1
    saved = monitor._snapshots._keeper.saved  # type: ignore[union-attr]  # noqa: SLF001 - it is there
    whole = batches - HISTORY_BATCHES
    while whole > 0 and ((done := saved.manifest("history")) is None or done.seq < whole):
        monitor.publish()
        rounds += 1
    size = sum(one.stat().st_size for one in (monitor.places.data / "view").glob("*.db"))
    spent = time.perf_counter() - began
    return {"first": first, "all": spent, "rounds": rounds, "files_mb": size / 1e6}


def start(data: Path, step: str) -> dict[str, JsonValue]:
    """Start on an empty disk, commit, ask the history; then keep the views, or compare them."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(30))
    settings, _ = load_settings(data / "monitor.toml")
    gets = count_gets(Places(data, settings.storage))
    began = time.perf_counter()
    with open_monitor(data, data / "monitor.toml", notify=False) as monitor:
        opened = time.perf_counter() - began
        first_commit(monitor)
        told: dict[str, JsonValue] = {
            "open": opened,
            "commit": time.perf_counter() - began,
            "gets": dict(gets),
            "mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
        }
        began = time.perf_counter()
        assert monitor.history(Question(most=10))
        told["history"] = time.perf_counter() - began
        told["mb_history"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
        batches = int(str(monitor.health()["batches"]))
        if step == "fold":
            told["keep"] = keep(monitor, batches)
        else:
            assert gets["b"] < batches / 2, "it was folded"
            loaded = hashlib.sha256("\n".join(monitor.dump()).encode()).digest()
            began = time.perf_counter()
            monitor.rebuild()
            told["rebuild"] = time.perf_counter() - began
            assert hashlib.sha256("\n".join(monitor.dump()).encode()).digest() == loaded
    return told


def in_process(data: Path, step: str) -> dict[str, object]:
    """Run `start` in a process of its own, on an empty disk."""
    for path in (data / "view").glob("*.db*"):
        path.unlink()
    command = [sys.executable, "-m", "bench.coldstart", "--start", step, "--data", str(data)]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE)
    told: dict[str, object] = json.loads(done.stdout)
    print(f"{step:8s} {json.dumps(told)}", flush=True)
    return told


@contextmanager
def azurite(data: Path, *, wanted: bool) -> Iterator[str]:
    """Yield what monitor.toml says of the storage, with the ledger that is under `data` in it."""
    if not wanted:
        yield ""
        return
    # Imported here: what a directory needs is measured without Azure's client.
    from tests.azurite import running  # noqa: PLC0415 - see above

    with running() as server:
        os.environ[CONNECTION] = server.connection_string
        stores = {name: server.store(name) for name in ("ledger", "raw", "view")}
        source = DirectoryStore(data / "ledger")
        names = list(source.every(""))

        def copy(name: str) -> None:
            content = source.get(name)
            assert content is not None
            stores["ledger"].create(name, content)

        with ThreadPoolExecutor(8) as pool:
            list(pool.map(copy, names))
        yield f'[storage]\nconnection_env = "{CONNECTION}"\n'


def measure(data: Path, batches: int, *, remote: bool) -> None:
    """Make the log and start over it twice."""
    key = note.create_key(data / "keys" / "ledger.key", ORIGIN)
    began = time.perf_counter()
    fill(QuickStore(data / "ledger"), key, batches)
    print(f"made     {batches} batches in {time.perf_counter() - began:.0f} s", flush=True)
    with azurite(data, wanted=remote) as storage:
        settings = f'[ledger]\norigin = "{ORIGIN}"\n{storage}'
        settings += "[view]\nsnapshots = true\nevery_minutes = 0\n"
        (data / "monitor.toml").write_text(settings)
        in_process(data, "fold")
        in_process(data, "load")


def main() -> None:
    """Print what was measured: seconds, objects read by kind, megabytes of memory at most."""
    told = argparse.ArgumentParser()
    told.add_argument("--batches", type=int, default=0)
    told.add_argument("--azurite", action="store_true")
    told.add_argument("--data", type=Path, help="an empty directory; kept afterwards")
    told.add_argument("--start", choices=("fold", "load"), help="used by the bench itself")
    options = told.parse_args()
    if options.start:
        print(json.dumps(start(options.data, options.start)))
        return
    batches = options.batches or (BATCHES_AZURITE if options.azurite else BATCHES)
    if options.data:
        options.data.mkdir(parents=True)
        measure(options.data, batches, remote=options.azurite)
        return
    with tempfile.TemporaryDirectory() as name:
        measure(Path(name), batches, remote=options.azurite)


if __name__ == "__main__":
    main()
