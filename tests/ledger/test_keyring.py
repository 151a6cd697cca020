"""Which keys may sign a tree of size N, and how a verifier follows from one to the next."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.errors import InvalidInput, LedgerCorrupt
from monitor.ledger.checkpoint import Checkpoint
from monitor.ledger.header import Genesis
from monitor.ledger.keyring import MOST_KEYS, Follower, Keyring, Trust, from_genesis, parse_log_key
from monitor.ledger.log import Log
from monitor.ledger.note import SigningKey
from monitor.ledger.p256 import P256Signer
from tests.ledger.faulty import WriteOnceStore
from tests.ledger.test_p256 import P256
from tests.ledger.writing import KEY, deliver, draft

NEW = SigningKey(KEY.name, bytes(range(1, 33)))
THIRD = SigningKey(KEY.name, bytes(range(2, 34)))
STRANGER = SigningKey("other.example/log", bytes(range(3, 35)))
VAULT = P256Signer(KEY.name, P256)
Signers = tuple[SigningKey | P256Signer, ...]


def key_entry(action: str, vkey: str | None, **more: object) -> bytes:
    entry = {"t": "key", "v": 1, "action": action, "vkey": vkey, "reason": "test"} | more
    return json.dumps(entry, separators=(",", ":")).encode()


def ring(*vkeys: str) -> Keyring:
    return from_genesis(Genesis(KEY.name, vkeys or (KEY.vkey,), "rules"))


def note(size: int, *signers: SigningKey | P256Signer) -> bytes:
    return Checkpoint(KEY.name, size, bytes(32)).signed(*signers)


def test_a_key_counts_from_its_announcement_to_its_retirement() -> None:
    held = (
        ring().entered(5, key_entry("announce", NEW.vkey)).entered(9, key_entry("retire", KEY.vkey))
    )
    assert held.at(0) == ()
    assert held.at(1) == held.at(5) == (KEY.verifier,)
    assert held.at(6) == held.at(9) == (KEY.verifier, NEW.verifier)
    assert held.at(10) == held.at(1000) == (NEW.verifier,)
    announced = held.find(KEY.vkey)
    assert announced is not None
    assert (announced.since, announced.until) == (0, 9)
    assert held.find(THIRD.vkey) is None


@pytest.mark.parametrize(
    ("size", "signers", "valid"),
    [
        (5, (KEY,), True),
        (5, (NEW,), False),
        (5, (KEY, NEW), True),  # a line of a key that does not count yet is ignored
        (6, (KEY,), True),
        (6, (NEW,), True),
        (9, (KEY, NEW), True),
        (10, (NEW,), True),
        (10, (KEY,), False),
        (10, (KEY, NEW), True),
        (10, (STRANGER,), False),
    ],
)
def test_a_note_is_signed_by_a_key_of_its_size(size: int, signers: Signers, valid: bool) -> None:
    held = (
        ring().entered(5, key_entry("announce", NEW.vkey)).entered(9, key_entry("retire", KEY.vkey))
    )
    if valid:
        assert held.open(note(size, *signers)) == Checkpoint(KEY.name, size, bytes(32))
    else:
        with pytest.raises(LedgerCorrupt, match="no trusted key has signed it"):
            held.open(note(size, *signers))


def test_a_p256_line_stands_beside_and_never_alone() -> None:
    held = ring(KEY.vkey, VAULT.vkey)
    assert held.open(note(3, KEY, VAULT)).size == 3
    assert held.signers_of(note(3, KEY, VAULT)) == (KEY.verifier, VAULT.verifier)
    with pytest.raises(LedgerCorrupt, match="no Ed25519 key of the log has signed it"):
        held.open(note(3, VAULT))
    spoiled = note(3, KEY) + note(4, VAULT).rpartition(b"\n\n")[2]
    with pytest.raises(LedgerCorrupt, match="does not verify"):
        held.open(spoiled)
    assert ring().open(spoiled).size == 3, "an unknown key's line is ignored"


def test_a_note_of_another_log_is_none_of_ours() -> None:
    text = Checkpoint(STRANGER.name, 3, bytes(32))
    with pytest.raises(LedgerCorrupt):
        ring().open(text.signed(STRANGER))
    with pytest.raises(LedgerCorrupt, match="speaks of another log"):
        ring().open(text.signed(KEY))


@pytest.mark.parametrize(
    ("entry", "reason"),
    [
        (key_entry("announce", None), "names no key"),
        (key_entry("announce", KEY.vkey), "a key of that id was announced before"),
        (key_entry("announce", STRANGER.vkey), "the key is named 'other.example/log'"),
        (key_entry("announce", NEW.vkey[:-4]), "verifier key"),
        (key_entry("retire", NEW.vkey), "not one that counts"),
        (key_entry("retire", KEY.vkey), "no Ed25519 key would be left"),
        (key_entry("succeeds", None, checkpoint=note(3, STRANGER).decode()), "the first entry"),
        (key_entry("abolish", NEW.vkey), "is not a key entry"),
        (key_entry("announce", NEW.vkey).replace(b'"v":1', b'"v":2'), "is not a key entry"),
        (b'{"t":"key"', "is not a key entry"),
        (b'{"t":"key","v":1,"action":"announce","vkey":"\xff"}', "is not a key entry"),
    ],
)
def test_entries_that_are_not_allowed(entry: bytes, reason: str) -> None:
    with pytest.raises(LedgerCorrupt, match=f"entry 7.*{reason}"):
        ring().entered(7, entry)


def test_a_p256_key_does_not_keep_a_log_alive() -> None:
    held = ring(KEY.vkey, VAULT.vkey)
    with pytest.raises(LedgerCorrupt, match="no Ed25519 key would be left"):
        held.entered(7, key_entry("retire", KEY.vkey))
    gone = held.entered(7, key_entry("retire", VAULT.vkey))
    assert gone.at(8) == (KEY.verifier,)
    with pytest.raises(LedgerCorrupt, match="not one that counts"):
        gone.entered(9, key_entry("retire", VAULT.vkey))
    with pytest.raises(LedgerCorrupt, match="announced before"):
        gone.entered(9, key_entry("announce", VAULT.vkey))


def test_other_entries_change_nothing() -> None:
    held = ring()
    for leaf in (b'{"t":"keys","v":1}', b'{"t":"change","v":1}', b"", b'{"v":1,"t":"key"}'):
        assert held.entered(3, leaf) is held


def test_a_log_says_which_one_it_takes_the_place_of() -> None:
    old = note(3, STRANGER).decode()
    held = ring().entered(1, key_entry("succeeds", None, checkpoint=old))
    assert held.succeeds == old
    for spoiled in ("no note", ""):
        with pytest.raises(LedgerCorrupt, match=r"entry 1 \(succeeds\)"):
            ring().entered(1, key_entry("succeeds", None, checkpoint=spoiled))


def test_a_log_announces_so_many_keys_and_no_more() -> None:
    held = ring()
    for number in range(1, MOST_KEYS):
        key = SigningKey(KEY.name, number.to_bytes(32, "big"))
        held = held.entered(number, key_entry("announce", key.vkey))
    with pytest.raises(LedgerCorrupt, match="which is the most"):
        held.entered(99, key_entry("announce", NEW.vkey))


@pytest.mark.parametrize(
    ("vkeys", "reason"),
    [
        ((STRANGER.vkey,), "the key is named"),
        ((KEY.vkey, KEY.vkey), "announced before"),
        ((VAULT.vkey,), "no Ed25519 key is among them"),
        (("nonsense",), "verifier key"),
    ],
)
def test_a_genesis_that_announces_no_usable_keys(vkeys: tuple[str, ...], reason: str) -> None:
    with pytest.raises(LedgerCorrupt, match=f"header.genesis.vkeys: .*{reason}"):
        ring(*vkeys)


def test_log_keys_are_read_by_their_type() -> None:
    assert parse_log_key(KEY.vkey) == KEY.verifier
    assert parse_log_key(VAULT.vkey) == VAULT.verifier
    with pytest.raises(InvalidInput, match="Ed25519"):
        parse_log_key("name+00000000+BAAA")


def test_the_follower_reads_what_is_new() -> None:
    store = WriteOnceStore()
    log = Log(store)
    follower = Follower(Log(store))
    with pytest.raises(LedgerCorrupt, match="no batch 0"):
        follower.ring()
    deliver(log, [1, 2])
    assert follower.ring().at(3) == (KEY.verifier,)
    log.append(draft([key_entry("announce", NEW.vkey)], log.head()), log.head())
    assert follower.ring().at(log.head().size) == (KEY.verifier, NEW.verifier)
    assert follower.ring() == Follower(log).ring()


def test_a_verifier_follows_from_key_to_key() -> None:
    held = (
        ring().entered(5, key_entry("announce", NEW.vkey)).entered(9, key_entry("retire", KEY.vkey))
    )
    trust = Trust(KEY.verifier)
    assert trust.meet(note(3, KEY), held)
    assert trust.meet(note(7, KEY, NEW), held)
    assert trust.meet(note(12, NEW), held)


def test_a_key_that_nobody_vouched_for_is_not_believed() -> None:
    """Whoever may append announces a key of their own, and signs with it."""
    held = ring().entered(5, key_entry("announce", NEW.vkey))
    trust = Trust(KEY.verifier)
    assert trust.meet(note(3, KEY), held)
    assert not trust.meet(note(7, NEW), held)
    assert trust.meet(note(8, KEY), held), "the old key covers the announcement after all"
    assert trust.meet(note(9, NEW), held)


def test_who_was_given_the_new_key_believes_what_it_signs() -> None:
    held = ring().entered(5, key_entry("announce", NEW.vkey))
    trust = Trust(NEW.verifier)
    assert not trust.meet(note(3, KEY), held)
    assert trust.meet(note(7, NEW), held)
    assert trust.meet(note(8, KEY), held), "what the new key signed names the old one"


@given(
    steps=st.lists(st.tuples(st.booleans(), st.integers(0, 4)), max_size=12),
    size=st.integers(0, 30),
)
def test_against_a_slow_reading(steps: list[tuple[bool, int]], size: int) -> None:
    """Every allowed history, entry by entry: who was announced before `size`, and not retired."""
    keys = [KEY, *(SigningKey(KEY.name, bytes([n] * 32)) for n in range(1, 5))]
    held, index, history = ring(), 1, [("announce", 0, KEY.vkey)]
    for announce, number in steps:
        action = "announce" if announce else "retire"
        vkey = keys[number].vkey
        try:
            held = held.entered(index, key_entry(action, vkey))
        except LedgerCorrupt:
            continue
        history.append((action, index, vkey))
        index += 2
    said = [(action, vkey) for action, at, vkey in history if at < size]
    counting = {vkey for action, vkey in said if action == "announce"}
    counting -= {vkey for action, vkey in said if action == "retire"}
    assert {str(key) for key in held.at(size)} == counting
