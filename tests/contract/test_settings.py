"""Every setting is documented with what it is trusted with, and bad ones are named."""

import inspect
from pathlib import Path

import pytest

from docs import generate
from docs.settings_page import settings_page
from monitor import settings as module
from monitor.errors import InvalidInput
from monitor.settings import Section, Settings, load_settings

SECTIONS = [
    member
    for _, member in inspect.getmembers(module, inspect.isclass)
    if issubclass(member, Section) and member not in (Section, Settings)
]


def test_the_page_is_what_the_models_say() -> None:
    assert generate.SETTINGS.read_text(encoding="utf-8") == settings_page(), "run: make docs"


@pytest.mark.parametrize("section", SECTIONS, ids=lambda section: section.__name__)
def test_every_table_says_what_it_is_trusted_with(section: type[Section]) -> None:
    assert "Trust:" in (inspect.getdoc(section) or "")


def test_no_file_means_the_defaults() -> None:
    assert load_settings(None) == (Settings(), None)


def test_the_hash_is_that_of_the_file(tmp_path: Path) -> None:
    path = tmp_path / "monitor.toml"
    path.write_bytes(b"")
    empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    assert load_settings(path) == (Settings(), empty)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"[enrolment]\ndeadline_hours = -1\n", "enrolment.deadline_hours"),
        (b"[enrolment]\ndeadline = 5\n", "enrolment.deadline"),
        (b"[nonsense]\n", "nonsense"),
        (b"[enrolment\n", "is not TOML"),
        (b"\xff\xfe", "is not UTF-8 at byte 0"),
        (b"[[alerts.channels]]\nname = 'Not A Name'\n", "alerts.channels.0.name"),
    ],
)
def test_bad_configuration_names_file_and_key(tmp_path: Path, content: bytes, said: str) -> None:
    path = tmp_path / "monitor.toml"
    path.write_bytes(content)
    with pytest.raises(InvalidInput) as caught:
        load_settings(path)
    assert str(path) in str(caught.value)
    assert said in str(caught.value)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="cannot be read"):
        load_settings(tmp_path / "nowhere.toml")
