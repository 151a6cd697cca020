"""The two nodes that answer requests: `$cbs` takes tokens, `$management` tells properties."""

from collections.abc import Callable, Mapping

from tests.eventhub.broker import Broker
from tests.eventhub.hub import Partition, Refusal
from tests.eventhub.message import application, reply, request_id
from tests.eventhub.wire import Array, Timestamp, Value

CBS, MANAGEMENT = "$cbs", "$management"
NODES = frozenset({CBS, MANAGEMENT})
HUB, PARTITION = "com.microsoft:eventhub", "com.microsoft:partition"


def answering(
    broker: Broker, node: str, send: Callable[[bytes], None]
) -> Callable[[bytes, int], None]:
    """Return what answers the requests that come in on a node."""
    respond = _token if node == CBS else _read

    def take(message: bytes, _form: int) -> None:
        status, description, value = respond(broker, application(message))
        properties = {"status-code": status, "status-description": description}
        send(reply(request_id(message), properties, value))

    return take


Answer = tuple[int, str, Value]


def _token(broker: Broker, _request: Mapping[str, Value]) -> Answer:
    if broker.faults.deny:
        return 401, broker.faults.deny, None
    return 202, "Accepted", None


def _read(broker: Broker, request: Mapping[str, Value]) -> Answer:
    try:
        hub = broker.namespace.hub(str(request.get("name")))
        if request.get("type") == HUB:
            ids = Array(tuple(hub.partitions), symbols=False)
            return (
                200,
                "OK",
                {
                    "name": hub.name,
                    "type": HUB,
                    "created_at": Timestamp(hub.created),
                    "partition_count": len(hub.partitions),
                    "partition_ids": ids,
                },
            )
        log = hub.partition(str(request.get("partition")))
    except Refusal as refusal:
        return 404, str(refusal), None
    return 200, "OK", _partition(hub.name, log)


def _partition(name: str, log: Partition) -> Mapping[str, Value]:
    last = log.last
    return {
        "name": name,
        "type": PARTITION,
        "partition": log.identity,
        "begin_sequence_number": log.beginning,
        "last_enqueued_sequence_number": log.next - 1,
        "last_enqueued_offset": last.offset if last else "-1",
        "last_enqueued_time_utc": Timestamp(last.enqueued if last else 0),
        "is_partition_empty": last is None,
    }
