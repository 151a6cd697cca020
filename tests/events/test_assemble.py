from datetime import UTC, datetime
from hashlib import sha256

import pytest

from monitor.events.assemble import audit_event
from monitor.events.model import AuditEvent, Initiator, TenantId, Unreadable
from monitor.events.quarantine import QuarantineCode, Refused
from monitor.events.wire import wire_record
from tests.events.records import MOMENT, TENANT, Json, audit, by_app, changed, policy_change, record

OUTER = TenantId("99999999-0000-4000-8000-000000000000")


def event_of(written: Json, *, body: bytes = b"{}", outer: TenantId | None = None) -> AuditEvent:
    return audit_event(wire_record(written), body, outer)


def test_every_field_of_an_event() -> None:
    body = b'{"the": "bytes"}'
    event = event_of(policy_change(7), body=body)
    assert event.key == f"{TENANT}/IPCGraph_7"
    assert (event.tenant, event.record_id) == (TENANT, "IPCGraph_7")
    assert event.activity == "update conditional access policy"
    assert event.activity_name == "Update conditional access policy"
    assert event.time == datetime(2026, 3, 1, 9, 15, 30, 123_456, tzinfo=UTC)
    assert (event.category, event.service) == ("Policy", "Conditional Access")
    assert (event.operation_type, event.succeeded, event.reason) == ("Update", True, None)
    assert event.correlation == "c0ffee00-0000-4000-8000-000000000001"
    assert event.user_agent == "Example/1.0"
    assert event.initiator.upn == "ada@example.com"
    assert not event.fragment
    assert not event.name_disagrees
    assert event.body == body
    changed_policy = event.targets[0].property("conditionalaccesspolicy")
    assert changed_policy is not None
    assert isinstance(changed_policy.new, dict)
    assert changed_policy.new["state"] == "disabled"


@pytest.mark.parametrize(
    ("part", "tenant"),
    [
        ({}, TENANT),
        ({"tenantId": TENANT.upper()}, TENANT),
        ({"tenantId": None}, TENANT),
        ({"tenantId": "", "resourceId": f"/TENANTS/{TENANT.upper()}/providers/x"}, TENANT),
        ({"tenantId": "not a tenant/", "resourceId": None}, OUTER),
        ({"tenantId": None, "resourceId": "/subscriptions/s"}, OUTER),
    ],
)
def test_whose_record_it_is(part: Json, tenant: str) -> None:
    assert event_of({**policy_change(), **part}, outer=OUTER).tenant == tenant


def test_a_record_of_nobody_knows_that() -> None:
    assert event_of({**policy_change(), "tenantId": None, "resourceId": None}).tenant == "unknown"


@pytest.mark.parametrize("no_id", [None, "", "None", "<null>"])
def test_a_record_without_an_id_is_known_by_its_bytes(no_id: str | None) -> None:
    event = event_of(audit("Update policy", id=no_id), body=b"x")
    assert (event.record_id, event.key) == (None, "sha256:" + sha256(b"x").hexdigest())


@pytest.mark.parametrize(
    ("result", "succeeded", "unclear"),
    [
        ("success", True, False),
        ("Success", True, False),
        (0, True, False),
        ("failure", False, False),
        ("failed", False, False),
        (1, False, False),
        ("timeout", True, True),
        ("unknownFutureValue", True, True),
        (None, True, True),
        ("", True, True),
    ],
)
def test_only_a_record_that_says_so_failed(
    result: object, *, succeeded: bool, unclear: bool
) -> None:
    event = event_of(audit("Add user", result=result))
    assert (event.succeeded, event.result_unclear) == (succeeded, unclear)


@pytest.mark.parametrize(
    ("reason", "description", "told"),
    [
        ("User registered App Password", None, "User registered App Password"),
        ("", "from outside", "from outside"),
        ("None", None, None),
        (None, None, None),
    ],
)
def test_the_reason(reason: str | None, description: str | None, told: str | None) -> None:
    written = {**audit("Add user", resultReason=reason), "resultDescription": description}
    assert event_of(written).reason == told


@pytest.mark.parametrize(
    ("inner", "outer", "address"),
    [
        ("192.0.2.1", "192.0.2.2", "192.0.2.1"),
        ("", "192.0.2.2", "192.0.2.2"),
        (None, "2001:DB8::0001", "2001:db8::1"),
        ("<null>", "<null>", None),
        ("None", None, None),
        (None, "::2a02:cf40:add:4002:91f2:a9b2:e09a:6fc6:1", None),
        (None, "192.0.2.2, 198.51.100.1", None),
    ],
)
def test_only_an_address_is_an_address(
    inner: str | None, outer: str | None, address: str | None
) -> None:
    by_user = {"user": {"id": "u", "ipAddress": inner}}
    written = {**audit("Add user", initiatedBy=by_user), "callerIpAddress": outer}
    assert event_of(written).initiator.ip == address


