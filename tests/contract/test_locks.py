"""The locks: every version pinned with hashes, from whatever index the reader uses."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LOCKS = sorted(ROOT.glob("requirements*.txt"))

PIN = re.compile(
    r"(?P<name>[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?)==(?P<version>[0-9][^ ;]*)"
    r"(?: ; (?P<marker>[^\\]+?))?"
    r"(?P<hashes>(?: --hash=sha256:[0-9a-f]{64})+)"
)


def requirements(lock: Path) -> list[str]:
    """The lock's requirements, one string each, continuation lines joined, comments dropped."""
    lines = (line for line in lock.read_text().splitlines() if not line.lstrip().startswith("#"))
    joined = "\n".join(lines).replace("\\\n", " ")
    return [" ".join(line.split()) for line in joined.splitlines() if line.strip()]


def pins(lock: Path) -> set[tuple[str, str, str]]:
    found = (PIN.fullmatch(requirement) for requirement in requirements(lock))
    return {(pin["name"], pin["version"], pin["marker"] or "") for pin in found if pin}


def test_all_four_locks_are_there() -> None:
    assert [lock.name for lock in LOCKS] == [
        "requirements-build.txt",
        "requirements-checkov.txt",
        "requirements-dev.txt",
        "requirements.txt",
    ]


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.name)
def test_every_requirement_is_one_version_with_hashes(lock: Path) -> None:
    loose = [one for one in requirements(lock) if not PIN.fullmatch(one)]

    assert requirements(lock)
    assert loose == []


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.name)
def test_no_lock_names_an_index_or_a_place(lock: Path) -> None:
    named = re.findall(r"(?m)^\s*-.*$|\S*://\S*|\S* @ \S*|file:\S*", lock.read_text())

    assert [text for text in named if not text.strip().startswith("--hash=sha256:")] == []


def test_the_dev_lock_tests_exactly_what_is_deployed() -> None:
    assert pins(ROOT / "requirements.txt") <= pins(ROOT / "requirements-dev.txt")


def test_the_production_worker_library_is_pinned_for_3_13() -> None:
    assert (
        "azure-functions-runtime",
        "1.3.0",
        "python_full_version >= '3.13'",
    ) in pins(ROOT / "requirements.txt")
