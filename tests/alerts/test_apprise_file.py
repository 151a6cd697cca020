"""Apprise's own configuration: read as Apprise reads it, but nothing is skipped in silence."""

import pytest
from pydantic import SecretStr

from monitor.alerts.apprise_file import read_apprise
from monitor.alerts.config import addresses
from monitor.errors import InvalidInput
from monitor.rules.model import Severity
from monitor.settings import AlertChannel, AlertSettings

TEXT = """# on call
oncall,hospital-a=workflows://host.example/w0rkfl0w/s1gnature/
oncall=mailto://user:passw0rd@smtp.example/a@b.example
ciso=mailto://user:passw0rd@smtp.example/c@b.example
"""
YAML = """version: 1
urls:
  - mailto://user:passw0rd@smtp.example/a@b.example:
      tag: oncall, night
"""


def test_text_and_yaml_give_addresses_with_their_tags() -> None:
    first, *_ = read_apprise(TEXT, "p")
    assert first.tags == {"oncall", "hospital-a"}
    assert first.url.get_secret_value().startswith("workflow://host.example/w0rkfl0w/s1gnature/")
    (only,) = read_apprise(YAML, "p")
    assert only.tags == {"oncall", "night"}
    assert "passw0rd" not in repr(only)


@pytest.mark.parametrize(
    "content",
    [
        "",
        "nonsense://s3cr3t\njson://host.example\n",
        "json://host.example\ns3cr3t\n",
        "include https://s3cr3t.example/more\njson://host.example\n",
        "version: 1\nurls:\n  - nonsense://s3cr3t\n",
        "version: 1\ninclude: https://s3cr3t.example/more\nurls:\n  - json://host.example\n",
    ],
)
def test_what_apprise_would_skip_or_fetch_is_an_error_that_shows_nothing(
    content: str, capfd: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(InvalidInput, match=r"^p: ") as refused:
        read_apprise(content, "p")
    assert "s3cr3t" not in str(refused.value)
    assert "s3cr3t" not in "".join(capfd.readouterr())


def test_a_tag_is_a_channel_with_a_route_and_the_rest_are_channels_too() -> None:
    settings = AlertSettings(
        apprise_config_env="APPRISE",
        channels=(AlertChannel(name="night", tag="oncall", minimum="high"),),
        escalation=("ciso",),
    )
    found = addresses(settings, {"APPRISE": TEXT})
    assert [(one.name, one.route.minimum) for one in found] == [
        ("night", Severity.HIGH),
        ("night-2", Severity.HIGH),
        ("ciso", Severity.LOW),
    ]
    assert [one.route.escalates_after is not None for one in found] == [False, False, True]
    assert all(isinstance(one.url, SecretStr) for one in found)


@pytest.mark.parametrize(
    ("settings", "reason"),
    [
        (AlertSettings(apprise_config="/nowhere/at-all"), "cannot be read"),
        (AlertSettings(apprise_config_env="UNSET"), "the environment variable UNSET is not set"),
        (
            AlertSettings(channels=(AlertChannel(name="a", tag="x"),)),
            "alerts.channels: a: no address of apprise_config has the tag x",
        ),
        (AlertSettings(fallback="mail"), "alerts.fallback: no channel is called mail"),
        (AlertSettings(escalation=("mail",)), "alerts.escalation: no channel is called mail"),
    ],
)
def test_a_source_that_cannot_be_used_is_named(settings: AlertSettings, reason: str) -> None:
    with pytest.raises(InvalidInput, match=reason):
        addresses(settings, {})
