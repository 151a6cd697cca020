"""The fold: order, first sight, discontinuity, twins, deletion, failure."""

import pytest

from monitor.posture.change import Effect, Reason
from monitor.posture.document import DocumentKind
from tests import entra
from tests.past import Past

BASE = entra.policy()
EDITED = entra.policy(entra.excluding())


def test_the_first_sight_adopts_the_old_value_silently() -> None:
    change = Past().take(entra.ca_change(BASE, EDITED, entra.at(1)))
    assert change.effect is Effect.APPLIED
    assert change.opens == ()
    assert change.before is not None
    assert change.before["displayName"] == BASE["displayName"]


def test_a_later_record_that_starts_where_we_stand_is_applied() -> None:
    past = Past()
    past.take(entra.ca_change(None, BASE, entra.at(1)))
    change = past.take(entra.ca_change(entra.saved(BASE, entra.at(1)), EDITED, entra.at(2)))
    assert change.effect is Effect.APPLIED
    assert change.opens == ()


def test_an_older_record_is_entered_and_replaces_nothing() -> None:
    past = Past()
    past.take(entra.ca_change(BASE, EDITED, entra.at(10)))
    change = past.take(entra.ca_change(None, BASE, entra.at(1)))
    assert change.effect is Effect.OLDER
    assert change.comparable
    known = past.documents[DocumentKind.POLICY, entra.POLICY]
    assert known.body is not None
    assert known.body["conditions"] == EDITED["conditions"]


def test_a_discontinuity_is_pending_and_a_late_record_explains_it() -> None:
    past = Past()
    past.take(entra.ca_change(None, BASE, entra.at(1)))
    third = entra.policy(entra.excluding(), state="disabled")
    jump = past.take(entra.ca_change(entra.saved(EDITED, entra.at(2)), third, entra.at(3)))
    assert [matter.reason for matter in jump.opens] == [Reason.DISCONTINUITY]
    late = past.take(entra.ca_change(entra.saved(BASE, entra.at(1)), EDITED, entra.at(2)))
    assert late.effect is Effect.OLDER
    assert past.matters == {}


def test_two_late_records_explain_a_discontinuity_in_either_order() -> None:
    middle = entra.policy(entra.excluding(), displayName="Renamed")
    last = entra.policy(entra.excluding(), displayName="Renamed", state="disabled")
    first_late = entra.ca_change(entra.saved(BASE, entra.at(1)), EDITED, entra.at(2))
    second_late = entra.ca_change(entra.saved(EDITED, entra.at(2)), middle, entra.at(3))
    for order in ((first_late, second_late), (second_late, first_late)):
        past = Past()
        past.take(entra.ca_change(None, BASE, entra.at(1)))
        past.take(entra.ca_change(entra.saved(middle, entra.at(3)), last, entra.at(4)))
        assert len(past.matters) == 1
        past.take(*order)
        assert past.matters == {}


def test_the_same_document_again_changes_nothing() -> None:
    past = Past()
    record = entra.ca_change(None, BASE, entra.at(1))
    past.take(record)
    again = past.take(record)
    assert again.effect is Effect.REPEATED
    assert not again.comparable


@pytest.mark.parametrize("twin_first", [True, False])
@pytest.mark.parametrize("verb", ["Add", "Update", "Delete"])
def test_a_twin_is_recognised_in_both_orders(verb: str, *, twin_first: bool) -> None:
    old, new = {"Add": (None, BASE), "Update": (BASE, EDITED), "Delete": (BASE, None)}[verb]
    record = entra.ca_change(old, new, entra.at(1))
    pair = [entra.twin(entra.POLICY, entra.at(1), verb), record]
    past = Past()
    for one in pair if twin_first else reversed(pair):
        past.take(one)
    assert past.matters == {}


def test_a_twin_without_its_record_stays_pending() -> None:
    past = Past()
    change = past.take(entra.twin(entra.POLICY, entra.at(1)))
    assert change.effect is Effect.TWIN
    assert [matter.reason for matter in past.matters.values()] == [Reason.TWIN]


def test_another_kind_of_policy_is_no_twin() -> None:
    listed = ['{"TokenLifetimePolicy":{"Version":1}}']
    record = entra.record(
        "Update policy", entra.at(1), properties=[("PolicyDetail", listed, listed)]
    )
    assert Past().take(record).effect is Effect.NOTED


def test_a_hard_deletion_of_a_policy_deleted_before_is_only_noted() -> None:
    past = Past()
    past.take(entra.ca_change(BASE, None, entra.at(1)))
    purge = entra.twin(entra.POLICY, entra.at(60 * 24 * 30), "Hard Delete")
    purge["properties"]["targetResources"][0]["modifiedProperties"] = []
    past.take(purge)
    assert past.matters == {}


def test_a_failed_attempt_changes_nothing() -> None:
    past = Past()
    change = past.take(entra.ca_change(BASE, EDITED, entra.at(1), result="failure"))
    assert change.effect is Effect.FAILED
    assert past.documents == {}


@pytest.mark.parametrize("value", ["hidden", "None", '{"id":"x","disp'])
def test_an_unreadable_document_is_not_understood(value: str) -> None:
    record = entra.ca_change(BASE, EDITED, entra.at(1))
    record["properties"]["targetResources"][0]["modifiedProperties"][0]["newValue"] = value
    change = Past().take(record)
    assert change.effect is Effect.NOT_UNDERSTOOD
    assert change.problem


