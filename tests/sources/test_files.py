"""Files are cut into messages as promised, and a damaged one loses nothing quietly."""

import gzip
import io
import json
import os
from pathlib import Path

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from monitor.errors import InvalidInput, MonitorError
from monitor.events.batch import NamedSource, SourceBatch
from monitor.sources import files
from monitor.sources.files import UnreadableInput, find_inputs, read_batches

RECORD = b'{"category":"AuditLogs"}'
PRETTY = json.dumps({"records": [{"category": "AuditLogs"}]}, indent=2).encode()


def batches(path: Path) -> list[SourceBatch]:
    return [batch for entry in find_inputs([str(path)]) for batch in read_batches(entry)]


def bodies(path: Path) -> list[bytes]:
    return [message.body for batch in batches(path) for message in batch.messages]


def until_fault(path: Path) -> tuple[list[bytes], MonitorError]:
    """Return what was passed on before the error, and the error."""
    got: list[bytes] = []
    try:
        for batch in read_batches(find_inputs([str(path)])[0]):
            got.extend(message.body for message in batch.messages)
    except MonitorError as error:
        return got, error
    pytest.fail(f"{path.name} was read without an error")


def write(folder: Path, name: str, content: bytes) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        ("a.jsonl", RECORD + b"\n" + RECORD + b"\n", [RECORD, RECORD]),
        ("a.ndjson", RECORD + b"\r\n\r\n" + RECORD, [RECORD, RECORD]),
        ("A.JSONL", b"not json\n" + RECORD, [b"not json", RECORD]),
        ("a.jsonl", PRETTY[:14] + b"\n", PRETTY[:14].splitlines()),
        ("a.json", PRETTY, [PRETTY]),
        ("a.json", RECORD, [RECORD]),
        ("a.json", RECORD + b"\n", [RECORD]),
        ("a.json", RECORD + b"\nnot json\n", [RECORD, b"not json"]),
        ("a.json", b"\n\n" + RECORD + b"\n" + RECORD, [RECORD, RECORD]),
        ("a.json.txt", PRETTY, [PRETTY]),
        ("a.log", b"line one\nline two\n", [b"line one\nline two"]),
        ("a.json", b'{"a":1,\n"b":}', [b'{"a":1,\n"b":}']),
        ("a.json", files.BYTE_ORDER_MARK + RECORD, [RECORD]),
        ("a.json", files.BYTE_ORDER_MARK + PRETTY, [PRETTY]),
        ("a.json", b"", []),
        ("a.jsonl", b"\n \n\r\n", []),
        ("a", b"\x00\xff\xfe", [b"\x00\xff\xfe"]),
    ],
)
@pytest.mark.parametrize("packed", [False, True])
def test_framing(
    tmp_path: Path, name: str, content: bytes, expected: list[bytes], packed: bool
) -> None:
    path = write(
        tmp_path,
        name + ".gz" if packed else name,
        gzip.compress(content) if packed else content,
    )
    assert bodies(path) == expected


line = st.binary(min_size=1, max_size=40).filter(
    lambda body: b"\n" not in body and bool(body.strip()) and not body.endswith(b"\r")
)


@given(
    lines=st.lists(line, max_size=30),
    newline=st.sampled_from([b"\n", b"\r\n"]),
    last=st.booleans(),
    chunk=st.integers(1, 50),
    packed=st.booleans(),
)
def test_any_split_into_lines_comes_back(
    lines: list[bytes], newline: bytes, last: bool, chunk: int, packed: bool
) -> None:
    content = newline.join(lines) + (newline if last and lines else b"")
    assume(packed or not content.startswith(files.GZIP_MAGIC))
    stored = gzip.compress(content) if packed else content
    entry = files.InputFile(None, "x.jsonl", None)
    counted: list[int] = []
    read = list(read_batches(entry, stdin=Dripping(stored, chunk), progress=counted.append))
    messages = [message for batch in read for message in batch.messages]
    mark = files.BYTE_ORDER_MARK
    expected = [body.removeprefix(mark) if i == 0 else body for i, body in enumerate(lines)]
    assert [message.body for message in messages] == [body for body in expected if body.strip()]
    for message in messages:
        end = message.offset + len(message.body)
        assert content[message.offset : end] == message.body
    assert sum(counted) == len(stored)


