"""Reading JSON so that every way it can go wrong is a `Refused` with code and position.

msgspec leaves text that it skips unchecked for UTF-8 and answers deep nesting with RecursionError;
its messages carry the byte offset of a syntax error.
"""

import re
from typing import Any

import msgspec

from monitor.events.quarantine import QuarantineCode, Refused

_AT_BYTE = re.compile(r"\s*\(byte (\d+)\)$")
_LONE_SURROGATE = re.compile(rb"\\u[dD][89abAB][0-9a-fA-F]{2}(?!\\u[dD][c-fC-F])")
_ANYTHING = msgspec.json.Decoder()

FAULTS = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
"""What a msgspec decoder raises on bytes from outside."""


def load(text: bytes) -> Any:
    """Return the JSON value of these bytes, every character checked.

    Raises:
        Refused: not JSON, not UTF-8, or nested too deeply.
    """
    check_utf8(text)
    try:
        return _ANYTHING.decode(text)
    except FAULTS as error:
        raise refusal(error, text) from error


def check_utf8(text: bytes) -> None:
    """Raise Refused where the bytes are not UTF-8, with the offset of the first that is not."""
    try:
        text.decode()
    except UnicodeDecodeError as error:
        reason = f"not UTF-8: {error.reason}"
        raise Refused(QuarantineCode.NOT_UTF8, reason, error.start) from error


def refusal(error: Exception, text: bytes) -> Refused:
    """Return the Refused that says what this error of a decoder means for these bytes."""
    if isinstance(error, RecursionError):
        return Refused(QuarantineCode.NESTED_TOO_DEEPLY, "nested too deeply to be read")
    try:
        check_utf8(text)  # a decoder counts from the start of the string it was in
    except Refused as refused:
        return refused
    return _syntax(str(error), text)


def _syntax(message: str, text: bytes) -> Refused:
    at_byte = _AT_BYTE.search(message)
    if at_byte is not None:
        reason, position = message[: at_byte.start()], int(at_byte[1])
        return Refused(QuarantineCode.NOT_JSON, reason, position)
    # msgspec calls half of a surrogate pair "truncated", wherever it stands.
    lone = _LONE_SURROGATE.search(text)
    if lone is not None:
        return Refused(QuarantineCode.NOT_JSON, "half of a surrogate pair", lone.start())
    return Refused(QuarantineCode.NOT_JSON, message)
