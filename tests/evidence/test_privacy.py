"""docs/privacy.md says what the code does."""

import re
from pathlib import Path

import pytest

from monitor.events import masking
from monitor.evidence.rows import PROJECTED
from monitor.evidence.scope import IMPERSONAL

PAGE = (Path(__file__).parents[2] / "docs" / "privacy.md").read_text(encoding="utf-8")
_, MASKED, _ = PAGE.split("\n## ", 2)
ROWS = [
    [cell.strip().strip("`") for cell in line.strip("|").split("|")]
    for line in MASKED.splitlines()
    if line.startswith("| ") and not line.startswith("| key")
]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[1])
def test_an_example_is_masked_as_the_page_says(row: list[str]) -> None:
    _, key, value, written = row
    assert masking.mask({"a": [{key: value}]}) == {"a": [{key: written}]}


def words(pattern: re.Pattern[str]) -> set[str]:
    """The words of a pattern, optional letters left out."""
    plain = re.sub(r"\w\?|es\)|\(es\)\?", "", pattern.pattern)
    return {word for word in re.findall(r"[a-z]+", plain) if len(word) > 2}


@pytest.mark.parametrize("name", ["_PHONE", "_EMAIL", "_SECRET"])
def test_every_word_by_which_a_value_is_masked_stands_on_the_page(name: str) -> None:
    listed = MASKED.lower()
    found = words(getattr(masking, name))
    assert len(found) >= 3
    assert not {word for word in found if word not in listed}


def test_what_is_not_masked_stays() -> None:
    for value in (True, False, None, ""):
        assert masking.mask({"PhoneNumber": value}) == {"PhoneNumber": value}
    assert masking.mask({"userPrincipalName": "ann@a.example"}) == {
        "userPrincipalName": "ann@a.example"
    }


def test_the_profile_without_personal_data_keeps_what_the_page_lists() -> None:
    listed = PAGE.partition("Members that stay:")[2].partition(",\nthe entry")[0]
    assert re.findall(r"`(\w+)`", listed) == list(PROJECTED)
    shown = PAGE.partition("batch headers and the kinds ")[2].partition(" whole")[0]
    assert {*re.findall(r"`(\w+)`", shown), "batch"} == set(IMPERSONAL)


def test_no_page_says_that_a_regulation_requires_mfa() -> None:
    docs = Path(__file__).parents[2] / "docs"
    for path in docs.glob("*.md"):
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"HIPAA (Security Rule )?requires", text, re.IGNORECASE), path.name
    for name in ("evidence.md", "privacy.md"):
        assert "not name multi-factor" in PAGE or name == "evidence.md"
    assert "2,557 days" in PAGE
    assert "164.316(b)(2)(i)" in PAGE
