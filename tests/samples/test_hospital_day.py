"""The sample day's files by themselves: what they hold, and that the generator writes them."""

import gzip
import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from ipaddress import ip_address, ip_network
from typing import Any

import pytest

from samples import cast, generate, policies
from samples.joiners import GUEST
from samples.records import FIRST_MOMENT, LAST_MOMENT, TENANT, compact

Record = dict[str, Any]
LATEST_ARRIVAL = timedelta(minutes=15)
DEADLINE = timedelta(hours=24)
REGISTRATIONS = ("User registered security info", "User registered all required security info")
RESERVED = [
    ip_network(text)
    for text in ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "2001:db8::/32")
]


@dataclass(frozen=True, slots=True)
class Change:
    """One "... conditional access policy" record, or one of its Core Directory twins."""

    line: int
    place: int
    id: str
    policy: str
    at: datetime
    written: str | None
    old: Record | None
    new: Record | None


@cache
def lines() -> tuple[bytes, ...]:
    return tuple(gzip.decompress(generate.DAY.read_bytes()).splitlines())


@cache
def expected() -> Record:
    content: Record = json.loads(generate.EXPECTED.read_text(encoding="utf-8"))
    return content


@cache
def placed() -> tuple[tuple[int, int, Record], ...]:
    """Every readable record with its line (from 1) and its place in the line."""
    return tuple(
        (number, place, record)
        for number, line in enumerate(lines(), 1)
        if number != expected()["cut_off_line"]
        for place, record in enumerate(json.loads(line)["records"])
    )


@cache
def firsts() -> tuple[tuple[int, int, Record], ...]:
    """The same without what comes again."""
    seen: set[str] = set()
    kept = []
    for line, place, record in placed():
        if record["properties"]["id"] not in seen:
            kept.append((line, place, record))
        seen.add(record["properties"]["id"])
    return tuple(kept)


def act(name: str) -> Record:
    found: Record = next(row for row in expected()["acts"] if row["id"] == name)
    return found


def when(record: Record) -> datetime:
    text = record["properties"]["activityDateTime"].replace("+00:00", "Z")
    return datetime.strptime(text[:26], "%Y-%m-%dT%H:%M:%S.%f").replace(tzinfo=UTC)


def properties(record: Record) -> dict[str, tuple[Any, Any]]:
    """Name -> (old, new), decoded, over all targets of the record."""
    return {
        entry["displayName"]: (
            json.loads(entry["oldValue"]) if entry["oldValue"] else None,
            json.loads(entry["newValue"]) if entry["newValue"] else None,
        )
        for target in record["properties"]["targetResources"]
        for entry in target["modifiedProperties"]
    }


def changes(*, twins: bool) -> Iterator[Change]:
    ending = " policy" if twins else " conditional access policy"
    verbs = tuple(verb + ending for verb in ("Add", "Update", "Delete"))
    for line, place, record in firsts():
        if record["properties"]["activityDisplayName"] not in verbs:
            continue
        old, new = properties(record).get(
            "PolicyDetail" if twins else "ConditionalAccessPolicy", (None, None)
        )
        if twins:
            old, new = (json.loads(value[0]) if value else None for value in (old, new))
        shown = {name.casefold(): value for name, value in (new or {}).items()}
        written = shown.get("modifieddatetime") or shown.get("createddatetime")
        yield Change(
            line,
            place,
            record["properties"]["id"],
            record["properties"]["targetResources"][0]["id"],
            when(record),
            written.replace("+00:00", "Z") if written else None,
            old,
            new,
        )


def test_the_generator_writes_the_committed_bytes() -> None:
    day = generate.the_day()
    # not the compressed bytes: another build of zlib may pack the same content otherwise
    assert gzip.decompress(generate.DAY.read_bytes()) == generate.message_lines(day)
    assert generate.EXPECTED.read_text(encoding="utf-8") == generate.expected_text(day)


def test_the_file_is_small_and_its_header_tells_no_time() -> None:
    content = generate.DAY.read_bytes()
    flags, modified = content[3], content[4:8]
    assert (flags, modified) == (0, bytes(4))
    assert len(content) < 400_000


def test_compression_repeats_itself() -> None:
    text = b"".join(line + b"\n" for line in lines())
    assert generate.compressed(text) == generate.compressed(text)
    assert gzip.decompress(generate.compressed(text)) == text


def test_only_the_declared_line_cannot_be_read() -> None:
    broken = []
    for number, line in enumerate(lines(), 1):
        try:
            envelope = json.loads(line)
        except ValueError:
            broken.append(number)
            continue
        assert set(envelope) == {"records"}
        assert 1 <= len(envelope["records"]) <= 60
    assert broken == [expected()["cut_off_line"]]
    body = lines()[broken[0] - 1]
    assert body.startswith(b'{"records":[{')
    assert body.count(b'"operationVersion"') == 1, "no whole record stands in it to be saved"


