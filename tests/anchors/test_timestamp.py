"""The timestamp client against OpenSSL's authority, and OpenSSL as the second verifier."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from monitor.anchors.der import in_order
from monitor.anchors.timestamp import Authority, read_chain, read_timestamp
from monitor.errors import AnchorFailed, InvalidInput
from monitor.ledger.checkpoint import Checkpoint
from monitor.ledger.stamp import read_stamp
from tests.anchors.stamping import MISSING, OPENSSL, AuthorityState, authority, make_authority
from tests.ledger.writing import KEY

NOTE = Checkpoint(KEY.name, 3, bytes(32)).signed(KEY)
SECONDS = 10.0
REPLY = "application/timestamp-reply"

pytestmark = pytest.mark.skipif(OPENSSL is None, reason=MISSING)


@pytest.fixture
def state(tmp_path: Path) -> Iterator[AuthorityState]:
    with authority(tmp_path) as running:
        yield running


def client(state: AuthorityState) -> Authority:
    return Authority("tsa", state.url, read_chain(state.ca_file))


def test_a_note_is_stamped_and_openssl_agrees(state: AuthorityState) -> None:
    stamped = client(state).stamp(NOTE, SECONDS)
    assert abs(datetime.now(UTC) - stamped.time) < timedelta(minutes=5)
    assert state.verifies(stamped.reply, NOTE)
    assert not state.verifies(stamped.reply, NOTE + b"x")
    assert read_timestamp(stamped.reply, NOTE, read_chain(state.ca_file)) == stamped
    assert read_stamp(stamped.reply).covers(NOTE)
    with pytest.raises(AnchorFailed, match="the reply does not verify"):
        read_timestamp(stamped.reply, NOTE + b"x", read_chain(state.ca_file))


def test_every_request_has_a_nonce_of_its_own(state: AuthorityState) -> None:
    first, second = (client(state).stamp(NOTE, SECONDS).reply for _ in range(2))
    assert state.requests[0] != state.requests[1]
    state.answers.append((200, REPLY, first))
    with pytest.raises(AnchorFailed, match="tsa: the reply does not verify: Nonce mismatch"):
        client(state).stamp(NOTE, SECONDS)
    assert first != second


def test_a_reply_of_somebody_else_is_not_kept(state: AuthorityState, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    chain = read_chain(make_authority(other).ca_file)
    with pytest.raises(AnchorFailed, match="the reply does not verify"):
        Authority("tsa", state.url, chain).stamp(NOTE, SECONDS)


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ((200, REPLY, b""), "not an RFC 3161 reply"),
        ((200, REPLY, b"\x30\x03\x02\x01\x00"), "not an RFC 3161 reply|does not verify"),
        ((200, "text/html", b"<html>"), "HTTP 200, 'text/html'"),
        ((503, REPLY, b""), "HTTP 503"),
        # a refusal: PKIStatusInfo with status 2 (rejection), no token
        ((200, REPLY, bytes.fromhex("30053003020102")), "does not verify|not an RFC 3161 reply"),
    ],
)
def test_answers_that_are_no_use(
    state: AuthorityState, answer: tuple[int, str, bytes], reason: str
) -> None:
    state.answers.append(answer)
    with pytest.raises(AnchorFailed, match=reason):
        client(state).stamp(NOTE, SECONDS)


def test_several_certificates_in_the_order_of_openssl(tmp_path: Path) -> None:
    """The reader is strict about their order, and OpenSSL 3.0 is not: the reply is kept as it is.

    Which order it writes depends on the certificates; of both, one is wrong.
    """
    with authority(tmp_path, with_chain=True) as state:
        stamped = client(state).stamp(NOTE, SECONDS)
    sent = (tmp_path / "reply").read_bytes()
    assert stamped.reply == sent
    assert state.verifies(stamped.reply, NOTE)
    one, other = (
        x509.load_pem_x509_certificate((tmp_path / name).read_bytes()).public_bytes(Encoding.DER)
        for name in ("ca.pem", "tsa.pem")
    )
    turned = sent.replace(one + other, other + one)
    if turned == sent:
        turned = sent.replace(other + one, one + other)
    assert len(turned) == len(sent)
    assert in_order(turned) == in_order(sent)
    assert turned != sent
    assert in_order(sent) in (sent, turned)
    assert read_timestamp(turned, NOTE, read_chain(state.ca_file)).time == stamped.time


def test_a_cut_or_changed_reply_verifies_nowhere(state: AuthorityState) -> None:
    reply = client(state).stamp(NOTE, SECONDS).reply
    chain = read_chain(state.ca_file)
    spoiled = [reply[:-1], reply[:40], reply + b"\x00"]
    at = reply.index(bytes.fromhex("2a0304"))  # inside what is signed: the policy's OID
    spoiled.append(reply[: at + 2] + b"\x05" + reply[at + 3 :])
    spoiled.append(reply[:-3] + bytes([reply[-3] ^ 1]) + reply[-2:])
    for one in spoiled:
        with pytest.raises(AnchorFailed):
            read_timestamp(one, NOTE, chain)


def test_what_is_no_reply_is_left_as_it_is(state: AuthorityState) -> None:
    reply = client(state).stamp(NOTE, SECONDS).reply
    assert in_order(reply) == reply, "one certificate has no order"
    for one in (b"", b"\x30", b"\x30\x84", reply[:50], b"\x31" + reply[1:], bytes(100)):
        assert in_order(one) == one


def test_a_file_that_is_no_chain(tmp_path: Path) -> None:
    state = make_authority(tmp_path)
    for content, reason in (
        (b"", "no certificates can be read"),
        ((tmp_path / "tsa.pem").read_bytes(), "no root is among the certificates"),
    ):
        state.ca_file.write_bytes(content)
        with pytest.raises(InvalidInput, match=reason):
            read_chain(state.ca_file)
    with pytest.raises(InvalidInput, match=r"absent\.pem"):
        read_chain(tmp_path / "absent.pem")
