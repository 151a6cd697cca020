"""Apprise's own configuration, text or YAML, as a source of addresses with tags.

The format is Apprise's (github.com/caronc/apprise/wiki/config). It is read strictly: a line that
Apprise would skip with a warning is an error here, as a channel that is silently missing is an
alert that nobody gets. `include` is not followed: it could fetch addresses from anywhere.
"""

import re
from dataclasses import dataclass

from pydantic import SecretStr

from monitor.errors import InvalidInput

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
    # Imported here: Apprise is heavy, see `channels`.
    from apprise import AppriseAsset, LogCapture  # noqa: PLC0415 - see above
    from apprise.config.base import ConfigBase  # noqa: PLC0415 - see above

    asset = AppriseAsset(app_id="MFA monitor", storage_mode="memory", async_mode=False)
    with LogCapture(level="WARNING") as said:
        services, includes = ConfigBase.config_parse(content, asset=asset)
        complaint = said.getvalue()
    if includes:
        raise InvalidInput(f"{place}: include is not followed; put the addresses into this file")
    if complaint or not services:
        line = _LINE.search(complaint)
        where = f"line {line[1]} is no address" if line else "there is no address"
        raise InvalidInput(f"{place}: {where} that Apprise knows")
    return tuple(
        Tagged(SecretStr(service.url(privacy=False)), frozenset(map(str, service.tags)))
        for service in services
    )
