"""One POST: bounded in time and size, whatever the other side does."""

import threading
import time
from http.server import BaseHTTPRequestHandler

import pytest

from monitor.anchors.post import MOST_BYTES, Answer, post
from monitor.errors import AnchorFailed
from tests.anchors.witnessing import serving


class Dripping(BaseHTTPRequestHandler):
    """Sends one byte after another, each soon enough for a read, all of them too late."""

    ended = threading.Event()

    def do_POST(self) -> None:
        self.send_response(200)
        self.end_headers()
        try:
            while not self.ended.wait(0.02):
                self.wfile.write(b".")
                self.wfile.flush()
        except OSError:
            return

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name there
        return


class Echoing(Dripping):
    """Sends back what it got, or more."""

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        answer = b"x" * (MOST_BYTES + 1) if body == b"more" else body
        self.send_response(302 if body == b"elsewhere" else 200)
        self.send_header("Location", "/other")
        self.send_header("Content-Type", "Text/Plain; charset=utf-8")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)


def test_an_answer_comes_back_as_it_is() -> None:
    with serving(Echoing) as url:
        assert post(url, b"hello", "text/x", 5) == Answer(200, "text/plain", b"hello")
        assert post(url, b"elsewhere", "text/x", 5).status == 302


def test_too_long_an_answer() -> None:
    with serving(Echoing) as url, pytest.raises(AnchorFailed, match="of more than"):
        post(url, b"more", "text/x", 5)


def test_an_answer_that_never_ends() -> None:
    with serving(Dripping) as url:
        began = time.monotonic()
        with pytest.raises(AnchorFailed, match=r"no whole answer within 0\.2 s"):
            post(url, b"x", "text/x", 0.2)
        Dripping.ended.set()
        assert time.monotonic() - began < 10


@pytest.mark.parametrize("url", ["http://", "ftp://127.0.0.1/", "http://127.0.0.1:9/"])
def test_no_such_place(url: str) -> None:
    with pytest.raises(AnchorFailed):
        post(url, b"x", "text/x", 1)
