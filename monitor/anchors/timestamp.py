"""A client of timestamp authorities (RFC 3161 over HTTP): a reply is verified before it is kept.

What is stamped is the SHA-256 of the bytes of `sth/<size>`: a whole signed note, so that the stamp
dates the signature too, and `openssl ts -verify -data` takes that file as it is.
"""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from cryptography import x509
from rfc3161_client import (
    HashAlgorithm,
    TimestampRequestBuilder,
    TimeStampResponse,
    VerificationError,
    VerifierBuilder,
    decode_timestamp_response,
)

from monitor.anchors.der import in_order
from monitor.anchors.post import post
from monitor.errors import AnchorFailed, InvalidInput

QUERY, REPLY = "application/timestamp-query", "application/timestamp-reply"

Chain = tuple[x509.Certificate, ...]
"""The certificates a reply is verified with: self-signed ones are roots, others lead to them."""


@dataclass(frozen=True, slots=True)
class Timestamp:
    """A verified reply: its bytes as they came (DER), and the time that it gives (aware, UTC)."""

    reply: bytes
    time: datetime


@dataclass(frozen=True, slots=True)
class Authority:
    """A timestamp authority: the name its replies are kept under, its address, its chain."""

    name: str
    url: str
    chain: Chain

    def stamp(self, content: bytes, limit_seconds: float) -> Timestamp:
        """Have the content stamped under a fresh nonce; return the reply, verified.

        Raises:
            AnchorFailed: the authority cannot be reached or refuses, or its reply does not verify.
        """
        builder = TimestampRequestBuilder().data(content).hash_algorithm(HashAlgorithm.SHA256)
        request = builder.nonce(nonce=True).cert_request(cert_request=True).build()
        answer = post(self.url, request.as_bytes(), QUERY, limit_seconds)
        if answer.status != 200 or answer.media != REPLY:  # noqa: PLR2004 - OK
            raise AnchorFailed(f"authority {self.name}: HTTP {answer.status}, {answer.media!r}")
        try:
            return read_timestamp(answer.body, content, self.chain, nonce=request.nonce)
        except AnchorFailed as error:
            raise AnchorFailed(f"authority {self.name}: {error}") from error


def read_timestamp(
    reply: bytes, content: bytes, chain: Chain, *, nonce: int | None = None
) -> Timestamp:
    """Verify a reply over the content with the chain; `nonce` is that of the request, if known.

    Raises:
        AnchorFailed: it is no reply, grants nothing, or does not verify.
    """
    try:
        decoded = decode_timestamp_response(in_order(reply))
    except ValueError as error:
        raise AnchorFailed(f"not an RFC 3161 reply that can be read: {error}") from error
    roots = [one for one in chain if one.issuer == one.subject]
    others = [one for one in chain if one.issuer != one.subject]
    verifier = VerifierBuilder(roots=roots, intermediates=others, nonce=nonce).build()
    try:
        if _imprint(decoded) != HashAlgorithm.SHA256:
            raise AnchorFailed("the reply is not over a SHA-256")
        verifier.verify_message(decoded, content)
    except (VerificationError, ValueError) as error:
        raise AnchorFailed(f"the reply does not verify: {error}") from error
    return Timestamp(reply, decoded.tst_info.gen_time)


def read_chain(path: Path) -> Chain:
    """Read the certificates of an authority, PEM; at least one is to be self-signed.

    Raises:
        InvalidInput: the file cannot be read, or holds no root.
    """
    try:
        chain = tuple(x509.load_pem_x509_certificates(path.read_bytes()))
    except (OSError, ValueError) as error:
        raise InvalidInput(f"{path}: no certificates can be read: {error}") from error
    if not any(one.issuer == one.subject for one in chain):
        raise InvalidInput(f"{path}: no root is among the certificates; add the self-signed one")
    return chain


def _imprint(reply: TimeStampResponse) -> HashAlgorithm | None:
    algorithm = reply.tst_info.message_imprint.hash_algorithm.dotted_string
    return HashAlgorithm.SHA256 if algorithm == "2.16.840.1.101.3.4.2.1" else None
