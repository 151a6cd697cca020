"""The authentication methods policy: every form is read as the same change."""

from typing import Any

import pytest

from monitor.events.model import AuditEvent
from monitor.events.read import read_message
from monitor.posture.methods import is_external, read_methods
from tests import entra, methods
from tests.methods import FORMS, Form, edit

Json = entra.Json


def event(record: Json) -> AuditEvent:
    (one,) = read_message(entra.body(record)).events
    return one


def read(*properties: tuple[str, Any, Any], target: Json | None = None) -> Any:
    shown = {"id": "authenticationMethodsPolicy", "type": "Policy", **(target or {})}
    record = entra.record(methods.ACTIVITY, entra.at(), target=shown, properties=list(properties))
    return read_methods(event(record))


def by_id(side: Any) -> dict[str, Any]:
    return {one["id"]: one for one in side["authenticationMethodConfigurations"]}


@pytest.mark.parametrize("form", FORMS)
def test_a_methods_state_is_read_in_every_form(form: Form) -> None:
    after = methods.policy(edit("/methods/Sms/state", "enabled"))
    record = read_methods(event(form(methods.BASE, after, entra.at())))
    assert record.unfamiliar == []
    assert by_id(record.old)["Sms"]["state"] == "disabled"
    assert by_id(record.new)["Sms"]["state"] == "enabled"
    assert record.whole is (form in FORMS[:2])


@pytest.mark.parametrize("form", FORMS)
def test_a_setting_of_the_policy_is_read_in_every_form(form: Form) -> None:
    after = methods.policy(edit(f"{methods.CAMPAIGN}/state", "disabled"))
    record = read_methods(event(form(methods.BASE, after, entra.at())))
    sides: list[Any] = [record.old, record.new]
    campaigns = [
        side["registrationEnforcement"]["authenticationMethodsRegistrationCampaign"]["state"]
        for side in sides
    ]
    assert campaigns == ["enabled", "disabled"]


@pytest.mark.parametrize(
    ("name", "target"),
    [
        ("Sms.State", {}),
        ("sms/state", {}),
        ("AuthenticationMethodsPolicy.AuthenticationMethodConfigurations[Sms].State", {}),
        ("authenticationMethodConfigurations('Sms')/state", {}),
        ("#microsoft.graph.smsAuthenticationMethodConfiguration.state", {}),
        ("State", {"id": "Sms"}),
        ("state", {"displayName": "Sms"}),
    ],
)
@pytest.mark.parametrize(("old", "new"), [("disabled", "enabled"), (1, 0), (["1"], ["0"])])
def test_spellings_of_one_path(name: str, target: Json, old: Any, new: Any) -> None:
    record = read((name, old, new), target=target)
    assert by_id(record.old) == {"Sms": {"id": "Sms", "state": "disabled"}}
    assert by_id(record.new) == {"Sms": {"id": "Sms", "state": "enabled"}}
    assert record.unfamiliar == []


@pytest.mark.parametrize(
    "name", ["Anything", "externalAuthenticationMethodConfiguration", "newValue"]
)
@pytest.mark.parametrize("wrap", [lambda one: one, lambda one: [one]])
def test_a_configuration_is_known_by_its_shape(name: str, wrap: Any) -> None:
    record = read((name, None, wrap(methods.provider())))
    assert by_id(record.old) == {}
    assert by_id(record.new)[methods.PROVIDER]["appId"] == methods.APP_ID


def test_pascal_case_and_text_values_are_read() -> None:
    record = read(
        ("TemporaryAccessPass.IsUsableOnce", "True", "False"),
        ("TemporaryAccessPass.MaximumLifetimeInMinutes", "480", "1440"),
        ("PolicyMigrationState", 2, 1),
    )
    assert by_id(record.new)["TemporaryAccessPass"] == {
        "id": "TemporaryAccessPass",
        "isUsableOnce": False,
        "maximumLifetimeInMinutes": 1440,
    }
    assert record.old["policyMigrationState"] == "migrationComplete"
    assert record.new["policyMigrationState"] == "migrationInProgress"


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("SomethingNew", "a", "b"),
        ("SomethingNew", None, None),
        ("authenticationMethodConfigurations[3].state", 1, 0),
        ("SomethingNew", {"x": 1}, {"x": 2}),
        ("State", "enabled", "disabled"),
    ],
)
def test_an_unfamiliar_property_is_named(name: str, old: Any, new: Any) -> None:
    record = read((name, old, new))
    assert not record.understood
    assert record.unfamiliar == [name]


def test_an_unknown_member_of_a_method_is_named() -> None:
    old, new = ({**methods.method("Sms"), "isTelepathic": side} for side in (False, True))
    record = read(("Sms", old, new))
    assert record.unfamiliar == ["authenticationMethodConfigurations[Sms].isTelepathic"]
    assert record.understood


def test_an_unknown_state_is_named() -> None:
    record = read(("Sms.state", "disabled", "enabledOnTuesdays"))
    assert record.unfamiliar == ["authenticationMethodConfigurations[Sms].state=enabledOnTuesdays"]


def test_unreadable_values_and_bookkeeping() -> None:
    record = entra.record(
        methods.ACTIVITY,
        entra.at(),
        properties=[("Sms.state", "x", "x"), ("Included Updated Properties", None, "Sms")],
    )
    record["properties"]["targetResources"][0]["modifiedProperties"][0]["newValue"] = "hidden"
    found = read_methods(event(record))
    assert found.unfamiliar == ["Sms.state"]
    assert not found.understood


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (methods.provider(), True),
        ({"id": "x", "openIdConnectSetting": {}}, False),
        ({"id": "x", "openIdConnectSetting": {"clientId": "c"}}, True),
        (methods.method("Sms"), False),
        ("Sms", False),
    ],
)
def test_external_mfa_is_known_by_type_or_by_its_anchor(body: Any, expected: bool) -> None:
    assert is_external(body) is expected
