"""The last line of defence: what looks like personal data or a secret is masked, whoever wrote it.

Names of people have no shape and cannot be masked here: they are kept out by what is recorded at
all (docs/telemetry.md).
"""

import re
from collections.abc import Mapping, MutableMapping, Sequence

ADDRESS = re.compile(r"[\w.+#-]+@[\w-]+(\.[\w-]+)+")
CREDENTIAL_URL = re.compile(r"\b[a-z][a-z0-9+.-]*://[^\s'\"]+", re.IGNORECASE)
PHONE = re.compile(r"\+\d[\d ().-]{6,}\d")
IPV4 = re.compile(r"(?<![\w.])(?:\d{1,3}\.){3}\d{1,3}(?![\w.])")
IPV6 = re.compile(
    r"(?<![\w:.])(?=[0-9a-f:]*::|(?:[0-9a-f]+:){7})[0-9a-f:]{2,39}(?![\w:])", re.IGNORECASE
)


def redact_text(text: str) -> str:
    """Mask mail addresses, URLs and phone numbers in a text."""
    text = CREDENTIAL_URL.sub(lambda match: match.group().split("://", 1)[0] + "://***", text)
    return PHONE.sub("+***", ADDRESS.sub("***@***", text))


def masked(text: str) -> str:
    """Mask IP addresses too: what leaves the machine must not say where somebody signed in from."""
    return IPV6.sub("*:*", IPV4.sub("*.*.*.*", redact_text(text)))


def redact_value(value: object) -> object:
    """Mask every text in a value, however deep it lies in lists and mappings."""
    if isinstance(value, str):
        return masked(value)
    if isinstance(value, Mapping):
        return {name: redact_value(inner) for name, inner in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, bytes | bytearray):
        return [redact_value(inner) for inner in value]
    return value


def redact(
    _logger: object, _method: str, event: MutableMapping[str, object]
) -> MutableMapping[str, object]:
    """Mask every text of a log event (a structlog processor)."""
    for name, value in event.items():
        event[name] = redact_value(value)
    return event
