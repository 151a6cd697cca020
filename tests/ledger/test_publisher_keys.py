"""Publishing with several keys, its order, its tiles, and stores that swap."""

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256

from monitor.errors import InvalidInput
from monitor.ledger import layout
from monitor.ledger.keyring import Follower
from monitor.ledger.log import Log
from monitor.ledger.note import SigningKey, split_note
from monitor.ledger.p256 import P256Signer
from monitor.ledger.publisher import Publisher, publish, witnessed
from monitor.ledger.store import Store
from monitor.ledger.verify import verify
from monitor.storage.memory import MemoryStore
from tests.ledger.faulty import WriteOnceStore
from tests.ledger.test_keyring import key_entry
from tests.ledger.test_p256 import P256
from tests.ledger.writing import KEY, deliver, draft

OTHER = SigningKey(KEY.name, bytes(range(1, 33)))
KEYS = (KEY.verifier,)


@pytest.fixture
def ledger() -> WriteOnceStore:
    return WriteOnceStore()


@pytest.fixture
def view() -> MemoryStore:
    return MemoryStore()


class Keys:
    """A log whose second key is announced in its second batch; `publisher` is a process."""

    def __init__(self, ledger: WriteOnceStore, view: MemoryStore) -> None:
        self.ledger, self.view, self.log = ledger, view, Log(ledger)
        deliver(self.log, [1])

    def publisher(self, *signers: SigningKey | P256Signer, view: Store | None = None) -> Publisher:
        log = Log(self.ledger)
        ring = Follower(Log(self.ledger)).ring
        return Publisher(self.ledger, view or self.view, log, signers, ring)

    def enter(self, action: str, key: SigningKey | P256Signer) -> None:
        head = self.log.head()
        self.log.append(draft([key_entry(action, key.vkey)], head), head)

    def lines(self) -> list[bytes]:
        _, lines = split_note(self.view.objects["checkpoint"])
        return [line.key_id for line in lines]


@pytest.fixture
def keys(ledger: WriteOnceStore, view: MemoryStore) -> Keys:
    return Keys(ledger, view)


def test_both_keys_sign_between_announcement_and_retirement(keys: Keys) -> None:
    process = keys.publisher(KEY, OTHER)
    process.publish()
    assert keys.lines() == [KEY.key_id], "a key that is not announced stays silent"
    keys.enter("announce", OTHER)
    process.publish()
    assert keys.lines() == [KEY.key_id, OTHER.key_id]
    keys.enter("retire", KEY)
    process.publish()
    assert keys.lines() == [OTHER.key_id], "a key that is retired stays silent"
    with pytest.raises(InvalidInput, match="no signing key here is one this log announced"):
        keys.publisher(KEY).publish()
    assert keys.publisher(OTHER).publish() is not None
    assert verify(keys.ledger, keys.view, KEY.vkey).valid
    assert verify(keys.ledger, keys.view, OTHER.vkey).valid


def test_a_p256_key_signs_beside_and_not_alone(keys: Keys) -> None:
    vault = P256Signer(KEY.name, P256)
    keys.enter("announce", vault)
    with pytest.raises(InvalidInput, match="no signing key here"):
        keys.publisher(vault).publish()
    keys.publisher(KEY, vault).publish()
    assert keys.lines() == [KEY.key_id, vault.key_id]
    text, lines = split_note(keys.view.objects["checkpoint"])
    assert vault.verifier.signed(text.encode(), lines[1].signature)
    assert verify(keys.ledger, keys.view, KEY.vkey).valid


def test_a_vault_whose_signatures_differ_shows_the_note_that_was_first(keys: Keys) -> None:
    """ECDSA as vaults do it is never the same twice: what stands in the ledger is shown."""

    class Vault(P256Signer):
        def sign(self, text: bytes) -> bytes:
            return self.private.sign(text, ec.ECDSA(SHA256()))

    vault = Vault(KEY.name, P256)
    keys.enter("announce", vault)
    keys.publisher(KEY, vault).publish()
    name = layout.tree_head(keys.log.head().size)
    for lost in (keys.view, MemoryStore()):
        lost.objects.pop("checkpoint", None)
        keys.publisher(KEY, vault, view=lost).publish()
        assert lost.objects["checkpoint"] == keys.ledger.objects[name]


def test_two_processes_with_different_keys_show_the_same_note(keys: Keys) -> None:
    keys.enter("announce", OTHER)
    keys.publisher(KEY).publish()
    other = MemoryStore()
    keys.publisher(OTHER, view=other).publish()
    assert other.objects["checkpoint"] == keys.view.objects["checkpoint"]


def test_tiles_stand_before_the_note_and_the_note_before_the_checkpoint(keys: Keys) -> None:
    written: list[str] = []

    class Noting(MemoryStore):
        def create(self, name: str, content: bytes) -> bool:
            written.append(name)
            return super().create(name, content)

        def put(self, name: str, content: bytes) -> None:
            written.append(name)
            super().put(name, content)

        def swap(self, name: str, expected: bytes | None, content: bytes) -> bool:
            written.append(name)
            return super().swap(name, expected, content)

    ledger, view = Noting(), Noting()
    log = Log(ledger)
    deliver(log, [1])
    written.clear()
    publish(ledger, view, KEY, log)
    assert written == [
        "tile/entries/000.p/2",
        "tile/0/000.p/2",
        "sth/000000000002",
        "checkpoint",
        "head",
    ]
    written.clear()
    publish(ledger, view, KEY, log)
    assert written == []


def test_a_store_that_swaps_is_never_put_back(keys: Keys) -> None:
    """Between this one's look and its swap, another one commits and publishes."""
    fast = keys.publisher(KEY)

    class Slow(MemoryStore):
        overtaken = False

        def swap(self, name: str, expected: bytes | None, content: bytes) -> bool:
            if not self.overtaken:
                self.overtaken = True
                deliver(keys.log, [2])
                keys.publisher(KEY, view=self).publish()
            before = witnessed(self, KEYS)
            done = super().swap(name, expected, content)
            after = witnessed(self, KEYS)
            assert before is None or (after is not None and before.size <= after.size)
            return done

        def put(self, name: str, content: bytes) -> None:
            assert name != layout.CHECKPOINT
            super().put(name, content)

    view = Slow()
    published = keys.publisher(KEY, view=view).publish()
    assert published == witnessed(view, KEYS) == fast.publish()


def test_tiles_can_be_written_again(keys: Keys) -> None:
    keys.publisher(KEY).publish()
    wanted = dict(keys.view.objects)
    for name in [name for name in wanted if name.startswith("tile/")]:
        keys.view.objects[name] = b"damaged"
    process = keys.publisher(KEY)
    process.publish()
    process.rewrite_tiles()
    assert keys.view.objects == wanted
