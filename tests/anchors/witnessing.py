"""A witness on loopback, after tlog-witness and with checks of its own: nothing of ours is used."""

import threading
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

DASH = "\N{EM DASH}"
Answer = tuple[int, str, bytes]


@dataclass
class WitnessState:
    """What a witness keeps: its key, the logs it trusts (by origin), and the tree it saw last."""

    name: str = "witness.example/w1"
    seed: bytes = bytes(range(50, 82))
    logs: dict[str, str] = field(default_factory=dict)
    seen: dict[str, tuple[int, bytes]] = field(default_factory=dict)
    requests: list[bytes] = field(default_factory=list)
    answers: list[Answer] = field(default_factory=list)
    now: int = 1_793_620_900
    url: str = ""

    @property
    def vkey(self) -> str:
        return f"{self.name}+{self.key_id.hex()}+{b64encode(bytes([4]) + self.public).decode()}"

    @property
    def public(self) -> bytes:
        return Ed25519PrivateKey.from_private_bytes(self.seed).public_key().public_bytes_raw()

    @property
    def key_id(self) -> bytes:
        return sha256(self.name.encode() + b"\n\x04" + self.public).digest()[:4]

    def add_checkpoint(self, body: bytes) -> Answer:
        """The call of that name, or the next of `answers` where there are any."""
        self.requests.append(body)
        return self.answers.pop(0) if self.answers else self._judged(body)

    def _judged(self, body: bytes) -> Answer:
        head, _, note = body.partition(b"\n\n")
        old_line, *proof_lines = head.decode().split("\n")
        text, _, signatures = note.partition(b"\n\n")
        origin, size_line, root_line = text.decode().split("\n")
        signed = origin in self.logs and self._signed(
            self.logs[origin], text + b"\n", signatures.decode()
        )
        if not signed:
            return 403 if origin in self.logs else 404, "text/plain", b"no\n"
        old, size, root = int(old_line.removeprefix("old ")), int(size_line), b64decode(root_line)
        proof = [b64decode(line, validate=True) for line in proof_lines]
        known, known_root = self.seen.get(origin, (0, b""))
        if old > size:
            return 400, "text/plain", b"old size\n"
        if old != known:
            return 409, "text/x.tlog.size", f"{known}\n".encode()
        if not grew(old, known_root, size, root, proof):
            return 422, "text/plain", b"inconsistent\n"
        self.seen[origin] = size, root
        return 200, "text/plain", self.cosign(text + b"\n")

    def cosign(self, text: bytes) -> bytes:
        """A cosignature line over the note text, at the witness's time."""
        message = b"cosignature/v1\ntime " + str(self.now).encode() + b"\n" + text
        signature = Ed25519PrivateKey.from_private_bytes(self.seed).sign(message)
        stamped = self.key_id + self.now.to_bytes(8, "big") + signature
        return f"{DASH} {self.name} {b64encode(stamped).decode()}\n".encode()

    def _signed(self, vkey: str, text: bytes, signatures: str) -> bool:
        name, key_id, encoded = vkey.split("+", 2)
        public = Ed25519PublicKey.from_public_bytes(b64decode(encoded)[1:])
        for line in signatures.splitlines():
            _, who, value = line.split(" ")
            raw = b64decode(value)
            if who == name and raw[:4].hex() == key_id:
                try:
                    public.verify(raw[4:], text)
                except InvalidSignature:
                    return False
                return True
        return False


def grew(old: int, old_root: bytes, size: int, root: bytes, proof: list[bytes]) -> bool:
    """Check a consistency proof by the recursion of RFC 6962, section 2.1.2, run backwards."""
    if old == 0:
        return not proof
    rest = list(proof)

    def roots(m: int, n: int, *, complete: bool) -> tuple[bytes, bytes]:
        if m == n:
            known = old_root if complete else rest.pop()
            return known, known
        k = 1 << (n - 1).bit_length() - 1
        last = rest.pop()
        if m <= k:
            before, left = roots(m, k, complete=complete)
            return before, sha256(b"\x01" + left + last).digest()
        before, right = roots(m - k, n - k, complete=False)
        join = sha256(b"\x01" + last + before).digest()
        return join, sha256(b"\x01" + last + right).digest()

    try:
        return roots(old, size, complete=True) == (old_root, root) and not rest
    except IndexError:
        return False


@contextmanager
def witness(state: WitnessState | None = None) -> Iterator[WitnessState]:
    """Serve a witness on a free port of 127.0.0.1."""
    kept, lock = state or WitnessState(), threading.Lock()

    def answer(path: str, body: bytes) -> Answer:
        if path != "/w/add-checkpoint":
            return 404, "text/plain", b""
        with lock:
            return kept.add_checkpoint(body)

    with answering(answer) as url:
        kept.url = f"{url}/w"
        yield kept


@contextmanager
def answering(answer: Callable[[str, bytes], Answer]) -> Iterator[str]:
    """Answer each POST by its path and body, and give the server's address."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            status, media, content = answer(self.path, body)
            self.send_response(status)
            self.send_header("Content-Type", media)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name there
            return

    with serving(Handler) as url:
        yield url


@contextmanager
def serving(handler: type[BaseHTTPRequestHandler]) -> Iterator[str]:
    """Serve on a free port of 127.0.0.1 and give its address."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
