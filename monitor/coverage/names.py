"""Names for people: of documents where known, of Microsoft's own objects, else the id."""

from collections.abc import Iterable
from ipaddress import IPv4Address, IPv6Address, summarize_address_range
from typing import Final

from monitor.posture.parts import MFA_TRUSTED_IPS, Interval
from monitor.posture.posture import Posture

WELL_KNOWN: Final = {
    "Office365": "Office 365",
    "MicrosoftAdminPortals": "Microsoft Admin Portals",
    "AllAgentIdResources": "all agent resources",
    "797f4846-ba00-4fd7-ba43-dac1f8f63013": "Azure management",
    "00000002-0000-0ff1-ce00-000000000000": "Exchange Online",
    "00000003-0000-0ff1-ce00-000000000000": "SharePoint Online",
    "00000003-0000-0000-c000-000000000000": "Microsoft Graph",
    "00000002-0000-0000-c000-000000000000": "Azure AD Graph",
    "00000006-0000-0ff1-ce00-000000000000": "Microsoft 365 admin center",
    "c44b4083-3bb0-49c1-b47d-974e53cbdf3c": "Azure portal",
    "0000000a-0000-0000-c000-000000000000": "Microsoft Intune",
    "d4ebce55-015a-49b5-a083-c84d1797ae8c": "Microsoft Intune Enrollment",
    "cc15fd57-2c6c-4117-a88c-83b1d56b4bbe": "Microsoft Teams",
    "action:urn:user:registersecurityinfo": "registration of security information",
    "action:urn:user:registerdevice": "registration of devices",
    "62e90394-69f5-4237-9190-012177145e10": "Global Administrator",
    "e8611ab8-c189-46e8-94e1-60213ab1f814": "Privileged Role Administrator",
    "7be44c8a-adaf-4e2a-84d6-ab2649e08a13": "Privileged Authentication Administrator",
    "194ae4cb-b126-40b2-bd5b-6091b380977d": "Security Administrator",
    "f28a1f50-f6e7-4571-818b-6a12f2af6b6c": "SharePoint Administrator",
    "29232cdf-9323-42fd-ade2-1d097af3e4de": "Exchange Administrator",
    "b1be1c3e-b65d-4f19-8427-f6fa0d97feb9": "Conditional Access Administrator",
    "729827e3-9c14-49f7-bb1b-9608f156bbb8": "Helpdesk Administrator",
    "b0f54661-2d74-4c50-afa3-1ec803f12efe": "Billing Administrator",
    "fe930be7-5e62-47db-91af-98c3a49a38b1": "User Administrator",
    "c4e39bd9-1100-46d3-8c65-fb160da0071f": "Authentication Administrator",
    "9b895d92-2cd3-44c7-9d02-a6ac2d5ea5c3": "Application Administrator",
    "158c047a-c907-4556-b7ef-446551a6b5f7": "Cloud Application Administrator",
    "966707d0-3269-4727-9be2-8c3a10f19b9d": "Password Administrator",
    "trusted": "a trusted location",
    "00000000-0000-0000-0000-000000000000": "the MFA trusted IPs",
}


class Names:
    """Looks names up in both postures."""

    def __init__(self, *postures: Posture) -> None:
        self.postures = postures

    def of(self, id_: str) -> str:
        """The name of any object, in the words of its document."""
        for posture in self.postures:
            name = posture.name_of(id_)
            if name != id_:
                return name
        if id_ in WELL_KNOWN:
            return WELL_KNOWN[id_]
        return f"authentication context {id_[8:]}" if id_.startswith("context:") else id_

    def marked(self, ids: Iterable[str]) -> str:
        """Names in emphasis, joined by `or`."""
        return either(sorted(f"*{self.of(id_)}*" for id_ in ids))

    def network(self, intervals: tuple[Interval, ...]) -> str:
        """The location with these ranges, or how many ranges there are.

        Where the name stands for other ranges too (before and after), the ranges stand beside it.
        """
        ours = {name: all_ for name, all_ in self._networks().items() if intervals in all_}
        if not ours:
            return ranges_text(intervals)
        name, all_ = next(iter(ours.items()))
        return name if len(all_) == 1 else f"{name} ({ranges_text(intervals)})"

    def _networks(self) -> dict[str, set[tuple[Interval, ...]]]:
        """Names of all networks, each with the ranges it stands for in either posture."""
        found: dict[str, set[tuple[Interval, ...]]] = {}
        for posture in self.postures:
            service = posture.world.service
            if service is not None and service.intervals:
                found.setdefault(WELL_KNOWN[MFA_TRUSTED_IPS], set()).add(service.intervals)
            for location in posture.locations.values():
                if location.intervals:
                    name = f"*{location.display_name or location.id}*"
                    found.setdefault(name, set()).add(location.intervals)
        return found

    def place(self, id_: str) -> str:
        """A location of which nobody told the ranges, where one side did so told apart from it."""
        known = any(id_ in posture.locations for posture in self.postures)
        return f"*{self.of(id_)}* (ranges not known)" if known else f"*{self.of(id_)}*"


_MOST_RANGES: Final = 3


def ranges_text(intervals: tuple[Interval, ...]) -> str:
    """A few ranges as they are written, many as their number."""
    if len(intervals) > _MOST_RANGES:
        return f"{len(intervals)} IP ranges"
    return either([_range(*one) for one in intervals])


def _range(version: int, low: int, high: int) -> str:
    kind = IPv4Address if version == 4 else IPv6Address  # noqa: PLR2004  # IPv4
    networks = list(summarize_address_range(kind(low), kind(high)))
    return str(networks[0]) if len(networks) == 1 else f"{kind(low)} to {kind(high)}"


def either(parts: list[str]) -> str:
    """`a`, `a or b`, `a, b or c`."""
    return " or ".join(filter(None, (", ".join(parts[:-1]), *parts[-1:])))
