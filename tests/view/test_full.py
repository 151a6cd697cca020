"""A full disk under the view: the commit stands, the caller comes again, nothing is lost."""

from pathlib import Path

import pytest

from monitor.errors import StorageUnavailable
from tests import entra
from tests.corridor import ingest, opened


@pytest.mark.parametrize("name", ["_state", "_history"])
def test_a_view_without_room_is_storage_out_of_reach_and_catches_up(
    tmp_path: Path, name: str
) -> None:
    users = [entra.add_user(entra.at(), f"user-{number:05d}") for number in range(400)]
    with opened(tmp_path) as monitor:
        ingest(monitor, entra.add_user(entra.at()))
        connection = getattr(monitor._view, name)
        (pages,) = connection.execute("pragma page_count").fetchone()
        connection.execute(f"pragma max_page_count = {pages}")
        with pytest.raises(StorageUnavailable, match="the view cannot be written"):
            ingest(monitor, *users)
        connection.execute("pragma max_page_count = 1000000")
        again = ingest(monitor, *users)
        assert (again.seen, again.repeated) == (400, 400)
        assert monitor.verify().valid
        live = monitor.dump()
        monitor.rebuild()
        assert monitor.dump() == live
