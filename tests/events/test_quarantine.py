from hashlib import sha256

from monitor.events.quarantine import QuarantineCode, key_of_bytes


def test_the_codes_stand_in_ledgers_and_are_never_renamed() -> None:
    assert {code.value for code in QuarantineCode} >= {
        "empty",
        "not-json",
        "not-utf8",
        "not-a-record",
        "nested-too-deeply",
        "unified-audit-log",
        "unknown-shape",
        "bad-field",
        "bad-time",
    }


def test_bytes_without_an_id_are_known_by_their_hash() -> None:
    assert key_of_bytes(b"x") == "sha256:" + sha256(b"x").hexdigest()
