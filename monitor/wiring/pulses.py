"""When a record last came from the hub."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import cast

from pydantic import JsonValue

from monitor.clock import moment
from monitor.view.cells import Cell


def pulses_of(cells: Iterable[Cell]) -> dict[str, datetime]:
    """Return the time of each tenant's last pulse; `cells` are those of the stream."""
    return {
        cell.tenant: moment(str(cast("Mapping[str, JsonValue]", cell.value)["last"]))
        for cell in cells
        if cell.key == "pulse"
    }
