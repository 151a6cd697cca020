"""Sending: the form Entra writes, in order, marked as synthetic or not sent at all."""

import json

import pytest

from monitor.events.read import read_message
from monitor.events.synthetic import new_run, synthetic_run, synthetic_tenant
from monitor.sources.eventhub.hub import HubUnavailable
from monitor.sources.eventhub.sending import LARGEST_EVENT, Sender, synthetic_bodies
from tests import entra
from tests.eventhub.message import application, sections
from tests.eventhub.server import StandIn
from tests.sources.eventhub.desk import hub_at, record

RUN = new_run()


def bodies(body: bytes) -> list[bytes]:
    found = synthetic_bodies(body, RUN)
    assert found is not None
    return found


def test_every_shape_becomes_an_envelope_of_the_run() -> None:
    one, two = (entra.add_user(entra.at(), name) for name in ("user-1", "user-2"))
    for shape in ({"records": [one, two]}, [one, two], {"value": [one, two]}):
        (body,) = bodies(json.dumps(shape).encode())
        assert [*json.loads(body)] == ["records"]
        events = read_message(body).events
        assert [event.tenant for event in events] == [synthetic_tenant(RUN)] * 2
    (body,) = bodies(json.dumps(one).encode())
    assert len(json.loads(body)["records"]) == 1


def test_what_is_broken_stays_broken_and_is_marked() -> None:
    (body,) = bodies(record(1)[:-40])
    (item,) = read_message(body).quarantined
    assert synthetic_tenant(RUN).encode() in item.body


@pytest.mark.parametrize(
    "body",
    [
        b"{ broken",
        b'{"records":[{"category":"AuditLogs","operationName":"Add user","properties":{}}]}',
        b'{"records":[]}',
        b'{"records":[{"tenantId":"aaaaaaaa-0000-4000-8000-000000000001",'
        b'"x":"' + b"x" * LARGEST_EVENT + b'"}]}',
    ],
    ids=["no tenant", "a record without one", "nothing", "too large"],
)
def test_what_could_not_be_told_from_a_real_record_or_does_not_fit_is_not_sent(body: bytes) -> None:
    assert synthetic_bodies(body, RUN) is None


def test_one_record_without_a_tenant_keeps_the_others_back() -> None:
    good, bad = entra.add_user(entra.at()), entra.add_user(entra.at())
    bad.pop("tenantId", None)
    bad["resourceId"] = ""
    assert synthetic_bodies(json.dumps({"records": [good, bad]}).encode(), RUN) is None


def test_a_message_larger_than_an_event_is_divided_between_its_records() -> None:
    many = [entra.add_user(entra.at(), f"user-{number}" + "x" * 900) for number in range(700)]
    found = bodies(json.dumps(many).encode())
    assert len(found) > 1
    assert all(len(body) <= LARGEST_EVENT for body in found)
    assert sum(len(json.loads(body)["records"]) for body in found) == 700


def test_a_run_reaches_the_hub_in_order_with_its_property_and_at_its_rate() -> None:
    now, slept = 0.0, []

    def sleep(seconds: float) -> None:
        nonlocal now
        slept.append(seconds)
        now += seconds

    with StandIn(3) as server:
        hub = hub_at(server.connection_string)
        server.reject_next()  # the client tries again by itself
        with Sender(hub, RUN, rate=10, ticks=lambda: now, sleep=sleep) as sender:
            for number in range(25):
                sender.add(record(number))
            sender.add(b"no tenant")
        full = [server.bodies(one) for one in "012"]
        with pytest.raises(HubUnavailable, match="EventDataSendError"):
            refused(server)
    sent = sender.sent
    assert (sent.messages, sent.records, sent.refused) == (25, 25, 1)
    assert sorted(map(len, full)) == [0, 0, 25], "one run stays in one partition"
    (stored,) = [log for log in full if log]
    assert {str(application(message)) for message in stored} == {
        str({"mfa-monitor-synthetic": RUN})
    }
    names = [sections(message)[-1].value.split(b'"user-')[1][:6] for message in stored]
    assert names == [b"%06d" % number for number in range(25)]
    assert sum(slept) == pytest.approx(2.0), "ten a second, and the first ten at once"


def refused(server: StandIn) -> None:
    server.reject_next(9, "amqp:not-allowed")
    with Sender(hub_at(server.connection_string), RUN) as sender:
        sender.add(record(0))


def test_runs_have_tenants_of_their_own() -> None:
    other = new_run()
    assert other != RUN
    assert synthetic_run(synthetic_tenant(other)) == other