def test_where_user_and_app_are_both_set_the_user_is_the_actor() -> None:
    both = {
        "user": {"id": "u", "displayName": "Ada", "userPrincipalName": "ada@example.com"},
        "app": {"appId": "a", "displayName": "My Signins", "servicePrincipalId": "s"},
    }
    initiator = event_of(audit("Add user", initiatedBy=both)).initiator
    assert (initiator.label, initiator.id) == ("ada@example.com", "u")
    assert (initiator.app_name, initiator.app_id) == ("My Signins", "a")


def test_where_the_user_is_empty_the_app_is_the_actor() -> None:
    initiated_by = {**by_app("Sync"), "user": {"id": None, "displayName": "<null>"}}
    initiator = event_of(audit("Add user", initiatedBy=initiated_by)).initiator
    assert (initiator.label, initiator.id) == ("Sync", "5" * 8)


def test_where_neither_is_there_the_record_may_name_somebody() -> None:
    written = {**audit("Add user", initiatedBy=None), "identity": "Ada"}
    assert event_of(written).initiator == Initiator(display_name="Ada", ip="192.0.2.10")
    assert event_of({**written, "identity": None}).initiator.label == "unknown"


@pytest.mark.parametrize("moment", ["not a time", None, "", "0001-01-01T00:00:00Z"])
def test_the_record_s_own_time_stands_in(moment: str | None) -> None:
    written = audit("Add user", activityDateTime=moment)
    assert event_of(written).time == event_of(audit("Add user")).time
    with pytest.raises(Refused) as refused:
        event_of({**written, "time": None})
    assert refused.value.code is QuarantineCode.BAD_TIME


def test_the_display_name_counts_and_a_disagreement_is_told() -> None:
    event = event_of({**audit("Update policy "), "operationName": "Add policy"})
    assert (event.activity, event.activity_name) == ("update policy", "Update policy ")
    assert event.name_disagrees
    assert not event_of(
        {**audit("Update policy "), "operationName": "update policy."}
    ).name_disagrees
    assert not event_of({**audit("Update policy"), "operationName": None}).name_disagrees
    unnamed = event_of(record({"activityDateTime": MOMENT}, operationName="Update policy"))
    assert (unnamed.activity, unnamed.name_disagrees) == ("update policy", False)


def test_values_that_are_hidden_or_mangled_are_unreadable() -> None:
    mangled = {"displayName": "PolicyDetail", "oldValue": "hidden", "newValue": "None"}
    entry = event_of(audit("Update policy", mangled)).targets[0].modified[0]
    assert (entry.old, entry.new) == (Unreadable("hidden"), Unreadable("None"))


def test_missing_and_null_parts_are_no_fault() -> None:
    target = {"Type": "Policy", "modifiedProperties": None}
    event = event_of(
        audit(
            "Update policy",
            targetResources=[None, target, {"modifiedProperties": [None, {"displayName": "x"}]}],
            additionalDetails=[None, {"key": None}, {"key": "a", "value": None}, {"key": "b"}],
            userAgent=None,
        )
    )
    assert [entry.type for entry in event.targets] == ["Policy", None]
    assert [(entry.name, entry.old) for entry in event.targets[1].modified] == [("x", None)]
    assert event.details == (("a", ""), ("b", ""))
    bare = event_of(audit("Update policy", targetResources=None, additionalDetails=None))
    assert (bare.targets, bare.details) == ((), ())


def test_details_are_text() -> None:
    details = [{"key": "n", "value": 10**30}, {"key": "o", "value": {"ä": [1]}}]
    event = event_of(audit("Update policy", additionalDetails=details, userAgent=""))
    assert event.details == (("n", str(10**30)), ("o", '{"ä": [1]}'))
    agent = [{"key": "User-Agent", "value": "Example/2.0"}]
    event = event_of(audit("Update policy", additionalDetails=agent, userAgent=None))
    assert event.user_agent == "Example/2.0"


FRAGMENT = [{"key": "id", "value": "f"}, {"key": "seq", "value": "5"}, {"key": "c", "value": "6"}]


def test_a_fragment_is_marked() -> None:
    event = event_of(audit("Update policy", additionalDetails=FRAGMENT))
    assert event.fragment
    assert event.detail("SEQ") == "5"
    whole = audit("Update policy", changed("PolicyDetail", [], []), additionalDetails=FRAGMENT)
    assert not event_of(whole).fragment
    assert not event_of(audit("Update policy")).fragment


@pytest.mark.parametrize(
    "part",
    [
        {"properties": None},
        {"properties": "text"},
        {"tenantId": {}},
        {"properties": {"targetResources": {}}},
        {"properties": {"initiatedBy": "ada@example.com"}},
    ],
)
def test_a_field_of_the_wrong_type_is_refused_without_quoting_it(part: Json) -> None:
    with pytest.raises(Refused) as refused:
        event_of({**audit("Update policy"), **part})
    assert refused.value.code is QuarantineCode.BAD_FIELD
    assert str(refused.value).startswith(next(iter(part)))
    assert "ada@example.com" not in str(refused.value)
