"""Warnings are errors here, and one of azure-eventhub's is known: it leaves the socket of a broken
connection to the garbage collector. For tests that break connections it is let through.
"""

import gc
import warnings
from collections.abc import Iterator

import pytest


@pytest.fixture(autouse=True)
def let_the_client_leak_sockets() -> Iterator[None]:
    """Let unclosed sockets through in this test, and collect them before the next.

    pytest puts the filters back when the test with its fixtures is over.
    """
    warnings.filterwarnings("ignore", "unclosed <socket", ResourceWarning)
    yield
    gc.collect()
