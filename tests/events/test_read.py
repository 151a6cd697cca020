import json
from datetime import UTC, datetime

import pytest

from monitor.events.model import Reading, RecordKey, TenantId
from monitor.events.read import MAX_WRAPPING, read_message
from tests.events.records import (
    BROKEN,
    MOMENT,
    ROW,
    TENANT,
    UNIFIED,
    Json,
    audit,
    changed,
    dump,
    envelope,
    included,
    noise,
    policy_change,
    properties,
    update_user,
)

OUTER = TenantId("99999999-0000-4000-8000-00000000000A")


def codes(reading: Reading) -> list[str]:
    return [str(quarantined.code) for quarantined in reading.quarantined]


def keys(reading: Reading) -> list[RecordKey]:
    return [event.key for event in reading.events]


def key(number: int) -> str:
    return f"{TENANT}/IPCGraph_{number}"


WRAPPINGS: dict[str, bytes] = {
    "envelope": envelope(policy_change()),
    "bare record": dump(policy_change()),
    "array": dump([policy_change()]),
    "byte order mark": b"\xef\xbb\xbf" + envelope(policy_change()),
    "white space": b"\r\n " + dump(policy_change()) + b"\n",
    "pretty printed": json.dumps({"records": [policy_change()]}, indent=1).encode(),
    "envelope in a string": dump(envelope(policy_change()).decode()),
    "record in a string": dump(dump(policy_change()).decode()),
    "array in a string": dump(dump([policy_change()]).decode()),
    "strings in an array": dump([dump(policy_change()).decode()]),
    "envelopes in an array": b"[" + envelope(policy_change()) + b"]",
    "properties in a string": envelope(
        {**policy_change(), "properties": json.dumps(policy_change()["properties"])}
    ),
}


@pytest.mark.parametrize("body", WRAPPINGS.values(), ids=WRAPPINGS)
def test_however_it_is_wrapped_a_record_is_the_same(body: bytes) -> None:
    reading = read_message(body)
    assert keys(reading) == [key(1)]
    assert (reading.seen, reading.irrelevant, reading.quarantined) == (1, 0, ())
    assert reading.events[0].targets[0].modified[0].name == "ConditionalAccessPolicy"


GRAPH = policy_change()["properties"]


@pytest.mark.parametrize(
    "body",
    [
        dump(GRAPH),
        dump({"@odata.context": "https://graph.example/$metadata", "value": [GRAPH]}),
        dump({"@odata.type": "#microsoft.graph.directoryAudit", **GRAPH}),
        dump({name: value for name, value in GRAPH.items() if value is not None}),
    ],
)
def test_graph_records_belong_to_the_source_s_tenant(body: bytes) -> None:
    reading = read_message(body, outer_tenant=OUTER)
    assert keys(reading) == [f"{OUTER.lower()}/IPCGraph_1"]
    assert reading.events[0].tenant == OUTER.lower()
    assert keys(read_message(body)) == ["unknown/IPCGraph_1"]


def test_log_analytics_rows() -> None:
    reading = read_message(dump([ROW, {**ROW, "ActivityDisplayName": "Update device"}]))
    event = reading.events[0]
    assert (event.tenant, event.record_id, event.service) == (
        TENANT,
        "Directory_1",
        "Core Directory",
    )
    assert (event.initiator.user_id, event.detail("k")) == ("u", "v")
    # The other row's OperationName still says "Update policy", so it is kept too.
    assert [event.name_disagrees for event in reading.events] == [False, True]


def generation_2018() -> Json:
    written = audit("Update user", changed("AccountEnabled", ["a"], ["b"]), result=0)
    written["properties"] |= {"category": "Core Directory", "loggedByService": None}
    del written["level"]
    return written | {"Level": 4, "resultType": "Update", "callerIpAddress": "<null>"}


def generation_2019() -> Json:
    written = audit("Add user", id="Directory_HR9C4_1", userAgent=None)
    written["properties"]["initiatedBy"] = {"user": {"id": "u", "ipAddress": "<null>"}}
    del written["properties"]["userAgent"]
    return written | {"callerIpAddress": "<null>"}


