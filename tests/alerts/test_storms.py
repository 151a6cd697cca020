"""One incident is one message, updates are numbered, and above a rate the rest is counted."""

from datetime import datetime, timedelta
from datetime import time as hour
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from monitor.alerts.follower import Follower
from monitor.alerts.message import Form, Message
from monitor.alerts.ports import Result, Sent
from monitor.alerts.route import RATE_WINDOW, Quiet, Route
from monitor.errors import StorageUnavailable
from monitor.rules.model import Severity
from tests.alerts.memory import DOWN, UP, MemoryLedger, Time
from tests.alerts.samples import Leaf, finding


class Reader:
    """A channel that keeps every message, and when it came."""

    def __init__(self, time: Time, name: str = "teams") -> None:
        self.name = name
        self.time = time
        self.answer = UP
        self.read: list[Message] = []
        self.at: list[datetime] = []

    def send(self, message: Message, seconds: float) -> Sent:
        if self.answer.outcome is Result.DELIVERED:
            self.read.append(message)
            self.at.append(self.time.now())
        return self.answer

    @property
    def subjects(self) -> list[str]:
        return [message.subject for message in self.read]


def storm(most: int = 20) -> tuple[MemoryLedger, Reader, Follower]:
    time = Time()
    ledger, reader = MemoryLedger(time), Reader(time)
    routes = {"teams": Route(most=most)}
    return ledger, reader, Follower(ledger, ledger, [reader], time, routes=routes, ticks=time.ticks)


def titled(title: str, **fields: object) -> Leaf:
    return finding(title=title, **fields)  # type: ignore[arg-type]  # JSON all the same


def test_an_incident_is_one_message_that_names_them_all_gravest_first() -> None:
    ledger, reader, follow = storm()
    ledger.file(3, titled("small", incident=3, severity="low"))
    ledger.file(4, titled("grave", incident=3, severity="critical"))
    ledger.file(5, titled("other", incident=5))
    follow.deliver(5)
    assert reader.subjects == [
        "[CRITICAL] grave: Require MFA and 1 more (#4)",
        "[HIGH] other: Require MFA (#5)",
    ]
    for form in (reader.read[0].text, reader.read[0].markdown, reader.read[0].html):
        assert "small" in form
    assert not ledger.open
    assert {(e.finding, e.outcome.value, e.done) for e in ledger.entries} == {
        (index, "delivered", True) for index in (3, 4, 5)
    }
    carried = [e.message for e in ledger.entries if e.finding == 3]
    assert [(c.lead, c.count, c.form) for c in carried if c] == [(4, 2, Form.ALERT)]


def test_later_findings_of_an_incident_are_one_numbered_update_every_ten_minutes() -> None:
    ledger, reader, follow = storm()
    ledger.file(1, finding(incident=1))
    for minute in range(1, 26):
        follow.deliver(5)
        ledger.time.pass_seconds(60)
        at = (ledger.time.now()).isoformat()
        ledger.file(1 + minute, finding(incident=1, at=at))
    assert [
        (s.split(":")[0], when.minute) for s, when in zip(reader.subjects, reader.at, strict=True)
    ] == [
        ("[HIGH] A change lets sign-ins in with less proof than before", 0),
        ("[HIGH] Update 1", 10),
        ("[HIGH] Update 2", 20),
    ]
    assert len({message.thread for message in reader.read}) == 1
    assert "10 findings more" in reader.read[1].text
    ledger.time.pass_seconds(600)
    follow.deliver(5)
    assert not ledger.open


