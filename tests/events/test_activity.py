import csv
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitor.events.activity import WATCHED, Concern, concern_of, normalise
from monitor.events.watchlist import WATCHLIST
from monitor.events.watchlist_privilege import PRIVILEGE_WATCHLIST

SHARED = Path(__file__).parents[3] / "shared" / "domain" / "ACTIVITIES.csv"
EN_DASH = "\N{EN DASH}"


@pytest.mark.parametrize(
    ("written", "level"),
    [
        ("Update user.", "update user"),
        ("  Update   user \t", "update user"),
        ("Update Conditional Access policy", "update conditional access policy"),
        (
            f"Update application {EN_DASH} Certificates and secrets management ",
            "update application - certificates and secrets management",
        ),
        ("Authentication Strength Combination Configuration Create ", None),
        ("Update\N{NO-BREAK SPACE}user . .", "update user"),
        ("", ""),
        ("...", ""),
    ],
)
def test_spellings_are_levelled(written: str, level: str | None) -> None:
    assert normalise(written) == (level if level is not None else written.strip().casefold())


@given(st.text())
def test_levelling_twice_changes_nothing(name: str) -> None:
    assert normalise(normalise(name)) == normalise(name)


@pytest.mark.parametrize(
    ("name", "concern"),
    [
        ("Update Conditional Access policy", Concern.POLICY),
        ("Update policy", Concern.POLICY_TWIN),
        ("Authentication Methods Policy Update", Concern.METHODS_POLICY),
        ("PATCH Tenant.Patch", Concern.MFA_SERVICE),
        ("Disable Strong Authentication.", Concern.PER_USER_MFA),
        ("Set federation settings on domain", Concern.FEDERATION),
        (f"Update application {EN_DASH} Certificates and secrets management ", Concern.APP),
        ("Update role setting in PIM", Concern.PIM),
        ("User reviewed security info", Concern.REGISTRATION_STEP),
        ("Add member to group", Concern.GROUP),
        ("Update group", Concern.GROUP_SETTINGS),
        ("Update device", None),
    ],
)
def test_an_activity_has_its_concern(name: str, concern: Concern | None) -> None:
    assert concern_of(name) is concern


def test_no_activity_is_listed_twice() -> None:
    lines = [
        line
        for watchlist in (WATCHLIST, PRIVILEGE_WATCHLIST)
        for names in watchlist.values()
        for line in names.splitlines()
        if line.strip()
    ]
    assert len(lines) == len(WATCHED)


def test_every_concern_has_activities() -> None:
    assert set(WATCHED.values()) == set(Concern)


def test_every_activity_of_the_domain_paper_is_watched() -> None:
    if not SHARED.exists():
        pytest.skip("../shared is not here")
    with SHARED.open(encoding="utf-8", newline="") as lines:
        names = [row["activityDisplayName"] for row in csv.DictReader(lines)]
    assert [name for name in names if concern_of(name) is None] == []
