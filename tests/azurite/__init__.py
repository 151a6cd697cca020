"""Azurite, the emulator of Azure Storage: a real server for the Blob store's tests.

Its version and everything below it are locked in `tests/azurite/`; `npm ci --prefix tests/azurite`
puts it there, and `.ci/run` does that first. It has no immutability policies and no versions.
"""

import base64
import re
import secrets
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from monitor.storage.blob import BlobStore, open_container

MISSING = "Azurite is not here: run npm ci --prefix tests/azurite"
START_SECONDS = 60
MEMORY_MB = 512

_START = Path(__file__).with_name("start.js")
_MAIN = Path(__file__).parent / "node_modules/azurite/dist/src/blob/main.js"
_LISTENING = re.compile(r"listens on (https?://127\.0\.0\.1:[0-9]+)")


@dataclass(frozen=True)
class Azurite:
    """One running server with one account; `url` is the account's blob endpoint."""

    url: str
    account: str
    key: str

    @property
    def connection_string(self) -> str:
        """What a client needs to reach the account."""
        return (
            f"DefaultEndpointsProtocol={self.url.partition(':')[0]};AccountName={self.account};"
            f"AccountKey={self.key};BlobEndpoint={self.url};"
        )

    def store(self, container: str | None = None) -> BlobStore:
        """A store in a container of that name, or in a fresh one."""
        name = container or fresh_name()
        store = open_container(None, name, connection=self.connection_string)
        store.ensure()
        return store


def fresh_name() -> str:
    """A container's name that nobody has."""
    return f"t-{secrets.token_hex(8)}"


def is_here() -> bool:
    """Whether Azurite and Node are installed."""
    return _MAIN.is_file() and shutil.which("node") is not None


@contextmanager
def running(more: Sequence[str] = (), memory_mb: int = MEMORY_MB) -> Iterator[Azurite]:
    """Start a server on a free port with an account of its own, and stop it afterwards.

    It refuses writes once it holds more than `memory_mb` of blobs.
    """
    node = shutil.which("node")
    if node is None or not _MAIN.is_file():
        raise RuntimeError(MISSING)
    key = base64.b64encode(secrets.token_bytes(64)).decode()
    with tempfile.TemporaryDirectory(prefix="azurite-") as home:
        said = Path(home) / "said"
        with said.open("wb") as output:
            process = subprocess.Popen(
                [
                    *(node, str(_START)),
                    *("--silent", "--disableTelemetry", "--skipApiVersionCheck"),
                    *("--inMemoryPersistence", "--extentMemoryLimit", str(memory_mb)),
                    *("--blobHost", "127.0.0.1", "--blobPort", "0", *more),
                ],
                cwd=home,
                env={"PATH": str(Path(node).parent), "AZURITE_ACCOUNTS": f"tests:{key}"},
                stdin=subprocess.PIPE,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        try:
            yield Azurite(f"{_address(process, said)}/tests", "tests", key)
        finally:
            process.kill()
            process.communicate()


def _address(process: subprocess.Popen[bytes], said: Path) -> str:
    """Wait until it says where it listens; a server that ended instead says why."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        if found := _LISTENING.search(said.read_text(errors="replace")):
            return found[1]
        time.sleep(0.02)
    raise RuntimeError(f"Azurite did not start: {said.read_text(errors='replace')}")
