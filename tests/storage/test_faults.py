"""Refusals, made up and real: what is said of them is true, and comes with what to do."""

import base64
import secrets
import socket
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from azure.storage.blob import ContainerClient

from monitor.errors import StorageUnavailable
from monitor.storage.blob import CLIENT_OPTIONS, BlobStore, open_container
from tests.azurite import fresh_name
from tests.storage.bad_network import (
    ONCE,
    SPOILED,
    Answer,
    BadNetwork,
    Spoil,
    always,
    every_call,
    writes,
)

if TYPE_CHECKING:
    from tests.azurite import Azurite

pytestmark = pytest.mark.filterwarnings(*SPOILED)

# The service says no: only the object itself tells whether it exists

REFUSALS = [
    Answer(409, "BlobAlreadyExists"),
    Answer(409, "BlobImmutableDueToPolicy"),
    Answer(409, "BlobImmutableDueToLegalHold"),
    Answer(409, "UnauthorizedBlobOverwrite"),
    Answer(403, "UnauthorizedBlobOverwrite"),
    Answer(403, "AuthorizationPermissionMismatch"),
    Answer(409, "ContainerBeingDeleted"),
    Answer(409, "SomeCodeOfTheFuture"),
    Answer(412, "ConditionNotMet"),
    Answer(412, "LeaseIdMissing"),
]


@pytest.mark.parametrize("refusal", REFUSALS, ids=lambda one: one.code)
def test_a_refusal_over_an_object_that_exists_is_a_no(
    network: BadNetwork, container: str, refusal: Answer
) -> None:
    store = network.store(container)
    store.create("b/000", b"first")
    network.spoil(writes(refusal))
    assert not store.create("b/000", b"second")
    assert network.asked == ["PUT", "HEAD"]


@pytest.mark.parametrize("refusal", REFUSALS, ids=lambda one: one.code)
def test_the_same_refusal_where_nothing_stands_is_no_answer(
    network: BadNetwork, container: str, refusal: Answer
) -> None:
    store = network.store(container)
    network.spoil(writes(refusal))
    # The client calls a failed If-None-Match BlobAlreadyExists, whatever the service called it.
    code = refusal.code.replace("ConditionNotMet", "BlobAlreadyExists")
    with pytest.raises(StorageUnavailable, match=rf"b/000: {code} \(HTTP {refusal.status}\)"):
        store.create("b/000", b"x")


def test_a_refusal_that_cannot_be_looked_into_is_no_answer(
    network: BadNetwork, container: str
) -> None:
    store = network.store(container, **ONCE)
    store.create("b/000", b"first")
    network.spoil(
        lambda _number, method: (
            Spoil.LOST_REQUEST if method == "HEAD" else Answer(409, "BlobImmutableDueToPolicy")
        )
    )
    with pytest.raises(StorageUnavailable, match="no answer"):
        store.create("b/000", b"second")


def test_other_refusals_are_never_taken_for_an_object(network: BadNetwork, container: str) -> None:
    store = network.store(container)
    store.create("b/000", b"first")
    for status, code in ((400, "InvalidHeaderValue"), (401, "NoAuthenticationInformation")):
        network.spoil(writes(Answer(status, code)))
        with pytest.raises(StorageUnavailable, match=rf"b/000: {code} \(HTTP {status}\)"):
            store.create("b/000", b"second")


def test_a_404_that_is_not_of_the_object_is_not_none(network: BadNetwork, container: str) -> None:
    store = network.store(container)
    network.spoil(always(Answer(404, "ContainerNotFound")))
    with pytest.raises(StorageUnavailable, match="ContainerNotFound"):
        store.get("b/000")
    with pytest.raises(StorageUnavailable, match="ContainerNotFound"):
        store.created("b/000")


@pytest.mark.parametrize(
    ("code", "status", "advice"),
    [
        ("AuthorizationPermissionMismatch", 403, "Storage Blob Data Contributor"),
        ("AFutureCode", 403, "Storage Blob Data Contributor"),
        ("AuthenticationFailed", 403, "clock"),
        ("KeyBasedAuthenticationNotPermitted", 403, "ledger_account"),
        ("InvalidAuthenticationInfo", 401, "clock"),
        ("LeaseIdMissing", 412, "lease break"),
        ("BlobImmutableDueToPolicy", 409, "view container must not"),
        ("Md5Mismatch", 400, "damaged"),
        ("BlobArchived", 409, "archive tier"),
        ("AccountIsDisabled", 403, "disabled"),
        ("OperationTimedOut", 500, "can be reached"),
    ],
)
def test_each_refusal_comes_with_what_to_do(
    network: BadNetwork, container: str, code: str, status: int, advice: str
) -> None:
    store = network.store(container, **ONCE)
    network.spoil(always(Answer(status, code)))
    with pytest.raises(StorageUnavailable) as caught:
        store.put("checkpoint", b"x")
    assert advice in caught.value.diagnostics().partition("\n")[2]


# Real refusals


def test_a_container_that_is_not_there_is_named_with_advice(azurite: "Azurite") -> None:
    name = fresh_name()
    store = open_container(None, name, connection=azurite.connection_string)
    for call in every_call(store):
        with pytest.raises(StorageUnavailable, match=rf"ContainerNotFound .*{name}") as caught:
            call()
        assert "mfa-monitor init" in caught.value.diagnostics()
    assert store.ensure()
    assert not store.ensure()
    assert store.create("b/000", b"x")


def test_a_wrong_key_is_refused_everywhere(azurite: "Azurite") -> None:
    other = base64.b64encode(secrets.token_bytes(64)).decode()
    wrong = azurite.connection_string.replace(azurite.key, other)
    store = open_container(None, fresh_name(), connection=wrong)
    for call in (*every_call(store), store.ensure):
        with pytest.raises(StorageUnavailable, match=r"HTTP 403") as caught:
            call()
        assert other not in caught.value.diagnostics()


def test_a_lease_keeps_an_object_from_being_replaced(azurite: "Azurite") -> None:
    name = fresh_name()
    store = azurite.store(name)
    store.put("checkpoint", b"old")
    leased = ContainerClient.from_connection_string(azurite.connection_string, name)
    lease = leased.get_blob_client("checkpoint").acquire_lease(15)
    calls: list[Callable[[], object]] = [
        lambda: store.swap("checkpoint", b"old", b"new"),
        lambda: store.put("checkpoint", b"new"),
    ]
    for call in calls:
        with pytest.raises(StorageUnavailable, match="checkpoint: LeaseIdMissing"):
            call()
    with pytest.raises(StorageUnavailable) as caught:
        store.put("checkpoint", b"new")
    assert "lease break" in caught.value.advice
    assert not store.create("checkpoint", b"new")
    assert store.get("checkpoint") == b"old"
    lease.release()


def test_a_dead_address_is_out_of_reach() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    key = base64.b64encode(b"k" * 32).decode()
    client = ContainerClient.from_connection_string(
        f"AccountName=a;AccountKey={key};BlobEndpoint=http://127.0.0.1:{port}/a;",
        "ledger",
        **(CLIENT_OPTIONS | ONCE),
    )
    store = BlobStore(client)
    for call in (*every_call(store), store.ensure):
        with pytest.raises(StorageUnavailable, match="cannot be reached") as caught:
            call()
        assert "name is right" in caught.value.advice
        assert key not in caught.value.diagnostics()
