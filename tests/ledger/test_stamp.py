"""What a timestamp reply says, from replies of our own and from an authority's (openssl)."""

import random
import shutil
import subprocess
from datetime import UTC, datetime, timedelta
from hashlib import sha256, sha512
from pathlib import Path

import pytest

from monitor.errors import LedgerCorrupt
from monitor.ledger.stamp import read_stamp
from tests.ledger.whole import reply
from tests.ledger.writing import NOW

CONTENT = b"a note\n"
REPLY = reply(CONTENT, NOW)
CONFIG = """
[ tsa ]
default_tsa = it
[ it ]
serial = serial
signer_cert = tsa.pem
signer_key = tsa.key
certs = tsa.pem
signer_digest = sha256
default_policy = 1.2.3.4
digests = sha256, sha384, sha512
ess_cert_id_chain = no
"""


def test_what_a_reply_is_about_and_when() -> None:
    stamp = read_stamp(REPLY)
    assert (stamp.algorithm, stamp.imprint, stamp.time) == ("sha256", sha256(CONTENT).digest(), NOW)
    assert stamp.covers(CONTENT)
    assert not stamp.covers(CONTENT + b" ")


@pytest.mark.parametrize("length", range(len(REPLY)))
def test_no_reply_cut_short_is_read(length: int) -> None:
    with pytest.raises(LedgerCorrupt):
        read_stamp(REPLY[:length])


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (REPLY + b"\0", "not DER"),
        (REPLY + b"\5\0", "its parts"),
        (reply(CONTENT, NOW, status=2), "the authority refused"),
        (REPLY.replace(bytes.fromhex("608648016503040201"), bytes(9)), "not a timestamp made with"),
        (REPLY.replace(bytes.fromhex("2a864886f70d010702"), bytes(9)), "holds something else"),
        (REPLY.replace(b"20261102120000Z", b"2026110212000xZ"), "its time"),
        (b"\x30\x80" + REPLY, "no length"),
        (b"\x30\x84\xff\xff\xff\xff" + REPLY, "cut off"),
        (b"\x30\x88" + b"\xff" * 8, "no length"),
        (b"", "its parts"),
    ],
)
def test_anything_else_is_refused_by_name(content: bytes, said: str) -> None:
    with pytest.raises(LedgerCorrupt, match=said):
        read_stamp(content)


def test_no_bytes_at_all_make_it_fail_otherwise() -> None:
    draw = random.Random(1)  # noqa: S311 - to be repeated, not to be secret
    for _ in range(2_000):
        content = bytearray(REPLY)
        for _ in range(draw.randint(1, 4)):
            content[draw.randrange(len(content))] = draw.randrange(256)
        try:
            read_stamp(bytes(content))
        except LedgerCorrupt:
            continue


@pytest.mark.parametrize(("digest", "made"), [("sha256", sha256), ("sha512", sha512)])
def test_a_reply_of_an_authority_is_read(tmp_path: Path, digest: str, made: type) -> None:
    if shutil.which("openssl") is None:
        pytest.skip("openssl is not here: install it to check timestamps of another make")

    def openssl(*words: str) -> None:
        subprocess.run(["openssl", *words], cwd=tmp_path, check=True, capture_output=True)  # noqa: S607 - whichever is here

    (tmp_path / "tsa.cnf").write_text(CONFIG)
    (tmp_path / "serial").write_text("01\n")
    (tmp_path / "note").write_bytes(CONTENT)
    usage = "extendedKeyUsage=critical,timeStamping"
    request = ("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes")
    subject = ("-keyout", "tsa.key", "-out", "tsa.pem", "-subj", "/CN=tsa", "-addext", usage)
    openssl(*request, *subject)
    openssl("ts", "-query", "-data", "note", f"-{digest}", "-cert", "-out", "query")
    openssl("ts", "-reply", "-config", "tsa.cnf", "-queryfile", "query", "-out", "reply")
    stamp = read_stamp((tmp_path / "reply").read_bytes())
    assert (stamp.algorithm, stamp.imprint) == (digest, made(CONTENT).digest())
    assert stamp.covers(CONTENT)
    assert abs(stamp.time - datetime.now(tz=UTC)) < timedelta(minutes=5)
