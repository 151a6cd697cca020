"""Two instances share the partitions out; each record has its one entry, whoever had it in hand."""

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from azure.storage.blob import ContainerClient

from monitor.errors import StorageUnavailable
from monitor.settings import StorageSettings
from monitor.sources.eventhub.ownership import Ownership, open_ownership
from tests.eventhub.server import GROUP, HUB, StandIn
from tests.sources.eventhub.desk import (
    Intake,
    deployment,
    expected,
    high,
    reading,
    record,
    users,
    wait_for,
)

if TYPE_CHECKING:
    from tests.azurite import Azurite

BLOB = StorageSettings(connection_env="STORAGE")


@pytest.fixture
def container(azurite: "Azurite") -> str:
    from tests.azurite import fresh_name  # noqa: PLC0415 - it is not everywhere

    return fresh_name()


@pytest.fixture
def store(azurite: "Azurite", container: str) -> Ownership:
    return open_ownership(BLOB, container, azurite.connection_string)


def test_partitions_move_and_nothing_is_lost_or_entered_twice(
    tmp_path: Path, store: Ownership, azurite: "Azurite", container: str
) -> None:
    second = open_ownership(BLOB, container, azurite.connection_string)
    with StandIn(2) as server, deployment(tmp_path) as monitor, deployment(tmp_path) as other:

        def flow(first: int) -> list[int]:
            numbers = [*range(first, first + 4)]
            for number in numbers:
                server.send(record(number), partition=str(number % 2))
            return numbers

        def stolen(ours: Intake) -> bool:
            sent.extend(flow(len(sent)))
            return ours.taken > 0

        sent = flow(0)
        with reading(other, server, second) as (_, theirs):
            wait_for(lambda: high(other) == high(other, "1") == 1)
            alone = theirs.taken
            with reading(monitor, server, store) as (_, ours):
                # Steals one of the two; events come in all the while.
                wait_for(lambda: stolen(ours), "a theft")
                sent += flow(len(sent))
                wait_for(lambda: high(other) == high(other, "1") == len(sent) // 2 - 1)
                assert theirs.taken > alone
            # The first instance is gone and gave its partition back.
            sent += flow(len(sent))
            wait_for(lambda: high(other) == high(other, "1") == len(sent) // 2 - 1)
        assert other.gaps() == ()
        assert other.verify().valid
    assert users(tmp_path) == expected(*sent)
    checkpoints = written(azurite, container)
    assert {number + 1 for number in checkpoints.values()} == {len(sent) // 2}


def written(azurite: "Azurite", container: str) -> dict[str, int]:
    """The checkpoints in the container: the last sequence number of each partition."""
    with ContainerClient.from_connection_string(azurite.connection_string, container) as client:
        return {
            blob.name: int(blob.metadata["sequencenumber"])
            for blob in client.list_blobs(include=["metadata"])
            if f"/{HUB}/{GROUP}/checkpoint/" in blob.name
        }


def test_a_checkpoint_is_not_where_a_start_is_looked_up(
    tmp_path: Path, store: Ownership, azurite: "Azurite", container: str
) -> None:
    """A foreign checkpoint far ahead hides nothing."""
    with StandIn() as server, deployment(tmp_path) as monitor:
        server.send(*(record(number) for number in range(9)))
        store.update_checkpoint(
            {
                "fully_qualified_namespace": f"127.0.0.1:{server.port}",
                "eventhub_name": HUB,
                "consumer_group": GROUP,
                "partition_id": "0",
                "offset": server_offset(server),
                "sequence_number": 8,
            }
        )
        with reading(monitor, server, store):
            wait_for(lambda: high(monitor) == 8)
    assert users(tmp_path) == expected(*range(9))


def server_offset(server: StandIn) -> str:
    """The offset of the last event."""
    return str(sum(map(len, server.bodies()[:-1])))


def test_without_the_store_a_start_fails(azurite: "Azurite") -> None:
    broken = azurite.connection_string.replace(azurite.key, "eA==")
    with pytest.raises(StorageUnavailable):
        open_ownership(BLOB, "checkpoints", broken)
