"""The comparison engine at 10, 50, 200 and 240 policies, against z3 from scratch in the same run.

Run `python -m bench.coverage`. Only ratios are printed: medians of interleaved rounds with
[min..max]. Every verdict of the engine is asserted to be that of z3 before a figure appears.
"""

import copy
import random
import statistics
import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from monitor.coverage.compare import compare, decide
from monitor.coverage.model import Verdict
from monitor.posture.document import Document, DocumentKind
from monitor.posture.posture import Posture
from tests.coverage.makers import countries, document, group, location, policy, posture
from tests.coverage.z3_oracle import z3_decide

SIZES = (10, 50, 200, 240)
EVENTS = 120
CHECKED = 7
PEOPLE = 100_000
BLOCKS = 40
SEED = 20261125

CONDITIONS: tuple[dict[str, Any], ...] = (
    {},
    {"signInRiskLevels": ["high"]},
    {"locations": {"includeLocations": ["All"], "excludeLocations": ["AllTrusted", "ward"]}},
    {"platforms": {"includePlatforms": ["iOS", "android"]}},
    {"devices": {"deviceFilter": {"mode": "exclude", "rule": 'device.model -eq "Cart"'}}},
    {"clientAppTypes": ["exchangeActiveSync", "other"]},
    {"authenticationFlows": {"transferMethods": "deviceCodeFlow"}},
    {"insiderRiskLevels": "elevated"},
    {"locations": {"includeLocations": ["All"], "excludeLocations": ["home"]}},
)
DEMANDS: tuple[dict[str, Any], ...] = (
    {"operator": "OR", "builtInControls": ["mfa"]},
    {"operator": "OR", "builtInControls": ["mfa", "compliantDevice"]},
    {"operator": "OR", "builtInControls": ["block"]},
    {"operator": "AND", "builtInControls": ["mfa", "compliantDevice"]},
    {
        "operator": "OR",
        "builtInControls": [],
        "authenticationStrength": {"id": "00000000-0000-0000-0000-000000000004"},
    },
    {
        "operator": "OR",
        "builtInControls": [],
        "customAuthenticationFactors": ["RequireDuoMfa"],
    },
)


def world() -> tuple[Document, ...]:
    """Locations and groups that the policies name."""
    return (
        location("clinic", "10.0.0.0/8", trusted=True),
        location("ward", "10.1.0.0/16"),
        countries("home", "NL", "BE"),
    )


def tenant(size: int, chance: random.Random) -> list[dict[str, Any]]:
    """Policies of a hospital with every dimension in use."""
    found = []
    for number in range(size):
        users: dict[str, Any] = {"includeUsers": ["All"], "excludeGroups": ["emergency"]}
        if number % 3:
            users = {
                "includeGroups": [f"g{chance.randrange(40)}", f"g{chance.randrange(40)}"],
                "excludeGroups": ["emergency"],
                "excludeUsers": [f"u{chance.randrange(60)}"],
            }
        elif number % 9 == 3:  # some for guests
            users = {"includeUsers": ["GuestsOrExternalUsers"]}
        apps: dict[str, Any] = {"includeApplications": ["All"]}
        if number % 4:
            apps = {"includeApplications": [f"app{chance.randrange(50)}", "Office365"]}
        condition = {**CONDITIONS[number % len(CONDITIONS)]}
        demand = DEMANDS[chance.randrange(len(DEMANDS))]
        found.append(policy(f"p{number}", users=users, apps=apps, demand=demand, **condition))
    return found


def edited(body: dict[str, Any], number: int) -> dict[str, Any]:
    """One of eight kinds of edits, harmless ones included."""
    body = copy.deepcopy(body)
    users = body["conditions"]["users"]
    match number % 8:
        case 0:
            body["displayName"] = f"renamed {number}"
        case 1:
            users["excludeUsers"] = [*users.get("excludeUsers", []), f"new{number % 10}"]
        case 2:
            body["state"] = "disabled"
        case 3:
            body["grantControls"]["builtInControls"].append("compliantDevice")
        case 4:
            body["conditions"]["userRiskLevels"] = ["high"]
        case 5:
            body["grantControls"] = {"operator": "OR", "builtInControls": ["mfa"]}
        case 6:
            users["excludeGroups"] = [*users.get("excludeGroups", []), f"g{number % 40}"]
        case _:
            body["conditions"]["clientAppTypes"] = ["browser"]
    return body


