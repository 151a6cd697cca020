"""The enrolment clock: one account, its deadline, and what stops it."""

from datetime import timedelta

import pytest

from monitor.enrolment.clock import EnrolmentClock, Stage, Terms, expire, observe
from monitor.events.read import read_message
from tests import acts, entra

TERMS = Terms(timedelta(hours=24))


def run(*records: entra.Json, terms: Terms = TERMS) -> EnrolmentClock | None:
    clock: EnrolmentClock | None = None
    for event in read_message(entra.body(*records)).events:
        clock = observe(clock, event, terms) or clock
    return clock


def stage(*records: entra.Json, terms: Terms = TERMS) -> Stage | None:
    clock = run(*records, terms=terms)
    return clock.stage if clock else None


def test_a_new_member_account_has_its_deadline_from_its_creation() -> None:
    clock = run(entra.add_user(entra.at()))
    assert clock is not None
    assert clock.stage is Stage.WAITING
    assert clock.deadline == entra.at(24 * 60)


def test_the_clock_expires_at_its_deadline_and_not_before() -> None:
    clock = run(entra.add_user(entra.at()))
    assert clock is not None
    assert expire(clock, entra.at(24 * 60 - 1)) is None
    overdue = expire(clock, entra.at(24 * 60))
    assert overdue is not None
    assert overdue.stage is Stage.OVERDUE
    assert expire(overdue, entra.at(99 * 60)) is None


def test_a_deadline_is_stored_and_not_moved_by_later_configuration() -> None:
    clock = run(entra.add_user(entra.at()))
    assert clock is not None
    event = read_message(
        entra.body(
            entra.about_user(
                "Update user", entra.at(5), properties=[("AccountEnabled", [True], [True])]
            )
        )
    ).events[0]
    assert observe(clock, event, Terms(timedelta(hours=1))) is None


@pytest.mark.parametrize(
    "record",
    [
        entra.registered(entra.at(60)),
        entra.about_user("User registered all required security info", entra.at(60)),
        entra.about_user(
            "Admin registered security info",
            entra.at(60),
            reason="Admin registered phone method for user",
            properties=[("Phone.Phone.PhoneType", None, "mobile")],
        ),
        entra.about_user(
            "Update user",
            entra.at(60),
            properties=[("StrongAuthenticationMethod", [], [{"MethodType": 6, "Default": True}])],
        ),
        entra.about_user(
            "Update user",
            entra.at(60),
            properties=[
                ("StrongAuthenticationPhoneAppDetail", [], [{"Id": "1", "DeviceName": "p"}])
            ],
        ),
    ],
)
def test_a_registered_method_ends_the_clock(record: entra.Json) -> None:
    assert stage(entra.add_user(entra.at()), record) is Stage.ENROLLED


@pytest.mark.parametrize(
    "record",
    [
        entra.registered(entra.at(60), reason="User registered App Password"),
        entra.registered(entra.at(60), reason="User registered temporary access pass method"),
        entra.about_user(
            "User registered security info",
            entra.at(60),
            reason="User registered security info",
            operation="ServiceApi",
        ),
        entra.about_user("User started security info registration", entra.at(60)),
        entra.about_user("User registered security info", entra.at(60), result="failure"),
        entra.about_user("Update user", entra.at(60), properties=[("LastDirSyncTime", [], ["x"])]),
    ],
)
def test_what_is_no_second_factor_leaves_the_clock_running(record: entra.Json) -> None:
    assert stage(entra.add_user(entra.at()), record) is Stage.WAITING


def test_a_guest_is_exempt_unless_configured() -> None:
    guest = entra.add_user(entra.at(), kind="Guest")
    assert stage(guest) is Stage.EXEMPT
    assert stage(guest, terms=Terms(timedelta(hours=1), guests=True)) is Stage.WAITING


def test_a_disabled_account_has_no_clock_until_it_is_enabled() -> None:
    created = entra.add_user(entra.at(), enabled=False)
    assert stage(created) is Stage.DISABLED
    clock = run(
        created,
        entra.about_user(
            "Enable account", entra.at(90), properties=[("AccountEnabled", [False], [True])]
        ),
    )
    assert clock is not None
    assert clock.stage is Stage.WAITING
    assert clock.deadline == entra.at(90 + 24 * 60)


def test_disabling_and_deleting_stop_the_clock() -> None:
    created = entra.add_user(entra.at())
    disabled = entra.about_user(
        "Disable account", entra.at(5), properties=[("AccountEnabled", [True], [False])]
    )
    assert stage(created, disabled) is Stage.DISABLED
    deleted = entra.about_user("Delete user", entra.at(5), operation="Delete")
    assert stage(created, deleted) is Stage.DELETED
    restored = entra.about_user("Restore user", entra.at(9))
    assert stage(created, deleted, restored) is Stage.WAITING


