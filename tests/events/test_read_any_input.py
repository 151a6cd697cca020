from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from monitor.events.model import Reading, RecordKey
from monitor.events.read import read_message
from tests.events.records import (
    BROKEN,
    ROW,
    UNIFIED,
    Json,
    dump,
    envelope,
    noise,
    policy_change,
    update_user,
)

GRAPH = policy_change()["properties"]


def keys(reading: Reading) -> list[RecordKey]:
    return [event.key for event in reading.events]


JSON_VALUES: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=6),
    lambda children: (
        st.lists(children, max_size=3) | st.dictionaries(st.text(max_size=4), children, max_size=3)
    ),
    max_leaves=5,
)
MEMBERS = st.sampled_from(
    [
        "time",
        "resourceId",
        "operationName",
        "category",
        "tenantId",
        "properties",
        "records",
        "value",
    ]
)
INNER_MEMBERS = st.sampled_from(
    [
        "id",
        "result",
        "resultReason",
        "activityDisplayName",
        "activityDateTime",
        "initiatedBy",
        "targetResources",
        "additionalDetails",
    ]
)


@st.composite
def damaged_records(draw: st.DrawFn) -> Json:
    """A record that is almost right: some members replaced by anything."""
    base = draw(st.sampled_from([policy_change(), noise(), ROW, UNIFIED, GRAPH, update_user()]))
    written = {**base, **draw(st.dictionaries(MEMBERS, JSON_VALUES, max_size=2))}
    inner = written.get("properties")
    if isinstance(inner, dict):
        changes = draw(st.dictionaries(INNER_MEMBERS, JSON_VALUES, max_size=2))
        written["properties"] = {**inner, **changes}
    return written


def adds_up(reading: Reading) -> bool:
    parts = len(reading.events) + len(reading.quarantined) + reading.irrelevant
    return reading.seen == parts


@given(st.binary(max_size=60))
def test_no_bytes_raise(body: bytes) -> None:
    assert adds_up(read_message(body))


@given(st.lists(damaged_records(), max_size=4), st.integers(0, 4_000), st.binary(max_size=3))
def test_no_damage_to_records_raises(records: list[Json], at: int, splice: bytes) -> None:
    body = envelope(*records)
    assert adds_up(read_message(body))
    assert adds_up(read_message(body[:at] + splice + body[at + len(splice) :]))
    assert adds_up(read_message(body[:at]))


@given(JSON_VALUES)
def test_any_json_is_accounted_for(value: object) -> None:
    assert adds_up(read_message(dump(value)))


def _only_records(damaged: Json) -> bool:
    """Whether it counts as one record: not an envelope of its own."""
    return not any(isinstance(damaged.get(name), list) for name in ("records", "value"))


@given(st.lists(damaged_records().filter(_only_records), max_size=4))
def test_every_record_of_an_envelope_is_seen(records: list[Json]) -> None:
    assert read_message(envelope(*records)).seen == len(records)


HEALTHY = st.sampled_from([noise(), policy_change(71), policy_change(72)])


@given(st.lists(damaged_records(), max_size=3), st.lists(HEALTHY, max_size=4), st.randoms())
def test_healthy_records_beside_it_never_take_an_event_away(
    records: list[Json], healthy: list[Json], random: Any
) -> None:
    alone = read_message(envelope(*records))
    mixed = [*records, *healthy]
    random.shuffle(mixed)
    together = read_message(envelope(*mixed))
    assert set(keys(alone)) <= set(keys(together))
    assert len(together.quarantined) == len(alone.quarantined)


BAD_TEXTS = st.sampled_from([bad for bad, _ in BROKEN.values()])


@given(st.lists(HEALTHY, max_size=4), BAD_TEXTS, st.integers(0, 4))
def test_a_bad_record_never_takes_an_event_away(
    healthy: list[Json], bad: bytes, place: int
) -> None:
    parts = [dump(record) for record in healthy]
    parts.insert(place, bad)
    body = b'{"records": [' + b",".join(parts) + b"]}"
    assert keys(read_message(body)) == keys(read_message(envelope(*healthy)))
