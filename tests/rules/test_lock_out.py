"""lock-out: only accounts somebody confirmed, and only when they are reached now."""

from pathlib import Path

from monitor.pipeline.leaves import Leaf
from monitor.wiring import open_monitor
from tests import entra
from tests.corridor import findings, ingest

GLASS = "aaaaaaaa-0000-4000-8000-0000000000b1"
SPARED = {"op": "add", "path": "/conditions/users/excludeUsers/-", "value": GLASS}
STRENGTH = {
    "op": "replace",
    "path": "/grantControls",
    "value": {
        "operator": "OR",
        "builtInControls": [],
        "authenticationStrength": {"id": "00000000-0000-0000-0000-000000000004"},
    },
}


def judged(data: Path, config: str, old: entra.Json, new: entra.Json) -> dict[str, Leaf]:
    data.mkdir(exist_ok=True)
    file = data / "monitor.toml"
    file.write_text(config)
    with open_monitor(data / "data", file, replay=True) as monitor:
        return findings(ingest(monitor, entra.ca_change(old, new, entra.at())))


CONFIRMED = f'[emergency]\naccounts = ["{GLASS.upper()}"]\n'


def test_a_confirmed_account_taken_out_of_the_exclusions(tmp_path: Path) -> None:
    found = judged(tmp_path, CONFIRMED, entra.policy(SPARED), entra.policy())
    assert found["lock-out"]["severity"] == "high"
    assert GLASS in str(found["lock-out"]["witness"])


def test_an_account_nobody_confirmed_is_silent(tmp_path: Path) -> None:
    found = judged(tmp_path, "", entra.policy(SPARED), entra.policy())
    assert "lock-out" not in found


def test_a_report_only_policy_locks_nobody_out(tmp_path: Path) -> None:
    state = "enabledForReportingButNotEnforced"
    before, after = entra.policy(SPARED, state=state), entra.policy(state=state)
    assert judged(tmp_path, CONFIRMED, before, after) == {}


def test_a_strength_demanded_of_who_only_has_external_mfa(tmp_path: Path) -> None:
    config = f'[external_mfa]\nonly = ["{entra.USER}"]\n'
    found = judged(tmp_path, config, entra.policy(), entra.policy(STRENGTH))
    assert found["lock-out"]["severity"] == "high"
