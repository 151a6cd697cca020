"""From `[alerts]` of monitor.toml to the addresses of the channels.

The model of the table is `monitor.settings.AlertSettings`. Secrets come from the environment: a
channel names the variable that holds its address (`url_env`); a literal `url` is for addresses
without a secret in them.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from pydantic import SecretStr

from monitor.errors import InvalidInput
from monitor.settings import AlertChannel, AlertSettings


@dataclass(frozen=True, slots=True)
class Address:
    """An Apprise address, which is a credential: it is never printed.

    Without a `name` the channel is called after its kind: `teams`, `mail`, `mail-2`.
    """

    url: SecretStr
    name: str | None = None


def addresses(settings: AlertSettings, environment: Mapping[str, str]) -> tuple[Address, ...]:
    """Return the address of each configured channel.

    Raises:
        InvalidInput: two channels share a name, a channel gives no address or two, or its variable
            is not set; the message names the channel, never the address.
    """
    names = [channel.name for channel in settings.channels]
    for name in names:
        if names.count(name) > 1:
            raise InvalidInput(f"alerts.channels: two channels are called {name}")
    return tuple(
        Address(_address(channel, environment), channel.name) for channel in settings.channels
    )


def _address(channel: AlertChannel, environment: Mapping[str, str]) -> SecretStr:
    place = f"alerts.channels: {channel.name}"
    if (channel.url is None) == (channel.url_env is None):
        raise InvalidInput(f"{place}: give either url or url_env")
    if channel.url_env is None:
        return SecretStr(channel.url or "")
    value = environment.get(channel.url_env, "").strip()
    if not value:
        raise InvalidInput(f"{place}: the environment variable {channel.url_env} is not set")
    return SecretStr(value)
