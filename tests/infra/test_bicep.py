"""The Bicep files hang together: every name is declared, handed on and used."""

import re

import pytest

from monitor.settings.storage import CONTAINER
from tests.infra.bicep import FILES, INFRA, NAMES, code, modules, parsed, resources, text


def words(name: str) -> list[str]:
    return re.findall(r"[A-Za-z_]\w*", code(name))


def test_there_is_something_to_look_at() -> None:
    assert len(FILES) >= 10
    assert sum(len(list(resources(name))) for name in NAMES) >= 35


@pytest.mark.parametrize("name", NAMES)
def test_every_parameter_and_variable_is_used(name: str) -> None:
    tree = parsed(name)
    declared = {*tree.get("parameters", {}), *tree.get("variables", {})}
    seen = words(name)

    assert {one for one in declared if seen.count(one) < 2} == set()


def test_every_module_is_there_and_no_file_is_left_over() -> None:
    used = {one["path"] for one in modules().values()}

    assert {path for path in used if not (INFRA / path).is_file()} == set()
    assert set(NAMES) - used == {"main.bicep", "tenant/diagnostic-setting.bicep"}


@pytest.mark.parametrize("symbol", list(modules()))
def test_a_module_gets_exactly_the_parameters_it_asks_for(symbol: str) -> None:
    module = modules()[symbol]
    asked = parsed(module["path"])["parameters"]

    assert set(module["params"]) <= set(asked)
    assert {one for one in asked if asked[one]["default"] is None} <= set(module["params"])
    assert module["scope"] == "group"


def test_every_output_that_is_read_exists_and_is_read_somewhere() -> None:
    read = set(re.findall(r"\b(\w+)\.outputs\.(\w+)", code("main.bicep")))
    made = {
        (symbol, output)
        for symbol, module in modules().items()
        for output in parsed(module["path"]).get("outputs", {})
    }

    assert read == made


def test_resource_types_and_their_versions_are_written_out() -> None:
    for name in NAMES:
        for resource in parsed(name).get("resources", {}).values():
            assert re.fullmatch(r"[Mm]icrosoft\.\w+(/\w+)+", resource["type"]), resource["type"]
            assert re.fullmatch(r"20\d\d-\d\d-\d\d(-preview)?", resource["api_version"])


def test_one_type_has_one_version_everywhere() -> None:
    versions: dict[str, set[str]] = {}
    for name in NAMES:
        for resource in parsed(name).get("resources", {}).values():
            family = "/".join(resource["type"].split("/")[:2])
            versions.setdefault(family, set()).add(resource["api_version"])

    assert {family: one for family, one in versions.items() if len(one) > 1} == {}


@pytest.mark.parametrize("name", NAMES)
def test_parents_scopes_and_references_are_resources_of_the_file(name: str) -> None:
    tree = parsed(name)
    known = {*tree.get("resources", {}), *tree.get("parameters", {}), *tree.get("modules", {})}
    known |= {"resourceGroup"}
    for symbol, _, config in resources(name):
        for key in ("parent", "scope"):
            assert config.get(key, symbol) in known, (symbol, key)


@pytest.mark.parametrize("name", NAMES)
def test_braces_and_quotes_are_even(name: str) -> None:
    content = code(name)

    assert content.count("{") == content.count("}")
    assert content.count("[") == content.count("]")
    assert all(line.replace("\\'", "").count("'") % 2 == 0 for line in content.splitlines())


def test_names_fit_what_azure_takes() -> None:
    token = 13
    prefix = 8
    assert len("evh--") + prefix + token <= 50
    assert prefix + 10 + len("host") <= 24, "a storage account's name"
    assert len("kv-") + prefix + 10 <= 24, "a vault's name"
    assert "@maxLength(8)\nparam namePrefix" in text("main.bicep")
    assert "take(token, 10)" in text("main.bicep")
    for container in ("ledger", "raw", "view", "checkpoints", "app-package"):
        assert re.fullmatch(CONTAINER, container)


def test_no_secret_stands_in_a_file_and_no_key_is_read() -> None:
    for name in NAMES:
        content = code(name)
        assert not re.search(r"list(Keys|AccountSas|ServiceSas|Secrets?)\(", content, re.IGNORECASE)
        assert "getSecret(" not in content
        assert not re.search(r"(?i)accountkey|sharedaccesskey=|password\s*:|sig=", content)


def test_every_parameter_of_the_deployment_says_what_it_is() -> None:
    for name, parameter in parsed("main.bicep")["parameters"].items():
        said = [one["argument"] for one in parameter["decorators"] if one["type"] == "description"]
        assert len(said) == 1, name
        assert len(said[0]) > 20, name
