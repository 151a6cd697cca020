"""policy-restored-unenforced: a policy that is back in the list and still asks for nothing."""

from pathlib import Path

import pytest

from tests import entra
from tests.corridor import findings, ingest, judged, opened

RULE = "policy-restored-unenforced"
BASE = entra.policy()


@pytest.mark.parametrize("state", ["disabled", "enabledForReportingButNotEnforced"])
def test_a_policy_restored_without_effect_is_named(tmp_path: Path, state: str) -> None:
    with opened(tmp_path) as monitor:
        ingest(monitor, entra.ca_change(BASE, None, entra.at(1)))
        back = entra.ca_change(None, entra.policy(state=state), entra.at(90))
        leaf = findings(ingest(monitor, back))[RULE]
    assert leaf["severity"] == "medium"
    assert "2026-09-15 08:01 UTC" in str(leaf["witness"])


def test_a_policy_restored_and_enabled_is_silent(tmp_path: Path) -> None:
    with opened(tmp_path) as monitor:
        ingest(monitor, entra.ca_change(BASE, None, entra.at(1)))
        found = findings(ingest(monitor, entra.ca_change(None, BASE, entra.at(2))))
    assert set(found) == {"ca-strengthened"}


def test_a_new_policy_in_report_only_is_silent(tmp_path: Path) -> None:
    assert RULE not in judged(
        tmp_path, entra.ca_change(None, entra.policy(state="disabled"), entra.at())
    )


def test_a_disabled_policy_that_was_deleted_is_silent(tmp_path: Path) -> None:
    off = entra.policy(state="disabled")
    with opened(tmp_path) as monitor:
        ingest(monitor, entra.ca_change(off, None, entra.at(1)))
        assert findings(ingest(monitor, entra.ca_change(None, off, entra.at(2)))) == {}
