"""The stand-in's codec: each type both ways, against bytes written by hand from the specification,
and against azure-eventhub's own codec."""

from uuid import UUID

import pytest
from azure.eventhub._pyamqp._decode import decode_payload
from azure.eventhub._pyamqp._encode import encode_payload
from azure.eventhub._pyamqp.message import Message, Properties
from hypothesis import given
from hypothesis import strategies as st

from tests.eventhub import message
from tests.eventhub.wire import (
    Array,
    Described,
    Malformed,
    Symbol,
    Timestamp,
    Unsigned,
    decode,
    encode,
)

plain = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.text(max_size=300)
    | st.binary(max_size=300)
    | st.uuids(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@given(plain)
def test_what_is_encoded_is_decoded(value: object) -> None:
    encoded = encode(value)
    assert decode(encoded) == (value, len(encoded))


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (None, "40"),
        (True, "41"),
        ("é", "a102c3a9"),
        (Symbol("a"), "a30161"),
        (b"\x00", "a00100"),
        (-2, "81fffffffffffffffe"),
        (Unsigned(7, 64), "5307"),
        (Unsigned(256, 64), "800000000000000100"),
        (Unsigned(7, 32), "7000000007"),
        (Timestamp(1), "830000000000000001"),
        (Described(Unsigned(0x24, 64), []), "005324d00000000400000000"),
        (Array(("a", "b")), "f00000000f00000002b300000001610000000162"),
        (UUID(int=1), "98" + "00" * 15 + "01"),
    ],
)
def test_it_is_written_as_the_specification_says(value: object, written: str) -> None:
    assert encode(value).hex() == written


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("43", 0),
        ("44", 0),
        ("5600", False),
        ("54ff", -1),
        ("5501", 1),
        ("600102", 258),
        ("45", []),
        ("c0030140" + "40", [None]),
        ("c10702a10161a10162", {"a": "b"}),
        ("e00702a301610162", ["a", "b"]),
    ],
)
def test_the_short_forms_a_client_writes_are_read(written: str, value: object) -> None:
    assert decode(bytes.fromhex(written)).value == value


@pytest.mark.parametrize("written", ["", "a1", "a10561", "d0000000ff", "ff", "80000000"])
def test_what_is_no_value_is_malformed(written: str) -> None:
    with pytest.raises(Malformed):
        decode(bytes.fromhex(written))


def test_a_message_of_the_client_is_read_and_its_stamped_form_is_read_by_the_client() -> None:
    sent = Message(
        data=[b"one", b"two"],
        properties=Properties(message_id="m", content_type="application/json"),
        application_properties={"mark": "x"},
        message_annotations={"x-opt-partition-key": "k"},
    )
    written = bytearray()
    encode_payload(written, sent)
    assert message.partition_key(bytes(written)) == "k"
    assert message.application(bytes(written)) == {"mark": "x"}
    stamped = message.stamped(
        message.kept(bytes(written)), sequence=7, offset="0:12", enqueued=1000, key="k"
    )
    read = decode_payload(memoryview(stamped))
    assert read.data == [b"one", b"two"]
    assert read.application_properties == {b"mark": b"x"}
    assert read.message_annotations == {
        b"x-opt-sequence-number": 7,
        b"x-opt-offset": b"0:12",
        b"x-opt-enqueued-time": 1000,
        b"x-opt-partition-key": b"k",
    }
