import stat
import threading
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.errors import InvalidInput, LedgerCorrupt, StorageUnavailable
from monitor.ledger import note
from monitor.ledger.note import SigningKey

KEY = SigningKey("log.example/a", bytes(range(32)))
OTHER = SigningKey("log.example/b", bytes(range(1, 33)))
TEXT = "a text\n\nwith an empty line\n"

# The example of the C2SP specification signed-note v1.0.0.
EXAMPLE_VKEY = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"
EXAMPLE = (
    "This is an example message.\n\n"
    "\N{EM DASH} example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYj"
    "OBH3mFXmRKuwHjG1Yu72IneyaQM=\n"
).encode()

names = st.text(min_size=1, max_size=20).filter(note.is_key_name)
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=60).map(
    lambda text: "".join(c for c in text if c >= " " or c == "\n") + "\n"
)
seeds = st.binary(min_size=32, max_size=32)


@settings(deadline=None)
@given(texts, names, seeds)
def test_a_note_opens_to_its_text(text: str, name: str, seed: bytes) -> None:
    key = SigningKey(name, seed)
    signed = note.sign(text, key)
    assert note.open_note(signed, [key.verifier]) == text
    assert note.sign(text, key) == signed


@settings(deadline=None)
@given(names, seeds)
def test_keys_read_back_from_their_text(name: str, seed: bytes) -> None:
    key = SigningKey(name, seed)
    assert note.parse_vkey(key.vkey) == key.verifier
    assert note.parse_key(note.key_text(key)) == key


def test_the_example_of_the_specification_verifies() -> None:
    key = note.parse_vkey(EXAMPLE_VKEY)
    assert note.open_note(EXAMPLE, [key]) == "This is an example message.\n"
    assert str(key) == EXAMPLE_VKEY


@settings(deadline=None)
@given(st.data())
def test_no_changed_note_opens(data: st.DataObject) -> None:
    signed = note.sign(TEXT, KEY)
    place = data.draw(st.integers(0, len(signed) - 1))
    byte = data.draw(st.integers(0, 255).filter(lambda value: value != signed[place]))
    with pytest.raises(LedgerCorrupt):
        note.open_note(signed[:place] + bytes([byte]) + signed[place + 1 :], [KEY.verifier])


def test_unknown_signatures_are_ignored_and_one_known_is_needed() -> None:
    signed = note.sign(TEXT, OTHER, KEY)
    assert note.open_note(signed, [KEY.verifier]) == TEXT
    with pytest.raises(LedgerCorrupt, match="no trusted key"):
        note.open_note(note.sign(TEXT, OTHER), [KEY.verifier])
    with pytest.raises(LedgerCorrupt, match="no trusted key"):
        note.open_note(signed, [])


def test_a_key_of_the_same_name_is_another_key() -> None:
    namesake = SigningKey(KEY.name, OTHER.seed)
    with pytest.raises(LedgerCorrupt, match="no trusted key"):
        note.open_note(note.sign(TEXT, namesake), [KEY.verifier])


def test_a_failed_signature_of_a_known_key_condemns_the_note() -> None:
    good, bad = note.sign(TEXT, KEY), note.sign("another text\n", OTHER)
    mixed = good + bad.rpartition(b"\n\n")[2]
    with pytest.raises(LedgerCorrupt, match=r"of 'log\.example/b' does not verify"):
        note.open_note(mixed, [KEY.verifier, OTHER.verifier])


def test_sixteen_signatures_are_read() -> None:
    keys = [SigningKey(f"key{i}", bytes([i]) * 32) for i in range(16)]
    assert note.open_note(note.sign(TEXT, *keys), [keys[15].verifier]) == TEXT


SIGNED = note.sign("a text\n", KEY)
LINE = SIGNED.rpartition(b"\n\n")[2]


@pytest.mark.parametrize(
    "malformed",
    [
        b"",
        b"a text\n",
        b"a text\n\n",
        SIGNED[:-1],
        SIGNED + b"\n",
        SIGNED + b"junk\n",
        SIGNED.replace(b"\n\n", b"\n"),
        SIGNED.replace(b"\xe2\x80\x94 ", b"- "),
        SIGNED.replace(b"=\n", b"\n"),
        SIGNED.replace(b"=\n", b"==\n"),
        SIGNED.replace(b"a text", b"a\ttext"),
        SIGNED.replace(b"a text", b"a\r\ntext"),
        SIGNED.replace(b"a text", b"a \xff text"),
        SIGNED.replace(b"log.example/a", b"log.example/a+b"),
        SIGNED.replace(b" log.example/a ", b"  "),
        b"a text\n\n\xe2\x80\x94 name AAAA\n",
        b"a text\n\n\xe2\x80\x94 name AAAAAB==\n",
        b"a text\n\n" + LINE * 65,
        b"x" * 1_000_001 + SIGNED,
    ],
)
def test_malformed_notes_are_refused_whole(malformed: bytes) -> None:
    with pytest.raises(LedgerCorrupt):
        note.open_note(malformed, [KEY.verifier])


