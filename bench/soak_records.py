"""The stream of the soak: noise, and one record in a hundred that touches the MFA posture.

A record is a template with a serial number put in: building it must cost less than judging it.
"""

from collections.abc import Iterator

from tests import entra

RELEVANT_EVERY = 100
"""One record in so many is relevant: a policy renamed, an account made."""
_SERIAL = "000000000000"
"""Where the serial number goes; its width stays."""


def _noise() -> bytes:
    return entra.body(
        entra.record(
            "Update device", entra.at(), target={"type": "Device"}, identity=f"noise_{_SERIAL}"
        )
    )


def _renamed() -> bytes:
    old = entra.policy(displayName="Require MFA for everyone, before")
    new = entra.policy(displayName=f"Require MFA for everyone, {_SERIAL}")
    return entra.body(entra.ca_change(old, new, entra.at(), identity=f"renamed_{_SERIAL}"))


def _account() -> bytes:
    made = entra.add_user(entra.at(), f"aaaaaaaa-0000-4000-9000-{_SERIAL}")
    made["properties"]["id"] = f"account_{_SERIAL}"
    return entra.body(made)


def stream() -> Iterator[tuple[bytes, bool]]:
    """Yield message bodies without end, each with one record, and whether that is relevant."""
    noise, relevant = _noise(), (_renamed(), _account())
    mark = _SERIAL.encode()
    serial = 0
    while True:
        serial += 1
        matters = serial % RELEVANT_EVERY == 0
        template = relevant[serial // RELEVANT_EVERY % 2] if matters else noise
        body = template.replace(mark, b"%012d" % serial)
        yield body, matters
