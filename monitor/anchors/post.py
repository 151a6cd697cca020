"""One HTTP POST with an end: a bound on time and size, and no redirects."""

import ssl
import time
from dataclasses import dataclass
from functools import cache

import httpx

from monitor.errors import AnchorFailed

MOST_BYTES = 256 * 1024
"""The longest answer read; a timestamp with its certificates has a few KiB."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: HTTP status, media type without parameters, body."""

    status: int
    media: str
    body: bytes


def post(url: str, content: bytes, media: str, limit_seconds: float) -> Answer:
    """Send bytes of a media type and return the answer, whatever its status.

    Raises:
        AnchorFailed: no whole answer within the time, or one that is too long.
    """
    end = time.monotonic() + limit_seconds
    try:
        with (
            httpx.Client(
                timeout=limit_seconds, follow_redirects=False, verify=_trusted()
            ) as client,
            client.stream("POST", url, content=content, headers={"Content-Type": media}) as reply,
        ):
            body = bytearray()
            for part in reply.iter_bytes():
                body += part
                if len(body) > MOST_BYTES:
                    raise AnchorFailed(f"{url}: an answer of more than {MOST_BYTES} bytes")
                if time.monotonic() > end:
                    raise AnchorFailed(f"{url}: no whole answer within {limit_seconds:.1f} s")
            said = reply.headers.get("Content-Type", "").partition(";")[0].strip().lower()
            return Answer(reply.status_code, said, bytes(body))
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise AnchorFailed(f"{url}: {type(error).__name__}: {error}") from error


@cache
def _trusted() -> ssl.SSLContext:
    """Read the certificate authorities once: it takes longer than a request does."""
    return httpx.create_ssl_context()
