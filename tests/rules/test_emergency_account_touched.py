"""emergency-account-touched: critical, quiet in a declared drill."""

from pathlib import Path

import pytest

from monitor.pipeline.leaves import Leaf
from tests import acts, entra

RULE = "emergency-account-touched"
CONFIRMED = f'[emergency]\naccounts = ["{entra.USER.upper()}"]\n'
DRILL = CONFIRMED + (
    f'[[drills]]\naccounts = ["{entra.USER}"]\nowner = "security officer"\n'
    "start = 2026-09-15T07:00:00Z\nend = 2026-09-15T09:00:00Z\n"
)
RESET = entra.about_user("Reset user password", entra.at())


def touched(data: Path, config: str, *records: entra.Json) -> list[tuple[str, str]]:
    found: list[Leaf] = acts.found(data, config, *records)
    return [(str(leaf["rule"]), str(leaf["severity"])) for leaf in found]


@pytest.mark.parametrize(
    "record",
    [
        RESET,
        acts.by_user(entra.about_user("Change user password", entra.at())),
        entra.about_user("Disable account", entra.at()),
        entra.about_user("Delete user", entra.at()),
        acts.security_info("Admin deleted security info", entra.at(), "Admin deleted phone method"),
        acts.security_info("Admin registered security info", entra.at(), "Admin registered phone"),
        acts.security_info("User registered security info", entra.at(), "User registered App"),
        acts.methods(entra.at(), [6], []),
        acts.member("Add", entra.at()),
        acts.role("Add", entra.at()),
        acts.pim("Add member to role completed (PIM activation)", entra.at()),
        entra.about_user(
            "Update user",
            entra.at(),
            properties=[("AccountEnabled", [True], [False]), ("UserType", ["Member"], ["Guest"])],
        ),
    ],
)
def test_every_touch_is_critical_and_info_in_a_drill(tmp_path: Path, record: entra.Json) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    assert touched(tmp_path / "a", CONFIRMED, record) == [(RULE, "critical")]
    assert touched(tmp_path / "b", DRILL, record) == [(RULE, "info")]


def test_after_the_drill_it_is_critical(tmp_path: Path) -> None:
    late = entra.about_user("Reset user password", entra.at(61))
    assert touched(tmp_path, DRILL, late) == [(RULE, "critical")]


def test_the_two_records_of_a_reset_alarm_once(tmp_path: Path) -> None:
    second = entra.about_user("Reset password (by admin)", entra.at(0.01), reason="None")
    found = touched(tmp_path, CONFIRMED, RESET, second)
    assert found == [(RULE, "critical"), (RULE, "info")]


def test_disabling_alarms_once(tmp_path: Path) -> None:
    second = entra.about_user(
        "Update user", entra.at(), properties=[("AccountEnabled", [True], [False])]
    )
    found = touched(tmp_path, CONFIRMED, entra.about_user("Disable account", entra.at()), second)
    assert found == [(RULE, "critical"), (RULE, "info")]


def test_an_account_nobody_confirmed_and_a_failure_are_silent(tmp_path: Path) -> None:
    other = entra.about_user("Reset user password", entra.at(), user=entra.ADMIN)
    failed = entra.about_user("Reset user password", entra.at(), result="failure")
    assert touched(tmp_path, CONFIRMED, other, failed) == []
