"""Reads the settings and builds the parts; the only room that knows all of them."""

from monitor.wiring.monitor import Monitor
from monitor.wiring.opening import open_monitor, ruleset
from monitor.wiring.places import Places, storage_in_force, verify_places

__all__ = ["Monitor", "Places", "open_monitor", "ruleset", "storage_in_force", "verify_places"]
