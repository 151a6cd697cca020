"""mfa-service-setting-weakened: trusted IPs, bypass, remembered devices, app passwords."""

from pathlib import Path
from typing import Any

import pytest

from tests import entra
from tests.corridor import findings, ingest, judged, opened


def trusted(*ranges: str, inside: bool = False) -> Any:
    rules = [{"SelectionConditions": [{"Claim": 1, "Operator": 0, "Values": list(ranges)}]}]
    if inside:
        values = ["insidecorporatenetwork--true"]
        rules.append({"SelectionConditions": [{"Claim": 2, "Operator": 0, "Values": values}]})
    party = {"RelyingParties": ["*"], "Rules": rules, "Enabled": True}
    return [{"RelyingPartyStrongAuthenticationPolicies": [party]}]


def company(old: Any, new: Any, **more: Any) -> entra.Json:
    return entra.record(
        "Set Company Information",
        entra.at(5),
        target={"id": entra.TENANT, "displayName": "Hospital", "type": "Other"},
        properties=[
            ("StrongAuthenticationPolicy", old, new),
            ("Included Updated Properties", None, "StrongAuthenticationPolicy"),
        ],
        **more,
    )


def settings(name: str, old: Any, new: Any, activity: str = "MFA Service Policy Update") -> Any:
    return entra.record(
        activity,
        entra.at(5),
        target={"id": None, "displayName": None, "type": "Other"},
        properties=[(name, old, new)],
        service="Authentication Methods",
    )


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (trusted(), trusted("203.0.113.0/24")),
        (trusted("203.0.113.0/24"), trusted("203.0.112.0/23")),
        (trusted("203.0.113.0/24"), trusted("203.0.113.0/24", inside=True)),
        (None, trusted("203.0.113.7/32")),
    ],
)
def test_more_trusted_addresses_are_high_and_told_once(tmp_path: Path, old: Any, new: Any) -> None:
    found = judged(tmp_path, company(old, new))
    assert {rule: leaf["severity"] for rule, leaf in found.items()} == {
        "mfa-service-setting-weakened": "high"
    }


def test_what_it_opens_is_told_in_the_same_finding(tmp_path: Path) -> None:
    place = {"op": "add", "path": "/conditions/locations"}
    spared = {"includeLocations": ["All"], "excludeLocations": ["AllTrusted"]}
    policy = entra.policy({**place, "value": spared})
    with opened(tmp_path) as monitor:
        ingest(monitor, entra.ca_change(None, policy, entra.at(1)))
        outcome = ingest(monitor, company(trusted(), trusted("203.0.113.0/24")))
    found = findings(outcome)
    assert set(found) == {"mfa-service-setting-weakened"}
    assert str(found["mfa-service-setting-weakened"]["witness"]).count("203.0.113.0") >= 1


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (trusted("203.0.113.0/24"), trusted()),
        (trusted("203.0.112.0/23"), trusted("203.0.113.0/24")),
        (trusted("203.0.112.0/24", "203.0.113.0/24"), trusted("203.0.112.0/23")),
        (trusted(inside=True), trusted()),
    ],
)
def test_fewer_or_the_same_addresses_are_silent(tmp_path: Path, old: Any, new: Any) -> None:
    assert "mfa-service-setting-weakened" not in judged(tmp_path, company(old, new))


@pytest.mark.parametrize(
    ("activity", "severity"),
    [
        ("Add bypass user", "high"),
        ("POST Tenant.CreateBypassedUser", "high"),
        ("Clear block on user", "medium"),
        ("POST Tenant.CreateCacheConfig", "medium"),
    ],
)
def test_acts_of_the_service(tmp_path: Path, activity: str, severity: str) -> None:
    found = judged(tmp_path, entra.about_user(activity, entra.at(5)))
    assert found["mfa-service-setting-weakened"]["severity"] == severity


@pytest.mark.parametrize(
    ("name", "old", "new", "severity"),
    [
        ("AllowRememberDevices", False, True, "medium"),
        ("RememberDevicesDays", "14", "365", "medium"),
        ("BlockApplicationPassword", "True", "False", "medium"),
        ("AppPasswordsAllowed", [False], [True], "medium"),
        ("FraudAlert", {"enabled": True}, {"enabled": False}, "medium"),
        ("TrustedIps", ["192.0.2.1"], ["192.0.2.1", "192.0.2.2"], "high"),
        ("OneTimeBypassSeconds", 300, 3600, "high"),
        ("SomethingElse", "a", "b", "medium"),
    ],
)
def test_settings_are_known_by_their_names_or_read_pending(
    tmp_path: Path, name: str, old: Any, new: Any, severity: str
) -> None:
    leaf: Any = judged(tmp_path, settings(name, old, new))["mfa-service-setting-weakened"]
    assert leaf["severity"] == severity
    assert leaf["certainty"] == ("possible" if name == "SomethingElse" else "certain")


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("AllowRememberDevices", True, False),
        ("RememberDevicesDays", 365, 14),
        ("BlockApplicationPassword", False, True),
    ],
)
def test_the_safer_side_is_silent(tmp_path: Path, name: str, old: Any, new: Any) -> None:
    assert judged(tmp_path, settings(name, old, new)) == {}


def test_a_record_that_shows_nothing_is_a_possible_weakening(tmp_path: Path) -> None:
    record = entra.record("PATCH Tenant.Patch", entra.at(5), properties=[])
    leaf: Any = judged(tmp_path, record)["mfa-service-setting-weakened"]
    assert leaf["certainty"] == "possible"
    assert leaf["details"]["read_pending"] is True


def test_company_information_that_does_not_name_it_is_silent(tmp_path: Path) -> None:
    record = entra.record(
        "Set Company Information",
        entra.at(5),
        properties=[("Included Updated Properties", None, "")],
    )
    assert judged(tmp_path, record) == {}


def test_a_failed_attempt_and_revoked_devices_are_silent(tmp_path: Path) -> None:
    failed = company(trusted(), trusted("203.0.113.0/24"), result="failure")
    assert judged(tmp_path, failed) == {}
