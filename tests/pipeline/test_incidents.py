"""Findings of one act are one, of one doing one incident, and a closed hole knows its length."""

import json
from pathlib import Path

import pytest

from monitor.clock import EventClock
from monitor.pipeline.holes import restored, span
from monitor.pipeline.leaves import Leaf
from monitor.posture.same import same_body
from monitor.rules.wording import changed_fields
from tests import entra
from tests.corridor import batch, findings, ingest, judged, leaves, opened

OTHER = "aaaaaaaa-0000-4000-8000-0000000000c2"
GROUPS = [f"aaaaaaaa-0000-4000-8000-0000000000d{number}" for number in range(4)]
PHISHING = {"id": "00000000-0000-0000-0000-000000000004"}
BASE = entra.policy()


def excluding(*groups: str) -> entra.Json:
    return entra.policy(*(entra.excluding(group) for group in groups))


def step(old: entra.Json, was: float, new: entra.Json, now: float, **more: object) -> entra.Json:
    """The record of a change at minute `now` of what was saved at minute `was`."""
    return entra.ca_change(entra.saved(old, entra.at(was)), new, entra.at(now), **more)


def by(person: str, record: entra.Json) -> entra.Json:
    record["properties"]["initiatedBy"]["user"] |= {
        "id": f"aaaaaaaa-0000-4000-8000-00000000{person}",
        "userPrincipalName": f"{person}@hospital.example",
    }
    return record


def correlated(*records: entra.Json) -> tuple[entra.Json, ...]:
    for record in records:
        record["correlationId"] = record["properties"]["correlationId"] = "one-request"
    return records


def hole(leaf: Leaf) -> tuple[object, object]:
    held = leaf["details"]
    assert isinstance(held, dict)
    return held.get("exposure_seconds"), held.get("still_open")


def test_one_actor_and_object_are_one_incident_for_an_hour(tmp_path: Path) -> None:
    with opened(tmp_path) as monitor:
        outcome = ingest(
            monitor,
            step(BASE, 0, excluding(*GROUPS[:1]), 1),
            step(excluding(*GROUPS[:1]), 1, excluding(*GROUPS[:2]), 61),
            step(excluding(*GROUPS[:2]), 61, excluding(*GROUPS[:3]), 122),
        )
    first, second, third = leaves(outcome, "finding")
    indices = [filed.index for filed in outcome.entries if filed.leaf["t"] == "finding"]
    assert (first["incident"], second["incident"]) == (indices[0], indices[0])
    assert third["incident"] == indices[2], "61 minutes after the latest one"


def test_another_actor_or_object_is_another_incident(tmp_path: Path) -> None:
    edited = excluding(GROUPS[0])
    with opened(tmp_path) as monitor:
        outcome = ingest(
            monitor,
            step(BASE, 0, edited, 1),
            by("lee1", step(edited, 1, excluding(*GROUPS[:2]), 2)),
            entra.ca_change(
                entra.policy(id=OTHER),
                entra.policy(entra.excluding(GROUPS[2]), id=OTHER),
                entra.at(3),
            ),
        )
    found = [leaf for leaf in leaves(outcome, "finding") if leaf["rule"] == "ca-weakened"]
    assert len({str(leaf["incident"]) for leaf in found}) == len(found) >= 2


def test_one_correlation_is_one_incident_over_objects_and_actors(tmp_path: Path) -> None:
    first = step(BASE, 0, excluding(GROUPS[0]), 1)
    second = by(
        "lee1", step(entra.policy(id=OTHER), 0, entra.policy(id=OTHER, state="disabled"), 2)
    )
    third = by("may1", step(excluding(GROUPS[0]), 1, entra.policy(state="disabled"), 3))
    with opened(tmp_path) as monitor:
        outcome = ingest(monitor, *correlated(first, second, third))
    found = leaves(outcome, "finding")
    assert len(found) >= 2
    assert len({str(leaf["incident"]) for leaf in found}) == 1


def test_what_a_sweep_finds_is_an_incident_of_its_own(tmp_path: Path) -> None:
    with opened(tmp_path) as monitor:
        ingest(monitor, entra.twin(entra.POLICY, entra.at(1)))
        assert isinstance(monitor.clock, EventClock)
        monitor.clock.advance(entra.at(30))
        (filed,) = monitor.sweep().entries
    assert filed.leaf["incident"] == filed.index


