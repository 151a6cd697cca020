"""The container over a bad network, under policies, leases and refusals: what is said is true."""

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from azure.core.exceptions import AzureError
from azure.storage.blob import ContainerClient

from monitor.errors import InvalidInput, StorageUnavailable
from monitor.ledger.log import ATTEMPTS
from monitor.ledger.store import Dated, Inventory, Listing, Swapping
from monitor.storage import blob
from monitor.storage.blob import CLIENT_OPTIONS, Protection, open_container
from tests.azurite import fresh_name
from tests.storage.bad_network import ONCE, SPOILED, BadNetwork, Spoil, always, every_call, first

if TYPE_CHECKING:
    from tests.azurite import Azurite

pytestmark = pytest.mark.filterwarnings(*SPOILED)
ROOT = Path(__file__).parents[2]


# A reply or a request is lost, and the client tries again by itself


@pytest.mark.parametrize("spoil", [Spoil.LOST_REQUEST, Spoil.BUSY])
def test_a_request_that_was_lost_is_sent_again(
    network: BadNetwork, container: str, spoil: Spoil
) -> None:
    store = network.store(container)
    network.spoil(first(spoil, 2))
    assert store.create("b/000", b"x")
    network.spoil(first(spoil, 2))
    assert store.get("b/000") == b"x"
    assert network.asked == ["GET"] * 3
    network.spoil(first(spoil, 2))
    store.put("b/000", b"y")
    network.spoil(first(spoil, 2))
    assert list(store.names("b")) == ["b/000"]


@pytest.mark.parametrize("spoil", [Spoil.LOST_REPLY, Spoil.DONE_AND_FAILED])
def test_a_create_that_meets_its_own_object_says_no_and_the_bytes_stand_there(
    network: BadNetwork, container: str, spoil: Spoil
) -> None:
    """The caller reads back, as `Log` does; True would be right too, but nobody can know it."""
    store = network.store(container)
    network.spoil(first(spoil))
    assert not store.create("b/000", b"x")
    assert store.get("b/000") == b"x"


@pytest.mark.parametrize("spoil", [Spoil.LOST_REPLY, Spoil.DONE_AND_FAILED])
def test_a_put_whose_reply_is_lost_is_done_again(
    network: BadNetwork, container: str, spoil: Spoil
) -> None:
    store = network.store(container)
    network.spoil(first(spoil, 2))
    store.put("head", b"1\n")
    assert store.get("head") == b"1\n"


@pytest.mark.parametrize(
    ("spoil", "cause", "done"),
    [
        (Spoil.LOST_REQUEST, "no answer", False),
        (Spoil.LOST_REPLY, "no answer", True),
        (Spoil.BUSY, r"ServerBusy \(HTTP 503\)", False),
        (Spoil.DONE_AND_FAILED, r"InternalError \(HTTP 500\)", True),
    ],
)
def test_after_the_last_attempt_the_outcome_is_unknown_and_said_so(
    network: BadNetwork, container: str, spoil: Spoil, cause: str, done: bool
) -> None:
    store = network.store(container)
    network.spoil(always(spoil))
    with pytest.raises(StorageUnavailable, match=f"^b/000: {cause}.*, at 127.0.0.1") as caught:
        store.create("b/000", b"x")
    assert isinstance(caught.value.__cause__, AzureError)
    assert len(network.asked) == blob.TRIES
    network.spoil(always(spoil))
    with pytest.raises(StorageUnavailable, match=f"^b/000: {cause}"):
        store.get("b/000")
    network.spoil(lambda _number, _method: None)
    assert store.get("b/000") == (b"x" if done else None)


def test_silence_ends(network: BadNetwork, container: str) -> None:
    store = network.store(container, read_timeout=0.1, retry_total=1)
    network.spoil(always(Spoil.SILENT))
    for call in every_call(store):
        with pytest.raises(StorageUnavailable, match="no answer"):
            call()


def test_half_an_answer_is_none(network: BadNetwork, container: str) -> None:
    store = network.store(container)
    store.create("b/000", bytes(100_000))
    network.spoil(always(Spoil.CUT))
    with pytest.raises(StorageUnavailable, match=r"^b/000: "):
        store.get("b/000")


def test_content_damaged_on_its_way_is_refused(network: BadNetwork, container: str) -> None:
    store = network.store(container, **ONCE)
    network.spoil(always(Spoil.DAMAGED))
    with pytest.raises(StorageUnavailable, match=r"^b/000: \w+ \(HTTP 400\)"):
        store.create("b/000", b"some content")
    network.spoil(lambda _number, _method: None)
    assert store.get("b/000") is None


# Compare and swap


