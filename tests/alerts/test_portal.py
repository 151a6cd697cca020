"""Links are built from kind and GUID only."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.alerts.portal import portal_link
from monitor.posture.document import DocumentKind
from tests.alerts.samples import POLICY

KINDS = [kind.value for kind in DocumentKind] + ["servicePrincipal", "record", ""]


@pytest.mark.parametrize(
    ("kind", "place"),
    [
        ("conditionalAccessPolicy", "PolicyBlade/policyId"),
        ("user", "UserProfileMenuBlade/~/overview/userId"),
        ("group", "GroupDetailsMenuBlade/~/Overview/groupId"),
        ("servicePrincipal", "ManagedAppMenuBlade/~/Overview/objectId"),
    ],
)
def test_an_object_with_a_page_has_its_link(kind: str, place: str) -> None:
    link = portal_link(kind, POLICY.upper())
    assert link is not None
    assert link.startswith("https://entra.microsoft.com/#view/Microsoft_AAD_")
    assert link.endswith(f"{place}/{POLICY}")


@pytest.mark.parametrize(
    "identity",
    [
        "",
        "All",
        f"{POLICY}/../x",
        f"{POLICY}\n",
        f" {POLICY}",
        POLICY.replace("-", ""),
        "\u0661" * 36,
    ],
)
def test_anything_but_a_guid_has_no_link(identity: str) -> None:
    assert portal_link("conditionalAccessPolicy", identity) is None


@given(st.sampled_from(KINDS) | st.text(), st.uuids().map(str) | st.text())
def test_no_text_of_a_record_reaches_a_link(kind: str, identity: str) -> None:
    link = portal_link(kind, identity)
    assert link is None or link.rpartition("/")[2] == identity.lower()
    assert link is None or len(identity) == 36
