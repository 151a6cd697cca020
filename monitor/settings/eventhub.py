"""`[eventhub]`: which hub is read, and how this program gets in."""

from pydantic import Field

from monitor.settings.section import Section
from monitor.settings.storage import CONTAINER

NAMESPACE = r"^[A-Za-z0-9]([A-Za-z0-9.-]{0,252}[A-Za-z0-9])?$"
ENTITY = r"^[A-Za-z0-9]([A-Za-z0-9._-]{0,254}[A-Za-z0-9])?$"
"""Event hubs: 1 to 256 letters, digits, dots, hyphens, underscores, a letter or digit at each end
(learn.microsoft.com/azure/azure-resource-manager/management/resource-name-rules, EventHub).
"""
GROUP = r"^(\$[Dd][Ee][Ff][Aa][Uu][Ll][Tt]|[A-Za-z0-9]([A-Za-z0-9._-]{0,48}[A-Za-z0-9])?)$"
"""Consumer groups: 1 to 50 of the same characters, or `$Default`, which every hub has."""
EPOCH = r"^[A-Za-z0-9._-]{1,40}$"
VARIABLE = r"^[A-Za-z_][A-Za-z0-9_]*$"


class EventHubSettings(Section):
    """`[eventhub]`: the hub that Entra's diagnostic setting writes AuditLogs to.

    `namespace` is its full name, `<name>.servicebus.windows.net`. `consumer_group` is this
    program's own: of two readers of one group, one takes the partitions away from the other.
    `repair_group` is a second one, for reading skipped positions again beside the reader of the
    first. `epoch` is another word once the hub was deleted and made anew, because its numbers start
    over. `checkpoint_container` is a container of the view account that shares the partitions out
    among several instances; it is used only where the ledger stands in Blob storage. Access is by
    managed identity, that of `[storage] client_id` where there are several; `connection_env` is an
    environment variable with a connection string instead. The app settings `EVENTHUB_NAME`,
    `EVENTHUB_CONSUMER_GROUP`, `EVENTHUB_REPAIR_GROUP`, `EVENTHUB_EPOCH` and
    `EventHubConnection__fullyQualifiedNamespace` (or `EventHubConnection`, a connection string),
    which infrastructure writes, go before these.

    Trust: whoever can send to the hub can add records, never remove any. Whoever can delete the hub
    or shorten its retention can make records disappear that were not read yet; that is found, and
    said.
    """

    namespace: str | None = Field(default=None, pattern=NAMESPACE)
    hub: str | None = Field(default=None, pattern=ENTITY)
    consumer_group: str = Field(default="mfa-monitor", pattern=GROUP)
    repair_group: str = Field(default="$Default", pattern=GROUP)
    epoch: str = Field(default="0", pattern=EPOCH)
    checkpoint_container: str = Field(default="checkpoints", pattern=CONTAINER)
    connection_env: str | None = Field(default=None, pattern=VARIABLE)