def test_open_then_closed_carries_the_exposure_and_the_incident(tmp_path: Path) -> None:
    edited = excluding(GROUPS[0])
    with opened(tmp_path) as monitor:
        opening = findings(ingest(monitor, step(BASE, 0, edited, 1)))["ca-weakened"]
        closing = findings(ingest(monitor, by("lee1", step(edited, 1, BASE, 42))))
    leaf = closing["ca-strengthened"]
    assert hole(leaf) == (41 * 60, None)
    assert leaf["incident"] == opening["incident"]
    assert leaf["title"] == "Closed after 41 minutes: a change asks for more proof than before"
    assert leaf["severity"] == "info"


def test_a_deleted_policy_that_comes_back_closes_its_hole(tmp_path: Path) -> None:
    with opened(tmp_path) as monitor:
        ingest(monitor, entra.ca_change(BASE, None, entra.at(1)))
        found = findings(ingest(monitor, entra.ca_change(None, BASE, entra.at(3))))
    assert hole(found["ca-strengthened"]) == (120, None)


def test_a_hole_that_is_partly_closed_stays_open(tmp_path: Path) -> None:
    both, one = excluding(*GROUPS[:2]), excluding(GROUPS[1])
    with opened(tmp_path) as monitor:
        ingest(monitor, step(BASE, 0, both, 1))
        part = findings(ingest(monitor, step(both, 1, one, 11)))["ca-strengthened"]
        rest = findings(ingest(monitor, step(one, 11, BASE, 31)))["ca-strengthened"]
    seconds, left = hole(part)
    assert seconds is None
    assert isinstance(left, list)
    assert [GROUPS[1] in str(text) for text in left] == [True]
    assert part["title"] == "A change asks for more proof than before"
    assert hole(rest) == (1800, None)
    assert str(rest["title"]).startswith("Closed after 30 minutes")


def test_a_wider_hole_is_open_since_its_beginning(tmp_path: Path) -> None:
    one, both = excluding(GROUPS[0]), excluding(*GROUPS[:2])
    with opened(tmp_path) as monitor:
        ingest(monitor, step(BASE, 0, one, 1), step(one, 1, both, 21))
        found = findings(ingest(monitor, step(both, 21, BASE, 31)))
    assert hole(found["ca-strengthened"]) == (1800, None)


def test_a_strengthening_of_other_sign_ins_closes_nothing(tmp_path: Path) -> None:
    before = excluding(GROUPS[0])
    opened_too = excluding(*GROUPS[:2])
    closed_other = excluding(GROUPS[1])
    with opened(tmp_path) as monitor:
        ingest(monitor, step(before, 0, opened_too, 1))
        found = findings(ingest(monitor, step(opened_too, 1, closed_other, 2)))
    seconds, left = hole(found["ca-strengthened"])
    assert seconds is None
    assert left


def test_a_hole_that_another_policy_covered_meanwhile_has_no_length(tmp_path: Path) -> None:
    edited = excluding(GROUPS[0])
    second = entra.policy(id=OTHER)
    with opened(tmp_path) as monitor:
        ingest(monitor, step(BASE, 0, edited, 1), entra.ca_change(None, second, entra.at(2)))
        stronger = entra.policy(
            entra.excluding(GROUPS[0]),
            {"op": "replace", "path": "/grantControls/builtInControls", "value": []},
            {"op": "add", "path": "/grantControls/authenticationStrength", "value": PHISHING},
        )
        found = findings(ingest(monitor, step(edited, 1, stronger, 3)))
    assert hole(found["ca-strengthened"]) == (None, None)


def test_other_edits_in_between_do_not_hide_the_end(tmp_path: Path) -> None:
    edited = excluding(GROUPS[0])
    renamed = {**edited, "displayName": "Another name", "description": "edited"}
    closed = {**BASE, "displayName": "A third name", "description": "edited"}
    with opened(tmp_path) as monitor:
        ingest(monitor, step(BASE, 0, edited, 1), step(edited, 1, renamed, 5))
        found = findings(ingest(monitor, step(renamed, 5, closed, 11)))
    assert hole(found["ca-strengthened"]) == (600, None)


