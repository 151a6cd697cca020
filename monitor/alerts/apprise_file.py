"""Apprise's own configuration, text or YAML, as a source of addresses with tags.

The format is Apprise's (github.com/caronc/apprise/wiki/config). It is read strictly: a line that
Apprise would skip with a warning is an error here, as a channel that is silently missing is an
alert that nobody gets. `include` is not followed: it could fetch addresses from anywhere.
"""

import logging
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pydantic import SecretStr

from monitor.alerts.loading import load_apprise
from monitor.errors import InvalidInput

if TYPE_CHECKING:
    from apprise import NotifyBase

_LINE = re.compile(r"\bline (\d+)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Tagged:
    """An address of the file, and its tags."""

    url: SecretStr
    tags: frozenset[str]


def read_apprise(content: str, place: str) -> tuple[Tagged, ...]:
    """Return the addresses in the order of the file; `place` names it in errors.

    Raises:
        InvalidInput: a line cannot be used, there is no address, or it includes another file. The
            message names place and line, never what stands there.
    """
    load_apprise()
    # Imported here: Apprise is heavy, see `loading`.
    from apprise import AppriseAsset, LogCapture, NotifyBase  # noqa: PLC0415 - see above
    from apprise.config.base import ConfigBase  # noqa: PLC0415 - see above

    asset = AppriseAsset(app_id="MFA monitor", storage_mode="memory", async_mode=False)
    capture = LogCapture(level=logging.WARNING)  # type: ignore[no-untyped-call]  # Apprise leaves it untyped
    with capture as said:
        services, includes = ConfigBase.config_parse(content, asset=asset)
        complaint = said.getvalue()
    if includes:
        raise InvalidInput(f"{place}: include is not followed; put the addresses into this file")
    if complaint or not services:
        line = _LINE.search(complaint)
        where = f"line {line[1]}" if line else "an entry" if services else "its text"
        raise InvalidInput(f"{place}: {where} holds no address that Apprise knows")
    return tuple(
        Tagged(SecretStr(_url(service)), frozenset(map(str, service.tags)))
        for service in services
        if isinstance(service, NotifyBase)
    )


def _url(service: "NotifyBase") -> str:
    """The whole address, secrets and all."""
    return str(service.url(privacy=False))  # type: ignore[no-untyped-call]  # Apprise's