def test_a_registration_that_arrives_before_the_creation_counts() -> None:
    clock = run(entra.registered(entra.at(60)), entra.add_user(entra.at()))
    assert clock is not None
    assert clock.stage is Stage.ENROLLED
    assert clock.created == entra.at()


def test_an_account_never_seen_created_is_not_judged() -> None:
    enabled = entra.about_user(
        "Enable account", entra.at(), properties=[("AccountEnabled", [False], [True])]
    )
    assert run(enabled) is None


def methods(minutes: float, old: list[int], new: list[int]) -> entra.Json:
    return acts.methods(entra.at(minutes), old, new)


def deleted(minutes: float, text: str) -> entra.Json:
    reason = f"User deleted {text}"
    return acts.security_info("User deleted security info", entra.at(minutes), reason)


def named(minutes: float, text: str) -> entra.Json:
    return entra.registered(entra.at(minutes), reason=f"User registered {text}")


APP = "Authenticator App with Notification and Code"
KEY = "Fido2 Authentication Method"


def test_an_emptied_list_starts_the_clock_again_with_a_new_deadline() -> None:
    clock = run(entra.add_user(entra.at()), named(5, APP), methods(90, [6], []))
    assert clock is not None
    assert clock.stage is Stage.WAITING
    assert clock.deadline == entra.at(90 + 24 * 60)
    assert clock.lost == entra.at(90)
    assert clock.created == entra.at()


def test_an_account_never_seen_created_gets_a_clock_when_its_list_is_emptied() -> None:
    clock = run(methods(0, [6], []))
    assert clock is not None
    assert clock.stage is Stage.WAITING
    assert clock.created is None


def test_the_last_of_the_known_methods_starts_the_clock_again() -> None:
    created = entra.add_user(entra.at())
    two = (created, named(5, APP), named(6, KEY))
    assert stage(*two, deleted(9, "Authenticator App")) is Stage.ENROLLED
    assert stage(*two, deleted(9, "Authenticator App"), deleted(10, KEY)) is Stage.WAITING
    assert stage(created, named(5, APP), deleted(9, "Mobile Phone")) is Stage.WAITING


def test_a_key_outlives_an_emptied_list() -> None:
    created = entra.add_user(entra.at())
    assert stage(created, named(5, KEY), methods(9, [6], [])) is Stage.ENROLLED


def test_an_unknown_account_that_deletes_a_method_is_not_judged() -> None:
    clock = run(deleted(5, APP))
    assert clock is not None
    assert clock.stage is Stage.UNJUDGED
    assert clock.deadline is None
    assert stage(entra.registered(entra.at()), deleted(5, APP)) is Stage.ENROLLED


def test_a_method_deleted_that_was_never_named_leaves_the_rest_unknown() -> None:
    records = (entra.add_user(entra.at()), named(5, APP), named(6, KEY))
    clock = run(*records, deleted(9, "Email"))
    assert clock is not None
    assert (clock.stage, clock.methods) == (Stage.ENROLLED, None)


def test_a_new_registration_ends_the_second_clock() -> None:
    clock = run(methods(0, [6], []), named(5, APP))
    assert clock is not None
    assert (clock.stage, clock.lost, clock.deadline) == (Stage.ENROLLED, None, None)


def test_a_guest_and_a_disabled_account_start_no_second_clock() -> None:
    guest = entra.add_user(entra.at(), kind="Guest")
    assert stage(guest, methods(9, [6], [])) is Stage.EXEMPT
    disabled = entra.add_user(entra.at(), enabled=False)
    assert stage(disabled, methods(9, [6], [])) is Stage.DISABLED


def test_one_registration_told_by_two_records_counts_once() -> None:
    quiet = methods(5, [], [6])
    clock = run(entra.add_user(entra.at()), quiet, named(5.05, APP))
    assert clock is not None
    assert clock.methods == (APP.lower(),)
    assert stage(entra.add_user(entra.at()), quiet, named(5.05, APP), deleted(9, APP)) is (
        Stage.WAITING
    )


def test_a_creation_that_comes_after_an_act_on_the_account_counts() -> None:
    issued = acts.security_info(
        "Admin registered security info", entra.at(5), "Admin registered temporary access pass"
    )
    clock = run(issued, entra.add_user(entra.at()))
    assert clock is not None
    assert clock.stage is Stage.WAITING
    assert clock.deadline == entra.at(24 * 60)
