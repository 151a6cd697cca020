"""What people declare softens a finding and never drops it; an exception that has ended alarms."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from monitor.clock import EventClock
from monitor.errors import InvalidInput
from monitor.pipeline import Outcome
from monitor.pipeline.leaves import Leaf
from monitor.settings import load_settings
from monitor.wiring import Monitor, open_monitor
from tests import entra
from tests.corridor import findings, ingest, leaves

BASE = entra.policy()
EDITED = entra.policy(entra.excluding())
DISABLED = entra.policy(state="disabled")

EXEMPTION = f"""
[[exemptions]]
object = "{entra.POLICY.upper()}"
owner = "Dr. Chen"
reason = "the scanner cannot do MFA"
ticket = "CHG-7"
expires = 2026-09-15T09:00:00Z
"""
WINDOW = """
[[windows]]
from = 2026-09-15T08:00:00Z
to = 2026-09-15T09:00:00Z
owner = "Change board"
ticket = "CHG-8"
"""


@contextmanager
def declared(data: Path, text: str) -> Iterator[Monitor]:
    config = data / "monitor.toml"
    config.write_text(text, encoding="utf-8")
    with open_monitor(data / "data", config, replay=True) as monitor:
        yield monitor


def weakened(data: Path, text: str, minute: float = 5, new: entra.Json = DISABLED) -> Leaf:
    """The finding of a change from the base policy at that minute."""
    with declared(data, text) as monitor:
        return findings(ingest(monitor, entra.ca_change(BASE, new, entra.at(minute))))[
            "ca-weakened"
        ]


def swept(monitor: Monitor, minute: float) -> Outcome:
    assert isinstance(monitor.clock, EventClock)
    monitor.clock.advance(entra.at(minute))
    return monitor.sweep()


def details(leaf: Leaf, name: str) -> Leaf:
    held = leaf["details"]
    assert isinstance(held, dict)
    found = held[name]
    assert isinstance(found, dict)
    return found


def test_an_exemption_lowers_to_low_and_says_which(tmp_path: Path) -> None:
    leaf = weakened(tmp_path, EXEMPTION)
    assert leaf["severity"] == "low"
    said = details(leaf, "exemption")
    assert (said["ticket"], said["owner"], said["lowered_from"]) == (
        "CHG-7",
        "Dr. Chen",
        "critical",
    )


def test_an_exemption_that_has_ended_lowers_nothing(tmp_path: Path) -> None:
    leaf = weakened(tmp_path, EXEMPTION, minute=60)
    assert leaf["severity"] == "critical"
    assert "exemption" not in str(leaf["details"])


def test_an_exemption_of_another_object_lowers_nothing(tmp_path: Path) -> None:
    other = EXEMPTION.replace(entra.POLICY.upper(), entra.GROUP)
    assert weakened(tmp_path, other)["severity"] == "critical"


def test_an_exemption_raises_nothing(tmp_path: Path) -> None:
    renamed = entra.policy(state="disabled", displayName="Renamed")
    with declared(tmp_path, EXEMPTION) as monitor:
        found = findings(ingest(monitor, entra.ca_change(renamed, BASE, entra.at(5))))
    assert found["ca-strengthened"]["severity"] == "info"


def test_an_expired_exemption_alarms_once(tmp_path: Path) -> None:
    with declared(tmp_path, EXEMPTION) as monitor:
        ingest(monitor, entra.ca_change(None, BASE, entra.at(1)))
        assert leaves(swept(monitor, 59), "finding") == []
        (leaf,) = leaves(swept(monitor, 60), "finding")
        assert (leaf["rule"], leaf["severity"]) == ("exemption-expired", "medium")
        assert leaf["tenant"] == "", "the configuration is the deployment's"
        assert "Require MFA for everyone" in str(leaf["witness"])
        assert swept(monitor, 120) == Outcome()
        kept = monitor.dump()
        monitor.rebuild()
        assert monitor.dump() == kept
    with declared(tmp_path, EXEMPTION) as monitor:
        assert swept(monitor, 180) == Outcome(), "not at each start"
    later = EXEMPTION.replace("09:00:00", "12:00:00")
    with declared(tmp_path, later) as monitor:
        assert leaves(swept(monitor, 200), "finding") == []
        assert len(leaves(swept(monitor, 241), "finding")) == 1, "renewed, and ended again"


def test_a_change_window_lowers_by_one_step(tmp_path: Path) -> None:
    leaf = weakened(tmp_path, WINDOW)
    assert leaf["severity"] == "high"
    said = details(leaf, "approved_window")
    assert (said["ticket"], said["owner"], said["lowered_from"]) == (
        "CHG-8",
        "Change board",
        "critical",
    )


@pytest.mark.parametrize(
    ("actor", "severity"),
    [
        ("kim.admin@hospital.example", "high"),
        ("KIM.ADMIN@hospital.example", "high"),
        (entra.ADMIN, "high"),
        ("lee.admin@hospital.example", "critical"),
        ("Portal", "critical"),
        ("c44b4083-3bb0-49c1-b47d-974e53cbdf3c", "critical"),
    ],
)
def test_a_window_of_one_actor_covers_that_one(tmp_path: Path, actor: str, severity: str) -> None:
    assert weakened(tmp_path, f'{WINDOW}actor = "{actor}"')["severity"] == severity


def test_a_window_knows_an_application_by_its_id_not_its_name(tmp_path: Path) -> None:
    record = entra.ca_change(BASE, DISABLED, entra.at(5))
    record["properties"]["initiatedBy"] = {
        "user": None,
        "app": {"appId": "app-1", "displayName": "pipeline", "servicePrincipalId": "sp-1"},
    }
    for number, (actor, severity) in enumerate(
        [("app-1", "high"), ("sp-1", "high"), ("pipeline", "critical")]
    ):
        data = tmp_path / str(number)
        data.mkdir()
        with declared(data, f'{WINDOW}actor = "{actor}"') as monitor:
            leaf = findings(ingest(monitor, record))["ca-weakened"]
        assert leaf["severity"] == severity
        assert "by an application" in str(leaf["details"])


def test_outside_the_window_nothing_is_lowered(tmp_path: Path) -> None:
    assert weakened(tmp_path, WINDOW, minute=-1)["severity"] == "critical"


def test_a_window_lowers_nothing_below_low(tmp_path: Path) -> None:
    session = {"signInFrequency": {"isEnabled": True, "value": 4, "type": "hours"}}
    longer = {"signInFrequency": {"isEnabled": True, "value": 90, "type": "days"}}
    old, new = entra.policy(sessionControls=session), entra.policy(sessionControls=longer)
    with declared(tmp_path, WINDOW) as monitor:
        found = findings(ingest(monitor, entra.ca_change(old, new, entra.at(5))))
    assert found["ca-control-loosened"]["severity"] == "low"


def test_a_window_approves_no_lock_out_and_nothing_unknown(tmp_path: Path) -> None:
    emergency = f'{WINDOW}\n[emergency]\naccounts = ["{entra.USER}"]'
    saved = {"op": "add", "path": "/conditions/users/excludeUsers/-", "value": entra.USER}
    strange = {"op": "add", "path": "/conditions/weather", "value": ["rain"]}
    with declared(tmp_path, emergency) as monitor:
        found = findings(
            ingest(
                monitor, entra.ca_change(entra.policy(saved), entra.policy(strange), entra.at(5))
            )
        )
    assert found["lock-out"]["severity"] == "high"
    assert found["change-not-understood"]["severity"] == "medium"


def test_window_and_exemption_are_both_said(tmp_path: Path) -> None:
    leaf = weakened(tmp_path, WINDOW + EXEMPTION)
    assert leaf["severity"] == "low"
    assert details(leaf, "approved_window")["lowered_from"] == "critical"
    assert details(leaf, "exemption")["lowered_from"] == "high"


def test_what_is_lowered_below_the_minimum_wakes_nobody(tmp_path: Path) -> None:
    alerts = """
