"""Logs under the Functions host: through Python's logging, which the worker ties to invocations.

What a worker writes to standard error the host takes for errors, so that is not the way here.
"""

import logging

import structlog

from monitor.telemetry.logs import processors


def log_to_host() -> None:
    """Send log events as JSON to the logger of their module; the host's log level decides on them.

    Below info nothing is passed on: that is where user names and policy bodies may stand.
    """
    structlog.configure(
        processors=processors(structlog.processors.JSONRenderer(), stamped=False),
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=False,
    )
