"""Channels over Apprise: Teams through a workflow, mail, and whatever else it has an address for.

Apprise is imported when the first channel is opened, not before (see `loading`).
"""

import html
import re
import tempfile
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote

from pydantic import SecretStr

from monitor.alerts.card import encode_card
from monitor.alerts.config import Address
from monitor.alerts.loading import load_apprise
from monitor.alerts.message import Letter
from monitor.alerts.ports import Result, Sent
from monitor.alerts.untrusted import clean
from monitor.errors import InvalidInput
from monitor.rules.model import Severity
from monitor.telemetry import redact_text

if TYPE_CHECKING:
    from apprise import Apprise, AppriseResult, NotifyBase

LONGEST_ERROR = 200
"""Characters of a masked error in a delivery entry."""
SHORTEST_SECRET = 4
"""Shorter parts of an address are not looked for in errors: they would mask ordinary words."""

_MAIL = frozenset({"mailto", "mailtos", "azure", "o365", "ses", "sendgrid", "mailgun"})
_TEAMS = frozenset({"workflow", "workflows"})
_NOT_IN_NAMES = re.compile(r"[^a-z0-9]+")
_TYPES: Mapping[Severity, str] = {
    Severity.CRITICAL: "failure",
    Severity.HIGH: "failure",
    Severity.MEDIUM: "warning",
    Severity.LOW: "info",
    Severity.INFO: "info",
}
_SEPARATORS = re.compile(r"[:/?&=@#]+")
_OWN_TEMPLATE = re.compile(r"[?&]template=", re.IGNORECASE)


class AppriseChannel:
    """One Apprise address.

    Teams workflows get our own card, mail gets HTML with a text part, anything else the plain text.

    Args:
        name: what deliveries are recorded under.
        url: the address, a credential.

    Attributes:
        kind: `teams`, `mail`, or the scheme of the address in lower case.

    Raises:
        InvalidInput: Apprise does not know the address; the message shows its scheme only.
    """

    def __init__(self, name: str, url: SecretStr) -> None:
        self._name = name
        self._url = url
        service = _service(url.get_secret_value())
        if service is None:
            shown = redact_text(url.get_secret_value().split("://", 1)[0][:20])
            raise InvalidInput(f"alerts.channels: {name}: no address Apprise knows: {shown}://***")
        self.kind = _kind(service)
        self._secrets = _secrets(url.get_secret_value(), service.host)

    @property
    def name(self) -> str:
        """The name deliveries are recorded under."""
        return self._name

    def send(self, letter: Letter, seconds: float) -> Sent:
        """Send it; a timeout counts as failed, though it may have arrived all the same.

        The service is built anew for each message, so nothing of one stays for the next.
        """
        url = self._url.get_secret_value()
        if self.kind != "teams" or _OWN_TEMPLATE.search(url):
            return self._notify(url, letter, seconds)
        try:
            with tempfile.TemporaryDirectory(prefix="mfa-monitor-") as folder:
                return self._notify(_with_card(url, letter, Path(folder)), letter, seconds)
        except OSError as error:
            return Sent(Result.FAILED, f"no room for the card: {error.strerror}")

    def _notify(self, url: str, letter: Letter, seconds: float) -> Sent:
        service = _service(url)
        if service is None:
            return Sent(Result.FAILED, "Apprise no longer takes the address")
        service.socket_connect_timeout = min(service.socket_connect_timeout, seconds)
        service.socket_read_timeout = min(service.socket_read_timeout, seconds)
        if letter.thread and isinstance(headers := getattr(service, "headers", None), dict):
            # SMTP only. Apprise makes each Message-ID itself, so all refer to one that is not sent.
            headers.update({"References": letter.thread, "In-Reply-To": letter.thread})
        body, form = self._body(service, letter)
        with _apprise(service).notify(
            body=body,
            title=letter.subject,
            body_format=form,
            notify_type=_TYPES[letter.severity],
            timeout=seconds,
        ) as result:
            if result:
                return Sent(Result.DELIVERED)
            return Sent(Result.FAILED, self._reason(result, seconds))

    def _body(self, service: "NotifyBase", letter: Letter) -> tuple[str, str]:
        """The text in the form the service takes; what it only converts is converted here."""
        if self.kind == "mail":
            return letter.html, "html"
        form = service.resolve_format("text").value
        if form == "markdown":
            return letter.markdown, form
        if form == "html":
            return html.escape(letter.text).replace("\n", "<br/>"), form
        return letter.text, "text"

    def _reason(self, result: "AppriseResult", seconds: float) -> str:
        """What Apprise said, masked; it logs reasons instead of raising them."""
        if result.status.name == "TIMEOUT":
            return f"no answer within {seconds:.0f} s"
        said = dict.fromkeys(entry.message for entry in result.logs())
        text = " ".join(said)
        for secret in self._secrets:
            text = text.replace(secret, "***")
        text = clean(redact_text(text), LONGEST_ERROR)
        return text or f"Apprise reports {result.status.name.lower()}"


