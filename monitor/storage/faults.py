"""What Blob storage answers when it does not do what was asked, in words with advice.

Codes: learn.microsoft.com/rest/api/storageservices/blob-service-error-codes.
"""

from azure.core.exceptions import (
    AzureError,
    ClientAuthenticationError,
    HttpResponseError,
    ServiceRequestError,
    ServiceResponseError,
)

from monitor.errors import StorageUnavailable

ABSENT_BLOB = frozenset({"BlobNotFound", "ResourceNotFound"})
"""The codes of a 404 that speak of the object; any other (ContainerNotFound) does not."""
CHANGED = frozenset({"ConditionNotMet", "BlobNotFound"})
"""The codes that say: it is not any more what `If-Match` asked for."""

_PERMISSION = (
    "Give this identity the role for this container (on the ledger the one that reads and adds,"
    " see infra/README.md; on the view Storage Blob Data Contributor), and let its network through"
    " the account's firewall; a new role takes some minutes to work."
)
_LEASE = "Somebody holds a lease on it: end it with az storage blob lease break, then try again."
_RETENTION = (
    "A retention policy or legal hold forbids to replace objects: the view container must not have"
    " one; the ledger's is never written over."
)
_CONTAINER = (
    "Deploy infra/, or make the container with mfa-monitor init --containers; compare its name"
    " with [storage]."
)
_ADVICE = {
    "ContainerNotFound": _CONTAINER,
    "ContainerBeingDeleted": "The container is being deleted; stop that, or name another one.",
    "ContainerDisabled": "The account's owner has disabled the container; see the Azure portal.",
    "AccountIsDisabled": "The storage account is disabled; see the Azure portal.",
    "AuthorizationPermissionMismatch": _PERMISSION,
    "AuthorizationFailure": _PERMISSION,
    "InsufficientAccountPermissions": _PERMISSION,
    "AuthenticationFailed": "Check the key or identity, and the clock of this machine.",
    "KeyBasedAuthenticationNotPermitted": "Use ledger_account and an identity, not a key.",
    "BlobArchived": "Bring the object back from the archive tier, then try again.",
    "BlobImmutableDueToPolicy": _RETENTION,
    "BlobImmutableDueToLegalHold": _RETENTION,
    "Md5Mismatch": "The content was damaged on its way; try again, and look at the network.",
}
_IDENTITY = (
    "Sign in with az login, or give this machine a managed identity and, where it is a"
    " user-assigned one, name it in AZURE_CLIENT_ID."
)
_NETWORK = "Check that the account's name is right and that this machine can reach it; try again."


def code_of(error: HttpResponseError) -> str:
    """Return the service's code of an error, or the empty string where it sent none."""
    code = getattr(error, "error_code", None)
    return str(getattr(code, "value", code) or "")


def unavailable(name: str, place: str, error: AzureError) -> StorageUnavailable:
    """Return our error for one of the client's: the object, the cause, where, and what to do."""
    told = StorageUnavailable(f"{name}: {_cause(error)}, at {place}")
    told.advice = _advice(error)
    return told


def _cause(error: AzureError) -> str:
    if _is_tokenless(error):
        return f"no token of this identity ({_first_line(error)})"
    if isinstance(error, HttpResponseError) and error.status_code:
        return f"{code_of(error) or error.reason or 'refused'} (HTTP {error.status_code})"
    if isinstance(error, ServiceRequestError):
        return f"cannot be reached ({_first_line(error)})"
    if isinstance(error, ServiceResponseError):
        return f"no answer ({_first_line(error)})"
    return f"{type(error).__name__} ({_first_line(error)})"


def _is_tokenless(error: AzureError) -> bool:
    """Whether it never came to a request: the storage service gives each refusal a code."""
    return isinstance(error, ClientAuthenticationError) and not code_of(error)


def _first_line(error: AzureError) -> str:
    return str(error.message).strip().partition("\n")[0][:200]


def _advice(error: AzureError) -> str:
    if _is_tokenless(error):
        return _IDENTITY
    if isinstance(error, HttpResponseError) and error.status_code:
        code = code_of(error)
        if code.startswith("Lease"):
            return _LEASE
        known = {401: _ADVICE["AuthenticationFailed"], 403: _PERMISSION}.get(error.status_code)
        return _ADVICE.get(code) or known or StorageUnavailable.advice
    return _NETWORK
