"""role-membership-weakened: a role that scopes a policy is given or taken."""

from pathlib import Path

from tests import acts, entra
from tests.corridor import findings, ingest, opened

RULE = "role-membership-weakened"


def scoped(path: str) -> entra.Json:
    """A policy that asks for MFA, with the role in the list at that path."""
    place = f"/conditions/users/{path}/-"
    patch: list[entra.Json] = [{"op": "add", "path": place, "value": acts.ROLE}]
    if path == "includeRoles":
        patch += [{"op": "replace", "path": "/conditions/users/includeUsers", "value": []}]
    return entra.ca_change(None, entra.policy(*patch), entra.at(-60))


def after(data: Path, known: entra.Json, record: entra.Json) -> dict[str, entra.Json]:
    with opened(data) as monitor:
        ingest(monitor, known)
        return findings(ingest(monitor, record))


def test_losing_an_included_role_is_named(tmp_path: Path) -> None:
    found = after(tmp_path, scoped("includeRoles"), acts.role("Remove", entra.at()))
    assert set(found) == {RULE}
    assert found[RULE]["object"]["kind"] == "directoryRole"
    assert "from the role" in found[RULE]["witness"]


def test_getting_an_excluded_role_is_named(tmp_path: Path) -> None:
    found = after(tmp_path, scoped("excludeRoles"), acts.role("Add", entra.at()))
    assert RULE in found
    assert found[RULE]["severity"] in ("high", "critical")


def test_the_end_of_an_activation_is_low(tmp_path: Path) -> None:
    ended = acts.by_app(acts.role("Remove", entra.at()), acts.PIM_APP)
    found = after(tmp_path, scoped("includeRoles"), ended)
    assert found[RULE]["severity"] == "low"


def test_a_role_no_policy_names_is_silent(tmp_path: Path) -> None:
    other = acts.role("Remove", entra.at(), template="aaaaaaaa-0000-4000-8000-0000000000b9")
    assert after(tmp_path, scoped("includeRoles"), other) == {}


def test_a_role_everyone_needs_mfa_beside_is_silent(tmp_path: Path) -> None:
    everyone = entra.policy(id=entra.GROUP, displayName="Everyone")
    with opened(tmp_path) as monitor:
        ingest(monitor, scoped("includeRoles"), entra.ca_change(None, everyone, entra.at(-50)))
        found = findings(ingest(monitor, acts.role("Remove", entra.at())))
    assert found == {}