def generation_2022() -> Json:
    return audit("Add user", activityDateTime="2022-01-22T18:15:02.3875429+00:00") | {"Level": 4}


def generation_2024() -> Json:
    inner = {"tenantId": TENANT, "resultType": "", "operationName": "Add user", "tenantGeo": "EU"}
    return audit("Add user", performedBy=None, resultReason=None, **inner) | {"Level": 4}


def generation_2026() -> Json:
    app = {"appId": "a", "displayName": "portal", "agentType": "notAgentic", "blueprintId": None}
    written = audit("Add user")
    written["properties"]["initiatedBy"]["app"] = app
    return written


@pytest.mark.parametrize(
    "written",
    [
        generation_2018(),
        generation_2019(),
        generation_2022(),
        generation_2024(),
        generation_2026(),
    ],
    ids=["G0", "G1", "G2", "G3", "G4"],
)
def test_every_generation_is_read(written: Json) -> None:
    reading = read_message(envelope(written))
    assert codes(reading) == []
    (event,) = reading.events
    assert event.succeeded
    assert event.initiator.user_id is not None


def test_the_body_of_an_event_is_its_slice_of_the_message() -> None:
    slices = [dump(policy_change(number)) for number in (1, 2)]
    body = b'{"records": [ ' + slices[0] + b" , " + dump(noise()) + b"," + slices[1] + b"]}"
    assert [event.body for event in read_message(body).events] == slices


def test_order_is_kept_where_shapes_are_mixed() -> None:
    records = [policy_change(1), policy_change(2)["properties"], policy_change(3)]
    assert [event.record_id for event in read_message(envelope(*records)).events] == [
        "IPCGraph_1",
        "IPCGraph_2",
        "IPCGraph_3",
    ]


@pytest.mark.parametrize("body", [b'{"records":[]}', b"[]", b'{"value":[]}', b'"[]"'])
def test_an_envelope_without_records_holds_none(body: bytes) -> None:
    assert read_message(body) == Reading((), (), 0, 0, None)


@pytest.mark.parametrize(
    ("body", "code", "position"),
    [
        (b"", "empty", None),
        (b" \r\n", "empty", None),
        (b"\xef\xbb\xbf", "empty", None),
        (b"null", "not-a-record", None),
        (b"42", "not-a-record", None),
        (b"true", "not-a-record", None),
        (b'"just text"', "not-a-record", None),
        (b'""', "not-a-record", None),
        (b"\xff\xfe{\x00}\x00", "not-utf8", 0),
        (b"xyz", "not-json", 0),
        (b"{", "not-json", None),
        (b'{"a": 1,}', "not-json", 8),
        (b'"{\\"a\\": 1,}"', "not-json", 8),
        (b'"cut off', "not-json", None),
        (b'"a\xff"', "not-utf8", 2),
        (b'{"operationName": "\xff"}', "not-utf8", 19),
        (b"{}", "unknown-shape", None),
        (b'{"records": null}', "unknown-shape", None),
        (b'{"records": {}}', "unknown-shape", None),
        (b"[" * 200_000, "nested-too-deeply", None),
        (b'{"a":' * 200_000, "nested-too-deeply", None),
        (dump(UNIFIED), "unified-audit-log", None),
        (dump({**ROW, "InitiatedBy": "{"}), "not-json", None),
        (dump(audit("Add user", activityDateTime="x") | {"time": "x"}), "bad-time", None),
        (dump(audit("Add user", targetResources="x")), "bad-field", None),
        (dump({"category": "AuditLogs", "operationName": "Add user"}), "bad-field", None),
    ],
)
def test_what_cannot_be_read_is_one_quarantined_record(
    body: bytes, code: str, position: int | None
) -> None:
    reading = read_message(body)
    assert (codes(reading), reading.events, reading.seen) == ([code], (), 1)
    assert reading.quarantined[0].position == position
    assert reading.quarantined[0].reason


