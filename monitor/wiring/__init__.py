"""Reads the settings and builds the parts; the only room that knows all of them."""

from monitor.wiring.inspecting import fsck_places
from monitor.wiring.monitor import Monitor
from monitor.wiring.opening import open_monitor, ruleset
from monitor.wiring.places import Places, places_at, storage_in_force, verify_places

__all__ = [
    "Monitor",
    "Places",
    "fsck_places",
    "open_monitor",
    "places_at",
    "ruleset",
    "storage_in_force",
    "verify_places",
]
