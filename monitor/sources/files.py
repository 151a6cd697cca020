"""Files as a way in: JSON, JSON lines, gzip of either, a directory of them, standard input.

How a file is cut into messages:

- `.jsonl` and `.ndjson` (also with `.gz`): one message per line, blank lines skipped.
- Anything else: when the first line with content is JSON by itself, one message per line (a
  document on one line is the case of one line); otherwise the whole file is one message. Nothing
  may follow a JSON document, so this takes every valid document whole without parsing it here.
  What is neither is quarantined by the pipeline with its bytes kept.

Gzip is recognised by its first two bytes (RFC 1952, section 2.3.1), whatever the file is called.

A file damaged halfway loses nothing in silence: all that could be read is passed on, the unfinished
last line too (the pipeline quarantines it), and then the error names the file and the byte.
"""

import gzip
import io
import os
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from stat import S_ISBLK, S_ISCHR, S_ISDIR, S_ISFIFO, S_ISSOCK
from typing import BinaryIO

import msgspec

from monitor.errors import InvalidInput, MonitorError
from monitor.events.batch import Message, NamedSource, SourceBatch

BATCH_MESSAGES = 1_000
"""Most messages in one batch, that is in one commit."""
BATCH_BYTES = 4 * 1024 * 1024
"""A batch is closed once its bodies reach this many bytes."""
MESSAGE_BYTES = 64 * 1024 * 1024
"""Longest line, or whole document, that is read; a longer one is refused by name."""

CHUNK_BYTES = 256 * 1024
LINE_SUFFIXES = frozenset({".jsonl", ".ndjson"})
GZIP_MAGIC = b"\x1f\x8b"
BYTE_ORDER_MARK = b"\xef\xbb\xbf"


class UnreadableInput(MonitorError):
    """A file that is there and that the system does not let us read (exit code 3)."""

    advice = "Check the permissions and the disk of the path named above, then run it again."


@dataclass(frozen=True, slots=True)
class InputFile:
    """One file to read. `path` is None for standard input.

    `name` is what the ledger says of it: relative to the path given, never the machine's full path.
    `size` is in bytes as stored (compressed where it is), None where nobody can know it.
    """

    path: Path | None
    name: str
    size: int | None


def find_inputs(paths: Iterable[str]) -> tuple[InputFile, ...]:
    """Return the files behind `paths` in the order given; a directory gives its files, sorted.

    `-` is standard input. Of a directory every file counts, whatever its suffix, except names that
    begin with a dot; directories that are symbolic links are not entered.

    Raises:
        InvalidInput: a path does not exist.
        UnreadableInput: a path or a directory below it cannot be looked at.
    """
    return tuple(found for path in paths for found in _find(path))


def read_batches(
    entry: InputFile,
    *,
    kind: str = "file",
    progress: Callable[[int], object] | None = None,
    stdin: BinaryIO | None = None,
) -> Iterator[SourceBatch]:
    """Yield the messages of one file in batches, in order, in bounded memory for line files.

    `progress` is told how many bytes (as stored) were read since it was last told. `kind` goes into
    the source of each batch. `stdin` is read where `entry.path` is None.

    Raises:
        InvalidInput: the file is gone, its gzip is damaged, or a message is longer than
            `MESSAGE_BYTES`; raised after everything readable was yielded.
        UnreadableInput: the system refuses to open or read it; likewise at the end.
    """
    with _open(entry, stdin) as stored:
        content = _Content(entry.name, _Counted(stored, progress))
        lines = content.lines()
        framed = lines if is_line_file(entry.name) else _documents(content, lines)
        yield from _batches(NamedSource(kind, entry.name), framed)
        if content.fault is not None:
            raise content.fault


def is_line_file(name: str) -> bool:
    """Tell whether the name promises one message per line: `.jsonl`, `.ndjson`, or `.gz` of one."""
    path = Path(name.lower())
    if path.suffix == ".gz":
        path = path.with_suffix("")
    return path.suffix in LINE_SUFFIXES


def _find(path: str) -> Iterator[InputFile]:
    if path == "-":
        yield InputFile(None, "stdin", None)
        return
    given = Path(path)
    try:
        status = given.stat()
    except (FileNotFoundError, NotADirectoryError) as error:
        raise InvalidInput(f"{path}: no such file or directory") from error
    except OSError as error:
        raise UnreadableInput(f"{path}: cannot be read ({error.strerror})") from error
    if S_ISDIR(status.st_mode):
        for file in files_below(given):
            yield InputFile(file, ledger_name(file.relative_to(given)), _size(file))
    else:
        yield InputFile(given, ledger_name(Path(given.name)), status.st_size or None)


def files_below(root: Path, skip: frozenset[str] = frozenset()) -> Iterator[Path]:
    """Yield every file below `root`, sorted by path; names in `skip` are left out at the top.

    Raises:
        UnreadableInput: a directory cannot be listed.
    """
    try:
        entries = sorted(os.scandir(root), key=lambda entry: entry.name)
    except OSError as error:
        raise UnreadableInput(f"{root}: cannot be listed ({error.strerror})") from error
    for entry in entries:
        if entry.name.startswith(".") or entry.name in skip:
            continue
        if entry.is_dir(follow_symlinks=False):
            yield from files_below(Path(entry.path))
        elif not entry.is_dir() and not _is_device(entry):
            yield Path(entry.path)


def _is_device(entry: os.DirEntry[str]) -> bool:
    """Opening a pipe or device found in a directory could wait for ever; a person may name one."""
    try:
        mode = entry.stat().st_mode
    except OSError:
        return False  # a dangling link: opening it says what is wrong, by name
    return S_ISFIFO(mode) or S_ISSOCK(mode) or S_ISCHR(mode) or S_ISBLK(mode)


