"""A bad network to a container of its own."""

import gc
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from tests.azurite import fresh_name
from tests.storage.bad_network import BadNetwork, bad_network

if TYPE_CHECKING:
    from tests.azurite import Azurite


@pytest.fixture(scope="module")
def network(azurite: "Azurite") -> Iterator[BadNetwork]:
    with bad_network(azurite) as shared:
        yield shared
    # What its tests dropped is collected here, where their filter of warnings still holds.
    gc.collect()


@pytest.fixture
def container(azurite: "Azurite", network: BadNetwork) -> str:
    network.spoil(lambda _number, _method: None)
    name = fresh_name()
    azurite.store(name)
    return name
