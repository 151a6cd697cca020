import base64
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.functions.access import LONGEST, Role, read, require
from monitor.sources.bodies import Refusal
from tests.functions.principals import ROLE_URI, encoded, principal

ON = {"WEBSITE_AUTH_ENABLED": "True"}
ALL = frozenset(Role)
ADMIN = frozenset({Role.ADMIN})


def refused(header: str | None, allowed: frozenset[Role] = ALL, **environment: str) -> int:
    with pytest.raises(Refusal) as caught:
        require(header, allowed, environment or ON)
    assert "Kim" not in str(caught.value)
    return caught.value.status


@pytest.mark.parametrize("said", ["", "False", "0", "yes", "truely"])
def test_a_header_that_nobody_vouches_for_is_worth_nothing(said: str) -> None:
    assert refused(encoded(principal("Admin")), WEBSITE_AUTH_ENABLED=said) == 503


def test_without_the_platforms_word_nobody_is_let_in() -> None:
    with pytest.raises(Refusal) as caught:
        require(encoded(principal("Admin")), ALL, {})
    assert caught.value.status == 503


@pytest.mark.parametrize("said", ["True", "true", "TRUE"])
@pytest.mark.parametrize("typ", ["roles", ROLE_URI])
def test_a_role_lets_in_however_the_platform_writes_its_claim(said: str, typ: str) -> None:
    header = encoded(principal("Auditor", "Something.Else", typ=typ))

    assert require(header, ALL, {"WEBSITE_AUTH_ENABLED": said}) == {Role.AUDITOR}


@pytest.mark.parametrize("header", [None, ""])
def test_nobody_is_asked_to_sign_in(header: str | None) -> None:
    assert refused(header) == 401


@pytest.mark.parametrize(
    "roles", [[], ["Auditor"], ["Security"], ["admin"], ["Admin "], ["Admins"]]
)
def test_the_wrong_role_is_told_which_is_needed(roles: list[str]) -> None:
    with pytest.raises(Refusal, match="403: one of these app roles is needed: Admin"):
        require(encoded(principal(*roles)), ADMIN, ON)


@pytest.mark.parametrize("typ", ["role", "Roles", "groups", "wids", "scp", "name"])
def test_only_a_roles_claim_gives_a_role(typ: str) -> None:
    assert refused(encoded(principal("Admin", typ=typ))) == 403


def test_what_the_caller_names_as_its_role_claim_does_not_count() -> None:
    told = principal("Admin", typ="preferred_username", role_typ="preferred_username")

    assert refused(encoded(told)) == 403


@pytest.mark.parametrize("provider", ["facebook", "AAD", "", "aad "])
def test_another_identity_provider_is_refused(provider: str) -> None:
    assert refused(encoded(principal("Admin", auth_typ=provider))) == 401


@pytest.mark.parametrize(
    "content",
    [
        None,
        [],
        "Admin",
        {},
        {"auth_typ": "aad"},
        {"auth_typ": "aad", "claims": None},
        {"auth_typ": "aad", "claims": {"typ": "roles", "val": "Admin"}},
        {"auth_typ": "aad", "claims": ["Admin"]},
        {"auth_typ": "aad", "claims": [{"typ": "roles"}]},
        {"auth_typ": "aad", "claims": [{"typ": "roles", "val": ["Admin"]}]},
        {"auth_typ": "aad", "claims": [{"typ": 7, "val": "Admin"}]},
        {"auth_typ": 1, "claims": []},
    ],
)
def test_anything_but_a_principal_is_refused(content: Any) -> None:
    assert refused(encoded(content)) == 401


@pytest.mark.parametrize(
    "header",
    ["%%%", "Zm9v", "e30=\n", base64.b64encode(b"\xff{}").decode(), "A" * (LONGEST + 4)],
)
def test_anything_but_base64_of_json_is_refused(header: str) -> None:
    assert refused(header) == 401


def test_base64_of_another_alphabet_or_with_something_inside_is_refused() -> None:
    good = encoded(principal("Admin"))

    assert refused(good[:20] + "\n" + good[20:]) == 401
    assert refused("-_" + good[2:]) == 401


@given(st.text(max_size=200))
def test_no_header_raises_anything_but_a_refusal(header: str) -> None:
    assert refused(header) == 401


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(max_size=8), lambda inner:
    st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(
        ["auth_typ", "claims", "typ", "val", "x"]), inner, max_size=4), max_leaves=12))  # fmt: skip
def test_no_json_raises_anything_but_a_refusal(content: Any) -> None:
    with suppress(Refusal):
        assert read(encoded(content)).roles() <= frozenset(Role)
