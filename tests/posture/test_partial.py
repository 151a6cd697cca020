"""Records that show only what changed: the document stays whole, and order and gaps are noticed."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.posture.change import Change, Effect, Reason
from monitor.posture.document import DocumentKind
from monitor.posture.partial import agrees, moved
from monitor.posture.same import same_body
from tests import entra, methods
from tests.methods import BASE, FORMS, Form, as_part, as_paths, as_whole, edit
from tests.past import Past

Json = entra.Json
ID = "authenticationMethodsPolicy"
PARTS = FORMS[2:]

SMS = methods.policy(edit("/methods/Sms/state", "enabled"))
SMS_AND_VOICE = methods.policy(
    edit("/methods/Sms/state", "enabled"), edit("/methods/Voice/state", "disabled")
)
VOICE = methods.policy(edit("/methods/Voice/state", "disabled"))


def known(past: Past) -> Any:
    return past.documents[DocumentKind.METHODS_POLICY, ID].body


def primed() -> Past:
    """A past that knows the whole policy."""
    past = Past()
    past.take(as_whole(BASE, BASE, entra.at(0)))
    return past


def holds(past: Past, shown: Json) -> bool:
    return same_body(known(past), methods.whole(shown))


@pytest.mark.parametrize("form", FORMS)
def test_the_document_stays_whole(form: Form) -> None:
    past = primed()
    change = past.take(form(BASE, SMS, entra.at(1)))
    assert change.effect is Effect.APPLIED
    assert change.opens == ()
    assert holds(past, SMS)
    assert same_body(change.before, methods.whole(BASE))


@pytest.mark.parametrize("form", PARTS)
def test_first_sight_of_a_part_is_adopted_and_filled_later(form: Form) -> None:
    past = Past()
    assert past.take(form(BASE, SMS, entra.at(1))).opens == ()
    assert past.take(form(SMS, SMS_AND_VOICE, entra.at(2))).opens == ()
    assert past.take(as_whole(SMS_AND_VOICE, SMS, entra.at(3))).opens == ()
    assert holds(past, SMS)


@pytest.mark.parametrize("form", PARTS)
def test_a_method_is_added_and_removed(form: Form) -> None:
    without = methods.policy({"op": "remove", "path": f"/methods/{methods.PROVIDER}"})
    past = primed()
    past.take(form(BASE, without, entra.at(1)))
    assert holds(past, without)
    past.take(form(without, BASE, entra.at(2)))
    assert holds(past, BASE)


@pytest.mark.parametrize("form", PARTS)
def test_only_the_members_of_the_part_are_compared(form: Form) -> None:
    past = primed()
    past.take(form(BASE, SMS, entra.at(1)))
    change = past.take(form(BASE, VOICE, entra.at(2)))  # says nothing of SMS
    assert change.opens == ()
    assert holds(past, SMS_AND_VOICE)


@pytest.mark.parametrize("form", PARTS)
def test_a_gap_in_the_members_is_a_discontinuity_and_a_late_part_explains_it(form: Form) -> None:
    past = primed()
    jump = past.take(form(SMS, BASE, entra.at(3)))
    assert [matter.reason for matter in jump.opens] == [Reason.DISCONTINUITY]
    past.take(form(BASE, VOICE, entra.at(1)))  # about something else: explains nothing
    assert len(past.matters) == 1
    late = past.take(form(BASE, SMS, entra.at(2)))
    assert late.effect is Effect.OLDER
    assert past.matters == {}
    assert holds(past, VOICE)


@pytest.mark.parametrize("form", PARTS)
def test_a_late_part_nobody_spoke_of_since_is_put_in_place(form: Form) -> None:
    past = primed()
    past.take(form(BASE, VOICE, entra.at(5)))
    late = past.take(form(BASE, SMS, entra.at(2)))
    assert late.effect is Effect.APPLIED
    assert late.at == entra.at(5)
    assert holds(past, SMS_AND_VOICE)


@pytest.mark.parametrize("form", PARTS)
def test_a_late_part_that_is_known_already_replaces_nothing(form: Form) -> None:
    past = primed()
    past.take(as_whole(BASE, SMS, entra.at(5)))
    past.take(as_whole(SMS, SMS, entra.at(6)))
    late = past.take(form(BASE, SMS, entra.at(2)))
    assert late.effect is Effect.OLDER
    assert holds(past, SMS)


@pytest.mark.parametrize("form", FORMS)
def test_the_same_record_again_changes_nothing(form: Form) -> None:
    past = primed()
    record = form(BASE, SMS, entra.at(1))
    past.take(record)
    again = past.take(record)
    assert again.effect is Effect.REPEATED
    assert not again.comparable


def test_two_parts_of_the_same_moment_are_both_applied() -> None:
    past = primed()
    past.take(as_paths(BASE, SMS, entra.at(1)))
    past.take(as_paths(BASE, VOICE, entra.at(1)))
    assert holds(past, SMS_AND_VOICE)


def test_targets_written_with_less_are_the_same_targets() -> None:
    past = primed()
    change = as_part(BASE, methods.policy(edit("/methods/Voice/state", "disabled")), entra.at(1))
    bare = [{"id": methods.PILOT}]
    prop = change["properties"]["targetResources"][0]["modifiedProperties"][0]
    for side in ("oldValue", "newValue"):
        prop[side] = prop[side].replace(
            '[{"targetType": "group", "id": "' + methods.PILOT + '", "isRegistrationRequired": '
            "false}]",
            '[{"id": "' + str(bare[0]["id"]) + '"}]',
        )
    assert past.take(change).opens == ()


def test_a_failed_attempt_changes_nothing() -> None:
    past = primed()
    change = past.take(as_part(BASE, SMS, entra.at(1), result="failure"))
    assert change.effect is Effect.FAILED
    assert holds(past, BASE)


def test_what_is_not_known_is_told_beside_what_is() -> None:
    record = as_paths(BASE, SMS, entra.at(1))
    record["properties"]["targetResources"][0]["modifiedProperties"].append(
        {"displayName": "Novelty", "oldValue": "1", "newValue": "2"}
    )
    change = primed().take(record)
    assert change.effect is Effect.APPLIED
    assert change.problem is not None
    assert "Novelty" in change.problem


def test_nothing_known_at_all_is_not_understood() -> None:
    record = as_paths(BASE, BASE, entra.at(1))
    record["properties"]["targetResources"][0]["modifiedProperties"] = [
        {"displayName": "Novelty", "oldValue": "1", "newValue": "2"}
    ]
    assert primed().take(record).effect is Effect.NOT_UNDERSTOOD


def reset(when: Any, **more: Any) -> Json:
    return entra.record("Authentication Methods Policy Reset", when, **more)


def test_a_reset_without_a_document_leaves_only_the_providers_known() -> None:
    past = primed()
    change: Change = past.take(reset(entra.at(1)))
    assert change.effect is Effect.APPLIED
    assert not change.comparable
    assert [one["id"] for one in known(past)["authenticationMethodConfigurations"]] == [
        methods.PROVIDER
    ]
    assert past.take(as_paths(VOICE, BASE, entra.at(2))).opens == ()


@pytest.mark.parametrize("more", [{"result": "failure"}, {}])
def test_a_reset_that_failed_or_of_the_unknown_is_noted(more: Json) -> None:
    past = primed() if more else Past()
    change = past.take(reset(entra.at(1), **more))
    assert change.kind is None
    assert change.effect in (Effect.NOTED, Effect.FAILED)


def defaults(old: Any, new: Any, name: str = "isEnabled") -> Json:
    target = {"id": "00000000-0000-0000-0000-000000000005", "displayName": "Security Defaults"}
    return entra.record(
        "Update security defaults", entra.at(1), target=target, properties=[(name, old, new)]
    )


@pytest.mark.parametrize(
    ("old", "new", "name"),
    [
        (True, False, "isEnabled"),
        ("True", "False", "IsEnabled"),
        ([True], [False], "isEnabled"),
        ({"isEnabled": True}, {"isEnabled": False}, "SecurityDefaults"),
        ({"IsEnabled": True, "displayName": "x"}, {"IsEnabled": False}, "Anything"),
        (None, False, "isEnabled"),
    ],
)
def test_security_defaults_are_read_however_they_are_wrapped(old: Any, new: Any, name: str) -> None:
    change = Past().take(defaults(old, new, name))
    assert (change.kind, change.id) == (DocumentKind.SECURITY_DEFAULTS, "securityDefaults")
    assert change.before == {"isEnabled": True}
    assert change.after == {"isEnabled": False}


def test_security_defaults_in_an_unknown_form_are_not_understood() -> None:
    assert Past().take(defaults("on", "off", "Mode")).effect is Effect.NOT_UNDERSTOOD


def test_a_strengths_combinations_alone_are_a_part_of_it() -> None:
    body = {"id": "s", "displayName": "Strong", "description": "x"}
    old, new = ({**body, "allowedCombinations": one} for one in (["fido2"], ["fido2", "sms"]))
    target = {"id": "s", "displayName": "Strong"}
    name = "Authentication Strength Policy Update"
    past = Past()
    whole = [("AuthenticationStrengthPolicy", old, new)]
    past.take(entra.record(name, entra.at(1), target=target, properties=whole))
    part = [("AllowedCombinations", ["fido2", "sms"], ["fido2"])]
    change = past.take(entra.record(name, entra.at(2), target=target, properties=part))
    assert change.opens == ()
    assert change.after is not None
    assert (change.after["allowedCombinations"], change.after["description"]) == (["fido2"], "x")


def test_trusted_ips_of_the_mfa_service_are_read() -> None:
    def side(*ranges: str, inside: bool = False) -> Any:
        rules = [{"SelectionConditions": [{"Claim": 1, "Operator": 0, "Values": list(ranges)}]}]
        if inside:
            values = ["insidecorporatenetwork--true"]
            rules.append({"SelectionConditions": [{"Claim": 2, "Operator": 0, "Values": values}]})
        party = {"RelyingParties": ["*"], "Rules": rules, "Enabled": True}
        return [{"RelyingPartyStrongAuthenticationPolicies": [party]}]

    old, new = side("192.0.2.0/24", inside=True), side("192.0.2.0/24", "198.51.100.0/24")
    record = entra.record(
        "Set Company Information",
        entra.at(1),
        properties=[("StrongAuthenticationPolicy", old, new)],
    )
    change = Past().take(record)
    assert change.before == {"trustedIps": ["192.0.2.0/24"], "skipFromIntranet": True}
    assert change.after == {
        "trustedIps": ["192.0.2.0/24", "198.51.100.0/24"],
        "skipFromIntranet": False,
    }


names = st.sampled_from(["a", "b", "c"])
values = st.one_of(st.none(), st.booleans(), st.integers(0, 3))
trees = st.recursive(
    st.dictionaries(names, values, max_size=3),
    lambda inner: st.dictionaries(names, st.one_of(values, inner), max_size=3),
    max_leaves=6,
)


@given(trees, trees)
def test_a_step_leads_from_old_to_new(old: Any, new: Any) -> None:
    assert agrees(moved(old, old, new), new, {})
    assert moved(new, new, new) == new


@given(trees, trees)
def test_a_part_says_nothing_of_the_rest(rest: Any, new: Any) -> None:
    held = {"rest": rest, "part": {}}
    after = moved(held, {"part": {}}, {"part": new})
    assert after["rest"] == rest