def test_a_hole_in_a_document_too_large_for_a_leaf(tmp_path: Path) -> None:
    many = [f"aaaaaaaa-0000-4000-8000-{number:012d}" for number in range(2000)]
    patch = {"op": "replace", "path": "/conditions/users/excludeGroups", "value": many}
    large = entra.policy(patch)
    with opened(tmp_path) as monitor:
        ingest(monitor, step(BASE, 0, large, 1))
        found = findings(ingest(monitor, step(large, 1, BASE, 3)))
        assert hole(found["ca-strengthened"]) == (120, None)
        kept = monitor.dump()
        monitor.rebuild()
        assert monitor.dump() == kept


def test_a_hole_closed_a_day_later_has_its_length_and_an_incident_of_its_own(
    tmp_path: Path,
) -> None:
    edited = excluding(GROUPS[0])
    with opened(tmp_path) as monitor:
        opening = findings(ingest(monitor, step(BASE, 0, edited, 0)))["ca-weakened"]
        closing = findings(ingest(monitor, step(edited, 0, BASE, 60 * 30)))["ca-strengthened"]
    assert hole(closing) == (30 * 3600, None)
    assert "after 30 hours" in str(closing["title"])
    assert closing["incident"] != opening["incident"]


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "0 seconds"),
        (59, "59 seconds"),
        (60, "1 minute"),
        (119, "1 minute"),
        (120, "2 minutes"),
        (7199, "120 minutes"),
        (7200, "2 hours"),
        (172800, "2 days"),
    ],
)
def test_spans_read_well(seconds: int, words: str) -> None:
    assert span(seconds) == words


@pytest.mark.parametrize(
    "after",
    [
        excluding(*GROUPS),
        entra.policy(state="disabled"),
        entra.policy({"op": "remove", "path": "/grantControls"}),
        entra.policy({"op": "add", "path": "/conditions/weather", "value": {"include": ["rain"]}}),
        entra.policy({"op": "remove", "path": "/conditions/users"}),
        None,
    ],
)
def test_members_put_back_give_the_document_before(after: entra.Json | None) -> None:
    changed = changed_fields(BASE, after)
    rows = [(row["path"], row["before"]) for row in changed if isinstance(row, dict)]
    assert same_body(restored(after, rows), BASE)


def per_user(activity: str, minute: float, before: int | None, after: int | None) -> entra.Json:
    def state(value: int | None) -> list[entra.Json]:
        return [] if value is None else [{"RelyingParty": "*", "State": value}]

    shown = [("StrongAuthenticationRequirement", state(before), state(after))]
    return entra.about_user(activity, entra.at(minute), properties=shown)


def test_the_two_records_of_per_user_mfa_alert_once(tmp_path: Path) -> None:
    first = per_user("Disable Strong Authentication", 1, 1, None)
    second = per_user("Update user", 1.01, 1, None)
    with opened(tmp_path) as monitor:
        outcome = ingest(monitor, *correlated(first, second))
        assert set(findings(outcome)) == {"per-user-mfa-disabled"}
        assert [leaf["effect"] for leaf in leaves(outcome, "change")] == ["applied", "repeated"]
        assert isinstance(monitor.clock, EventClock)
        monitor.clock.advance(entra.at(60))
        assert leaves(monitor.sweep(), "finding") == []
        again = ingest(
            monitor,
            per_user("Enable Strong Authentication", 61, None, 1),
            per_user("Disable Strong Authentication", 62, 1, None),
        )
    assert "per-user-mfa-disabled" in findings(again), "a second act"


def federation(activity: str, minute: float, live: str | None = None) -> entra.Json:
    shown = [("LiveType", ["Managed"], [live])] if live else []
    target = {"id": None, "displayName": "hospital.example", "type": "Domain"}
    return entra.record(activity, entra.at(minute), target=target, properties=shown)


SETTINGS, AUTHENTICATION = "Set federation settings on domain", "Set domain authentication"


def severities(data: Path, *records: entra.Json) -> list[str]:
    with opened(data) as monitor:
        return [str(leaf["severity"]) for leaf in leaves(ingest(monitor, *records), "finding")]


