"""How far behind we are, and whether the Functions trigger could read the hub at all."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import pytest
from structlog.testing import capture_logs

from monitor.ledger.cursor import Cursor
from monitor.settings import Settings
from monitor.sources.eventhub.hub import Hub, hub_in_force
from monitor.sources.eventhub.standing import (
    GEO_REPLICATED,
    Partition,
    behind,
    measure,
    offset_fault,
    partitions_of,
)
from monitor.telemetry import catalogue as names
from tests.eventhub.server import StandIn
from tests.telemetry.recorded import recording


@dataclass
class Ledger:
    """What is measured against."""

    read: Mapping[str, Cursor] = field(default_factory=dict)
    settings: Settings = field(default_factory=Settings)

    def cursors(self) -> Mapping[str, Cursor]:
        return self.read


def environment(hub: StandIn) -> dict[str, str]:
    return {"EventHubConnection": hub.connection_string, "EVENTHUB_NAME": hub.hub}


def in_force(hub: StandIn) -> Hub:
    settings = Settings()
    return hub_in_force(settings.eventhub, settings.storage, environment(hub))


@pytest.mark.parametrize(
    ("first", "last", "cursor", "expected"),
    [
        (0, -1, None, 0),
        (0, 9, None, 10),
        (5, 9, None, 5),
        (0, 9, Cursor(0, 9), 0),
        (0, 9, Cursor(0, 3), 6),
        # What has expired cannot be read any more: it is a gap, not a lag.
        (5, 9, Cursor(0, 1), 5),
        # Everything has expired.
        (10, 9, Cursor(0, 3), 0),
        # The ledger knows of more: the hub was made anew, which `claim` refuses.
        (0, 3, Cursor(0, 9), 0),
    ],
)
def test_behind_is_what_is_kept_and_not_read(
    first: int, last: int, cursor: Cursor | None, expected: int
) -> None:
    assert behind(Partition("0", first, last, "0"), cursor) == expected


@pytest.mark.parametrize("offset", ["-1", "0", "4294967296", ""])
def test_offsets_that_are_numbers_can_be_read(offset: str) -> None:
    assert offset_fault(offset) is None


@pytest.mark.parametrize("offset", ["1:4096", "0:0:64", "a", "1.5", "--1", "²"])
def test_any_other_offset_means_a_geo_replicated_namespace(offset: str) -> None:
    assert offset_fault(offset) == GEO_REPLICATED


def test_each_partition_is_measured() -> None:
    with StandIn(2) as hub, recording() as kept:
        for number in range(3):
            hub.send(b"{}", partition=str(number % 2))
        key = in_force(hub).partition("0").key
        found = measure(Ledger({key: Cursor(0, 0)}), environment(hub))
        points = kept.points()[names.POSITIONS_BEHIND.name]

    assert found == {"0": 1, "1": 1}
    assert {p.attributes[names.PARTITION]: p.value for p in points} == found


def test_a_geo_replicated_namespace_is_said() -> None:
    with StandIn(segment="1:") as hub, capture_logs() as said:
        hub.send(b"{}")
        (partition,) = partitions_of(in_force(hub))
        measure(Ledger(), environment(hub))

    assert offset_fault(partition.offset) == GEO_REPLICATED
    assert [event["event"] for event in said] == ["eventhub.offsets"]


def test_an_ordinary_namespace_is_not_complained_of() -> None:
    with StandIn() as hub, capture_logs() as said:
        measure(Ledger(), environment(hub))
        hub.send(b"{}")
        measure(Ledger(), environment(hub))

    assert said == []


def test_a_hub_that_is_away_is_said_and_stops_nothing() -> None:
    with StandIn() as hub, capture_logs() as said:
        hub.deny("no")
        assert measure(Ledger(), environment(hub)) == {}

    assert [event["event"] for event in said] == ["eventhub.not_measured"]
