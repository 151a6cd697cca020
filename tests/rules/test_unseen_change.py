"""unseen-change: only the sweep, and only after 15 minutes without an explanation."""

from datetime import timedelta
from pathlib import Path

from monitor.clock import EventClock
from monitor.wiring import Monitor
from tests import entra, methods
from tests.corridor import findings, ingest, opened

BASE = entra.policy()
EDITED = entra.policy(entra.excluding())
RENAMED = entra.policy(entra.excluding(), displayName="Renamed")


def swept(monitor: Monitor, minutes: float) -> dict[str, dict[str, object]]:
    assert isinstance(monitor.clock, EventClock)
    monitor.clock.advance(entra.at() + timedelta(minutes=minutes))
    return {rule: dict(leaf) for rule, leaf in findings(monitor.sweep()).items()}


def jump(monitor: Monitor) -> None:
    """A record whose old value is not what was last recorded: an exclusion went unseen."""
    ingest(monitor, entra.ca_change(None, BASE, entra.at(1)))
    ingest(monitor, entra.ca_change(entra.saved(EDITED, entra.at(2)), RENAMED, entra.at(3)))


def test_an_unseen_weakening_is_as_grave_as_a_seen_one(tmp_path: Path) -> None:
    with opened(tmp_path) as monitor:
        jump(monitor)
        assert swept(monitor, 17) == {}
        found = swept(monitor, 19)
        assert set(found) == {"unseen-change"}
        assert found["unseen-change"]["severity"] == "high"
        assert swept(monitor, 60) == {}


def test_a_late_record_explains_it(tmp_path: Path) -> None:
    with opened(tmp_path) as monitor:
        jump(monitor)
        late = ingest(monitor, entra.ca_change(entra.saved(BASE, entra.at(1)), EDITED, entra.at(2)))
        assert set(findings(late)) == {"ca-weakened"}
        assert swept(monitor, 60) == {}


def test_a_twin_without_its_record_is_reported(tmp_path: Path) -> None:
    with opened(tmp_path) as monitor:
        assert findings(ingest(monitor, entra.twin(entra.POLICY, entra.at(1)))) == {}
        found = swept(monitor, 30)
        assert set(found) == {"unseen-change"}
        assert found["unseen-change"]["severity"] == "medium"


def test_a_twin_with_its_record_is_silent(tmp_path: Path) -> None:
    with opened(tmp_path) as monitor:
        ingest(monitor, entra.twin(entra.POLICY, entra.at(1)))
        ingest(monitor, entra.ca_change(BASE, EDITED, entra.at(1)))
        ingest(monitor, entra.ca_change(entra.saved(EDITED, entra.at(1)), RENAMED, entra.at(2)))
        ingest(monitor, entra.twin(entra.POLICY, entra.at(2)))
        assert swept(monitor, 60) == {}


def test_an_unseen_step_of_the_methods_policy_is_medium(tmp_path: Path) -> None:
    after = methods.policy(methods.edit("/methods/Sms/state", "enabled"))
    with opened(tmp_path) as monitor:
        ingest(monitor, methods.as_whole(methods.BASE, methods.BASE, entra.at(1)))
        ingest(monitor, methods.as_part(after, methods.BASE, entra.at(3)))
        found = swept(monitor, 30)
    assert found["unseen-change"]["severity"] == "medium"
    assert "sms.state" in str(found["unseen-change"]["details"])


def test_a_provider_repointed_unseen_is_critical(tmp_path: Path) -> None:
    setting = f"/methods/{methods.PROVIDER}/openIdConnectSetting/discoveryUrl"
    after = methods.policy(methods.edit(setting, methods.ROGUE))
    with opened(tmp_path) as monitor:
        ingest(monitor, methods.as_whole(methods.BASE, methods.BASE, entra.at(1)))
        ingest(monitor, methods.as_paths(after, methods.BASE, entra.at(3)))
        found = swept(monitor, 30)
    assert found["unseen-change"]["severity"] == "critical"
    assert "*Duo* was repointed" in str(found["unseen-change"]["witness"])
