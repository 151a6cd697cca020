"""`[storage]`: where the ledger stands."""

from pydantic import Field

from monitor.settings.section import Section

ACCOUNT = r"^https://[a-z0-9.-]+(:[0-9]+)?(/[A-Za-z0-9-]+)?/?$"
CONTAINER = r"^[a-z0-9](-?[a-z0-9]){2,62}$"
"""Blob containers: 3 to 63 lower-case letters, digits and single hyphens
(learn.microsoft.com/rest/api/storageservices/naming-and-referencing-containers--blobs--and-metadata).
"""


class StorageSettings(Section):
    """`[storage]`: the ledger's three places; nothing given means directories below `--data`.

    `ledger_account` is the blob endpoint that holds `ledger_container` (locked retention) and
    `raw_container` (expiring); `view_account` holds `view_container`, and is the same one where it
    is not given. Access is by managed identity; `client_id` names a user-assigned one.
    `connection_env` is an environment variable with a connection string, for Azurite.
    The app settings `MFA_MONITOR_LEDGER_ACCOUNT`, `MFA_MONITOR_VIEW_ACCOUNT` and
    `AZURE_CLIENT_ID`, which infrastructure writes, go before these.

    Trust: whoever can delete from the ledger container can cut the log; locked retention is what
    takes that away from everyone. The view account tells a log that was rolled back, so it should
    be another account than the ledger's.
    """

    ledger_account: str | None = Field(default=None, pattern=ACCOUNT)
    view_account: str | None = Field(default=None, pattern=ACCOUNT)
    ledger_container: str = Field(default="ledger", pattern=CONTAINER)
    raw_container: str = Field(default="raw", pattern=CONTAINER)
    view_container: str = Field(default="view", pattern=CONTAINER)
    client_id: str | None = None
    connection_env: str | None = None

    @property
    def remote(self) -> bool:
        """Whether the ledger stands in Blob storage."""
        return bool(self.ledger_account or self.connection_env)
