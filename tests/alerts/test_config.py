"""From the settings to addresses: secrets from the environment, and never in an error."""

import pytest

from monitor.alerts.config import Address, addresses
from monitor.errors import InvalidInput
from monitor.settings import AlertChannel, AlertSettings

ADDRESS = "workflows://host.example/abc/s3cr3t"


def settings(*channels: AlertChannel) -> AlertSettings:
    return AlertSettings(channels=channels)


def test_an_address_comes_from_the_environment_or_the_file() -> None:
    channels = settings(
        AlertChannel(name="teams", url_env="TEAMS_URL"),
        AlertChannel(name="mail", url="mailto://smtp.example/a@b.example"),
    )
    teams, mail = addresses(channels, {"TEAMS_URL": f" {ADDRESS}\n"})
    assert (teams.name, teams.url.get_secret_value()) == ("teams", ADDRESS)
    assert (mail.name, mail.url.get_secret_value()) == ("mail", "mailto://smtp.example/a@b.example")


def test_an_address_is_never_shown() -> None:
    (address,) = addresses(settings(AlertChannel(name="teams", url=ADDRESS)), {})
    assert "s3cr3t" not in f"{address!r} {address}"
    assert isinstance(address, Address)


@pytest.mark.parametrize(
    ("channels", "reason"),
    [
        ([AlertChannel(name="teams")], "alerts.channels: teams: give one of url, url_env and tag"),
        (
            [AlertChannel(name="teams", url=ADDRESS, url_env="X")],
            "alerts.channels: teams: give one of url, url_env and tag",
        ),
        (
            [AlertChannel(name="teams", url_env="X")],
            "alerts.channels: teams: the environment variable X is not set",
        ),
        (
            [AlertChannel(name="a", url=ADDRESS), AlertChannel(name="a", url=ADDRESS)],
            "alerts.channels: two channels are called a",
        ),
        (
            [AlertChannel(name="none", url=ADDRESS)],
            "alerts.channels: none is no name: it stands for no channel",
        ),
    ],
)
def test_a_channel_without_one_address_is_refused(
    channels: list[AlertChannel], reason: str
) -> None:
    with pytest.raises(InvalidInput) as refused:
        addresses(settings(*channels), {"X": ""})
    assert str(refused.value) == reason