def open_channels(configured: Sequence[Address]) -> tuple[AppriseChannel, ...]:
    """Open a channel for each address; an address without a name is called after its kind.

    Raises:
        InvalidInput: an address is not one; the message names the channel or its place in the list.
    """
    channels: list[AppriseChannel] = []
    taken = {address.name for address in configured}
    seen: Counter[str] = Counter()
    for number, address in enumerate(configured, 1):
        channel = AppriseChannel(address.name or f"number {number}", address.url)
        if address.name is None:
            channel = AppriseChannel(_free_name(channel.kind, seen, taken), address.url)
        channels.append(channel)
    return tuple(channels)


def _free_name(kind: str, seen: Counter[str], taken: set[str | None]) -> str:
    """`mail`, then `mail-2`: the order in the configuration decides, nothing of the address."""
    while True:
        seen[kind] += 1
        name = kind if seen[kind] == 1 else f"{kind}-{seen[kind]}"
        if name not in taken:
            taken.add(name)
            return name


def _kind(service: "NotifyBase") -> str:
    schemas = service.schemas()  # type: ignore[no-untyped-call]  # Apprise leaves it untyped
    if schemas & _TEAMS:
        return "teams"
    if schemas & _MAIL:
        return "mail"
    return _NOT_IN_NAMES.sub("-", min(schemas).lower())[:30].strip("-") or "channel"


def _service(url: str) -> "NotifyBase | None":
    load_apprise()
    from apprise import Apprise, AppriseAsset  # noqa: PLC0415 - heavy, see the module's docstring

    asset = AppriseAsset(app_id="MFA monitor", storage_mode="memory", async_mode=False)
    return Apprise.instantiate(url, asset=asset)


def _apprise(service: "NotifyBase") -> "Apprise":
    from apprise import Apprise  # noqa: PLC0415 - heavy, see the module's docstring

    return Apprise(service, asset=service.asset)


def _with_card(url: str, letter: Letter, folder: Path) -> str:
    """The address with our card as its template: Apprise posts a template that has no tokens as is.

    The folder and the file can be read by this user only.
    """
    path = folder / "card.json"
    path.write_text(encode_card(letter.card), encoding="ascii")
    joint = "&" if "?" in url else "?"
    return f"{url}{joint}template={quote(path.as_uri(), safe='')}"


def _secrets(url: str, host: str | None) -> tuple[str, ...]:
    """The parts of an address that may be secret, longest first: all but scheme and host."""
    parts = _SEPARATORS.split(url.partition("://")[2])
    forms = {form for part in parts for form in (part, unquote(part))} - {host}
    secrets = (form for form in forms if len(form) >= SHORTEST_SECRET)
    return tuple(sorted(secrets, key=len, reverse=True))
