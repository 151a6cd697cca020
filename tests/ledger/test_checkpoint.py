import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.errors import LedgerCorrupt
from monitor.ledger import note
from monitor.ledger.checkpoint import Checkpoint, open_checkpoint, parse_checkpoint
from monitor.ledger.note import SigningKey
from tests.ledger.writing import KEY

ROOT = bytes(range(32))
CHECKPOINT = Checkpoint(KEY.name, 42, ROOT)
BASE64 = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="

checkpoints = st.builds(
    Checkpoint,
    origin=st.text(min_size=1, max_size=20).filter(note.is_key_name),
    size=st.integers(0, 10**18),
    root=st.binary(min_size=32, max_size=32),
)


@settings(deadline=None)
@given(checkpoints)
def test_a_checkpoint_reads_back(checkpoint: Checkpoint) -> None:
    assert parse_checkpoint(checkpoint.text()) == checkpoint
    key = SigningKey(checkpoint.origin, KEY.seed)
    assert open_checkpoint(checkpoint.signed(key), [key.verifier]) == checkpoint


def test_the_text_is_three_lines() -> None:
    assert CHECKPOINT.text() == f"log.example/mfa-monitor\n42\n{BASE64}\n"


def test_the_example_of_the_specification() -> None:
    text = "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n"
    checkpoint = parse_checkpoint(text)
    assert (checkpoint.origin, checkpoint.size) == ("example.com/behind-the-sofa", 20852163)
    assert checkpoint.text() == text


def test_extension_lines_are_allowed() -> None:
    assert parse_checkpoint(CHECKPOINT.text() + "more\n") == CHECKPOINT


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n\n\n",
        f"log\n42\n{BASE64}",
        "log\n42\n",
        f"\n42\n{BASE64}\n",
        f"log\n042\n{BASE64}\n",
        f"log\n-1\n{BASE64}\n",
        f"log\n+42\n{BASE64}\n",
        f"log\n4 2\n{BASE64}\n",
        f"log\n\N{ARABIC-INDIC DIGIT FOUR}\n{BASE64}\n",
        f"log\n{'9' * 30}\n{BASE64}\n",
        f"log\n42\n{BASE64[:-1]}\n",
        f"log\n42\n{BASE64[:-2]}9=\n",
        "log\n42\nAAAA\n",
        f"log\n42\n{BASE64}\n\n",
    ],
)
def test_malformed_checkpoints_are_refused(text: str) -> None:
    with pytest.raises(LedgerCorrupt, match="checkpoint"):
        parse_checkpoint(text)


def test_a_checkpoint_of_another_log_is_refused() -> None:
    """Even where the key signed it: the origin tells logs apart."""
    foreign = Checkpoint("log.example/other", 42, ROOT).signed(KEY)
    with pytest.raises(LedgerCorrupt, match=r"another log: 'log\.example/other'"):
        open_checkpoint(foreign, [KEY.verifier])
