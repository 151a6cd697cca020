"""Names of activities: levelling the spelling, and which of them matter to MFA.

One activity is spelt in several ways: with a trailing dot (unified audit log), with an en-dash and
a trailing space ("Update application ... Certificates and secrets management "), with other case
(documents write "Conditional Access", records "conditional access").
"""

import re
from collections.abc import Mapping
from functools import lru_cache

from monitor.events.concern import Concern
from monitor.events.watchlist import WATCHLIST
from monitor.events.watchlist_privilege import PRIVILEGE_WATCHLIST

__all__ = ["WATCHED", "Concern", "concern_of", "normalise"]

_DASHES = re.compile("[\u2010-\u2015\u2212]")
_TAIL = " ."


@lru_cache(maxsize=8192)
def normalise(name: str) -> str:
    """Return the name trimmed, case folded, dashes as hyphens, single spaces, no trailing dot."""
    single_spaced = " ".join(_DASHES.sub("-", name).casefold().split())
    return single_spaced.rstrip(_TAIL)


def _by_name(*lists: Mapping[Concern, str]) -> dict[str, Concern]:
    return {
        normalise(line): concern
        for watchlist in lists
        for concern, lines in watchlist.items()
        for line in lines.splitlines()
        if line.strip()
    }


WATCHED: Mapping[str, Concern] = _by_name(WATCHLIST, PRIVILEGE_WATCHLIST)
"""Every activity that bears on MFA, normalised, and what it is about."""


@lru_cache(maxsize=8192)
def concern_of(name: str) -> Concern | None:
    """Return what the activity of that name (any spelling) is about; None for ordinary traffic."""
    return WATCHED.get(normalise(name))
