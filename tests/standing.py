"""A deployment whose stores are a test's own: what `open_monitor` opens instead of directories."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from unittest.mock import patch

from monitor.ledger.store import Store
from monitor.wiring.places import Places


@contextmanager
def standing_on(stores: Mapping[str, Store]) -> Iterator[None]:
    """Let every deployment that is opened stand on these stores: `ledger`, `raw` and `view`."""
    with patch.object(Places, "_open", lambda _, name: stores[name]):
        yield
