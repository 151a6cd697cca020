"""From `[alerts]` of monitor.toml to the addresses of the channels, and what each takes.

The model of the table is `monitor.settings.AlertSettings`. Secrets come from the environment: a
channel names the variable that holds its address (`url_env`); a literal `url` is for addresses
without a secret in them; a `tag` stands for addresses of Apprise's own configuration.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from pydantic import SecretStr

from monitor.alerts.apprise_file import Tagged, read_apprise
from monitor.alerts.route import Quiet, Route
from monitor.errors import InvalidInput
from monitor.rules.model import Severity
from monitor.settings import AlertChannel, AlertSettings
from monitor.view.deliveries import NOBODY

_NOT_IN_NAMES = re.compile(r"[^a-z0-9]+")


@dataclass(frozen=True, slots=True)
class Address:
    """An Apprise address, which is a credential: it is never printed; and what goes there.

    Without a `name` the channel is called after its kind: `teams`, `mail`, `mail-2`.
    """

    url: SecretStr
    name: str | None = None
    route: Route = field(default_factory=Route)


def addresses(settings: AlertSettings, environment: Mapping[str, str]) -> tuple[Address, ...]:
    """Return the address of each configured channel.

    Several addresses with one tag are channels `name`, `name-2` and so on; addresses of Apprise's
    configuration whose tags no channel names are channels too, called after their first tag.

    Raises:
        InvalidInput: two channels share a name, a channel gives no address or two, its variable is
            not set, no address has its tag, or a channel that is named elsewhere does not exist;
            the message names the channel, never the address.
    """
    names = [channel.name for channel in settings.channels]
    for name in names:
        if names.count(name) > 1:
            raise InvalidInput(f"alerts.channels: two channels are called {name}")
        if name == NOBODY:
            raise InvalidInput(f"alerts.channels: {name} is no name: it stands for no channel")
    tagged = _tagged(settings, environment)
    found = [
        address
        for channel in settings.channels
        for address in _addresses(channel, tagged, environment, _route(channel, settings))
    ]
    wanted = {channel.tag for channel in settings.channels}
    rest = [one for one in tagged if not one.tags & wanted]
    plain = Route(minimum=Severity(settings.minimum), most=settings.most_messages)
    for one in rest:
        tag = _NOT_IN_NAMES.sub("-", min(one.tags, default="").lower()).strip("-")[:40]
        fallback = bool(tag) and tag == settings.fallback
        route = replace(plain, fallback=fallback, escalates_after=_escalation(tag, settings))
        found.append(Address(one.url, tag or None, route))
    return _told_apart(found, settings)


def _told_apart(found: list[Address], settings: AlertSettings) -> tuple[Address, ...]:
    """Number the addresses that share a name, and refuse names that nothing is called by."""
    taken: set[str | None] = set()
    apart: list[Address] = []
    for address in found:
        name, number = address.name, 1
        while name is not None and name in taken:
            number += 1
            name = f"{address.name}-{number}"
        taken.add(name)
        apart.append(replace(address, name=name))
    for key, named in (("fallback", (settings.fallback,)), ("escalation", settings.escalation)):
        for one in named:
            if one is not None and one not in taken:
                raise InvalidInput(f"alerts.{key}: no channel is called {one}")
    return tuple(apart)


def _route(channel: AlertChannel, settings: AlertSettings) -> Route:
    quiet = channel.quiet
    return Route(
        minimum=Severity(channel.minimum or settings.minimum),
        tenants=frozenset(tenant.lower() for tenant in channel.tenants),
        rules=channel.rules,
        privileged_only=channel.privileged_only,
        quiet=Quiet(ZoneInfo(quiet.zone), quiet.start, quiet.end) if quiet else None,
        fallback=channel.name == settings.fallback,
        escalates_after=_escalation(channel.name, settings),
        most=settings.most_messages,
    )


def _escalation(name: str, settings: AlertSettings) -> timedelta | None:
    minutes = settings.escalate_after_minutes
    return timedelta(minutes=minutes) if name in settings.escalation else None


def _tagged(settings: AlertSettings, environment: Mapping[str, str]) -> tuple[Tagged, ...]:
    found: tuple[Tagged, ...] = ()
    if settings.apprise_config is not None:
        place = f"alerts.apprise_config: {settings.apprise_config}"
        try:
            content = Path(settings.apprise_config).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise InvalidInput(f"{place}: cannot be read") from error
        found += read_apprise(content, place)
    if settings.apprise_config_env is not None:
        place = f"alerts.apprise_config_env: {settings.apprise_config_env}"
        found += read_apprise(_variable(settings.apprise_config_env, environment, place), place)
    return found


def _addresses(
    channel: AlertChannel,
    tagged: tuple[Tagged, ...],
    environment: Mapping[str, str],
    route: Route,
) -> Iterator[Address]:
    place = f"alerts.channels: {channel.name}"
    given = [way for way in (channel.url, channel.url_env, channel.tag) if way is not None]
    if len(given) != 1:
        raise InvalidInput(f"{place}: give one of url, url_env and tag")
    if channel.tag is not None:
        mine = [one for one in tagged if channel.tag in one.tags]
        if not mine:
            raise InvalidInput(f"{place}: no address of apprise_config has the tag {channel.tag}")
        yield from (Address(one.url, channel.name, route) for one in mine)
    elif channel.url_env is not None:
        value = _variable(channel.url_env, environment, place)
        yield Address(SecretStr(value), channel.name, route)
    else:
        yield Address(SecretStr(given[0]), channel.name, route)


def _variable(name: str, environment: Mapping[str, str], place: str) -> str:
    value = environment.get(name, "").strip()
    if not value:
        raise InvalidInput(f"{place}: the environment variable {name} is not set")
    return value
