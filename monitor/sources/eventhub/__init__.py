"""Event Hubs without a Functions host: a consumer, a repair of gaps, and a sender.

Nothing here imports azure-eventhub before a client is opened.
"""

from monitor.sources.eventhub.hub import Hub, HubUnavailable, hub_in_force

__all__ = ["Hub", "HubUnavailable", "hub_in_force"]
