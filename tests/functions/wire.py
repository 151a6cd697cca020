"""What the .NET host sends for one Event Hub batch, as the Python side of the wire receives it.

Written from Azure/azure-sdk-for-net `EventHubTriggerBindingStrategy.cs` (names, .NET property
names, `EnqueuedTime.DateTime` without an offset) and Azure/azure-functions-host
`GrpcMessageConversionExtensions.cs` (string[] and long[] as collections, anything else as JSON).
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import azure.functions as func
from azure.functions.eventhub import EventHubTriggerConverter
from azure.functions.meta import Datum

FIRST_ENQUEUED = datetime(2026, 11, 25, 12, 0, 0, 250_000, UTC)
NAMESPACE = "audit.servicebus.windows.net"

DatumType = Callable[[Any, str], Any]


def partition_context(partition: str = "0", **changes: object) -> dict[str, object]:
    """`TriggerPartitionContext` as Newtonsoft.Json writes it."""
    return {
        "IsCheckpointingAfterInvocation": True,
        "FullyQualifiedNamespace": NAMESPACE,
        "EventHubName": "insights-logs-auditlogs",
        "ConsumerGroup": "mfa-monitor",
        "PartitionId": partition,
        **changes,
    }


@dataclass(frozen=True, slots=True)
class Wire:
    """One batch: bodies of consecutive events from sequence number `first`, one second apart."""

    bodies: Sequence[bytes]
    first: int = 0
    context: object = field(default_factory=partition_context)
    suffix: str = ""
    """What follows a time: nothing (as the host writes it), or `Z` (as older extensions did)."""

    def number(self, index: int) -> int:
        """The sequence number of event `index` of this batch."""
        return self.first + index

    def enqueued(self, index: int) -> datetime:
        """When event `index` of this batch entered the hub."""
        return FIRST_ENQUEUED + timedelta(seconds=self.first + index)

    def input(self, datum: DatumType) -> Any:
        """The `events` parameter: data type binary, cardinality many."""
        return datum(SimpleNamespace(bytes=list(self.bodies)), "collection_bytes")

    def metadata(self, datum: DatumType) -> dict[str, Any]:
        """The trigger metadata of the batch."""
        numbers = [self.number(index) for index in range(len(self.bodies))]
        times = [
            self.enqueued(index).replace(tzinfo=None).isoformat() + self.suffix
            for index in range(len(self.bodies))
        ]
        system = [
            {
                "x-opt-sequence-number": number,
                "SequenceNumber": number,
                "Offset": str(number * 64),
                "PartitionKey": None,
                "EnqueuedTimeUtc": time,
            }
            for number, time in zip(numbers, times, strict=True)
        ]
        return {
            "PartitionContext": datum(json.dumps(self.context), "json"),
            "SystemPropertiesArray": datum(json.dumps(system), "json"),
            "PropertiesArray": datum(json.dumps([{} for _ in numbers]), "json"),
            "PartitionKeyArray": datum(SimpleNamespace(string=[]), "collection_string"),
            "OffsetArray": datum(
                SimpleNamespace(string=[str(number * 64) for number in numbers]),
                "collection_string",
            ),
            "SequenceNumberArray": datum(SimpleNamespace(sint64=numbers), "collection_sint64"),
            "EnqueuedTimeUtcArray": datum(json.dumps(times), "json"),
        }

    def events(self) -> list[func.EventHubEvent]:
        """The batch as azure-functions' own converter hands it to the function."""
        decoded = EventHubTriggerConverter.decode(
            self.input(Datum), trigger_metadata=self.metadata(Datum)
        )
        assert isinstance(decoded, list)
        return decoded
