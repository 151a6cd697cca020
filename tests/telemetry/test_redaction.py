import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.telemetry import redact, redact_text
from monitor.telemetry.redaction import masked, redact_value


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("kim@hospital.example left", "***@*** left"),
        ("kim_hospital.example#EXT#@tenant.onmicrosoft.com", "***@***"),
        ("POST https://hooks.example/secret?sig=1 failed", "POST https://*** failed"),
        ("mailtos://user:pass@smtp.example", "mailtos://***"),
        ("call +49 (0) 170 1234567.", "call +***."),
        ("from 203.0.113.7:443", "from *.*.*.*:443"),
        ("from 2001:db8::7 and ::1", "from *:* and *:*"),
        ("from 2001:0db8:0:0:0:0:0:1.", "from *:*."),
    ],
)
def test_what_has_a_shape_is_masked(text: str, left: str) -> None:
    assert masked(text) == left


@pytest.mark.parametrize(
    "text",
    [
        "batch 7 of 12: version 2.0.1, 15:02:07",
        "module::function is no address",
        "aaaaaaaa-0000-4000-8000-000000000001",
        "2026-11-28T04:00:00.000000Z",
        "pipeline.conflict",
    ],
)
def test_what_only_looks_like_it_is_let_be(text: str) -> None:
    assert masked(text) == text


def test_texts_are_masked_however_deep_they_lie() -> None:
    value = {"a": ["kim@hospital.example", {"b": ("+49 170 1234567", 7, None)}], "c": b"raw"}

    assert redact_value(value) == {"a": ["***@***", {"b": ["+***", 7, None]}], "c": b"raw"}


def test_an_event_is_masked_in_place() -> None:
    event = {"event": "x", "files": ["kim@hospital.example"], "count": 3}

    assert redact(None, "info", event) == {"event": "x", "files": ["***@***"], "count": 3}


@given(st.emails(), st.text(max_size=20))
def test_no_mail_address_gets_through(address: str, around: str) -> None:
    local = address.partition("@")[0]
    if all(letter.isalnum() or letter in ".+#-_" for letter in local):
        assert address not in masked(f"{around} {address} {around}")


@given(st.ip_addresses())
def test_no_ip_address_gets_through(address: object) -> None:
    assert str(address) not in masked(f"from {address} to")


@given(st.text())
def test_masking_twice_is_masking_once(text: str) -> None:
    once = masked(text)

    assert masked(once) == once


def test_what_stays_on_this_machine_may_name_its_addresses() -> None:
    assert redact_text("kim@hospital.example at 203.0.113.7") == "***@*** at 203.0.113.7"