def ledger_name(relative: Path) -> str:
    """Return the path with forward slashes, and bytes that are not UTF-8 written out."""
    return os.fsencode(relative.as_posix()).decode("utf-8", "backslashreplace")


def _size(file: Path) -> int | None:
    try:
        return file.stat().st_size
    except OSError:
        return None  # read_batches will say so with the reason


def _open(entry: InputFile, stdin: BinaryIO | None) -> AbstractContextManager[BinaryIO]:
    if entry.path is None:
        if stdin is None:
            raise InvalidInput("standard input is not at hand here")
        return nullcontext(stdin)  # it belongs to the process: leaving the `with` must not close it
    try:
        return entry.path.open("rb")
    except FileNotFoundError as error:
        raise InvalidInput(f"{entry.name}: no such file") from error
    except OSError as error:
        raise UnreadableInput(f"{entry.name}: cannot be read ({error.strerror})") from error


class _Counted(io.RawIOBase):
    """A stream that tells how many bytes went through it. Closing it leaves the inner one open."""

    def __init__(self, stream: BinaryIO, progress: Callable[[int], object] | None) -> None:
        super().__init__()
        self._stream = stream
        self._progress = progress

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: object) -> int:
        view = memoryview(buffer).cast("B")  # type: ignore[arg-type]  # io types it as any buffer
        content = self._read(len(view))
        view[: len(content)] = content
        if self._progress is not None:
            self._progress(len(content))
        return len(content)

    def _read(self, limit: int) -> bytes:
        # read1 returns what a pipe has now; read would wait until the buffer is full.
        if isinstance(self._stream, io.BufferedIOBase):
            return self._stream.read1(limit)
        return self._stream.read(limit)


class _Content:
    """The decompressed bytes of a file as lines; a fault ends them and is kept, not raised.

    Kept, so that whoever frames and batches the lines can pass on all of them first.
    """

    def __init__(self, name: str, stored: _Counted) -> None:
        self.name = name
        self.fault: MonitorError | None = None
        self._stored = io.BufferedReader(stored, CHUNK_BYTES)
        self._offset = 0

    def fail(self, reason: str) -> None:
        """Keep the first fault; `reason` is a sentence without the name."""
        if self.fault is None:
            self.fault = InvalidInput(f"{self.name}: {reason}")

    def lines(self) -> Iterator[tuple[int, bytes]]:
        """Yield (byte offset, line without its newline), the unfinished last one included."""
        start, held = 0, bytearray()
        for chunk in self._chunks():
            pieces = chunk.split(b"\n")
            held += pieces[0]
            for piece in pieces[1:]:
                yield start, bytes(held)
                start += len(held) + 1
                held = bytearray(piece)
            if len(held) > MESSAGE_BYTES:
                self.fail(_too_long("line", start))
                return
        if held:
            yield start, bytes(held)

    def _chunks(self) -> Iterator[bytes]:
        try:
            stream = self._decoded()
            while chunk := stream.read1(CHUNK_BYTES):
                self._offset += len(chunk)
                yield chunk
        except (EOFError, zlib.error, gzip.BadGzipFile) as error:
            self.fail(
                f"gzip data is damaged or cut off after byte {self._offset} of its content"
                f" ({error})"
            )
        except OSError as error:
            self.fault = UnreadableInput(
                f"{self.name}: reading failed after byte {self._offset} ({error.strerror})"
            )

    def _decoded(self) -> io.BufferedIOBase:
        if self._stored.peek(len(GZIP_MAGIC))[: len(GZIP_MAGIC)] != GZIP_MAGIC:
            return self._stored
        return gzip.GzipFile(fileobj=self._stored, mode="rb")


def _too_long(what: str, start: int) -> str:
    return (
        f"the {what} that starts at byte {start} is longer than {MESSAGE_BYTES:,} bytes;"
        " write one record per line (jq -c '.[]') and read that"
    )


def _documents(
    content: _Content, lines: Iterator[tuple[int, bytes]]
) -> Iterator[tuple[int, bytes]]:
    """Frame a file that is not known to be lines: see the head of this module."""
    first = next(((at, line) for at, line in lines if line.strip()), None)
    if first is None:
        return
    start, line = first
    if _is_json(line.removeprefix(BYTE_ORDER_MARK)):
        yield first
        yield from lines
        return
    whole = bytearray(line)
    for _, line in lines:
        whole += b"\n" + line
        if len(whole) > MESSAGE_BYTES:
            content.fail(_too_long("document", start))
            return
    yield start, bytes(whole)


def _is_json(line: bytes) -> bool:
    try:
        msgspec.json.decode(line, type=msgspec.Raw)
    except msgspec.DecodeError:
        return False
    except RecursionError:
        pass  # nested too deeply to tell: as a message it is quarantined, and costs no other line
    return True


def _batches(source: NamedSource, framed: Iterable[tuple[int, bytes]]) -> Iterator[SourceBatch]:
    held: list[Message] = []
    size = 0
    for message in _messages(framed):
        held.append(message)
        size += len(message.body)
        if len(held) >= BATCH_MESSAGES or size >= BATCH_BYTES:
            yield SourceBatch(source, tuple(held))
            held, size = [], 0
    if held:
        yield SourceBatch(source, tuple(held))


def _messages(framed: Iterable[tuple[int, bytes]]) -> Iterator[Message]:
    """Drop blank lines, a carriage return before the newline, and the mark at the file's start."""
    for at, line in framed:
        mark = len(BYTE_ORDER_MARK) if at == 0 and line.startswith(BYTE_ORDER_MARK) else 0
        body = line[mark:].removesuffix(b"\r")
        if body.strip():
            yield Message(body, offset=at + mark)