class Dripping(io.BytesIO):
    """A pipe that never gives more than `chunk` bytes at a time (but at least two)."""

    def __init__(self, content: bytes, chunk: int) -> None:
        super().__init__(content)
        self._chunk = max(2, chunk)

    def read1(self, size: int | None = -1, /) -> bytes:
        return super().read(self._chunk if size is None or size < 0 else min(size, self._chunk))


@pytest.mark.parametrize("tail", [b"", b"]" * 200_000])
def test_a_line_nested_without_end_is_a_message_and_costs_no_other(
    tmp_path: Path, tail: bytes
) -> None:
    deep = b"[" * 200_000 + tail
    path = write(tmp_path, "a.json", deep + b"\n" + RECORD)
    assert bodies(path) == [deep, RECORD]


def test_gzip_is_known_by_its_content_not_its_name(tmp_path: Path) -> None:
    assert bodies(write(tmp_path, "a.jsonl", gzip.compress(RECORD))) == [RECORD]
    assert bodies(write(tmp_path, "b.jsonl.gz", RECORD)) == [RECORD]


def test_joined_gzip_members_are_one_file(tmp_path: Path) -> None:
    content = gzip.compress(RECORD + b"\n") + gzip.compress(RECORD + b"\n")
    assert bodies(write(tmp_path, "a.jsonl.gz", content)) == [RECORD, RECORD]


@pytest.mark.parametrize("cut", [5, 9, 60, -9, -4, -1])
def test_a_cut_gzip_passes_on_what_it_holds_and_then_says_so(tmp_path: Path, cut: int) -> None:
    lines = [json.dumps({"n": n, "noise": os.urandom(20).hex()}).encode() for n in range(50)]
    path = write(tmp_path, "a.jsonl.gz", gzip.compress(b"\n".join(lines))[:cut])
    got, fault = until_fault(path)
    assert isinstance(fault, InvalidInput)
    assert str(fault).startswith("a.jsonl.gz: gzip data is damaged or cut off after byte ")
    whole, unfinished = got[:-1], got[-1:]
    assert whole == lines[: len(whole)]
    assert all(lines[len(whole)].startswith(tail) for tail in unfinished)
    if cut in (-9, -4, -1):
        assert len(whole) >= 48


def test_a_wrong_checksum_is_said_after_every_line_was_passed_on(tmp_path: Path) -> None:
    content = bytearray(gzip.compress(RECORD + b"\n" + RECORD))
    content[-8] ^= 1
    path = write(tmp_path, "a.jsonl.gz", bytes(content))
    got, fault = until_fault(path)
    assert got == [RECORD, RECORD]
    assert "CRC" in str(fault)


def test_a_directory_gives_every_file_sorted_but_no_dotfiles(tmp_path: Path) -> None:
    for name in ("b.json.txt", "a/2.jsonl", "a/1", ".hidden", ".git/x", "c.INVALID"):
        write(tmp_path, name, RECORD)
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "loop").symlink_to(tmp_path, target_is_directory=True)
    assert [entry.name for entry in find_inputs([str(tmp_path)])] == [
        "a/1",
        "a/2.jsonl",
        "b.json.txt",
        "c.INVALID",
    ]


def test_a_file_goes_by_its_own_name_never_by_its_path(tmp_path: Path) -> None:
    path = write(tmp_path, "deep/down/a.json", RECORD)
    (batch,) = batches(path)
    assert batch.source == NamedSource("file", "a.json")


