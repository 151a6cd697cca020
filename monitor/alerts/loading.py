"""Imports Apprise, which takes a quarter of a second: not before a channel is opened."""

import logging
import warnings
from functools import cache


@cache
def load_apprise() -> None:
    """Import Apprise and its plugins, once, and keep what it logs to ourselves."""
    with warnings.catch_warnings():
        # Its mail plugin imports imghdr where there is one, which 3.11 and 3.12 warn of.
        warnings.filterwarnings("ignore", "'imghdr'", DeprecationWarning)
        from apprise import Apprise  # noqa: PLC0415 - heavy, see the module's docstring

        Apprise.instantiate("json://localhost")
    # Its warnings hold addresses of people; what is worth keeping stands masked in the ledger.
    logging.getLogger("apprise").propagate = False