def timed(call: Callable[[], Any]) -> tuple[float, Any]:
    """Seconds the call took, and what it returned."""
    start = time.perf_counter()
    found = call()
    return time.perf_counter() - start, found


def ratio(name: str, ratios: Sequence[float], unit: str = "x") -> None:
    """Print one line: median [min..max]."""
    low, high = min(ratios), max(ratios)
    print(
        f"{name:58} {statistics.median(ratios):8.1f}{unit} [{low:.1f}..{high:.1f}] n={len(ratios)}"
    )


def changes(size: int, count: int) -> list[tuple[Posture, Posture]]:
    """A tenant and `count` single edits of it, applied as a fold would."""
    chance = random.Random(SEED + size)  # a fixed seed, not a secret
    bodies = tenant(size, chance)
    before = posture(*bodies, *world())
    found = []
    for number in range(count):
        body = edited(bodies[chance.randrange(size)], number)
        after = before.with_document(document(DocumentKind.POLICY, str(body["id"]), body))
        found.append((before, after))
    return found


def against_z3(size: int) -> None:
    """The decision against z3 from scratch on the same changes."""
    ratios = []
    pairs = changes(size, 8 * CHECKED)
    for before, after in pairs[:8]:
        decide(before, after)
    for before, after in pairs[8 : 8 + CHECKED] if size > SIZES[1] else pairs[8:]:
        slow, expected = timed(partial(z3_decide, before, after))
        fast, found = timed(partial(decide, before, after))
        assert (found.verdict, found.level) == expected, (found, expected)
        ratios.append(slow / fast)
    ratio(f"z3 from scratch / decide, {size} policies", ratios)


def scale() -> None:
    """How the decision and the whole answer grow with the number of policies."""
    medians, wholes = {}, {}
    for size in (SIZES[0], SIZES[-1]):
        pairs = changes(size, EVENTS)
        compare(*pairs[0])
        medians[size] = statistics.median(timed(partial(decide, *pair))[0] for pair in pairs)
        wholes[size] = statistics.median(timed(partial(compare, *pair))[0] for pair in pairs)
    ratio("decide p50, 240 policies / 10", [medians[SIZES[-1]] / medians[SIZES[0]]])
    ratio("compare with witnesses p50, 240 policies / 10", [wholes[SIZES[-1]] / wholes[SIZES[0]]])
    ratio("compare with witnesses / decide, 240 policies", [wholes[SIZES[-1]] / medians[SIZES[-1]]])


def people() -> None:
    """Who is exposed among 100,000 known users: the whole answer against the bare decision."""
    members = [f"user{number}" for number in range(PEOPLE)]
    groups = [
        group(f"g{number}", *members[number::BLOCKS], *members[: 50 * number])
        for number in range(BLOCKS)
    ]
    chance = random.Random(SEED)  # a fixed seed, not a secret
    bodies = [
        body for body in tenant(SIZES[2], chance) if "includeGroups" in body["conditions"]["users"]
    ]
    bodies.append(policy("base", users={"includeUsers": ["All"], "excludeGroups": ["g1"]}))
    before = posture(*bodies, *world(), *groups, group("emergency", "bg1", "bg2"))
    compare(before, before)
    ratios = []
    for number in range(CHECKED):
        users = {"includeUsers": ["All"], "excludeGroups": ["g1", f"g{number + 2}"]}
        body = policy("base", users=users)
        after = before.with_document(document(DocumentKind.POLICY, "base", body))
        first, decision = timed(partial(decide, before, after))
        whole, found = timed(partial(compare, before, after))
        assert decision.verdict in {Verdict.WEAKENED, Verdict.UNCHANGED}
        counts = [one.structure["population"] for one in found.witnesses]
        assert found.verdict is decision.verdict
        assert all(counts)
        ratios.append(whole / first)
    ratio("whole answer with counts / first witness, 100,000 users", ratios)


def main() -> None:
    """Check, then print ratios."""
    for size in SIZES:
        against_z3(size)
    scale()
    people()


if __name__ == "__main__":
    main()
