"""A checkpoint that somebody kept, out of a file: a note, a text, or a mail as it was saved."""

import email
import email.policy
import html
import re
import sys
from email.message import EmailMessage
from pathlib import Path

from monitor.errors import InvalidInput
from monitor.ledger.kept import find_notes

MOST_BYTES = 32 * 1024 * 1024
"""The longest file read: a mail with attachments."""
STDIN = "-"

_HEADERS = re.compile(rb"\A(?:[!-9;-~]+:[^\n]*\n(?:[ \t][^\n]*\n)*)+\r?\n")
"""How a mail begins (RFC 5322): header lines and an empty one."""
_BREAKS = re.compile(r"<(?:br|/p|/div|/tr|/pre|/h[1-6])\b[^>]*>", re.IGNORECASE)
_TAGS = re.compile(r"<[^>]*>")


def read_kept(path: str) -> tuple[bytes, ...]:
    """Return the notes in a file, or in standard input for `-`; their signatures unchecked.

    Raises:
        InvalidInput: the file cannot be read, is too long, or holds no checkpoint.
    """
    content = _content(path)
    if len(content) > MOST_BYTES:
        raise InvalidInput(f"{path}: longer than {MOST_BYTES} bytes; save the mail by itself")
    try:
        return find_notes(_text(content))
    except InvalidInput as error:
        raise InvalidInput(f"{path}: {error}") from error


def _content(path: str) -> bytes:
    if path == STDIN:
        return sys.stdin.buffer.read(MOST_BYTES + 1)
    try:
        with Path(path).open("rb") as file:
            return file.read(MOST_BYTES + 1)
    except OSError as error:
        raise InvalidInput(f"{path}: cannot be read ({error.strerror})") from error


def _text(content: bytes) -> str:
    """Return what a reader sees: the body of a mail, in either of its forms, else the text."""
    if _HEADERS.match(content) and re.search(rb"(?im)^mime-version:", content):
        message = email.message_from_bytes(content, policy=email.policy.default)
        return "\n\n".join(_part(part) for part in message.walk() if _is_text(part))
    return content.decode("utf-8-sig", errors="replace")


def _is_text(part: EmailMessage) -> bool:
    return part.get_content_type() in {"text/plain", "text/html"}


def _part(part: EmailMessage) -> str:
    try:
        text = str(part.get_content())
    except (LookupError, ValueError):  # a character set nobody knows
        return ""
    if part.get_content_type() == "text/html":
        return html.unescape(_TAGS.sub("", _BREAKS.sub("\n", text)))
    return text
