"""What all tests share.

Hypothesis has no deadline: two loaded cores are slow at times. In CI its cases are the same each
time, so that a change is judged by the change; on a desk they are new each time and find more.

A test whose part is missing skips with the reason for a user and fails in CI. Two reasons are let
through there: `../shared` is not part of a checkout, and the Functions worker library exists for
Python 3.13 only, on which `.ci/run` runs those tests in a step of its own.
"""

import os
from collections.abc import Generator, Iterator
from typing import TYPE_CHECKING

import pytest
import structlog
from hypothesis import settings

if TYPE_CHECKING:
    from tests.azurite import Azurite

CI = bool(os.environ.get("CI"))
LET_THROUGH = ("../shared is not here", "azure-functions-runtime needs Python 3.13")

settings.register_profile("desk", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True)
settings.load_profile("ci" if CI else "desk")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Turn a skip into a failure in CI, unless its reason is let through."""
    del item, call
    report = yield
    if CI and report.skipped and isinstance(report.longrepr, tuple):
        reason = report.longrepr[2]
        if not any(text in reason for text in LET_THROUGH):
            report.outcome = "failed"
            report.longrepr = f"skipped in CI, where every part has to be there: {reason}"
    return report


@pytest.fixture(autouse=True)
def _log_as_a_fresh_process_does() -> None:
    """Take back what a command of another test has configured: its level and its stream."""
    structlog.reset_defaults()


@pytest.fixture(scope="session")
def azurite() -> Iterator["Azurite"]:
    """One Azurite for all tests of a process; each takes containers of its own (`store()`)."""
    # Imported here: tests that need no storage do not pay for Azure's client.
    from tests.azurite import MISSING, is_here, running  # noqa: PLC0415 - see above

    if not is_here():
        pytest.skip(MISSING)
    with running() as server:
        yield server
