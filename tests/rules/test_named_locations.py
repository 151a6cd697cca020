"""Named locations, end to end: a place made trusted or wider while a policy leaves it out."""

import json
from pathlib import Path

import pytest

from tests import entra
from tests.corridor import findings, ingest, opened

LOCATION = "aaaaaaaa-0000-4000-8000-0000000000f1"
WARD, NET, WORLD = "192.0.2.0/29", "192.0.2.0/24", "0.0.0.0/0"


def ranges(*cidrs: str, trusted: bool = False) -> entra.Json:
    kind = "#microsoft.graph.iPv4CidrRange"
    return {
        "@odata.type": "#microsoft.graph.ipNamedLocation",
        "id": LOCATION,
        "displayName": "Hospital network",
        "isTrusted": trusted,
        "ipRanges": [{"@odata.type": kind, "cidrAddress": cidr} for cidr in cidrs],
    }


def countries(*codes: str, unknown: bool = False) -> entra.Json:
    return {
        "@odata.type": "#microsoft.graph.countryNamedLocation",
        "id": LOCATION,
        "displayName": "Countries we work from",
        "countriesAndRegions": list(codes),
        "includeUnknownCountriesAndRegions": unknown,
    }


def leaving_out(*places: str) -> entra.Json:
    """MFA for everyone but from these places."""
    conditions = {"includeLocations": ["All"], "excludeLocations": list(places)}
    return entra.policy({"op": "add", "path": "/conditions/locations", "value": conditions})


def moved(
    old: entra.Json | None, new: entra.Json | None, minute: float, *, name: str = "NamedLocation"
) -> entra.Json:
    verb = "Add" if old is None else "Delete" if new is None else "Update"
    return entra.record(
        f"{verb} named location",
        entra.at(minute),
        target={"id": LOCATION, "displayName": "Hospital network"},
        properties=[(name, old, new)],
        service="Conditional Access",
        operation=verb,
    )


def judged(data: Path, policy: entra.Json, record: entra.Json) -> dict[str, str]:
    """The severities of a change of a location under one policy, by rule."""
    with opened(data) as monitor:
        ingest(monitor, entra.ca_change(None, policy, entra.at()))
        found = findings(ingest(monitor, record))
    return {rule: str(leaf["severity"]) for rule, leaf in found.items()}


@pytest.mark.parametrize(
    ("policy", "old", "new"),
    [
        (leaving_out("AllTrusted"), ranges(WARD), ranges(WARD, trusted=True)),
        (leaving_out("AllTrusted"), ranges(WARD, trusted=True), ranges(NET, trusted=True)),
        (leaving_out("AllTrusted"), None, ranges(NET, trusted=True)),
        (leaving_out(LOCATION), ranges(WARD), ranges(WARD, "198.51.100.0/24")),
        (leaving_out(LOCATION), ranges(WARD), ranges(WORLD)),
        (leaving_out(LOCATION), countries("DE"), countries("DE", "FR")),
        (leaving_out(LOCATION), countries("DE"), countries("DE", unknown=True)),
    ],
)
@pytest.mark.parametrize("name", ["NamedLocation", "Anything", "PolicyDetail"])
def test_a_wider_place_is_a_weakening(
    tmp_path: Path, policy: entra.Json, old: entra.Json | None, new: entra.Json, name: str
) -> None:
    found = judged(tmp_path, policy, moved(old, new, 1, name=name))
    assert found["ca-weakened"] in ("high", "critical")


@pytest.mark.parametrize(
    ("policy", "old", "new"),
    [
        (entra.policy(), ranges(WARD), ranges(WORLD, trusted=True)),
        (leaving_out("AllTrusted"), ranges(WARD), ranges(NET)),
        (leaving_out(LOCATION), ranges(NET), ranges(NET, trusted=True)),
        (leaving_out(LOCATION), ranges("192.0.2.0/25", "192.0.2.128/25"), ranges(NET)),
        (leaving_out(LOCATION), countries("DE", "FR"), countries("FR", "DE")),
        (leaving_out(LOCATION) | {"state": "disabled"}, ranges(WARD), ranges(WORLD)),
    ],
)
def test_a_place_that_no_policy_leaves_out_is_silent(
    tmp_path: Path, policy: entra.Json, old: entra.Json, new: entra.Json
) -> None:
    assert judged(tmp_path, policy, moved(old, new, 1)) == {}


@pytest.mark.parametrize(
    ("policy", "old", "new"),
    [
        (leaving_out("AllTrusted"), ranges(NET, trusted=True), ranges(NET)),
        (leaving_out(LOCATION), ranges(NET), ranges(WARD)),
        (leaving_out(LOCATION), countries("DE", "FR"), countries("DE")),
    ],
)
def test_a_narrower_place_is_information(
    tmp_path: Path, policy: entra.Json, old: entra.Json, new: entra.Json
) -> None:
    assert judged(tmp_path, policy, moved(old, new, 1)) == {"ca-strengthened": "info"}


@pytest.mark.parametrize(
    "record",
    [
        moved({"compressedCidrIpRanges": "abc"}, {"compressedCidrIpRanges": "def"}, 1),
        moved(ranges(WARD) | {"ipRanges": ["not a range"]}, ranges(WARD), 1),
        moved(None, ranges(WARD) | {"isTrusted": "perhaps"}, 1),
    ],
)
def test_an_unknown_shape_is_not_understood(tmp_path: Path, record: entra.Json) -> None:
    found = judged(tmp_path, leaving_out(LOCATION), record)
    assert "medium" in found.values() or "high" in found.values(), found
    assert "change-not-understood" in found


def test_text_that_is_no_json_is_not_understood(tmp_path: Path) -> None:
    record = moved(ranges(WARD), ranges(NET), 1)
    shown = record["properties"]["targetResources"][0]["modifiedProperties"][0]
    shown["newValue"] = json.dumps(ranges(NET))[:40]
    assert "change-not-understood" in judged(tmp_path, leaving_out(LOCATION), record)


def test_a_location_opened_and_closed_is_one_incident(tmp_path: Path) -> None:
    with opened(tmp_path) as monitor:
        ingest(monitor, entra.ca_change(None, leaving_out(LOCATION), entra.at()))
        opening = findings(ingest(monitor, moved(ranges(WARD), ranges(WORLD), 1)))["ca-weakened"]
        closing = findings(ingest(monitor, moved(ranges(WORLD), ranges(WARD), 6)))
    leaf = closing["ca-strengthened"]
    assert leaf["incident"] == opening["incident"]
    assert isinstance(leaf["details"], dict)
    assert leaf["details"]["exposure_seconds"] == 300
