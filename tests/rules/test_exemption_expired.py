"""exemption-expired: its words; when it is shown a case is in tests/pipeline/test_approvals.py."""

from datetime import timedelta
from pathlib import Path

from monitor.clock import EventClock
from monitor.rules.case import ExemptionCase
from monitor.rules.context import Exemption
from monitor.rules.registry import judge
from monitor.wiring import open_monitor
from tests import entra
from tests.corridor import leaves

LEGACY = Exemption(entra.POLICY, "Dr. Chen", "the scanner cannot do MFA", "CHG-7", entra.at(60))
TEXT = f"""
[[exemptions]]
object = "{entra.POLICY}"
owner = "Dr. Chen"
reason = "the scanner cannot do MFA"
ticket = "CHG-7"
expires = {entra.at(60).isoformat()}
"""


def swept(data: Path, text: str, minutes: float) -> list[object]:
    config = data / "monitor.toml"
    config.write_text(text, encoding="utf-8")
    with open_monitor(data / "data", config, replay=True) as monitor:
        assert isinstance(monitor.clock, EventClock)
        monitor.clock.advance(entra.at() + timedelta(minutes=minutes))
        return [leaf["rule"] for leaf in leaves(monitor.sweep(), "finding")]


def test_the_words_name_object_ticket_and_owner() -> None:
    (finding,) = judge(ExemptionCase(LEGACY, "Scanner policy"))
    assert finding.judgement.severity.value == "medium"
    for word in ("Scanner policy", "CHG-7", "Dr. Chen", "2026-09-15 09:00 UTC"):
        assert word in finding.judgement.witness


def test_an_end_that_has_come_fires(tmp_path: Path) -> None:
    assert swept(tmp_path, TEXT, 60) == ["exemption-expired"]


def test_an_end_that_is_to_come_is_silent(tmp_path: Path) -> None:
    assert swept(tmp_path, TEXT, 59) == []


def test_an_exemption_renewed_in_time_is_silent(tmp_path: Path) -> None:
    assert swept(tmp_path, TEXT, 59) == []
    later = TEXT.replace(entra.at(60).isoformat(), entra.at(600).isoformat())
    assert swept(tmp_path, later, 90) == []