@pytest.mark.parametrize("text", ["", "no newline", "a\ttab\n", "a\x00\n"])
def test_only_note_text_is_signed(text: str) -> None:
    with pytest.raises(ValueError, match="a note is text"):
        note.sign(text, KEY)
    with pytest.raises(ValueError, match="a note is text"):
        note.sign(TEXT)


VKEY = KEY.vkey


@pytest.mark.parametrize(
    "text",
    [
        "",
        "name",
        "name+00000000",
        VKEY[:-1],
        VKEY + "A",
        VKEY + "\n",
        VKEY.replace("log.example/a", "log.example/b"),
        VKEY.replace(VKEY.split("+")[1], "00000000"),
        VKEY.replace("+", " ", 1),
        "+" + VKEY.split("+", 1)[1],
        "name+00000000+AgAA",
    ],
)
def test_malformed_verifier_keys_are_the_reader_s_mistake(text: str) -> None:
    with pytest.raises(InvalidInput):
        note.parse_vkey(text)


def test_an_ecdsa_key_is_not_taken_for_ed25519() -> None:
    with pytest.raises(InvalidInput, match="not a named Ed25519 key"):
        note.parse_vkey(f"{KEY.name}+00000000+Ag{'A' * 42}")


@pytest.mark.parametrize("name", ["", "a b", "a+b", "a\nb", "a\u00a0b", "a\u3000b", "a\x7f"])
def test_a_key_name_has_no_space_plus_or_control(name: str) -> None:
    assert not note.is_key_name(name)


def test_a_signing_key_does_not_show_its_seed() -> None:
    assert repr(KEY.seed) not in repr(KEY)
    assert KEY.seed.hex() not in repr(KEY)


# The key file


def test_a_key_is_made_once_private_and_whole(tmp_path: Path) -> None:
    path = tmp_path / "keys" / "ledger.key"
    key = note.create_key(path, "log.example/a")
    assert note.load_key(path) == key
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert [entry.name for entry in path.parent.iterdir()] == ["ledger.key"]
    with pytest.raises(InvalidInput, match="never overwritten"):
        note.create_key(path, "log.example/a")
    assert note.load_key(path) == key
    assert [entry.name for entry in path.parent.iterdir()] == ["ledger.key"]


def test_of_many_first_starts_one_makes_the_key(tmp_path: Path) -> None:
    path, made = tmp_path / "ledger.key", list[SigningKey]()

    def start() -> None:
        try:
            made.append(note.create_key(path, "log.example/a"))
        except InvalidInput:
            note.load_key(path)  # whole, though another start made it

    threads = [threading.Thread(target=start) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert made == [note.load_key(path)]


def test_an_origin_that_is_no_name_makes_no_key(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="not a log origin"):
        note.create_key(tmp_path / "ledger.key", "two words")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o644])
def test_a_key_that_others_may_read_is_refused(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "ledger.key"
    note.create_key(path, "log.example/a")
    path.chmod(mode)
    with pytest.raises(InvalidInput, match="chmod 600"):
        note.load_key(path)


@pytest.mark.parametrize("content", [b"", b"\xff", b"PRIVATE+KEY+a+00000000+AAAA", VKEY.encode()])
def test_a_damaged_key_file_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "ledger.key"
    path.write_bytes(content)
    path.chmod(0o600)
    with pytest.raises(InvalidInput):
        note.load_key(path)


def test_a_missing_key_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match=r"none\.key"):
        note.load_key(tmp_path / "none.key")


def test_a_key_whose_id_is_another_key_s_is_refused() -> None:
    text = note.key_text(KEY).replace(KEY.verifier.key_id.hex(), OTHER.verifier.key_id.hex())
    with pytest.raises(InvalidInput, match="does not have the id"):
        note.parse_key(text)


def test_a_directory_that_cannot_be_written_is_the_reader_s_to_mend(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_bytes(b"")
    with pytest.raises(StorageUnavailable, match="cannot write the signing key"):
        note.create_key(blocked / "keys" / "ledger.key", "log.example/a")