def test_a_swap_happens_only_over_what_was_expected(azurite: "Azurite") -> None:
    store = azurite.store()
    assert not store.swap("checkpoint", b"old", b"new")
    assert store.get("checkpoint") is None
    assert store.swap("checkpoint", None, b"1")
    assert not store.swap("checkpoint", None, b"2")
    assert not store.swap("checkpoint", b"0", b"2")
    assert store.get("checkpoint") == b"1"
    assert store.swap("checkpoint", b"1", b"2")
    assert store.get("checkpoint") == b"2"


@pytest.mark.parametrize("before", [None, b"old"])
@pytest.mark.parametrize("spoil", [Spoil.LOST_REPLY, Spoil.DONE_AND_FAILED])
def test_a_swap_whose_reply_is_lost_is_known_to_have_happened(
    network: BadNetwork, container: str, spoil: Spoil, before: bytes | None
) -> None:
    store = network.store(container)
    if before is not None:
        store.put("checkpoint", before)
    uploads: list[int] = []

    def plan(number: int, method: str) -> Spoil | None:
        uploads.extend([number] if method == "PUT" else [])
        return spoil if method == "PUT" and len(uploads) == 1 else None

    network.spoil(plan)
    assert store.swap("checkpoint", before, b"new")
    assert len(uploads) == 2
    assert store.get("checkpoint") == b"new"


def test_a_writer_between_read_and_swap_is_not_written_over(
    azurite: "Azurite", network: BadNetwork, container: str
) -> None:
    store = network.store(container)
    store.put("checkpoint", b"old")
    other = azurite.store(container)

    def plan(_number: int, method: str) -> None:
        if method == "PUT":
            other.put("checkpoint", b"newer")

    network.spoil(plan)
    assert not store.swap("checkpoint", b"old", b"new")
    assert other.get("checkpoint") == b"newer"


def test_an_object_that_goes_between_read_and_swap_is_not_made_again(
    azurite: "Azurite", network: BadNetwork, container: str
) -> None:
    store = network.store(container)
    store.put("checkpoint", b"old")
    direct = ContainerClient.from_connection_string(azurite.connection_string, container)

    def plan(_number: int, method: str) -> None:
        if method == "PUT":
            direct.delete_blob("checkpoint")

    network.spoil(plan)
    assert not store.swap("checkpoint", b"old", b"new")
    assert store.get("checkpoint") is None


def test_a_container_can_all_that_the_ledger_asks_of_a_store(azurite: "Azurite") -> None:
    store = azurite.store()
    for protocol in (Listing, Inventory, Dated, Swapping):
        assert isinstance(store, protocol)


# What an object looks like, and how long a call may take


def test_an_object_is_a_block_blob_of_plain_bytes_with_a_checksum_and_a_date(
    azurite: "Azurite",
) -> None:
    name = fresh_name()
    store = azurite.store(name)
    store.create("b/000", b"abc")
    container = ContainerClient.from_connection_string(azurite.connection_string, name)
    found = container.get_blob_client("b/000").get_blob_properties()
    assert found.blob_type.value == "BlockBlob"
    assert found.content_settings.content_type == "application/octet-stream"
    assert (
        bytes(found.content_settings.content_md5 or b"").hex() == "900150983cd24fb0d6963f7d28e17f72"
    )
    created = store.created("b/000")
    assert created is not None
    assert created.tzinfo is not None
    assert store.created("b/001") is None
    assert store.protection() == Protection(
        immutability_policy=False, legal_hold=False, version_level=False
    )


def test_an_append_ends_long_before_the_host_gives_it_up() -> None:
    host = json.loads((ROOT / "host.json").read_text())
    hours, minutes, rest = map(int, host["functionTimeout"].split(":"))
    first_pause, base = CLIENT_OPTIONS["initial_backoff"], CLIENT_OPTIONS["increment_base"]
    backoffs = [first_pause + (base**n if n else 0) for n in range(blob.TRIES - 1)]
    pauses = sum(backoffs) + CLIENT_OPTIONS["random_jitter_range"] * len(backoffs)
    operation = blob.TRIES * (blob.CONNECT_SECONDS + blob.READ_SECONDS) + pauses
    assert operation <= 60
    # an append: ATTEMPTS creates, each with its own look at the object, and as many reads
    assert ATTEMPTS * 3 * operation < hours * 3600 + minutes * 60 + rest


@pytest.mark.parametrize("connection", ["", "nonsense", "a=b;c"])
def test_a_malformed_connection_string_is_the_caller_s_fault(connection: str) -> None:
    with pytest.raises(InvalidInput, match="connection string"):
        open_container(None, "ledger", connection=connection)


def test_nothing_to_open_is_the_caller_s_fault() -> None:
    with pytest.raises(InvalidInput, match="neither an account"):
        open_container(None, "ledger")
