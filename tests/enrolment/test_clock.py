"""The enrolment clock: one account, its deadline, and what stops it."""

from datetime import timedelta

import pytest
from monitor.events.read import read_message

from monitor.enrolment.clock import EnrolmentClock, Stage, Terms, expire, observe
from tests import entra

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
