"""A collector on loopback: takes what exporters POST and keeps the bodies by path."""

import gzip
import json
import threading
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class Receiver:
    """What came, by path; `url` is where to send."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.bodies: dict[str, list[bytes]] = defaultdict(list)
        self.authorizations: list[str | None] = []

    def lines(self, path: str) -> list[dict[str, Any]]:
        """The JSON objects that came there, an array of them or one a line in each body."""
        found: list[dict[str, Any]] = []
        for body in self.bodies[path]:
            text = body.decode()
            parsed = json.loads(text) if text.startswith("[") else None
            found += parsed or [json.loads(line) for line in text.splitlines()]
        return found


@contextmanager
def receiving(answer: bytes = b"") -> Iterator[Receiver]:
    """Listen while the block runs, and answer 200."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if self.headers.get("Content-Encoding") == "gzip":
                body = gzip.decompress(body)
            receiver.bodies[self.path].append(body)
            receiver.authorizations.append(self.headers.get("Authorization"))
            self.send_response(200)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    receiver = Receiver(f"http://127.0.0.1:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield receiver
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
