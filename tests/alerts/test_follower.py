"""Every finding reaches every channel once, whatever fails, and the ledger knows of each try."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.alerts.follower import Follower
from monitor.alerts.message import Message
from monitor.alerts.planning import LONGEST_PAUSE_SECONDS, pause_seconds
from monitor.alerts.ports import Channel, Result, Sent
from monitor.alerts.route import Route
from monitor.errors import StorageUnavailable
from monitor.rules.model import Severity
from monitor.view.deliveries import NOBODY
from tests.alerts.memory import DOWN, UP, MemoryChannel, MemoryLedger, Time
from tests.alerts.samples import TENANT, finding


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def ledger(time: Time) -> MemoryLedger:
    return MemoryLedger(time)


def follower(
    ledger: MemoryLedger, *channels: Channel, minimum: Severity = Severity.LOW
) -> Follower:
    time = ledger.time
    return Follower(ledger, ledger, channels, time, minimum=minimum, ticks=time.ticks)


def test_each_finding_goes_to_each_channel_once(ledger: MemoryLedger) -> None:
    teams, mail = MemoryChannel("teams"), MemoryChannel("mail")
    ledger.file(3)
    ledger.file(5)
    follow = follower(ledger, teams, mail)
    made = follow.deliver(5)
    assert (teams.got, mail.got) == ([3, 5], [3, 5])
    assert list(made) == ledger.entries
    assert {(e.tenant, e.at, e.error) for e in made} == {(TENANT, ledger.time.now(), None)}
    assert [e.done for e in made].count(True) == 2
    assert not ledger.open
    assert follow.deliver(5) == ()
    assert teams.asked == 2


def test_only_the_last_channel_to_settle_closes_a_finding(ledger: MemoryLedger) -> None:
    ledger.file(3)
    mail = MemoryChannel("mail", DOWN)
    made = follower(ledger, MemoryChannel("teams"), mail).deliver(5)
    assert {e.channel: e.done for e in made} == {"teams": False, "mail": False}
    assert set(ledger.open) == {3}


def test_a_dead_channel_does_not_keep_anything_from_another(ledger: MemoryLedger) -> None:
    teams, mail = MemoryChannel("teams", DOWN), MemoryChannel("mail")
    for index in range(10):
        ledger.file(index)
    follower(ledger, teams, mail).deliver(5)
    assert mail.got == list(range(10))
    assert ledger.outcomes("teams") == [(0, "failed", 1)]


def test_a_failing_channel_rests_longer_each_time_and_then_catches_up(
    ledger: MemoryLedger,
) -> None:
    teams = MemoryChannel("teams", DOWN)
    follow = follower(ledger, teams)
    for index in range(5):
        ledger.file(index)
    tried_at = []
    for _ in range(100):
        asked = teams.asked
        follow.deliver(5)
        if teams.asked > asked:
            tried_at.append(ledger.time.ticks())
        ledger.time.pass_seconds(5)
    assert tried_at == [0, 15, 45, 105, 225, 465]
    teams.answer = UP
    ledger.time.pass_seconds(LONGEST_PAUSE_SECONDS)
    follow.deliver(5)
    assert sorted(teams.got) == [0, 1, 2, 3, 4]
    assert not ledger.open


def test_the_pause_doubles_up_to_a_quarter_of_an_hour() -> None:
    assert [pause_seconds(n) for n in range(9)] == [0, 15, 30, 60, 120, 240, 480, 900, 900]
    assert pause_seconds(10**6) == 900


def test_a_message_that_is_always_refused_holds_up_no_other(ledger: MemoryLedger) -> None:
    teams = MemoryChannel("teams", poison=frozenset({0}))
    follow = follower(ledger, teams)
    ledger.file(0)
    for index in range(1, 20):
        follow.deliver(5)
        ledger.time.pass_seconds(60)
        ledger.file(index)
    follow.deliver(5)
    assert teams.got == list(range(1, 20))
    assert teams.asked - len(teams.got) <= 8


def test_a_new_process_keeps_to_the_pause_of_a_finding(ledger: MemoryLedger) -> None:
    teams = MemoryChannel("teams", DOWN)
    ledger.file(1)
    follower(ledger, teams).deliver(5)
    follower(ledger, teams).deliver(5)
    assert teams.asked == 1
    ledger.time.pass_seconds(15)
    follower(ledger, teams).deliver(5)
    assert ledger.outcomes("teams") == [(1, "failed", 1), (1, "failed", 2)]


@pytest.mark.parametrize(
    ("severity", "minimum", "sent"),
    [
        ("info", Severity.LOW, False),
        ("info", Severity.INFO, True),
        ("medium", Severity.HIGH, False),
        ("high", Severity.HIGH, True),
        ("unheard of", Severity.CRITICAL, True),
    ],
)
def test_a_finding_below_the_minimum_is_not_sent_nor_recorded(
    ledger: MemoryLedger, severity: str, minimum: Severity, sent: bool
) -> None:
    teams = MemoryChannel("teams")
    ledger.file(1, finding(severity=severity))
    follower(ledger, teams, minimum=minimum).deliver(5)
    assert bool(teams.got) is sent
    assert bool(ledger.entries) is sent


def test_without_channels_nothing_is_touched(ledger: MemoryLedger) -> None:
    ledger.file(1)
    assert follower(ledger).deliver(5) == ()
    assert set(ledger.open) == {1}


def test_an_old_finding_is_given_up_where_the_channel_is_dead(ledger: MemoryLedger) -> None:
    teams, mail = MemoryChannel("teams", DOWN), MemoryChannel("mail")
    ledger.file(1)
    ledger.file(2)
    follow = follower(ledger, teams, mail)
    follow.deliver(5)
    ledger.time.pass_seconds(timedelta(days=7, seconds=1).total_seconds())
    follow.deliver(5)
    follow.deliver(5)
    assert ledger.outcomes("teams") == [
        (1, "failed", 1),
        (1, "refused", 2),
        (2, "failed", 1),
        (2, "refused", 2),
    ]
    assert mail.got == [1, 2]
    assert not ledger.open
    assert [e.error for e in ledger.entries if e.outcome is Result.REFUSED] == [
        "given up after 7 days"
    ] * 2


def test_an_old_finding_nobody_tried_to_send_is_still_sent(ledger: MemoryLedger) -> None:
    teams = MemoryChannel("teams")
    ledger.file(1)
    ledger.time.pass_seconds(timedelta(days=30).total_seconds())
    follower(ledger, teams).deliver(5)
    assert teams.got == [1]


def test_a_finding_whose_last_channel_is_gone_is_closed(ledger: MemoryLedger) -> None:
    teams = MemoryChannel("teams")
    ledger.file(1)
    follower(ledger, teams, MemoryChannel("mail", DOWN)).deliver(5)
    follower(ledger, teams).deliver(5)
    assert teams.got == [1]
    assert ledger.outcomes(NOBODY) == [(1, "refused", 1)]
    assert not ledger.open


def test_a_channel_added_later_gets_what_is_still_open(ledger: MemoryLedger) -> None:
    teams = MemoryChannel("teams", DOWN)
    ledger.file(1)
    follower(ledger, teams).deliver(5)
    mail = MemoryChannel("mail")
    follower(ledger, teams, mail).deliver(5)
    assert mail.got == [1]


def test_a_sweep_leaves_fresh_findings_to_the_instance_that_filed_them(
    ledger: MemoryLedger,
) -> None:
    teams = MemoryChannel("teams")
    ledger.file(1)
    follow = follower(ledger, teams)
    ledger.time.pass_seconds(119)
    assert follow.deliver(5, older_than=timedelta(minutes=2)) == ()
    ledger.time.pass_seconds(1)
    follow.deliver(5, older_than=timedelta(minutes=2))
    assert teams.got == [1]


def test_what_could_not_be_recorded_is_recorded_first_and_not_sent_again(
    ledger: MemoryLedger,
) -> None:
    teams, mail = MemoryChannel("teams"), MemoryChannel("mail")
    ledger.file(1)
    ledger.file(2)
    follow = follower(ledger, teams, mail)
    ledger.out = True
    for _ in range(3):
        with pytest.raises(StorageUnavailable):
            follow.deliver(5)
    assert teams.got + mail.got == [1, 1]
    ledger.out = False
    follow.deliver(5)
    assert (teams.got, mail.got) == ([1, 2], [1, 2])
    assert not ledger.open
    assert len(ledger.entries) == 4


def test_a_process_that_dies_before_recording_repeats_one_message_per_channel(
    ledger: MemoryLedger,
) -> None:
    teams, mail = MemoryChannel("teams"), MemoryChannel("mail")
    for index in range(4):
        ledger.file(index)
    ledger.out = True
    with pytest.raises(StorageUnavailable):
        follower(ledger, teams, mail).deliver(5)
    ledger.out = False
    follower(ledger, teams, mail).deliver(5)
    assert teams.got == mail.got == [0, 0, 1, 2, 3]


def test_no_message_is_begun_without_time_to_finish_it(ledger: MemoryLedger) -> None:
    class Slow(MemoryChannel):
        def send(self, message: Message, seconds: float) -> Sent:
            ledger.time.pass_seconds(1.2)
            return super().send(message, seconds)

    slow = Slow("teams")
    for index in range(10):
        ledger.file(index)
    follow = follower(ledger, slow)
    follow.deliver(5)
    assert slow.got == [0, 1, 2]
    follow.deliver(1)
    assert slow.got == [0, 1, 2, 3]


def test_a_fault_of_a_channel_is_a_failed_attempt(ledger: MemoryLedger) -> None:
    class Broken(MemoryChannel):
        def send(self, message: Message, seconds: float) -> Sent:
            raise KeyError("j.doe@stmarys.example")

    mail = MemoryChannel("mail")
    ledger.file(1)
    follower(ledger, Broken("teams"), mail).deliver(5)
    assert mail.got == [1]
    (entry,) = (e for e in ledger.entries if e.channel == "teams")
    assert entry.outcome is Result.FAILED
    assert str(entry.error).startswith("internal error: KeyError in send:")
    assert "doe" not in str(entry.error)


def unhurried(ledger: MemoryLedger, *channels: Channel) -> Follower:
    """A follower that takes 50 messages in ten minutes, so that no summary is made."""
    time = ledger.time
    routes = {channel.name: Route(most=50) for channel in channels}
    return Follower(ledger, ledger, channels, time, routes=routes, ticks=time.ticks)


ROUND = st.fixed_dictionaries(
    {
        "filed": st.integers(0, 3),
        "teams": st.sampled_from([UP, DOWN]),
        "mail": st.sampled_from([UP, DOWN]),
        "out": st.booleans(),
        "restart": st.booleans(),
        "seconds": st.sampled_from([0.0, 20.0, 1000.0]),
    }
)


@given(st.lists(ROUND, max_size=12))
def test_whatever_fails_everything_arrives_and_crashes_alone_repeat(
    rounds: list[dict[str, object]],
) -> None:
    time = Time()
    ledger = MemoryLedger(time)
    channels = {name: MemoryChannel(name) for name in ("teams", "mail")}
    follow = unhurried(ledger, *channels.values())
    filed = lost = 0
    for turn in rounds:
        for _ in range(int(str(turn["filed"]))):
            ledger.file(filed)
            filed += 1
        for name, channel in channels.items():
            answer = turn[name]
            assert isinstance(answer, Sent)
            channel.answer = answer
        ledger.out = bool(turn["out"])
        try:
            follow.deliver(5)
        except StorageUnavailable:
            if turn["restart"]:
                follow = unhurried(ledger, *channels.values())
                lost += 1
        time.pass_seconds(float(str(turn["seconds"])))
    ledger.out = False
    for channel in channels.values():
        channel.answer = UP
    for _ in range(4):
        time.pass_seconds(LONGEST_PAUSE_SECONDS)
        follow.deliver(5)
    assert not ledger.open
    for channel in channels.values():
        assert set(channel.got) == set(range(filed))
        assert len(channel.got) <= filed + lost
        settled = [e.finding for e in ledger.entries if e.outcome is Result.DELIVERED]
        assert sorted(settled) == sorted([*range(filed), *range(filed)])
