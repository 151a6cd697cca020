"""Signed notes (C2SP signed-note v1.0.0), Ed25519, and the file that keeps the signing key.

Text is to be ignored until a trusted key has signed it: `open_note` is the only way to a note's
text here. The whole note is parsed or refused; no malformed line is skipped.
"""

import os
import re
import secrets
import stat
from base64 import b64decode, b64encode
from binascii import Error as Base64Error
from collections.abc import Iterable
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Protocol

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from monitor.errors import InvalidInput, LedgerCorrupt, StorageUnavailable

ED25519 = b"\x01"
"""The signature type byte of plain Ed25519."""
KEY_PREFIX = "PRIVATE+KEY+"
"""How a private key's text begins (golang.org/x/mod/sumdb/note); the rest is like a vkey's."""
KEY_ID_BYTES = 4
MOST_SIGNATURES = 64
"""Lines accepted in one note; C2SP asks for at least 16."""
MOST_BYTES = 1_000_000
"""Longest note read."""

_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f]")
_TYPES = {ED25519: "Ed25519", b"\x02": "P-256", b"\x04": "witness"}
_DASH = "\N{EM DASH} "


class Verifier(Protocol):
    """What checks the signature lines of one key, of whatever type."""

    @property
    def name(self) -> str:
        """The key's name, as it stands in its lines."""

    @property
    def key_id(self) -> bytes:
        """The four bytes that tell keys of one name apart."""

    def signed(self, text: bytes, signature: bytes) -> bool:
        """Tell whether this key made the signature over the note text."""


class Signer(Protocol):
    """What makes signature lines: a key in memory, or one in a vault that only signs.

    `vkey` is the public half as text.
    """

    @property
    def name(self) -> str:
        """The key's name: the log's origin."""

    @property
    def key_id(self) -> bytes:
        """The four bytes that tell keys of one name apart."""

    @property
    def vkey(self) -> str:
        """The verifier key as text."""

    def sign(self, text: bytes) -> bytes:
        """Sign the note text; StorageUnavailable where the key cannot be reached."""


@dataclass(frozen=True, slots=True)
class VerifierKey:
    """A public Ed25519 key (32 bytes) and its name, which is the log's origin."""

    name: str
    public: bytes

    @property
    def key_id(self) -> bytes:
        """The four bytes that tell keys of one name apart."""
        return sha256(self.name.encode() + b"\n" + ED25519 + self.public).digest()[:KEY_ID_BYTES]

    def __str__(self) -> str:
        encoded = b64encode(ED25519 + self.public).decode()
        return f"{self.name}+{self.key_id.hex()}+{encoded}"

    def signed(self, text: bytes, signature: bytes) -> bool:
        """Tell whether this key made the signature over the text."""
        try:
            Ed25519PublicKey.from_public_bytes(self.public).verify(signature, text)
        except InvalidSignature:
            return False
        return True


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A private Ed25519 key: its name and its 32 byte seed, which never shows in a repr."""

    name: str
    seed: bytes = field(repr=False)

    @property
    def verifier(self) -> VerifierKey:
        """The public half."""
        public = Ed25519PrivateKey.from_private_bytes(self.seed).public_key()
        return VerifierKey(self.name, public.public_bytes_raw())

    @property
    def key_id(self) -> bytes:
        """That of the public half."""
        return self.verifier.key_id

    @property
    def vkey(self) -> str:
        """The public half as text, to be given to whoever verifies."""
        return str(self.verifier)

    def sign(self, text: bytes) -> bytes:
        """Sign; the same bytes every time (RFC 8032)."""
        return Ed25519PrivateKey.from_private_bytes(self.seed).sign(text)


@dataclass(frozen=True, slots=True)
class Signature:
    """One signature line: who says to have signed, and the bytes."""

    name: str
    key_id: bytes
    signature: bytes


def parse_vkey(text: str) -> VerifierKey:
    """Read `<name>+<hex key id>+<base64 of type and key>`; InvalidInput if it is not Ed25519's."""
    name, key_id, material = key_parts(text, ED25519, "verifier key")
    key = VerifierKey(name, _seed_or_point(material, "verifier key"))
    if key.key_id.hex() != key_id:
        raise InvalidInput(f"the verifier key of {name!r} does not have the id {key_id!r}")
    return key


def parse_key(text: str) -> SigningKey:
    """Read the private key's text, as `key_text` writes it; InvalidInput if it is not that."""
    if not text.startswith(KEY_PREFIX):
        raise InvalidInput(f"a signing key begins with {KEY_PREFIX}")
    content = text.removeprefix(KEY_PREFIX).rstrip("\n")
    name, key_id, seed = key_parts(content, ED25519, "signing key")
    key = SigningKey(name, _seed_or_point(seed, "signing key"))
    if key.verifier.key_id.hex() != key_id:
        raise InvalidInput(f"the signing key of {name!r} does not have the id {key_id!r}")
    return key


def key_text(key: SigningKey) -> str:
    """Write the private key as one line of text: a secret."""
    encoded = b64encode(ED25519 + key.seed).decode()
    return f"{KEY_PREFIX}{key.name}+{key.verifier.key_id.hex()}+{encoded}\n"


def key_parts(text: str, kind: bytes, what: str) -> tuple[str, str, bytes]:
    """Part `<name>+<hex key id>+<base64 of type and key>` of that type into name, id and key.

    `what` names the text in the InvalidInput that is raised where it is none. The id is not checked
    against the key: each type computes its own.
    """
    name, _, rest = text.partition("+")
    key_id, _, encoded = rest.partition("+")
    try:
        material = decode_base64(encoded)
    except ValueError as error:
        raise InvalidInput(f"the {what} is not <name>+<id>+<base64>") from error
    if not is_key_name(name) or material[:1] != kind:
        raise InvalidInput(f"the {what} is not a named {_TYPES[kind]} key")
    return name, key_id, material[1:]