def test_without_an_incident_the_correlation_or_actor_and_object_join_within_an_hour() -> None:
    def at(minute: int, **fields: object) -> Leaf:
        hour = f"2026-03-02T{9 + minute // 60:02d}:{minute % 60:02d}:00Z"
        return titled("x", at=hour, **fields)

    ledger, reader, follow = storm()
    ledger.file(1, at(0))
    ledger.file(2, at(50))
    ledger.file(3, at(111))  # 61 minutes after the one before
    ledger.file(4, at(0, correlation=None))
    ledger.file(5, at(1, correlation=None))
    ledger.file(6, at(0, correlation=None, initiator=None))
    ledger.file(7, at(0, correlation=None, initiator=None))
    ledger.file(8, at(0, tenant="another"))
    follow.deliver(5)
    told = [[m.alert.entry, *(o.entry for o in m.alert.others)] for m in reader.read]
    assert told == [[1, 2], [3], [4, 5], [6], [7], [8]]


def test_above_the_rate_the_rest_is_one_summary_with_counts() -> None:
    ledger, reader, follow = storm(most=3)
    severities = ["low", "critical", "high", "medium"]
    for index in range(200):
        ledger.file(index, finding(incident=index, severity=severities[index % 4]))
    follow.deliver(5)
    assert len(reader.read) == 4
    summary = reader.read[-1]
    assert summary.subject == "[CRITICAL] 197 more findings (#5)"
    assert "49 critical, 49 high, 50 medium, 49 low. By rule: 197 ca-weakened." in summary.text
    assert "mfa-monitor history --kind finding --since 2026-03-02T09:14:05Z" in summary.text
    assert "and 187 more" in summary.text
    assert not ledger.open
    assert sum(e.outcome is Result.DELIVERED for e in ledger.entries) == 200
    ledger.file(900)
    follow.deliver(5)
    assert len(reader.read) == 4  # a minute has to pass before the next
    ledger.time.pass_seconds(60)
    follow.deliver(5)
    assert reader.subjects[-1].endswith("(#900)")


def test_a_failed_summary_makes_one_entry_and_comes_whole_later() -> None:
    ledger, reader, follow = storm(most=1)
    ledger.file(0)
    follow.deliver(5)
    for index in range(1, 50):
        ledger.file(index)
    reader.answer = DOWN
    follow.deliver(5)
    assert ledger.outcomes("teams") == [(0, "delivered", 1), (1, "failed", 1)]
    reader.answer = UP
    ledger.time.pass_seconds(15)
    follow.deliver(5)
    assert reader.subjects[-1] == "[HIGH] 49 more findings (#1)"
    assert not ledger.open


def test_low_findings_wait_for_the_morning_and_high_ones_do_not() -> None:
    time = Time()
    ledger, reader = MemoryLedger(time), Reader(time)
    quiet = Quiet(ZoneInfo("UTC"), hour(8), hour(10))
    routes = {"teams": Route(quiet=quiet)}
    follow = Follower(ledger, ledger, [reader], time, routes=routes, ticks=time.ticks)
    ledger.file(1, finding(incident=1, severity="low"))
    ledger.file(2, finding(incident=2, severity="high"))
    follow.deliver(5)
    assert [m.alert.entry for m in reader.read] == [2]
    time.pass_seconds(3600)
    follow.deliver(5)
    assert [m.alert.entry for m in reader.read] == [2, 1]
    assert not ledger.open


def escalating() -> tuple[MemoryLedger, Reader, Reader, Follower]:
    time = Time()
    ledger = MemoryLedger(time)
    teams, boss = Reader(time), Reader(time, "boss")
    routes = {"boss": Route(escalates_after=timedelta(minutes=30))}
    follow = Follower(ledger, ledger, [teams, boss], time, routes=routes, ticks=time.ticks)
    return ledger, teams, boss, follow


def test_a_grave_finding_nobody_acknowledges_is_escalated_once() -> None:
    ledger, teams, boss, follow = escalating()
    ledger.file(1, finding(incident=1))
    ledger.file(2, finding(incident=2, severity="medium"))
    for _ in range(8):
        follow.deliver(5)
        ledger.time.pass_seconds(600)
    assert [m.alert.entry for m in teams.read] == [1, 2]
    assert [when.minute for when in boss.at] == [30]
    assert boss.subjects[0].startswith("[HIGH] Not acknowledged: A change")
    assert "Nobody has acknowledged this within 30 minutes." in boss.read[0].text
    assert not ledger.open


