"""A baseline is adopted silently, and finds what the stream missed."""

import json
from pathlib import Path

import pytest

from monitor.clock import EventClock
from monitor.errors import InvalidInput
from monitor.wiring import Monitor
from tests import entra, methods
from tests.corridor import findings, ingest, leaves, opened

EDITED = entra.policy(entra.excluding(), modifiedDateTime=entra.text(entra.at(60)))


def exported(directory: Path, *policies: entra.Json, **more: object) -> Path:
    path = directory / "export.json"
    path.write_text(json.dumps({"conditionalAccessPolicies": list(policies), **more}))
    return path


def imported(monitor: Monitor, path: Path) -> dict[str, dict[str, object]]:
    assert isinstance(monitor.clock, EventClock)
    monitor.clock.advance(entra.at(120))
    outcome, _ = monitor.import_baseline(path, entra.TENANT)
    return {rule: dict(leaf) for rule, leaf in findings(outcome).items()}


def test_what_was_never_seen_is_adopted_silently(tmp_path: Path) -> None:
    path = exported(tmp_path, entra.policy())
    with opened(tmp_path / "data") as monitor:
        assert imported(monitor, path) == {}
        posture = monitor.posture(entra.TENANT)
        assert posture.has_baseline
        assert set(posture.policies) == {entra.POLICY}


def test_a_second_import_of_the_same_enters_no_document_twice(tmp_path: Path) -> None:
    path = exported(tmp_path, entra.policy())
    with opened(tmp_path / "data") as monitor:
        imported(monitor, path)
        outcome, _ = monitor.import_baseline(path, None)
        documents = [leaf for leaf in leaves(outcome, "baseline") if "doc" in leaf]
        assert documents == []


def test_a_newer_version_than_the_stream_told_is_an_unseen_change(tmp_path: Path) -> None:
    path = exported(tmp_path, EDITED)
    with opened(tmp_path / "data") as monitor:
        ingest(monitor, entra.ca_change(None, entra.policy(), entra.at(1)))
        found = imported(monitor, path)
        assert set(found) == {"unseen-change"}
        assert found["unseen-change"]["severity"] == "high"
        assert "export.json" in str(found["unseen-change"]["witness"])


def test_an_older_version_replaces_nothing(tmp_path: Path) -> None:
    path = exported(tmp_path, entra.policy(state="disabled"))
    with opened(tmp_path / "data") as monitor:
        ingest(monitor, entra.ca_change(None, entra.policy(), entra.at(1)))
        assert imported(monitor, path) == {}
        assert monitor.posture(None).policies[entra.POLICY].enforced


def test_a_policy_that_is_gone_from_a_complete_export_went_unseen(tmp_path: Path) -> None:
    path = exported(tmp_path)
    with opened(tmp_path / "data") as monitor:
        ingest(monitor, entra.ca_change(None, entra.policy(), entra.at(1)))
        found = imported(monitor, path)
        assert found["unseen-change"]["severity"] == "critical"
        assert monitor.posture(None).policies == {}


def test_members_of_groups_make_a_witness_certain(tmp_path: Path) -> None:
    group = {
        "id": entra.GROUP,
        "displayName": "Radiology",
        "members": [entra.USER],
        "membersComplete": True,
    }
    users = [{"id": entra.USER, "displayName": "Rae", "userType": "Member"}]
    path = exported(tmp_path, entra.policy(), groups=[group], users=users)
    with opened(tmp_path / "data") as monitor:
        imported(monitor, path)
        change = entra.ca_change(entra.policy(), entra.policy(entra.excluding()), entra.at(130))
        leaf = findings(ingest(monitor, change))["ca-weakened"]
        assert leaf["certainty"] == "certain"
        assert "Radiology" in str(leaf["witness"])


def test_a_rebuilt_view_knows_the_baseline(tmp_path: Path) -> None:
    path = exported(tmp_path, entra.policy())
    with opened(tmp_path / "data") as monitor:
        imported(monitor, path)
        live = monitor.dump()
        monitor.rebuild()
        assert monitor.dump() == live
        assert monitor.posture(None).has_baseline


def test_many_objects_are_entered_in_parts(tmp_path: Path) -> None:
    many = [entra.policy(id=f"p-{number}", displayName=f"P{number}") for number in range(450)]
    with opened(tmp_path / "data") as monitor:
        imported(monitor, exported(tmp_path, *many))
        assert len(monitor.posture(None).policies) == 450
        assert monitor.verify().problems == (
            "checkpoint: missing: nothing signed vouches for the log",
        )


def test_the_tenant_has_to_be_named_first(tmp_path: Path) -> None:
    path = exported(tmp_path, entra.policy())
    with opened(tmp_path / "data") as monitor, pytest.raises(InvalidInput, match="--tenant"):
        monitor.import_baseline(path, None)


@pytest.mark.parametrize("form", methods.FORMS)
def test_an_export_adds_to_what_a_part_of_the_methods_policy_told(
    tmp_path: Path, form: methods.Form
) -> None:
    after = methods.policy(methods.edit("/methods/Voice/state", "disabled"))
    path = exported(tmp_path, authenticationMethodsPolicy=methods.whole(after))
    with opened(tmp_path / "data") as monitor:
        ingest(monitor, form(methods.BASE, after, entra.at(1)))
        assert imported(monitor, path) == {}
        on = form(after, methods.policy(), entra.at(130))
        assert set(findings(ingest(monitor, on))) == {"weaker-method-enabled"}


def test_an_export_shows_a_provider_repointed_unseen(tmp_path: Path) -> None:
    setting = f"/methods/{methods.PROVIDER}/openIdConnectSetting/discoveryUrl"
    moved = methods.policy(methods.edit(setting, methods.ROGUE))
    path = exported(tmp_path, authenticationMethodsPolicy=methods.whole(moved))
    voice = methods.policy(methods.edit("/methods/Voice/state", "disabled"))
    with opened(tmp_path / "data") as monitor:
        ingest(monitor, methods.as_whole(voice, methods.BASE, entra.at(1)))
        assert imported(monitor, path)["unseen-change"]["severity"] == "critical"