def _seed_or_point(material: bytes, what: str) -> bytes:
    if len(material) != 32:  # noqa: PLR2004 - RFC 8032, section 5.1.5
        raise InvalidInput(f"the {what} is not a named Ed25519 key")
    return material


def is_key_name(name: str) -> bool:
    """Tell whether a key (and so a log) may have this name: no space, plus or control in it."""
    return bool(name) and name.isprintable() and not any(c.isspace() or c == "+" for c in name)


def decode_base64(text: str) -> bytes:
    """Read standard base64, padded and canonical; ValueError for anything else, junk included."""
    try:
        decoded = b64decode(text, validate=True)
    except Base64Error as error:
        raise ValueError(f"not base64: {error}") from error
    if b64encode(decoded).decode() != text:
        raise ValueError("not canonical base64")
    return decoded


def sign(text: str, *signers: Signer) -> bytes:
    """Return text and a signature line per key; with Ed25519 alone the same bytes every time."""
    if not text.endswith("\n") or not _is_note_text(text) or not signers:
        raise ValueError(
            "a note is text of whole lines without control characters, and a signature"
        )
    lines = (signature_line(one.name, one.key_id, one.sign(text.encode())) for one in signers)
    return f"{text}\n".encode() + b"".join(lines)


def signature_line(name: str, key_id: bytes, signature: bytes) -> bytes:
    """Write one signature line, its newline included."""
    return f"{_DASH}{name} {b64encode(key_id + signature).decode()}\n".encode()


def open_note(note: bytes, keys: Iterable[Verifier]) -> str:
    """Return the note's text once a trusted key is found to have signed it.

    Signatures of unknown keys are ignored; one of a known key that fails condemns the note.

    Raises:
        LedgerCorrupt: the note is malformed, or no trusted key signed this text.
    """
    text, signatures = split_note(note)
    known = {(key.name, key.key_id): key for key in keys}
    verified = False
    for line in signatures:
        key = known.get((line.name, line.key_id))
        if key is None:
            continue
        if not key.signed(text.encode(), line.signature):
            raise LedgerCorrupt(f"the signature of {key.name!r} does not verify")
        verified = True
    if not verified:
        raise LedgerCorrupt("no trusted key has signed it")
    return text


def split_note(note: bytes) -> tuple[str, tuple[Signature, ...]]:
    """Part a note into text and signature lines, UNVERIFIED; LedgerCorrupt if malformed."""
    try:
        whole = note[: MOST_BYTES + 1].decode()
    except UnicodeDecodeError as error:
        raise LedgerCorrupt(f"byte {error.start}: the note is not UTF-8") from error
    body, separator, tail = whole.rpartition("\n\n")
    lines = tail.split("\n")
    if len(note) > MOST_BYTES or not separator or lines.pop() or not _is_note_text(whole):
        raise LedgerCorrupt("not a signed note: text, an empty line, signature lines")
    if not 0 < len(lines) <= MOST_SIGNATURES:
        raise LedgerCorrupt(f"the note has {len(lines)} signatures, not 1 to {MOST_SIGNATURES}")
    return f"{body}\n", tuple(_signature(line) for line in lines)


def _signature(line: str) -> Signature:
    name, _, encoded = line.removeprefix(_DASH).partition(" ")
    try:
        material = decode_base64(encoded)
    except ValueError as error:
        raise LedgerCorrupt(f"malformed signature line: {error}") from error
    if not line.startswith(_DASH) or not is_key_name(name) or len(material) <= KEY_ID_BYTES:
        raise LedgerCorrupt("malformed signature line: not dash, name, base64")
    return Signature(name, material[:KEY_ID_BYTES], material[KEY_ID_BYTES:])


def _is_note_text(text: str) -> bool:
    return _CONTROL.search(text) is None


def create_key(path: Path, origin: str) -> SigningKey:
    """Make a new key named `origin` in a file of mode 0600 that did not exist; durable on return.

    The file appears whole or not at all, and of two first starts one wins.

    Raises:
        InvalidInput: there is a file already, or the origin is no key name.
        StorageUnavailable: the file cannot be written.
    """
    if not is_key_name(origin):
        raise InvalidInput(
            f"not a log origin: {origin!r}; take a name like example.org/mfa-monitor"
        )
    key = SigningKey(origin, secrets.token_bytes(32))
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        _create_private(path, key_text(key).encode())
    except FileExistsError as error:
        raise InvalidInput(f"{path} exists already; a signing key is never overwritten") from error
    except OSError as error:
        raise StorageUnavailable(f"cannot write the signing key {path}: {error}") from error
    return key


def load_key(path: Path) -> SigningKey:
    """Read the signing key.

    Raises:
        InvalidInput: there is none, it is malformed, or others than its owner may read it.
    """
    try:
        mode = path.stat().st_mode
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidInput(f"cannot read the signing key {path}: {error}") from error
    if os.name == "posix" and mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise InvalidInput(
            f"others may read the signing key {path}: chmod 600 it, or make a new one"
        )
    return parse_key(text)


def _create_private(path: Path, content: bytes) -> None:
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    try:
        handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.link(draft, path)
    finally:
        draft.unlink(missing_ok=True)
    directory = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)
