"""docs/operations.md: every alarm of the deployment has its answer, every command in it exists."""

import re
import shlex
from pathlib import Path

import click
import pytest

from monitor.cli.main import cli
from monitor.rules.registry import REGISTRY
from monitor.wiring.publishing import RULE as UNSIGNED
from tests.infra.bicep import INFRA, ROOT

PAGE = (ROOT / "docs" / "operations.md").read_text()
README = (INFRA / "README.md").read_text()

# Rules that judge the stream and this service, not what somebody did in the tenant.
OURS = {
    "stream-silent",
    "gap-open",
    "records-lost",
    "records-late",
    "schema-drift",
    "change-not-understood",
    "unseen-change",
    "altered-record",
    "internal-error",
}
OTHERS = {"delivery-failing", UNSIGNED}


def section(title: str) -> str:
    found = re.search(rf"(?ms)^### {re.escape(title)}\n(.+?)(?=^##)", f"{PAGE}\n## end")
    assert found is not None, title
    return found[1]


def commands(page: str) -> list[str]:
    return re.findall(r"(?m)(?<![\w/-])mfa-monitor ((?:-[\w-]+ \S+ )?[a-z][^`\n]*)", code_of(page))


def code_of(page: str) -> str:
    """What stands in code: blocks and spans."""
    blocks = re.findall(r"(?s)```\n(.+?)```", page)
    spans = re.findall(r"`([^`\n]+)`", re.sub(r"(?s)```.+?```", "", page))
    return "\n".join([*blocks, *spans])


@pytest.mark.parametrize("rule", sorted(OURS | OTHERS))
def test_each_finding_about_the_service_says_what_to_do(rule: str) -> None:
    assert "Do: " in section(f"Finding `{rule}`")


def test_those_rules_exist() -> None:
    assert {rule.id for rule in REGISTRY} >= OURS


def test_the_page_covers_what_a_deployment_goes_through() -> None:
    for title in (
        "Deploy",
        "First baseline",
        "Keys",
        "Restore",
        "Failover",
        "Upgrade",
        "Retention and the lock",
        "Evidence",
        "Several tenants",
        "Capacity",
        "Alarms",
    ):
        assert f"\n## {title}\n" in PAGE, title
    assert "\n### Rotation\n" in PAGE


def test_every_step_is_told_with_its_role() -> None:
    scripts = {path.name for path in (INFRA / "scripts").glob("*.sh")} - {"common.sh"}
    for name in scripts - {"postprovision.sh"}:
        assert re.search(rf"(?m)^\| \d\. `infra/scripts/{name}`.+\| (Entra|Azure): ", PAGE), name
        assert name in (INFRA / "scripts" / "postprovision.sh").read_text()


@pytest.mark.parametrize("line", sorted(set(commands(PAGE) + commands(README))))
def test_every_command_of_ours_exists(line: str) -> None:
    words = shlex.split(line, comments=True)
    if words[:1] == ["--data"]:
        words = words[2:]
    at: click.Command = cli
    options = {flag for parameter in cli.params for flag in parameter.opts}
    for word in words:
        if isinstance(at, click.Group) and not word.startswith("-"):
            inner = at.get_command(click.Context(at), word)
            assert inner is not None, line
            at = inner
            options |= {flag for one in at.params for flag in [*one.opts, *one.secondary_opts]}
        elif word.startswith("-") and word != "--help":
            assert word in options, (line, word)


@pytest.mark.parametrize("page", [PAGE, README], ids=["operations", "infra"])
def test_links_lead_somewhere(page: str) -> None:
    here = ROOT / "docs" if page is PAGE else INFRA
    for target in re.findall(r"\]\(([^)]+)\)", page):
        path, _, anchor = target.partition("#")
        file = here / path if path else None
        assert file is None or file.exists(), target
        if anchor:
            content = file.read_text() if file else page
            headings = [
                re.sub(r"[^\w -]", "", one.lower()).strip().replace(" ", "-")
                for one in re.findall(r"(?m)^#+ (.+)$", content)
            ]
            assert anchor in headings, target


def test_no_path_of_this_machine_stands_in_a_page() -> None:
    for page in (PAGE, README):
        assert not re.search(r"/(root|work|usr/local)/|pypi", page)
    assert Path(ROOT / "docs" / "operations.md").stat().st_size < 40_000
