"""methods-policy-reset: what is open afterwards has to be read."""

from pathlib import Path

import pytest

from tests import entra, methods
from tests.methods import FORMS, edit, told

RESET = "Authentication Methods Policy Reset"


@pytest.mark.parametrize("known", [True, False])
def test_a_reset_is_one_finding(tmp_path: Path, *, known: bool) -> None:
    first = [methods.as_whole(methods.BASE, methods.BASE, entra.at())] if known else []
    found = methods.judged(tmp_path, *first, entra.record(RESET, entra.at(1)))
    assert set(found) == {"methods-policy-reset"}
    leaf = found["methods-policy-reset"]
    assert leaf["severity"] == "medium"
    assert leaf["details"] == {"read_pending": True}


def test_a_reset_that_shows_the_policy_is_compared_too(tmp_path: Path) -> None:
    after = methods.policy(edit("/methods/Sms/state", "enabled"))
    record = methods.as_whole(methods.BASE, after, entra.at())
    record["operationName"] = record["properties"]["activityDisplayName"] = RESET
    found = methods.judged(tmp_path, record)
    assert set(found) == {"methods-policy-reset", "weaker-method-enabled"}


def test_a_changed_method_is_no_reset(tmp_path: Path) -> None:
    assert told(tmp_path, FORMS[0], edit("/methods/Voice/state", "disabled")) == {}


def test_a_failed_reset_is_silent(tmp_path: Path) -> None:
    record = entra.record(RESET, entra.at(1), result="failure")
    assert methods.judged(tmp_path, record) == {}
