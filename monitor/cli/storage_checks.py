"""What `doctor` looks at in Blob storage. It leaves nothing behind that was not there.

That objects can be made and not written over is tried on an object that stands there already, with
its own bytes: the service says whether this identity may write before it says that the name is
taken.
"""

from collections.abc import Callable, Iterator

from monitor.cli.doctor import Check
from monitor.errors import MonitorError
from monitor.ledger import layout
from monitor.storage.blob import BlobStore, Protection
from monitor.wiring import Places

_OPEN = "Lock a retention policy on it (infra/): until then its owner can delete the ledger."


def check_containers(places: Places) -> Iterator[Check]:
    """Can each container be reached and written, and is it protected as it should be?"""
    checks: dict[str, Callable[[BlobStore], Check]] = {
        "ledger": check_ledger_container,
        "raw": check_raw_container,
        "view": check_view_container,
    }
    for name, check in checks.items():
        try:
            store = places.store(name)
            if isinstance(store, BlobStore):
                yield check(store)
        except MonitorError as error:
            yield Check(f"{name} store", "fail", str(error), error.advice)
    yield check_accounts(places)


def check_ledger_container(store: BlobStore) -> Check:
    """Is the ledger's container write-once, for us and for everybody?"""
    protection = store.protection()
    first = layout.batch(0)
    held = store.get(first)
    if held is None:
        tried = "no batch yet, so writing was not tried"
    elif store.create(first, held):
        text = f"{store.place}: {first} could be made although it is there"
        return Check("ledger store", "fail", text, "Stop: this storage cannot hold a ledger.")
    else:
        tried = "what is there cannot be written over by us"
    text = f"{store.place} is reached, {tried}; {_in_words(protection)}"
    if protection.immutability_policy:
        return Check("ledger store", "ok", text)
    return Check("ledger store", "warn", text, _OPEN)


def check_raw_container(store: BlobStore) -> Check:
    """Can the bytes of records be kept?"""
    protection = store.protection()
    name = next(store.every(""), None)
    held = store.get(name) if name else None
    tried = "nothing kept yet, so writing was not tried"
    if name is not None and held is not None:
        store.create(name, held)
        tried = "bytes can be kept"
    return Check("raw store", "ok", f"{store.place} is reached, {tried}; {_in_words(protection)}")


def check_view_container(store: BlobStore) -> Check:
    """Can the view be replaced, as it has to be?"""
    protection = store.protection()
    if protection.immutability_policy or protection.legal_hold:
        text = f"{store.place} has {_in_words(protection)}: the checkpoint cannot move"
        return Check("view store", "fail", text, "Take the policy off: it belongs on the ledger.")
    held = store.get(layout.HEAD)
    tried = "nothing published yet, so writing was not tried"
    if held is not None:
        store.swap(layout.HEAD, held, held)
        tried = "it can be written"
    return Check("view store", "ok", f"{store.place} is reached, {tried}; {_in_words(protection)}")


def check_accounts(places: Places) -> Check:
    """Does the view stand where the ledger's owner cannot cut both?"""
    storage = places.storage
    if storage.view_account and storage.view_account != storage.ledger_account:
        return Check("accounts", "ok", "ledger and view stand in two accounts")
    text = "ledger and view stand in one account: whoever owns it can put both back to an old state"
    return Check("accounts", "warn", text, "Name another one in storage.view_account.")


def _in_words(protection: Protection) -> str:
    said = [
        "a retention policy" if protection.immutability_policy else "no retention policy",
        *(["a legal hold"] if protection.legal_hold else []),
        *(["version-level immutability"] if protection.version_level else []),
    ]
    return ", ".join(said)
