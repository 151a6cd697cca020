"""Synthetic records: invented or replayed ones sent to a hub, recognisable wherever they get to.

What marks them is the tenant they are written for. `mfa-monitor replay --to-eventhub` gives each
run a tenant id that no Entra tenant can have: its variant bits are those RFC 9562 (section 4.1)
keeps for NCS, and Entra's ids are version 4 of the common variant. The first ten bytes of it spell
`synthetic-`, the last six are the run. So the mark goes wherever a record's tenant goes, through
any binding, into the ledger, findings and alerts, and it never meets what is known of a real one.
"""

import re
import secrets
from uuid import UUID

from monitor.events.model import TenantId

PROPERTY = "mfa-monitor-synthetic"
"""Application property of each event that is sent, with the run as its value."""
TITLE = "[SYNTHETIC] "
"""What the title of a finding about synthetic records begins with."""
RUN_BYTES = 6

_SPELT = b"synthetic-"
_PREFIX = str(UUID(bytes=_SPELT + bytes(RUN_BYTES)))[: -2 * RUN_BYTES]
_MARK = re.compile(re.escape(_PREFIX.encode()) + rb"([0-9a-f]{12})", re.IGNORECASE)
_GUID = rb"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"
_TENANT = re.compile(
    rb"/tenants/(" + _GUID + rb')/|"(?:tenantId|AADTenantId)"\s*:\s*"(' + _GUID + rb')"',
    re.IGNORECASE,
)


def new_run() -> str:
    """Return the id of a run nobody had yet: twelve hexadecimal digits."""
    return secrets.token_hex(RUN_BYTES)


def synthetic_tenant(run: str) -> TenantId:
    """Return the tenant id of a run (`new_run`)."""
    return TenantId(str(UUID(bytes=_SPELT + bytes.fromhex(run))))


def synthetic_run(tenant: str) -> str | None:
    """Return the run whose tenant this is; None for any other tenant."""
    found = _MARK.fullmatch(tenant.encode())
    return found[1].decode().lower() if found else None


def run_inside(body: bytes) -> str | None:
    """Return the run that bytes were sent by which could not be read as records."""
    found = _MARK.search(body)
    return found[1].decode().lower() if found else None


def retenanted(body: bytes, run: str) -> bytes | None:
    """Return a message with each tenant it names replaced by the run's; None where it names none.

    The bytes are not decoded, so that what is broken stays broken in the same way. A tenant is what
    stands in a resource id or under `tenantId`; it is replaced wherever else it stands too.
    """
    named = {a or b for a, b in _TENANT.findall(body)}
    if not named:
        return None
    ours = synthetic_tenant(run).encode()
    anywhere = re.compile(b"|".join(re.escape(one) for one in sorted(named)), re.IGNORECASE)
    return anywhere.sub(ours, body)
