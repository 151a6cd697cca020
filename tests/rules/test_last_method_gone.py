"""last-method-gone: the directory's list goes from some to none."""

from pathlib import Path

import pytest

from tests import acts, entra
from tests.corridor import judged

RULE = "last-method-gone"


def test_emptied_by_somebody_else_it_is_high(tmp_path: Path) -> None:
    found = judged(tmp_path, acts.methods(entra.at(), [6, 7], []))
    assert set(found) == {RULE}
    assert found[RULE]["severity"] == "high"
    assert found[RULE]["certainty"] == "possible"


def test_emptied_by_the_account_it_is_medium(tmp_path: Path) -> None:
    found = judged(tmp_path, acts.by_user(acts.methods(entra.at(), [6], [])))
    assert found[RULE]["severity"] == "medium"


def test_emptied_by_a_privileged_account_it_is_high(tmp_path: Path) -> None:
    emptied = acts.by_user(acts.methods(entra.at(5), [6], []))
    assert judged(tmp_path, acts.role("Add", entra.at()), emptied)[RULE]["severity"] == "high"


def test_a_passkey_known_to_be_registered_is_left(tmp_path: Path) -> None:
    key = entra.registered(entra.at(5), reason="User registered Fido2 Authentication Method")
    records = (entra.add_user(entra.at()), key, acts.methods(entra.at(9), [6], []))
    assert judged(tmp_path, *records) == {}


@pytest.mark.parametrize(("old", "new"), [([6, 7], [6]), ([6, 7], [7, 6]), ([], []), ([], [6])])
def test_other_changes_of_the_list_are_silent(
    tmp_path: Path, old: list[int], new: list[int]
) -> None:
    assert judged(tmp_path, acts.methods(entra.at(), old, new)) == {}


APP = entra.registered(entra.at(5))
SERVICE: entra.Json = {"displayName": "Azure MFA StrongAuthenticationService", "appId": "a"}


def apps(minutes: float, left: int = 0, *more: tuple[str, object, object]) -> entra.Json:
    entries = [{"DeviceName": f"phone {n}", "Id": f"i-{n}"} for n in range(left + 1)]
    shown = [("StrongAuthenticationPhoneAppDetail", entries, entries[:left]), *more]
    return entra.about_user("Update user", entra.at(minutes), properties=shown)


def test_the_only_app_gone_without_the_list_is_told(tmp_path: Path) -> None:
    found = judged(tmp_path, entra.add_user(entra.at()), APP, apps(30))
    assert set(found) == {RULE}
    assert (found[RULE]["severity"], found[RULE]["certainty"]) == ("high", "possible")
    assert "last authenticator app" in str(found[RULE]["witness"])


def test_an_app_taken_by_a_service_is_medium(tmp_path: Path) -> None:
    taken = acts.by_app(apps(30), SERVICE)
    found = judged(tmp_path, entra.add_user(entra.at()), APP, taken)
    assert found[RULE]["severity"] == "medium"


def test_after_the_app_a_role_goes_to_an_account_without_a_method(tmp_path: Path) -> None:
    given = acts.role("Add", entra.at(90))
    found = judged(tmp_path, entra.add_user(entra.at()), APP, apps(30), given)
    assert set(found) == {RULE, "role-without-method"}


def test_the_deletion_that_took_the_app_is_told_once(tmp_path: Path) -> None:
    told = "User deleted Authenticator App with Notification and Code"
    deletion = acts.by_user(acts.security_info("User deleted security info", entra.at(30), told))
    found = judged(tmp_path, entra.add_user(entra.at()), APP, deletion, apps(30.05))
    assert set(found) == {"security-info-deleted"}


LISTED = ("StrongAuthenticationMethod", [{"MethodType": 6}, {"MethodType": 5}], [{"MethodType": 5}])
PHONE = entra.registered(entra.at(6), reason="User registered Mobile Phone SMS")


@pytest.mark.parametrize(
    "records",
    [
        (apps(30),),
        (entra.add_user(entra.at()), apps(30)),
        (entra.add_user(entra.at()), APP, PHONE, apps(30)),
        (entra.add_user(entra.at()), APP, apps(30, 1)),
        (entra.add_user(entra.at()), APP, apps(30, 0, LISTED)),
        (entra.add_user(entra.at()), acts.methods(entra.at(5), [], [5, 6]), apps(30)),
    ],
    ids=[
        "unknown",
        "no app seen",
        "a phone is left",
        "an app is left",
        "listed",
        "only the list was seen",
    ],
)
def test_apps_gone_where_a_method_may_be_left_are_silent(
    tmp_path: Path, records: tuple[entra.Json, ...]
) -> None:
    assert judged(tmp_path, *records) == {}
