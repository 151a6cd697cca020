import pytest

from monitor.events.quarantine import QuarantineCode, Refused
from monitor.events.strict_json import load


@pytest.mark.parametrize(
    ("text", "code", "position"),
    [
        (b'{"a": 1,}', QuarantineCode.NOT_JSON, 8),
        (b'{"a": None}', QuarantineCode.NOT_JSON, 6),
        (b"{} {}", QuarantineCode.NOT_JSON, 4),
        (b'{"a": "x', QuarantineCode.NOT_JSON, None),
        (b'{"a": "b\\ud83d"}', QuarantineCode.NOT_JSON, 8),
        (b'{"a": "b\xffc"}', QuarantineCode.NOT_UTF8, 8),
        (b"[" * 100_000, QuarantineCode.NESTED_TOO_DEEPLY, None),
        (b"1e999", QuarantineCode.NOT_JSON, None),
        (b"9" * 5_000, QuarantineCode.NOT_JSON, None),
    ],
)
def test_faults(text: bytes, code: QuarantineCode, position: int | None) -> None:
    with pytest.raises(Refused) as refused:
        load(text)
    assert (refused.value.code, refused.value.position) == (code, position)
    assert "(byte" not in str(refused.value)


def test_the_reason_names_half_of_a_surrogate_pair() -> None:
    with pytest.raises(Refused, match="surrogate"):
        load(b'["\\uD83D\\u0041"]')


def test_whole_surrogate_pairs_are_read() -> None:
    assert load(b'["\\ud83d\\ude00"]') == ["\N{GRINNING FACE}"]