def test_a_name_that_is_not_utf8_is_written_out(tmp_path: Path) -> None:
    (tmp_path / os.fsdecode(b"caf\xe9.json")).write_bytes(RECORD)
    assert [entry.name for entry in find_inputs([str(tmp_path)])] == ["caf\\xe9.json"]


def test_batches_close_at_a_thousand_messages_or_four_mebibytes(tmp_path: Path) -> None:
    many = batches(write(tmp_path, "many.jsonl", b"1\n" * 2_500))
    assert [len(batch.messages) for batch in many] == [1_000, 1_000, 500]
    long_line = b'"' + b"x" * (3 * 1024 * 1024) + b'"\n'
    large = batches(write(tmp_path, "large.jsonl", long_line * 3))
    assert [len(batch.messages) for batch in large] == [2, 1]


def test_offsets_are_of_the_line_in_the_content(tmp_path: Path) -> None:
    (batch,) = batches(write(tmp_path, "a.jsonl", b"\n12\r\n\n345\n"))
    assert [(message.offset, message.body) for message in batch.messages] == [
        (1, b"12"),
        (6, b"345"),
    ]


@pytest.mark.parametrize(("name", "word"), [("a.jsonl", "line"), ("a.json", "document")])
def test_a_message_over_the_limit_is_refused_by_name_after_the_ones_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, word: str
) -> None:
    monkeypatch.setattr(files, "MESSAGE_BYTES", 100)
    monkeypatch.setattr(files, "CHUNK_BYTES", 64)
    content = b"[\n" if word == "document" else b"1\n"
    path = write(tmp_path, name, content + b"2,\n" * 200 + b"x" * 500)
    got, fault = until_fault(path)
    assert str(fault).startswith(f"{name}: the {word} that starts at byte ")
    assert got[:1] == ([b"1"] if word == "line" else [])
    assert b"x" not in b"".join(got)


def test_a_missing_path_is_invalid_input(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="no such file"):
        find_inputs([str(tmp_path / "none.json")])
    with pytest.raises(InvalidInput, match="no such file"):
        find_inputs([str(write(tmp_path, "a", b"") / "below-a-file")])


def test_a_file_the_system_refuses_is_unreadable(tmp_path: Path) -> None:
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    with pytest.raises(UnreadableInput, match="cannot be read"):
        find_inputs([str(tmp_path / "loop")])


@pytest.mark.skipif(not Path("/proc/self/mem").exists(), reason="needs a file that fails to read")
def test_a_read_that_fails_halfway_is_unreadable() -> None:
    with pytest.raises(UnreadableInput, match="reading failed after byte 0"):
        list(read_batches(find_inputs(["/proc/self/mem"])[0]))


def test_a_file_gone_before_it_is_opened_is_invalid_input(tmp_path: Path) -> None:
    path = write(tmp_path, "a.json", RECORD)
    (entry,) = find_inputs([str(path)])
    path.unlink()
    with pytest.raises(InvalidInput, match=r"a\.json: no such file"):
        list(read_batches(entry))


def test_standard_input_is_read_and_left_open() -> None:
    (entry,) = find_inputs(["-"])
    stream = io.BytesIO(RECORD + b"\n" + RECORD)
    (batch,) = read_batches(entry, stdin=stream)
    assert batch.source == NamedSource("file", "stdin")
    assert len(batch.messages) == 2
    assert not stream.closed


def test_every_file_of_the_corpus_gives_messages_whose_bytes_are_the_files() -> None:
    corpus = Path(__file__).parents[3] / "shared" / "corpus" / "events"
    if not corpus.is_dir():
        pytest.skip("../shared is not here")
    for entry in find_inputs([str(corpus)]):
        assert entry.path is not None
        content = entry.path.read_bytes()
        messages = [message for batch in read_batches(entry) for message in batch.messages]
        assert messages, entry.name
        for message in messages:
            assert content[message.offset : message.offset + len(message.body)] == message.body