@pytest.mark.parametrize("old", [None, BASE])
def test_a_restored_policy_is_there_again_whatever_it_shows_as_old(old: entra.Json | None) -> None:
    past = Past()
    past.take(entra.ca_change(BASE, None, entra.at(1)))
    record = entra.ca_change(old, EDITED, entra.at(2))
    record["operationName"] = record["properties"]["activityDisplayName"] = (
        "Restore conditional access policy"
    )
    change = past.take(record)
    assert (change.effect, change.before, change.opens) == (Effect.APPLIED, None, ())
    assert change.after is not None
    assert change.problem is None


@pytest.mark.parametrize("verb", ["Add", "Restore"])
def test_a_policy_comes_back_with_its_old_time(verb: str) -> None:
    past = Past()
    past.take(entra.ca_change(None, BASE, entra.at(1)))
    past.take(entra.ca_change(entra.saved(BASE, entra.at(1)), None, entra.at(60)))
    record = entra.ca_change(None, BASE, entra.at(1))
    properties = record["properties"]
    record["time"] = properties["activityDateTime"] = entra.text(entra.at(90))
    properties["id"] += "-2"
    record["operationName"] = properties["activityDisplayName"] = (
        f"{verb} conditional access policy"
    )
    change = past.take(record)
    assert (change.effect, change.at) == (Effect.APPLIED, entra.at(90))
    known = past.documents[DocumentKind.POLICY, entra.POLICY]
    assert known.body is not None


def with_another(record: entra.Json, **more: entra.Json) -> entra.Json:
    """Add a second target to the record: a policy unless told otherwise."""
    targets = record["properties"]["targetResources"]
    targets.append({**targets[0], "id": entra.POLICY[:-1] + "0", **more})
    return record


def test_a_second_policy_in_one_record_is_not_passed_over() -> None:
    change = Past().take(with_another(entra.ca_change(BASE, EDITED, entra.at(1))))
    assert change.effect is Effect.APPLIED
    assert change.comparable
    assert change.problem == "it names 1 more policy, not read here"


@pytest.mark.parametrize(
    ("type_", "properties", "problem"),
    [
        ("Policy", [], True),
        ("Other", None, True),
        (None, None, True),
        ("User", [], False),
    ],
)
def test_what_counts_as_another_policy(
    type_: str | None, properties: list[entra.Json] | None, *, problem: bool
) -> None:
    record = with_another(entra.ca_change(BASE, EDITED, entra.at(1)))
    other = record["properties"]["targetResources"][1]
    other["type"] = type_
    if properties is not None:
        other["modifiedProperties"] = properties
    assert bool(Past().take(record).problem) is problem


def test_a_second_policy_beside_a_change_told_before_is_not_understood() -> None:
    past = Past()
    past.take(entra.ca_change(BASE, EDITED, entra.at(1)))
    assert past.take(entra.ca_change(BASE, EDITED, entra.at(1))).effect is Effect.REPEATED
    again = past.take(with_another(entra.ca_change(BASE, EDITED, entra.at(1))))
    assert again.effect is Effect.NOT_UNDERSTOOD


def test_an_unreadable_value_is_not_quoted() -> None:
    record = entra.ca_change(BASE, EDITED, entra.at(1))
    prop = record["properties"]["targetResources"][0]["modifiedProperties"][0]
    prop["newValue"] = "Jane Doe, room 7"
    assert Past().take(record).problem == "newValue is text, not a document"


def test_a_fragment_is_not_understood() -> None:
    record = entra.ca_change(BASE, EDITED, entra.at(1))
    target = record["properties"]["targetResources"][0]
    target["modifiedProperties"] = []
    record["properties"]["additionalDetails"] = [
        {"key": "id", "value": "7"},
        {"key": "seq", "value": "2"},
    ]
    assert Past().take(record).effect is Effect.NOT_UNDERSTOOD


def test_absent_equals_null_and_order_does_not_count() -> None:
    past = Past()
    past.take(entra.ca_change(None, BASE, entra.at(1)))
    shuffled = entra.saved(BASE, entra.at(1))
    del shuffled["conditions"]["applications"]["applicationFilter"]
    shuffled["grantControls"]["builtInControls"] = ["MFA"]
    shuffled["sessionControls"] = None
    change = past.take(entra.ca_change(shuffled, EDITED, entra.at(2)))
    assert change.opens == ()


def test_guest_types_as_bits_and_as_names_are_the_same() -> None:
    patch = {"op": "add", "path": "/conditions/users/excludeGuestsOrExternalUsers"}
    bits = entra.policy({**patch, "value": {"guestOrExternalUserTypes": 6}})
    named = "b2bCollaborationMember,b2bCollaborationGuest"
    names = entra.policy({**patch, "value": {"guestOrExternalUserTypes": named}})
    past = Past()
    past.take(entra.ca_change(None, bits, entra.at(1)))
    assert past.take(entra.ca_change(names, EDITED, entra.at(2))).opens == ()


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ([{"State": 1}], [], ("enabled", "disabled")),
        ([{"State": 0}], [], ("enforced", "disabled")),
        ([{"State": 1}], [{"State": 0}], ("enabled", "enforced")),
        ([], [{"State": 1}], ("disabled", "enabled")),
    ],
)
def test_per_user_mfa_states(
    old: list[entra.Json], new: list[entra.Json], expected: tuple[str, str]
) -> None:
    record = entra.about_user(
        "Disable Strong Authentication",
        entra.at(1),
        properties=[("StrongAuthenticationRequirement", old, new)],
    )
    change = Past().take(record)
    assert change.kind is DocumentKind.PER_USER_MFA
    assert change.before is not None
    assert change.after is not None
    assert (change.before["perUserMfaState"], change.after["perUserMfaState"]) == expected
