"""`fsck` over containers: the same findings as over memory, and the service's own dates besides."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from monitor.ledger.fsck import Stores, Trusted, fsck
from monitor.ledger.log import Log
from monitor.ledger.store import Dated, Inventory
from tests.ledger.whole import WITNESS_KEY, gather_whole
from tests.ledger.writing import KEY, deliver

if TYPE_CHECKING:
    from tests.azurite import Azurite

TRUSTED = Trusted(KEY.vkey, (WITNESS_KEY,), copied=True)


def test_containers_are_inspected_like_memory(azurite: "Azurite") -> None:
    places = gather_whole()
    ledger, view, raw = azurite.store(), azurite.store(), azurite.store()
    for store, held in ((ledger, places.ledger), (view, places.view), (raw, places.raw)):
        for name, content in held.objects.items():
            store.create(name, content)
    assert isinstance(ledger, Inventory)
    stores = Stores(ledger, view, raw)
    assert fsck(stores, TRUSTED) == places.fsck()
    view.put("tile/0/001", view.get("tile/0/000") or b"")
    ledger.create("b/x001/000", b"stray")
    found = fsck(stores, TRUSTED)
    assert [problem.partition(" at ")[0] for problem in found.report.problems] == [
        "b/x001/000: stray: the log ends before it, with 8 batches",
        "tile/0/001",
    ]


def test_the_service_dates_batches_out_of_their_writer_s_reach(azurite: "Azurite") -> None:
    store, view = azurite.store(), azurite.store()
    assert isinstance(store, Dated)
    log = Log(store)
    deliver(log, [1], time=datetime.now(tz=UTC) - timedelta(hours=3))
    deliver(log, [2], time=datetime.now(tz=UTC))
    trusted = replace(TRUSTED, copied=False)
    dated = [p for p in fsck(Stores(store, view), trusted).report.problems if "header.time" in p]
    (problem,) = dated
    told = r"b/000: header.time is (2:59:5|3:00:0)[0-9] before the store says it was made;"
    assert re.match(told, problem), problem
    assert "more batches" not in problem
