"""compare, ask and baseline: the engine on files, and what the exit code says."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from monitor.cli.main import cli
from tests import entra

BASE = entra.policy()


def write(path: Path, *policies: entra.Json, **more: Any) -> str:
    path.write_text(json.dumps({"conditionalAccessPolicies": list(policies), **more}))
    return str(path)


def run(*words: str) -> Result:
    return CliRunner().invoke(cli, words)


def compared(tmp_path: Path, after: entra.Json) -> tuple[int, dict[str, Any]]:
    one = write(tmp_path / "before.json", BASE)
    other = write(tmp_path / "after.json", after)
    result = run("compare", "--json", one, other)
    line: dict[str, Any] = json.loads(result.stdout)
    return result.exit_code, line


@pytest.mark.parametrize(
    ("patch", "code", "verdict", "level"),
    [
        (entra.excluding(), 1, "weakened", "single_factor"),
        ({"op": "replace", "path": "/displayName", "value": "x"}, 0, "unchanged", None),
    ],
)
def test_compare_says_what_a_change_does(
    tmp_path: Path, patch: entra.Json, code: int, verdict: str, level: str | None
) -> None:
    exit_code, line = compared(tmp_path, entra.policy(patch))
    assert (exit_code, line["verdict"], line["level"]) == (code, verdict, level)
    keys = {"verdict", "level", "certainty", "witnesses", "other_controls", "not_understood"}
    assert keys <= set(line)
    assert bool(line["witnesses"]) == (code == 1)


def test_compare_the_other_way_round_is_clean(tmp_path: Path) -> None:
    one = write(tmp_path / "before.json", entra.policy(entra.excluding()))
    other = write(tmp_path / "after.json", BASE)
    result = run("compare", one, other)
    assert result.exit_code == 0
    assert "strengthened" in result.stdout


def test_what_is_not_understood_is_never_fine(tmp_path: Path) -> None:
    patch = {"op": "add", "path": "/conditions/moonPhase", "value": ["full"]}
    exit_code, line = compared(tmp_path, entra.policy(patch))
    assert exit_code == 1
    assert any("moonPhase" in one for one in line["not_understood"])


def test_bad_input_is_2_and_named(tmp_path: Path) -> None:
    good = write(tmp_path / "good.json", BASE)
    (tmp_path / "bad.json").write_text("{")
    for words in ((good, str(tmp_path / "none.json")), (str(tmp_path / "bad.json"), good)):
        result = run("compare", *words)
        assert result.exit_code == 2
        assert ".json" in result.stderr


def test_ask_answers_from_a_file(tmp_path: Path) -> None:
    covered = write(tmp_path / "covered.json", BASE)
    result = run("ask", "--json", "--posture", covered, "--client", "browser")
    line = json.loads(result.stdout)
    assert (result.exit_code, line["hole"]) == (0, False) or line["certainty"] == "possible"
    open_ = write(tmp_path / "open.json", entra.policy(state="disabled"))
    result = run("ask", "--json", "--posture", open_)
    assert (result.exit_code, json.loads(result.stdout)["hole"]) == (1, True)


def test_a_baseline_is_entered_and_can_be_asked(tmp_path: Path) -> None:
    data = str(tmp_path / "data")
    export = write(tmp_path / "export.json", BASE)
    words = ("--data", data, "baseline", "import", "--json", "--tenant", entra.TENANT, export)
    result = run(*words)
    assert result.exit_code == 0, result.output
    line = json.loads(result.stdout.splitlines()[-1])
    assert (line["read"], line["complete"]) == (1, ["conditionalAccessPolicy"])
    assert run("--data", data, "verify").exit_code == 0
    assert json.loads(run("--data", data, "ask", "--json").stdout)["kind"] == "answer"