def test_counts_are_those_declared() -> None:
    counted = Counter(record["properties"]["id"] for _, _, record in placed())
    assert len(lines()) == expected()["messages"]
    assert counted.total() == expected()["records"] == expected()["seen"] - 1
    assert counted.total() - len(counted) == expected()["repeated"]
    assert expected()["quarantined"] == 2
    assert counted.total() > 2000


def test_ids_are_unique_but_for_the_declared_repeats_which_have_the_same_bytes() -> None:
    bytes_of: dict[str, set[bytes]] = defaultdict(set)
    repeated: list[str] = []
    for number, _, record in placed():
        identity, written = record["properties"]["id"], compact(record).encode()
        assert written in lines()[number - 1]
        repeated += [identity] if identity in bytes_of else []
        bytes_of[identity].add(written)
    assert repeated == expected()["repeated_ids"]
    assert all(len(versions) == 1 for versions in bytes_of.values())


def test_there_is_one_tenant() -> None:
    assert expected()["tenant"] == TENANT
    for _, _, record in placed():
        assert record["tenantId"] == TENANT
        assert record["resourceId"] == f"/tenants/{TENANT}/providers/Microsoft.aadiam"
        assert record["properties"].get("tenantId", TENANT) == TENANT
        assert record["category"] == "AuditLogs"


def test_envelopes_are_of_three_generations_mostly_the_latest() -> None:
    shapes = Counter(
        "2026" if "level" in record else "2025" if "tenantGeo" in record["properties"] else "2022"
        for _, _, record in firsts()
    )
    assert shapes["2026"] > 0.9 * shapes.total()
    assert shapes["2025"] > 20
    assert shapes["2022"] > 20


def test_times_are_within_the_day_and_roughly_in_order() -> None:
    unreadable = act("time-unreadable")["record_ids"]
    latest = FIRST_MOMENT
    for _, _, record in firsts():
        if record["properties"]["id"] in unreadable:
            for text in (record["time"], record["properties"]["activityDateTime"]):
                with pytest.raises(ValueError, match=re.escape(text)):
                    datetime.fromisoformat(text)
            continue
        at = when(record)
        assert FIRST_MOMENT <= at < LAST_MOMENT
        assert record["time"][:26] == record["properties"]["activityDateTime"][:26]
        assert latest - at < LATEST_ARRIVAL
        latest = max(latest, at)
    assert latest > LAST_MOMENT - timedelta(minutes=5)


def test_every_host_is_reserved_for_examples() -> None:
    text = b"\n".join(lines()).decode()
    found = re.findall(r"[\w.+#-]+@([\w-]+(?:\.[\w-]+)+)|https?://([\w.-]+)", text)
    hosts = {mail or site for mail, site in found}
    assert cast.DOMAIN in hosts
    assert {"eam.duo-provider.example", "eam-duo.example.net"} <= hosts
    for host in hosts:
        assert host.endswith((".example", "example.com", "example.net", "example.org")), host


def _addresses(record: Record) -> Iterator[str | None]:
    yield record.get("callerIpAddress")
    yield (record["properties"]["initiatedBy"].get("user") or {}).get("ipAddress")
    for detail in record["properties"]["additionalDetails"]:
        if detail["key"] == "ipaddr":
            yield detail["value"]


def test_every_address_is_reserved_for_documentation() -> None:
    told = {text for _, _, record in placed() for text in _addresses(record) if text}
    assert {6, 4} == {ip_address(text).version for text in told}
    for text in told:
        assert any(ip_address(text) in network for network in RESERVED), text
    everywhere = re.findall(r"(?<![\w.])\d{1,3}(?:\.\d{1,3}){3}(?![\w.])", str(lines()))
    assert {text for text in everywhere if not text.startswith("10.0.2")} <= told, "OS builds only"


def test_each_policy_change_has_one_twin() -> None:
    twins = {(twin.policy, twin.written): twin for twin in changes(twins=True)}
    written = list(changes(twins=False))
    assert len(twins) == len(written) == 14
    for change in written:
        twin = twins.pop((change.policy, change.written))
        assert twin.id != change.id
        assert timedelta(0) < change.at - twin.at < timedelta(seconds=1)
    assert not twins


def test_twins_come_before_and_after_together_and_apart() -> None:
    twins = {(twin.policy, twin.written): twin for twin in changes(twins=True)}
    ways = set()
    for change in changes(twins=False):
        twin = twins[change.policy, change.written]
        first = (twin.line, twin.place) < (change.line, change.place)
        ways.add((first, twin.line == change.line))
    assert ways == {(True, True), (True, False), (False, True), (False, False)}


def test_documents_of_a_policy_follow_from_each_other() -> None:
    standing: dict[str, Record | None] = {}
    for change in changes(twins=False):
        if change.policy in standing:
            assert change.old == standing[change.policy]
        standing[change.policy] = change.new
    assert standing[policies.ADMIN_PORTALS] is None
    assert len(standing) == 8