[alerts]
minimum = "medium"
[[alerts.channels]]
name = "team"
url = "json://127.0.0.1:9/"
"""
    assert weakened(tmp_path, EXEMPTION + alerts)["notify"] is False


@pytest.mark.parametrize(
    ("zone", "minute", "outside"),
    [
        ("Europe/Berlin", 5, False),  # 10:05 on a Tuesday
        ("America/Los_Angeles", 5, True),  # 01:05
        ("Europe/Berlin", 60 * 9, True),  # 19:00 sharp
        ("Europe/Berlin", 60 * 24 * 4, True),  # Saturday
    ],
)
def test_business_hours_are_a_word_and_no_severity(
    tmp_path: Path, zone: str, minute: float, outside: bool
) -> None:
    leaf = weakened(tmp_path, f'[business_hours]\nzone = "{zone}"', minute)
    assert leaf["severity"] == "critical"
    assert ("outside business hours" in str(leaf["details"])) is outside


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (WINDOW.replace("to = 2026-09-15T09", "to = 2026-09-15T07"), "later than"),
        (WINDOW.replace("Z", ""), "timezone"),
        (WINDOW.replace("CHG-8", ""), "ticket"),
        (WINDOW + 'actors = "x"', "actors"),
        (EXEMPTION.replace("Dr. Chen", ""), "owner"),
        ("".join(EXEMPTION.splitlines(keepends=True)[:-1]), "expires"),
        ('[business_hours]\nzone = "Mars/Olympus"', "Mars/Olympus"),
        ("[business_hours]\nstart = 19:00:00\nend = 07:00:00", "later than"),
        ('[business_hours]\ndays = ["monday"]', "days"),
        ('[migration]\ncomplete_by = "soon"', "complete_by"),
    ],
)
def test_a_wrong_setting_is_named(tmp_path: Path, text: str, says: str) -> None:
    config = tmp_path / "monitor.toml"
    config.write_text(text, encoding="utf-8")
    with pytest.raises(InvalidInput, match=says):
        load_settings(config)


def test_the_migration_is_declared(tmp_path: Path) -> None:
    config = tmp_path / "monitor.toml"
    config.write_text(
        '[migration]\nlegacy_control = "RequireDuoMfa"\ncomplete_by = 2027-01-31\nowner = "IAM"',
        encoding="utf-8",
    )
    settings, _ = load_settings(config)
    assert settings.migration.legacy_control == "RequireDuoMfa"
    assert str(settings.migration.complete_by) == "2027-01-31"


SERVICE = f"""
[[service_accounts]]
account = "{entra.USER}"
owner = "Dr. Chen"
ticket = "CHG-9"
expires = 2026-10-01T00:00:00Z
"""


def test_a_declared_service_account_is_an_exception_with_an_owner(tmp_path: Path) -> None:
    with declared(tmp_path, SERVICE) as monitor:
        ingest(monitor, entra.add_user(entra.at()))
        leaf = findings(swept(monitor, 25 * 60))["account-without-method"]
        assert leaf["severity"] == "low"
        assert "Dr. Chen" in str(leaf["details"])


def test_a_service_account_whose_time_is_up_alarms(tmp_path: Path) -> None:
    with declared(tmp_path, SERVICE.replace("2026-10-01", "2026-09-16")) as monitor:
        ingest(monitor, entra.add_user(entra.at()))
        found = findings(swept(monitor, 25 * 60))
        assert found["account-without-method"]["severity"] == "medium"
        assert "exemption-expired" in found
