"""Cosignature lines: what a witness signs, and what is taken for it."""

from base64 import b64encode
from datetime import UTC, datetime

import pytest

from monitor.errors import InvalidInput, LedgerCorrupt
from monitor.ledger.checkpoint import Checkpoint
from monitor.ledger.cosignature import (
    WitnessKey,
    cosigned,
    parse_witness_key,
    read_cosignature,
    with_lines,
)
from monitor.ledger.note import split_note
from tests.anchors.witnessing import WitnessState
from tests.ledger.writing import KEY

CHECKPOINT = Checkpoint(KEY.name, 3, bytes(32))
NOTE, TEXT = CHECKPOINT.signed(KEY), CHECKPOINT.text().encode()
WITNESS = WitnessState()
KEY_OF_IT = parse_witness_key(WITNESS.vkey)


def test_the_message_is_the_specification_s_example() -> None:
    text = b"example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n"
    assert cosigned(text, 1679315147) == b"cosignature/v1\ntime 1679315147\n" + text


def test_the_specification_s_example_line_carries_its_time() -> None:
    """Its key is not given there, so only the shape can be read: key id, eight bytes, signature."""
    note = (
        "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n"
        "\N{EM DASH} witness.example.com/w1 jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWX"
        "EhZCB9dlrDJsX3b2oyin1nPZqhf5nNo0xUe+mbIUBkBIfZ+qnA==\n"
    )
    (line,) = split_note(note.encode())[1]
    assert int.from_bytes(line.signature[:8], "big") == 1679315147
    assert len(line.signature) == 8 + 64


def test_a_cosignature_is_read_among_other_lines() -> None:
    line = WITNESS.cosign(TEXT)
    other = WitnessState(name="other.example/w", seed=bytes(32)).cosign(TEXT)
    found = read_cosignature(NOTE, other + line, KEY_OF_IT)
    assert found.line == line
    assert found.time == datetime.fromtimestamp(WITNESS.now, UTC)


@pytest.mark.parametrize("now", [0, (1 << 63) - 1, 253_402_300_800])
def test_a_time_that_cannot_be_is_refused(now: int) -> None:
    line = WitnessState(now=now).cosign(TEXT)
    with pytest.raises(LedgerCorrupt, match="does not verify"):
        read_cosignature(NOTE, line, KEY_OF_IT)


def test_lines_over_another_text_or_by_nobody() -> None:
    with pytest.raises(LedgerCorrupt, match="does not verify"):
        read_cosignature(NOTE, WITNESS.cosign(TEXT.replace(b"\n3\n", b"\n4\n")), KEY_OF_IT)
    with pytest.raises(LedgerCorrupt, match="no cosignature of"):
        read_cosignature(NOTE, NOTE.rpartition(b"\n\n")[2], KEY_OF_IT)
    for lines in (b"", b"\n", b"nonsense\n", WITNESS.cosign(TEXT)[:-1]):
        with pytest.raises(LedgerCorrupt):
            read_cosignature(NOTE, lines, KEY_OF_IT)


def test_the_log_s_own_kind_of_signature_is_no_cosignature() -> None:
    """The same key under type 0x01: another id, and another message."""
    assert KEY_OF_IT.key_id != WitnessKey("x", KEY_OF_IT.public).key_id
    assert not KEY_OF_IT.signed(TEXT, b"\x00" * 72)


@pytest.mark.parametrize(
    "text",
    [
        "",
        KEY.vkey,
        WITNESS.vkey[:-4],
        WITNESS.vkey.replace(WITNESS.vkey.split("+")[1], "00000000"),
        "w+00000000+" + b64encode(b"\x04" + bytes(31)).decode(),
    ],
)
def test_keys_that_are_no_witness_s(text: str) -> None:
    with pytest.raises(InvalidInput):
        parse_witness_key(text)


def test_lines_are_added_once_and_after_the_log_s() -> None:
    line = WITNESS.cosign(TEXT)
    more = with_lines(NOTE, line)
    assert more == NOTE + line
    assert with_lines(more, line + line) == more
    assert with_lines(NOTE, line + line) == more
    assert with_lines(NOTE, b"") == NOTE