def test_documents_hold_the_members_of_the_audit_stream_in_their_order() -> None:
    order = ["id", "displayName", "createdDateTime", "modifiedDateTime", "state"]
    order += ["conditions", "grantControls", "sessionControls"]
    conditions = ["applications", "users", "userRiskLevels", "signInRiskLevels", "clientAppTypes"]
    conditions += ["platforms", "servicePrincipalRiskLevels"]
    for change in changes(twins=False):
        for document in filter(None, (change.old, change.new)):
            assert list(document) == [name for name in order if name in document]
            held = document["conditions"]
            assert list(held) == [name for name in conditions if name in held]
            guests = held["users"].get("excludeGuestsOrExternalUsers", {})
            assert guests.get("guestOrExternalUserTypes", 63) == 63


def test_policies_the_story_needs_are_known_whole_before_it_begins() -> None:
    known = {change.policy for change in changes(twins=False) if change.at.hour == 5}
    needed = {policies.ALL_USERS, policies.OLD_DUO, policies.ADMINS, policies.LEGACY_CLIENTS}
    assert needed <= known


def test_the_hole_differs_by_a_group_and_an_account_only() -> None:
    identity = act("hole-opened")["record_ids"][1]
    change = next(change for change in changes(twins=False) if change.id == identity)
    assert change.old is not None
    assert change.new is not None
    users = change.old["conditions"]["users"]
    users["excludeGroups"].append(cast.VENDORS.id)
    users["excludeUsers"].append(cast.PACS.id)
    change.old["modifiedDateTime"] = change.new["modifiedDateTime"]
    assert change.old == change.new


def test_what_decides_about_mfa_changes_in_the_story_only() -> None:
    told = {identity for row in expected()["acts"] for identity in row["record_ids"]}
    named = {cast.CLINICAL.id, cast.PILOT.id, cast.VENDORS.id, cast.ANALYZERS.id}
    for _, _, record in placed():
        activity = record["properties"]["activityDisplayName"]
        modified = properties(record)
        assert "StrongAuthenticationRequirement" not in modified
        joined = modified.get("Group.ObjectID", (None, None))
        decides = "olicy" in activity or not named.isdisjoint(joined)
        emergency = any(
            target["id"] in {account.id for account in cast.EMERGENCY}
            for target in record["properties"]["targetResources"]
        )
        if decides or emergency:
            assert record["properties"]["id"] in told, activity


def test_only_the_physician_is_overdue_when_the_day_ends() -> None:
    proven = {
        record["properties"]["targetResources"][0]["id"]
        for _, _, record in firsts()
        if (
            record["properties"]["activityDisplayName"] in REGISTRATIONS
            and record["properties"]["operationType"] != "ServiceApi"
        )
        or properties(record).get("StrongAuthenticationPhoneAppDetail", (1, 1))[0] == []
    }
    waiting = {}
    for _, _, record in firsts():
        if record["properties"]["activityDisplayName"] != "Add user":
            continue
        told = properties(record)
        member = told["AccountEnabled"][1] == [True] and told["UserType"][1] == ["Member"]
        account = record["properties"]["targetResources"][0]["id"]
        if member and account not in proven:
            waiting[account] = when(record) + DEADLINE
    overdue = {account for account, deadline in waiting.items() if deadline < LAST_MOMENT}
    assert overdue == {cast.PHYSICIAN.id}
    assert waiting[cast.PHYSICIAN.id].strftime("%dT%H:%M") == "16T05:34"
    assert len(waiting) == 1, "nobody else is left waiting: a later sweep has nothing to find"
    assert GUEST.id not in waiting


def test_acts_are_in_order_and_their_records_are_there() -> None:
    rows = expected()["acts"]
    there = {record["properties"]["id"] for _, _, record in placed()}
    assert [row["time"] for row in rows] == sorted(row["time"] for row in rows)
    assert len({row["id"] for row in rows}) == len(rows)
    for row in rows:
        assert row["expect"] in ("alarm", "silent", "quarantine")
        assert row["due_issue"] in (2, 3, 4)
        missing = set(row["record_ids"]) - there
        assert bool(missing) == (row["id"] == "body-cut-off")


def test_an_alarm_row_says_how_to_recognise_its_finding() -> None:
    for row in expected()["acts"]:
        if row["expect"] == "alarm":
            assert row["object_id"]
            assert row["text_contains"]
            assert row["severity_at_least"] in ("medium", "high", "critical")
            assert row["rule"]


def test_the_readme_tells_every_act() -> None:
    text = (generate.FOLDER / "README.md").read_text(encoding="utf-8")
    for row in expected()["acts"]:
        assert f"`{row['id']}`" in text
        assert row["time"][11:16] in text