def test_two_records_of_one_conversion_alert_once(tmp_path: Path) -> None:
    pair = (federation(AUTHENTICATION, 1, "Federated"), federation(SETTINGS, 1.02))
    assert severities(tmp_path, *correlated(*pair)) == ["critical"]


def test_a_graver_second_record_is_never_held_back(tmp_path: Path) -> None:
    pair = (federation(SETTINGS, 1), federation(AUTHENTICATION, 1.02, "Federated"))
    assert severities(tmp_path, *correlated(*pair)) == ["high", "critical"]


def test_the_same_act_again_always_alerts(tmp_path: Path) -> None:
    twice = (federation(SETTINGS, 1), federation(SETTINGS, 1.02))
    assert severities(tmp_path, *correlated(*twice)) == ["high", "high"]


def test_records_of_two_requests_are_two_acts(tmp_path: Path) -> None:
    two = (federation(AUTHENTICATION, 1), federation(SETTINGS, 1.02))
    assert severities(tmp_path, *two) == ["high", "high"]


def test_records_far_apart_are_two_acts(tmp_path: Path) -> None:
    pair = correlated(federation(AUTHENTICATION, 1), federation(SETTINGS, 7))
    assert severities(tmp_path, *pair) == ["high", "high"]


def fragment(number: int, split: str) -> entra.Json:
    """A chunk of a split record of a policy change; it shows nothing of it."""
    record = entra.ca_change(None, BASE, entra.at(1))
    record["properties"]["targetResources"][0]["modifiedProperties"] = []
    record["properties"]["additionalDetails"] = [
        {"key": "id", "value": split},
        {"key": "seq", "value": str(number)},
        {"key": "c", "value": "3"},
    ]
    return record


def test_the_chunks_of_a_split_record_alert_once(tmp_path: Path) -> None:
    chunks = [fragment(number, "split-1") for number in (1, 2, 3)]
    with opened(tmp_path) as monitor:
        outcome = ingest(monitor, *chunks, fragment(1, "split-2"))
    assert [leaf["rule"] for leaf in leaves(outcome, "finding")] == ["change-not-understood"] * 2
    assert len(leaves(outcome, "change")) == 4, "each chunk has its entry"


def test_a_record_from_two_exports_alerts_once(tmp_path: Path) -> None:
    """The same record in the envelope of the hub and in that of Graph: other bytes, one act."""
    record = federation(SETTINGS, 1)
    shown = {key: value for key, value in record["properties"].items() if value is not None}
    shown["targetResources"][0].pop("administrativeUnits")
    copy = {**record, "level": 4, "properties": json.loads(json.dumps(shown))}
    with opened(tmp_path) as monitor:
        assert set(findings(ingest(monitor, record))) == {"federation-changed"}
        again = monitor.ingest(batch(entra.body(copy)))
        assert again.relevant == 1
        assert findings(again) == {}
        (leaf,) = leaves(again, "change")
        assert '"altered"' in json.dumps(leaf)


def test_a_rebuilt_view_equals_the_live_one(tmp_path: Path) -> None:
    one, both = excluding(GROUPS[0]), excluding(*GROUPS[:2])
    pair = correlated(federation(AUTHENTICATION, 5, "Federated"), federation(SETTINGS, 5.02))
    with opened(tmp_path) as monitor:
        ingest(monitor, step(BASE, 0, both, 1), *pair)
        ingest(monitor, step(both, 1, one, 11), fragment(1, "a"), fragment(2, "a"))
        kept = monitor.dump()
        for table in ("incident", "hole", "noted"):
            assert any(f"('{table}'" in row for row in kept), table
        monitor.rebuild()
        assert monitor.dump() == kept
        after = ingest(monitor, step(one, 11, BASE, 31))
        assert hole(findings(after)["ca-strengthened"]) == (1800, None)
        assert monitor.verify().valid


def test_every_finding_belongs_to_an_incident(tmp_path: Path) -> None:
    found = judged(tmp_path, step(BASE, 0, entra.policy(state="disabled"), 1))
    assert all(isinstance(leaf["incident"], int) for leaf in found.values())
