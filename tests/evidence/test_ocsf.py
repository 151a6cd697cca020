"""Events against the published schema of the version they name."""

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from monitor.clock import stamp
from monitor.evidence import ocsf
from monitor.evidence.rows import Pseudonyms, projected
from monitor.evidence.scope import Withheld
from monitor.evidence.selection import Item
from tests.evidence import packs
from tests.evidence.packs import START, Json

SCHEMA = json.loads(
    (Path(__file__).parent / "ocsf" / "schema-1.6.0.json").read_text(encoding="utf-8")
)
CLASSES = {
    2004: "detection_finding",
    3001: "account_change",
    3004: "entity_management",
    3006: "group_management",
}


VALIDATORS = {
    uid: jsonschema.Draft202012Validator({"$defs": SCHEMA["$defs"], **SCHEMA["classes"][name]})
    for uid, name in CLASSES.items()
}


def refuse_fault(event: Json) -> None:
    """Validate against the schema of the event's class."""
    VALIDATORS[event["class_uid"]].validate(event)


def item(leaf: Json, withheld: Withheld | None = None) -> Item:
    return Item(7, json.dumps(leaf).encode(), leaf, START, withheld)


def event(leaf: Json, *, redacted: bool = False) -> Json:
    """The event of an entry, valid."""
    shown = projected(leaf, Pseudonyms()) if redacted else leaf
    made = ocsf.event(item(leaf, Withheld.PROFILE if redacted else None), shown, packs.ORIGIN)
    refuse_fault(made)
    return made


USER = {"kind": "user", "id": "u-9", "name": "bo@a.example"}
GROUP = {"kind": "group", "id": "g-1", "name": "Rota"}


def joined(added: bool, nested: bool) -> Json:
    delta = {"id": "u-7", "name": "bo@a.example", "nested": nested, "added": added}
    return packs.change(START, activity="Add member to group", object=GROUP, member=delta)


CASES: dict[str, tuple[Json, int, int]] = {
    "a finding": (packs.finding(START, 3), 2004, 1),
    "a finding of nobody": (packs.finding(START, None, initiator=None), 2004, 1),
    "a policy is updated": (packs.change(START), 3004, 3),
    "a policy is added": (packs.change(START, activity="Add conditional access policy"), 3004, 1),
    "a policy is deleted": (packs.change(START, activity="Hard delete policy"), 3004, 4),
    "the methods policy": (
        packs.change(START, activity="Authentication Methods Policy Update"),
        3004,
        3,
    ),
    "an activity of no class": (packs.change(START, activity="Restore policy"), 3004, 99),
    "nobody, nothing": (
        packs.change(
            START,
            activity="Add member to role completed (PIM activation)",
            object={"kind": None, "id": None, "name": None},
            initiator={"label": None, "id": None, "ip": None, "app": None},
        ),
        3004,
        3,
    ),
    "a user joins": (joined(added=True, nested=False), 3006, 3),
    "a user leaves": (joined(added=False, nested=False), 3006, 4),
    "a group joins": (joined(added=True, nested=True), 3006, 7),
    "a group leaves": (joined(added=False, nested=True), 3006, 8),
    "a password": (
        packs.change(START, activity="Change user password", object={**USER, "kind": None}),
        3001,
        3,
    ),
    "a reset": (packs.change(START, activity="Reset password (by admin)", object=USER), 3001, 4),
    **{
        activity: (packs.change(START, t="enrolment", activity=activity, object=USER), 3001, number)
        for activity, number in {
            "Add user": 1,
            "Enable account": 2,
            "Disable account": 5,
            "Delete user": 6,
            "User registered security info": 10,
            "User registered all required security info": 10,
            "User deleted security info": 11,
            "Update user": 99,
        }.items()
    },
    "an overdue account": (
        {"t": "enrolment", "v": 1, "tenant": "", "at": stamp(START), "src": {"sweep": True},
         "object": USER, "clock": {"stage": "overdue"}},
        3001,
        99,
    ),
    "an entry without a time": ({**packs.change(START), "at": "yesterday"}, 3004, 3),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("redacted", [False, True])
def test_an_event_is_valid_and_of_its_class(name: str, redacted: bool) -> None:
    leaf, class_uid, activity = CASES[name]
    if redacted and "member" in leaf:
        class_uid, activity = 3004, 3  # who joined is personal: the group changed, no more is said
    made = event(leaf, redacted=redacted)
    assert (made["class_uid"], made["activity_id"]) == (class_uid, activity)
    assert made["type_uid"] == 100 * class_uid + activity
    assert ("raw_data" in made) is not redacted
    if redacted:
        assert "a.example" not in json.dumps(made)
        assert "192.0.2.1" not in json.dumps(made)


def test_a_finding_says_rule_technique_actor_and_what_it_is_about() -> None:
    made = event(packs.finding(START, 3, "critical"))
    info: Any = made["finding_info"]
    assert (made["severity_id"], made["confidence_id"], made["is_alert"]) == (5, 3, True)
    assert info["uid"] == f"{packs.ORIGIN}#7"
    assert info["analytic"] == {"uid": "ca-weakened", "version": "3", "type_id": 1}
    assert info["attacks"] == [{"version": "18.1", "sub_technique": {"uid": "T1556.009"}}]
    assert info["related_events"] == [{"uid": f"{packs.ORIGIN}#3"}]
    assert made["evidences"][0]["src_endpoint"] == {"ip": "192.0.2.1"}
    assert made["metadata"]["version"] == "1.6.0"


def test_events_of_a_whole_pack_are_valid_and_lead_back_to_their_entries(tmp_path: Path) -> None:
    packs.scene().pack(tmp_path / "pack.zip", packs.request())
    files = packs.contents(tmp_path / "pack.zip")
    texts = {line["i"]: line["leaf"] for line in packs.entries(files)}
    events = [json.loads(line) for line in files["views/events.ocsf.ndjson"].splitlines()]
    assert len(events) == 9
    for one in events:
        refuse_fault(one)
        assert one["raw_data"] == texts[one["metadata"]["sequence"]]


def test_the_schema_is_strict_enough_to_refuse() -> None:
    made = event(packs.finding(START, 3))
    for wrong in ({"severity_id": 9}, {"class_uid": 2003}, {"colour": "red"}, {"time": "now"}):
        with pytest.raises((jsonschema.ValidationError, KeyError)):
            refuse_fault({**made, **wrong})
