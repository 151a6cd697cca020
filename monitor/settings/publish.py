"""`[publish]`: who signs checkpoints besides the log's key, and who vouches for them."""

from typing import Annotated, Self

from pydantic import Field, model_validator

from monitor.settings.section import ChannelName, Said, Section

WEB = r"^https?://[^\s/?#@]+(/[^\s?#]*)?$"
"""A web address without query and credentials: what goes wrong there is logged with it."""


class WitnessSettings(Section):
    """One `[[publish.witnesses]]`: a C2SP tlog-witness that cosigns checkpoints.

    `name` is what its cosignatures are kept under, `url` its submission prefix, `vkey` its verifier
    key (type 0x04), which its operator gives you. Its operator needs our origin and verifier key.

    Trust: a witness that one of your own runs says little; take one of another organisation, or
    several.
    """

    name: ChannelName
    url: str = Field(pattern=WEB)
    vkey: Said


class AuthoritySettings(Section):
    """One `[[publish.authorities]]`: an RFC 3161 timestamp authority.

    `name` is what its replies are kept under, `url` where requests are posted, `ca_file` a PEM file
    with the certificates its replies are verified with, a self-signed one among them. Its replies
    are signed, so plain `http` is enough, and usual.

    Trust: it dates checkpoints; whoever holds its key can date them back.
    """

    name: ChannelName
    url: str = Field(pattern=WEB)
    ca_file: Said


class PublishSettings(Section):
    """`[publish]`: what makes checkpoints count for somebody who does not trust us.

    `p256_key_file` is a PEM file with a P-256 key that signs beside the Ed25519 key; the log has to
    announce it (`mfa-monitor init`, or `mfa-monitor key announce`). Signing inside Key Vault is not
    built: the key is a file here. Each witness is asked at most
    every `witness_minutes`, each authority at most every `authority_minutes`, and only where there
    are new entries. One round takes `limit_seconds` at most; who does not answer is asked again
    later, and what is published does not wait for them. Signing keys are no setting: they stand in
    `MFA_MONITOR_SIGNING_KEY` or below `--data`.

    Trust: without a witness or an authority, whoever owns both store and signing key can write
    another history.
    """

    p256_key_file: Said | None = None
    witnesses: tuple[WitnessSettings, ...] = ()
    authorities: tuple[AuthoritySettings, ...] = ()
    witness_minutes: Annotated[float, Field(ge=0, le=24 * 60)] = 1.0
    authority_minutes: Annotated[float, Field(ge=1, le=7 * 24 * 60)] = 60.0
    limit_seconds: Annotated[float, Field(ge=1, le=60)] = 10.0

    @model_validator(mode="after")
    def _names_differ(self) -> Self:
        for kind, named in (("witnesses", self.witnesses), ("authorities", self.authorities)):
            names = [one.name for one in named]
            if len(set(names)) != len(names):
                raise ValueError(f"two {kind} have one name")
        return self