def test_quarantined_records_are_known_by_what_they_say() -> None:
    reading = read_message(envelope(audit("Add user", targetResources="x"), UNIFIED))
    wrong, unified = reading.quarantined
    assert (wrong.tenant, wrong.key) == (TENANT, f"{TENANT}/Directory_c0ffee_AAAAA_1001")
    assert (unified.tenant, unified.key) == (TENANT, f"{TENANT}/d06df1c6")
    assert json.loads(unified.body) == UNIFIED
    nameless = read_message(b"nonsense", outer_tenant=OUTER).quarantined[0]
    assert nameless.tenant == OUTER.lower()
    assert nameless.key.startswith("sha256:")


@pytest.mark.parametrize(("bad", "code"), BROKEN.values(), ids=BROKEN)
def test_a_bad_record_does_not_fail_its_envelope(bad: bytes, code: str) -> None:
    parts = [dump(policy_change(1)), dump(noise()), bad, dump(policy_change(2)), dump(noise())]
    reading = read_message(b'{"records": [' + b", ".join(parts) + b"]}")
    assert keys(reading) == [key(1), key(2)]
    assert (codes(reading), reading.irrelevant, reading.seen) == ([code], 2, 5)
    assert reading.quarantined[0].body == bad


@pytest.mark.parametrize("cut", [b'{"operationName": "Add us', b"", b","])
def test_an_envelope_cut_off_gives_what_came_whole(cut: bytes) -> None:
    body = b'{"records": [' + dump(policy_change(1)) + b"," + dump(noise()) + cut
    reading = read_message(
        body if cut != b'{"operationName": "Add us' else body[: -len(cut)] + b"," + cut
    )
    assert keys(reading) == [key(1)]
    assert (codes(reading), reading.irrelevant, reading.seen) == (["not-json"], 1, 3)
    assert "2 records before it were read" in reading.quarantined[0].reason


def test_bytes_that_are_not_utf8_matter_only_in_what_is_kept() -> None:
    broken_noise = dump(noise()).replace(b"Ada", b"A\xffa")
    assert read_message(b"[" + broken_noise + b"]").irrelevant == 1


def test_records_of_other_logs_are_irrelevant() -> None:
    sign_in = {
        "category": "SignInLogs",
        "operationName": "Sign-in activity",
        "properties": {"a": 1},
    }
    odd = {"category": "ManagedIdentitySignInLogs", "operationName": None, "properties": "x"}
    reading = read_message(envelope(sign_in, policy_change(), odd))
    assert (keys(reading), reading.irrelevant, codes(reading)) == ([key(1)], 2, [])


def test_an_object_that_is_no_record_is_quarantined_with_its_own_bytes() -> None:
    reading = read_message(b'[ {"a": 1} , {"b": 2} ]')
    assert [quarantined.body for quarantined in reading.quarantined] == [b'{"a": 1}', b'{"b": 2}']


def test_noise_is_counted_whatever_its_shape() -> None:
    sync = update_user(changed("LastDirSyncTime", ["a"], ["b"]), included("LastDirSyncTime"))
    row = {**ROW, "OperationName": "Update device", "ActivityDisplayName": "Update device"}
    reading = read_message(envelope(noise(), sync, sync["properties"], row))
    assert (reading.seen, reading.irrelevant) == (4, 4)


def test_the_latest_time_counts_noise_too() -> None:
    later = noise() | {"time": "2026-03-02T00:00:00.1234567Z"}
    assert read_message(envelope(policy_change(), later, noise())).latest == datetime(
        2026, 3, 2, 0, 0, 0, 123_456, tzinfo=UTC
    )
    graph = properties("Update device")
    assert read_message(dump({"value": [graph]})).latest == read_message(dump(noise())).latest
    assert read_message(dump(noise() | {"time": "then"})).latest is None


def test_wrapping_has_an_end() -> None:
    body = dump(policy_change())
    for _ in range(MAX_WRAPPING + 3):
        body = dump(body.decode())
    assert codes(read_message(body)) == ["not-a-record"]
    assert codes(read_message(b"[[[[[[[[1]]]]]]]]")) == ["not-a-record"]


def test_the_time_of_the_fixtures_is_read() -> None:
    assert MOMENT.startswith(f"{read_message(dump(noise())).latest:%Y-%m-%dT%H:%M:%S}")
