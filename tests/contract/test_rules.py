"""Every rule is documented, tested and locked to its revision."""

import re
from pathlib import Path

import pytest

from docs import generate
from monitor.rules.model import Rule
from monitor.rules.registry import REGISTRY

ROOT = Path(__file__).parents[2]
by_id = pytest.mark.parametrize("rule", REGISTRY, ids=lambda rule: rule.id)


def test_the_page_is_what_the_rules_say() -> None:
    assert generate.PAGE.read_text(encoding="utf-8") == generate.page(), "run: make docs"


def test_logic_does_not_change_without_a_revision() -> None:
    locked = {line.split()[0]: line.split()[1:] for line in generate.LOCK.read_text().splitlines()}
    for line in generate.lock().splitlines():
        identity, revision, digest = line.split()
        assert identity in locked, f"{identity}: run make docs"
        if locked[identity][1] != digest:
            assert locked[identity][0] != revision, f"{identity}: bump the revision, then make docs"
        assert locked[identity] == [revision, digest], f"{identity}: run make docs"


def test_ids_are_unique() -> None:
    assert len({rule.id for rule in REGISTRY}) == len(REGISTRY)


@by_id
def test_a_rule_has_its_own_module_and_test_file(rule: Rule) -> None:
    name = rule.id.replace("-", "_")
    assert rule.judge.__module__ == f"monitor.rules.{name}"
    assert (ROOT / "tests" / "rules" / f"test_{name}.py").exists()


@by_id
def test_a_rule_says_everything(rule: Rule) -> None:
    texts = (rule.title, rule.meaning, rule.severity_logic, rule.firing, rule.silent)
    assert all(text.strip() for text in (*texts, rule.lookalike, *rule.blind_spots, *rule.respond))
    assert rule.blind_spots
    assert rule.respond
    assert "require" not in generate.controls_line(rule.controls)


@by_id
def test_controls_are_written_as_their_publishers_write_them(rule: Rule) -> None:
    controls = rule.controls
    assert all(re.fullmatch(r"164\.3\d\d(\([a-z0-9A-Z]+\))+", item) for item in controls.hipaa)
    assert all(re.fullmatch(r"[A-Z]{2}-\d+(\(\d+\))?", item) for item in controls.nist)
    assert all(re.fullmatch(r"T\d{4}(\.\d{3})?", item) for item in controls.attack)
    assert all(re.fullmatch(r"MS\.AAD\.\d+\.\d+v\d+", item) for item in controls.scuba)
    assert "T1562.007" not in controls.attack, "cloud firewalls, not Conditional Access"
