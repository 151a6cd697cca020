"""What marks a synthetic record: a tenant that no Entra tenant can have."""

from uuid import RESERVED_NCS, UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.events.synthetic import (
    new_run,
    retenanted,
    run_inside,
    synthetic_run,
    synthetic_tenant,
)
from tests import entra

RUN = "00ff00ff00ff"
OURS = "73796e74-6865-7469-632d-00ff00ff00ff"


def test_the_tenant_spells_what_it_is_and_can_be_nobodys() -> None:
    tenant = synthetic_tenant(RUN)
    assert tenant == OURS
    assert UUID(tenant).bytes.startswith(b"synthetic-")
    assert UUID(tenant).variant == RESERVED_NCS


@given(st.uuids(version=4))
def test_a_real_tenant_is_never_taken_for_one(tenant: UUID) -> None:
    assert synthetic_run(str(tenant)) is None


@pytest.mark.parametrize("text", ["", "unknown", OURS + "0", OURS[:-1] + "g", "x" + OURS])
def test_text_that_is_not_quite_one_is_none(text: str) -> None:
    assert synthetic_run(text) is None


def test_case_does_not_matter() -> None:
    assert synthetic_run(OURS.upper()) == RUN


def test_every_mention_of_a_tenant_is_replaced_and_nothing_else() -> None:
    other = "bbbbbbbb-0000-4000-8000-000000000002"
    record = entra.add_user(entra.at())
    record["properties"]["note"] = entra.TENANT.upper()
    record["elsewhere"] = other
    found = retenanted(entra.body(record), RUN)
    assert found is not None
    assert entra.TENANT.encode() not in found
    assert entra.TENANT.upper().encode() not in found
    assert other.encode() in found
    assert run_inside(found) == RUN


def test_a_message_without_a_tenant_has_none_to_replace() -> None:
    assert retenanted(b'{"tenantId":"not a guid"}', RUN) is None
    assert run_inside(b"{}") is None


def test_a_run_is_new_each_time() -> None:
    assert new_run() != new_run()
