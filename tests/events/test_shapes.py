import json

import pytest

from monitor.events.quarantine import QuarantineCode, Refused
from monitor.events.shapes import Claims, canonical, claims
from tests.events.records import MOMENT, ROW, TENANT, UNIFIED, Json, audit, properties, record

GRAPH = properties("Update policy")


def test_an_event_hub_record_is_left_as_it_is() -> None:
    event_hub = audit("Update policy")
    assert canonical(event_hub) is event_hub


def test_properties_may_be_a_string() -> None:
    shaped = canonical(record({}, operationName="Update policy", properties=json.dumps(GRAPH)))
    assert shaped is not None
    assert shaped["properties"] == GRAPH


def test_a_graph_record_is_the_properties() -> None:
    shaped = canonical(GRAPH)
    assert shaped is not None
    assert (shaped["properties"], shaped["time"]) == (GRAPH, MOMENT)


def test_a_log_analytics_row() -> None:
    shaped = canonical(ROW)
    assert shaped is not None
    assert shaped["tenantId"] == TENANT  # not the workspace's
    inner = shaped["properties"]
    assert inner["initiatedBy"] == {"user": {"id": "u"}}
    assert inner["targetResources"] == [{"id": "t"}]
    assert inner["additionalDetails"] == [{"key": "k", "value": "v"}]
    assert (inner["id"], inner["category"], inner["operationType"]) == (
        "Directory_1",
        "Policy",
        "Update",
    )


def test_a_row_may_hold_its_json_decoded_or_leave_it_out() -> None:
    shaped = canonical({**ROW, "InitiatedBy": {"app": {"appId": "a"}}, "AdditionalDetails": ""})
    assert shaped is not None
    assert shaped["properties"]["initiatedBy"] == {"app": {"appId": "a"}}
    assert shaped["properties"]["additionalDetails"] is None


@pytest.mark.parametrize(
    "foreign",
    [
        {"category": "SignInLogs", "operationName": "Sign-in activity", "properties": {}},
        {"category": "NonInteractiveUserSignInLogs", "time": MOMENT},
        {"Type": "SigninLogs", "OperationName": "Sign-in activity", "Category": "SignInLogs"},
    ],
)
def test_records_of_other_logs_are_none_of_ours(foreign: Json) -> None:
    assert canonical(foreign) is None


@pytest.mark.parametrize(
    ("odd", "code"),
    [
        (UNIFIED, QuarantineCode.UNIFIED_AUDIT_LOG),
        ({**UNIFIED, "Operation": None}, QuarantineCode.UNIFIED_AUDIT_LOG),
        ({}, QuarantineCode.UNKNOWN_SHAPE),
        ({"time": MOMENT, "category": "AuditLogs"}, QuarantineCode.UNKNOWN_SHAPE),
        ({"count": 1, "metricName": "m"}, QuarantineCode.UNKNOWN_SHAPE),
        ({**ROW, "TargetResources": "[{"}, QuarantineCode.NOT_JSON),
        (record({}, operationName="Update policy", properties="{"), QuarantineCode.NOT_JSON),
    ],
)
def test_what_is_no_audit_record_is_refused(odd: Json, code: QuarantineCode) -> None:
    with pytest.raises(Refused) as refused:
        canonical(odd)
    assert refused.value.code is code


@pytest.mark.parametrize(
    ("any_shape", "claimed"),
    [
        (UNIFIED, Claims(TENANT, None, "d06df1c6")),
        (ROW, Claims(TENANT, ROW["ResourceId"], "Directory_1")),
        (GRAPH, Claims(None, None, GRAPH["id"])),
        ({"tenantId": 5, "properties": {"id": "i"}}, Claims(None, None, "i")),
        ({}, Claims(None, None, None)),
    ],
)
def test_what_a_record_of_any_shape_claims(any_shape: Json, claimed: Claims) -> None:
    assert claims(any_shape) == claimed
