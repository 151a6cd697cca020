"""As whom Azure is asked: the managed identity where there is one, else whoever has signed in.

In Azure (Functions, App Service, Container Apps, Arc) the platform sets `IDENTITY_ENDPOINT` or
`MSI_ENDPOINT`; then it is the managed identity and nothing else, so that an environment variable
cannot slip in another one. Elsewhere `DefaultAzureCredential` looks in turn for a service
principal in the environment, a workload identity, the identity of a virtual machine, and an
administrator's `az login`. Nobody is asked in a browser.

Trust: whoever controls the environment of the process chooses the identity, and with it nothing
more than what that identity may do in the storage account.
"""

import os
from typing import Any

from azure.core.credentials import TokenCredential
from azure.identity import DefaultAzureCredential, ManagedIdentityCredential

_ENDPOINTS = ("IDENTITY_ENDPOINT", "MSI_ENDPOINT")

_LIMITS: dict[str, Any] = {"retry_total": 2, "connection_timeout": 5, "read_timeout": 12}
"""A token comes from the machine itself within milliseconds, or something is wrong."""


def credential(client_id: str | None) -> TokenCredential:
    """Return the credential of this process; `client_id` is a user-assigned identity's."""
    if any(os.environ.get(name) for name in _ENDPOINTS):
        return ManagedIdentityCredential(client_id=client_id, **_LIMITS)
    return DefaultAzureCredential(managed_identity_client_id=client_id, **_LIMITS)
