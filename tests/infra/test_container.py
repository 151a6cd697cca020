"""The Dockerfile, read and not built: no docker is here."""

import json
import re
import signal

import click
import pytest

from monitor.cli.main import cli
from monitor.cli.serving import stop_on_signals
from monitor.settings import ServeSettings
from tests.infra.bicep import INFRA, ROOT

TEXT = (ROOT / "Dockerfile").read_text()
IGNORE = (ROOT / ".dockerignore").read_text().splitlines()


def instructions() -> list[tuple[str, str]]:
    joined = re.sub(r"\\\n\s*", " ", re.sub(r"(?m)^#.*\n", "", TEXT))
    lines = [line for line in joined.splitlines() if line.strip()]
    return [(line.split(maxsplit=1)[0], line.split(maxsplit=1)[1]) for line in lines]


def stage(number: int) -> list[tuple[str, str]]:
    starts = [index for index, (word, _) in enumerate(instructions()) if word == "FROM"]
    return instructions()[starts[number] : [*starts, None][number + 1]]


def value(word: str) -> str:
    (found,) = [rest for one, rest in stage(1) if one == word]
    return found


def test_it_has_two_stages_of_one_pinned_base() -> None:
    (argument,) = [rest for word, rest in instructions() if word == "ARG"]

    assert argument == "PYTHON=python:3.13-slim-bookworm"
    assert [rest for word, rest in instructions() if word == "FROM"] == [
        "${PYTHON} AS build",
        "${PYTHON}",
    ]
    assert "latest" not in TEXT
    assert "@sha256:" in TEXT, "how to pin it is said"


def test_every_command_is_in_exec_form() -> None:
    for word, rest in instructions():
        if word in {"RUN", "CMD", "ENTRYPOINT"}:
            assert isinstance(json.loads(rest), list), rest
    assert isinstance(json.loads(value("HEALTHCHECK").split("CMD ", 1)[1]), list)


def test_nothing_is_fetched_but_hashed_packages() -> None:
    assert not [word for word, _ in instructions() if word == "ADD"]
    installs = [json.loads(rest) for word, rest in stage(0) if word == "RUN" and "install" in rest]
    assert len(installs) == 3
    assert all("--require-hashes" in one or "--no-index" in one for one in installs)
    assert not re.search(r"https?://(?!127\.0\.0\.1)|curl|wget|apt", TEXT)


def test_the_last_stage_has_no_build_tools_and_only_the_environment() -> None:
    copies = [rest for word, rest in stage(1) if word == "COPY"]

    assert copies == ["--from=build /opt/monitor /opt/monitor"]
    assert '"venv", "--without-pip", "/opt/monitor"' in TEXT
    assert '"pip", "uninstall", "--yes", "pip"' in TEXT
    assert not re.search(r"gcc|build-essential|git", TEXT)


def test_it_runs_as_nobody_in_particular_and_writes_to_data_only() -> None:
    assert value("USER") == "10001:10001"
    words = [word for word, _ in stage(1)]
    assert words.index("USER") > max(i for i, word in enumerate(words) if word == "RUN")
    assert json.loads(value("VOLUME")) == ["/data"]
    assert value("WORKDIR") == "/data"
    readme = (INFRA / "README.md").read_text()
    for option in ("--read-only", "--tmpfs /tmp", "--cap-drop ALL", "no-new-privileges"):
        assert option in readme


def test_what_it_starts_is_a_command_with_these_options() -> None:
    program, *words = json.loads(value("ENTRYPOINT")) + json.loads(value("CMD"))
    assert program == "mfa-monitor"
    assert words[:2] == ["--data", "/data"]
    name, *rest = words[2:]
    run = cli.get_command(click.Context(cli), name)
    assert name == "run"
    assert run is not None
    flags = {flag for one in run.params if isinstance(one, click.Option) for flag in one.opts}
    assert set(rest) <= flags


def test_the_health_check_asks_where_the_service_listens() -> None:
    served = ServeSettings()

    assert f"http://{served.host}:{served.port}/healthz" in value("HEALTHCHECK")
    assert "timeout=8" in value("HEALTHCHECK")


def test_it_stops_the_way_the_service_listens_for() -> None:
    before = signal.getsignal(signal.SIGTERM)
    with stop_on_signals() as stopped:
        assert signal.getsignal(getattr(signal, value("STOPSIGNAL"))) is not before
        assert not stopped()


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-build.txt", "pyproject.toml"])
def test_the_builder_is_given_what_is_copied(name: str) -> None:
    assert f"!{name}" in IGNORE
    assert (ROOT / name).is_file()


def test_the_builder_is_given_nothing_else() -> None:
    copied = {one for word, rest in stage(0) if word == "COPY" for one in rest.split()[:-1]}
    assert IGNORE[1] == "*"
    assert {line[1:] for line in IGNORE if line.startswith("!")} == copied