def test_an_acknowledgement_stops_the_escalation_and_closes_the_finding() -> None:
    ledger, _, boss, follow = escalating()
    ledger.file(1, finding(incident=1))
    follow.deliver(5)
    assert set(ledger.open) == {1}
    ledger.acknowledge(1)
    follow.deliver(5)
    assert not ledger.open
    assert ledger.outcomes("none") == [(1, "spared", 1)]
    assert boss.read == []


def test_a_finding_no_channel_takes_is_closed_with_an_entry_that_says_so() -> None:
    time = Time()
    ledger, reader = MemoryLedger(time), Reader(time)
    routes = {"teams": Route(minimum=Severity.CRITICAL)}
    follow = Follower(ledger, ledger, [reader], time, routes=routes, ticks=time.ticks)
    ledger.file(1)
    follow.deliver(5)
    assert [(e.channel, e.error) for e in ledger.entries] == [("none", "no channel takes it")]
    assert not ledger.open


def about_channel(name: str) -> Leaf:
    return finding(rule="delivery-failing", object={"kind": "alertChannel", "id": name})


def test_a_failing_channel_is_told_of_on_the_fallback_and_never_on_itself() -> None:
    time = Time()
    readers = [Reader(time, name) for name in ("teams", "mail", "sms")]
    routes = {"sms": Route(minimum=Severity.CRITICAL, fallback=True)}
    for ill, told in (("teams", {"sms"}), ("sms", {"teams", "mail"})):
        ledger = MemoryLedger(time)
        follow = Follower(ledger, ledger, readers, time, routes=routes, ticks=time.ticks)
        ledger.file(1, about_channel(ill))
        follow.deliver(5)
        assert {e.channel for e in ledger.entries} == told
        assert not ledger.open


ROUND = st.fixed_dictionaries(
    {
        "incidents": st.lists(st.integers(0, 3), max_size=6),
        "answer": st.sampled_from([UP, UP, DOWN]),
        "out": st.sampled_from([False, False, True]),
        "restart": st.booleans(),
        "seconds": st.sampled_from([0.0, 20.0, 700.0]),
    }
)


@given(st.lists(ROUND, max_size=10), st.integers(1, 4))
def test_in_any_storm_each_finding_is_settled_once_and_the_rate_is_kept(
    rounds: list[dict[str, object]], most: int
) -> None:
    ledger, reader, follow = storm(most)
    filed = 0
    for turn in rounds:
        incidents = turn["incidents"]
        assert isinstance(incidents, list)
        for incident in incidents:
            at = ledger.time.now().isoformat()
            ledger.file(filed, finding(incident=incident, at=at))
            filed += 1
        answer = turn["answer"]
        assert isinstance(answer, Sent)
        reader.answer, ledger.out = answer, bool(turn["out"])
        try:
            follow.deliver(5)
        except StorageUnavailable:
            if turn["restart"]:
                routes = {"teams": Route(most=most)}
                time = ledger.time
                follow = Follower(ledger, ledger, [reader], time, routes=routes, ticks=time.ticks)
        ledger.time.pass_seconds(float(str(turn["seconds"])))
    ledger.out, reader.answer = False, UP
    for _ in range(6):
        ledger.time.pass_seconds(1000)
        follow.deliver(5)
    assert not ledger.open
    settled = [e.finding for e in ledger.entries if e.outcome is Result.DELIVERED]
    assert sorted(settled) == list(range(filed))
    went = ledger.went.get("teams", [])
    for start in went:
        within = [at for at in went if start <= at < start + RATE_WINDOW]
        assert len(within) <= most + 10  # a summary a minute at most, above the rate
