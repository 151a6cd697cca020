"""The witness client against a witness that checks everything by itself."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from monitor.anchors.witness import Proof, Witness
from monitor.errors import AnchorFailed
from monitor.ledger import merkle
from monitor.ledger.checkpoint import Checkpoint
from monitor.ledger.cosignature import parse_witness_key, read_cosignature
from monitor.ledger.note import SigningKey
from tests.anchors.witnessing import WitnessState, grew, witness
from tests.ledger import reference
from tests.ledger.writing import KEY

LEAVES = [b"entry %d" % number for number in range(40)]
SECONDS = 5.0


def signed(size: int, leaves: list[bytes] = LEAVES) -> bytes:
    return Checkpoint(KEY.name, size, reference.tree_hash(leaves[:size])).signed(KEY)


def proof_to(size: int, leaves: list[bytes] = LEAVES) -> Proof:
    return lambda old: tuple(reference.proof(old, leaves[:size]))


@pytest.fixture
def state() -> Iterator[WitnessState]:
    with witness() as running:
        running.logs[KEY.name] = KEY.vkey
        yield running


def client(state: WitnessState) -> Witness:
    return Witness("w1", state.url, parse_witness_key(state.vkey))


def test_growing_checkpoints_are_cosigned(state: WitnessState) -> None:
    known = 0
    for size in (1, 2, 7, 8, 9, 31, 32, 33, 40):
        note = signed(size)
        cosignature = client(state).cosign(note, known, proof_to(size), SECONDS)
        assert cosignature.line == state.cosign(
            Checkpoint(KEY.name, size, reference.tree_hash(LEAVES[:size])).text().encode()
        )
        assert cosignature.time == datetime.fromtimestamp(state.now, UTC)
        assert (
            read_cosignature(note, cosignature.line, parse_witness_key(state.vkey)) == cosignature
        )
        known = size
    assert len(state.requests) == 9


@pytest.mark.parametrize("known", [0, 3, 12, 40])
def test_the_witness_corrects_what_we_think_it_knows(state: WitnessState, known: int) -> None:
    client(state).cosign(signed(7), 0, proof_to(7), SECONDS)
    client(state).cosign(signed(12), known, proof_to(12), SECONDS)
    assert state.seen[KEY.name][0] == 12
    assert state.requests[-1].startswith(b"old 7\n")


def test_the_same_tree_can_be_cosigned_again(state: WitnessState) -> None:
    for _ in range(2):
        client(state).cosign(signed(9), 9, proof_to(9), SECONDS)
    assert state.requests[-1].startswith(b"old 9\n\n")


def test_a_rolled_back_log_is_told_apart(state: WitnessState) -> None:
    client(state).cosign(signed(20), 0, proof_to(20), SECONDS)
    with pytest.raises(AnchorFailed, match="w1: it saw 20 entries before, the log has 8"):
        client(state).cosign(signed(8), 0, proof_to(8), SECONDS)


def test_a_fork_is_refused(state: WitnessState) -> None:
    client(state).cosign(signed(20), 0, proof_to(20), SECONDS)
    other = [b"other %d" % number for number in range(40)]
    with pytest.raises(AnchorFailed, match="HTTP 422: it finds that the log does not grow"):
        client(state).cosign(signed(30, other), 20, proof_to(30, other), SECONDS)
    assert state.seen[KEY.name][0] == 20


def test_a_log_or_key_it_does_not_know(state: WitnessState) -> None:
    state.logs = {KEY.name: SigningKey(KEY.name, bytes(32)).vkey}
    with pytest.raises(AnchorFailed, match="HTTP 403: it does not take our signature"):
        client(state).cosign(signed(3), 0, proof_to(3), SECONDS)
    state.logs = {}
    with pytest.raises(AnchorFailed, match="HTTP 404: it does not know this log"):
        client(state).cosign(signed(3), 0, proof_to(3), SECONDS)


def test_a_cosignature_that_is_none(state: WitnessState) -> None:
    text = Checkpoint(KEY.name, 3, reference.tree_hash(LEAVES[:3])).text().encode()
    other = WitnessState(seed=bytes(32))
    late = WitnessState(now=0)
    for line, reason in (
        (b"", "HTTP|not a signed note|not 1 to"),
        (b"no line\n", "malformed signature line"),
        (other.cosign(text), "no cosignature of 'witness.example/w1' is among"),
        (state.cosign(text + b"more\n"), "does not verify"),
        (late.cosign(text), "does not verify"),
    ):
        state.answers.append((200, "text/plain", line))
        with pytest.raises(AnchorFailed, match=reason):
            client(state).cosign(signed(3), 0, proof_to(3), SECONDS)
    state.answers.append((200, "text/plain", other.cosign(text) + state.cosign(text)))
    found = client(state).cosign(signed(3), 0, proof_to(3), SECONDS)
    assert found.line == state.cosign(text)


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ((409, "text/plain", b"7\n"), "a conflict without a size"),
        ((409, "text/x.tlog.size", b"seven\n"), "a conflict without a size"),
        ((409, "text/x.tlog.size", b"9" * 40), "a conflict without a size"),
        ((409, "text/x.tlog.size", b"7"), "changed 3 times"),
        ((500, "text/plain", b"oops\x1b[31m"), r"HTTP 500: it answers 'oops\\x1b"),
        ((302, "text/plain", b""), "HTTP 302"),
        ((400, "text/plain", b""), "HTTP 400: it takes the request for malformed"),
        ((200, "text/plain", b"x" * 300_000), "an answer of more than"),
    ],
)
def test_answers_that_are_no_use(
    state: WitnessState, answer: tuple[int, str, bytes], reason: str
) -> None:
    state.answers = [answer] * 3
    with pytest.raises(AnchorFailed, match=reason):
        client(state).cosign(signed(8), 0, proof_to(8), SECONDS)


def test_nobody_there() -> None:
    gone = WitnessState(url="http://127.0.0.1:9/w")
    with pytest.raises(AnchorFailed, match=r"http://127\.0\.0\.1:9/w/add-checkpoint: ConnectError"):
        client(gone).cosign(signed(8), 0, proof_to(8), SECONDS)


def test_the_proof_check_of_this_witness_is_one() -> None:
    """The test's own verifier takes every right proof and no spoiled one."""
    for old in range(1, 20):
        for size in range(old, 20):
            proof = reference.proof(old, LEAVES[:size])
            roots = reference.tree_hash(LEAVES[:old]), reference.tree_hash(LEAVES[:size])
            assert grew(old, roots[0], size, roots[1], proof)
            assert merkle.extends(old, size, proof, *roots)
            if proof:
                assert not grew(old, roots[0], size, roots[1], [bytes(32), *proof[1:]])
                assert not grew(old, roots[0], size, roots[1], proof[1:])
