import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.events.quarantine import QuarantineCode, Refused
from monitor.events.route import MESSAGE, ROUTES, Candidate, matters, survey
from tests.events.records import Json, audit, changed, dump, included, noise, properties, record

SIGN_IN: Json = {"category": "SignInLogs", "operationName": "Sign-in activity", "properties": {}}


def test_a_survey_finds_what_matters_in_order() -> None:
    records = [noise(), audit("Add user"), SIGN_IN, properties("Add user"), audit("Delete user")]
    routes = ROUTES.decode(dump(records))
    assert survey(routes) == [
        Candidate(1, known=True),
        Candidate(3, known=False),
        Candidate(4, known=True),
    ]


def test_an_object_is_an_envelope_or_a_record() -> None:
    assert MESSAGE.decode(dump({"records": [noise(), noise()]})).operation_name == ""
    assert MESSAGE.decode(dump(noise())).operation_name == "Update device"


def test_a_record_without_properties_is_left_to_validation() -> None:
    bare = {"category": "AuditLogs", "operationName": "Update user"}
    assert survey(ROUTES.decode(dump([bare]))) == [Candidate(0, known=True)]


PROPERTIES = st.lists(
    st.sampled_from(
        [
            changed("Department", ["a"], ["b"]),
            changed("AccountEnabled", [False], [True]),
            changed("StrongAuthenticationPhoneAppDetail", [{"Id": "a"}], [{"Id": "a"}]),
            changed("StrongAuthenticationPhoneAppDetail", [{"Id": "a"}], [{"Id": "b"}]),
            included(),
            included("UserType"),
        ]
    ),
    max_size=3,
)
NAMES = st.sampled_from(["Update user", "Update user.", "Update device", "Update policy"])


@given(NAMES, NAMES, PROPERTIES)
def test_one_decoded_record_is_judged_as_many_undecoded(
    operation: str, activity: str, modified: list[Json]
) -> None:
    written = record(properties(activity, *modified), operationName=operation)
    surveyed = survey(ROUTES.decode(json.dumps([written]).encode()))
    assert matters(written) is bool(surveyed)


@pytest.mark.parametrize("inner", [{}, None, "x", {"activityDisplayName": 5}])
def test_a_record_that_names_no_activity_is_refused(inner: object) -> None:
    with pytest.raises(Refused) as refused:
        matters({"category": "AuditLogs", "properties": inner})
    assert refused.value.code is QuarantineCode.UNKNOWN_SHAPE
