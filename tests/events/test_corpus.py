"""The reader on real records of others (see ../shared/corpus); nothing of them is copied here."""

from pathlib import Path

import pytest

from monitor.events.model import AuditEvent, Reading
from monitor.events.read import read_message

CORPUS = Path(__file__).parents[3] / "shared" / "corpus" / "events"

pytestmark = pytest.mark.skipif(not CORPUS.exists(), reason="../shared is not here")

# What each directory holds: records, events, quarantined.
EXPECTED = {
    "elastic-integrations-auditlogs": (15, 1, 11),
    "microsoft-graph-docs-2022": (1, 1, 0),
    "msp4msps-bec-graphapi": (1, 1, 0),
    "otrf-security-datasets-loganalytics": (4, 2, 0),
    "panther-analysis-redacted": (7, 7, 0),
    "sekoia-azure-ad-eventhub": (5, 5, 0),
    "splunk-security_content-eventhub": (15, 13, 0),
    "splunk-security_content-ual": (12, 0, 12),
    "stratus-red-team-docs": (3, 0, 3),
    "wazuh-tests": (6, 0, 0),
}


def bodies(path: Path) -> list[bytes]:
    content = path.read_bytes()
    return content.splitlines() if path.suffix == ".jsonl" else [content]


def readings(directory: str) -> list[Reading]:
    files = sorted((CORPUS / directory).iterdir())
    return [read_message(body) for path in files for body in bodies(path) if body.strip()]


def event_in(name: str) -> AuditEvent:
    (path,) = CORPUS.glob(f"*/{name}*")
    (event,) = read_message(path.read_bytes()).events
    return event


def test_every_directory_is_expected() -> None:
    assert {path.name for path in CORPUS.iterdir()} == set(EXPECTED)


@pytest.mark.parametrize("directory", EXPECTED)
def test_the_counts_add_up(directory: str) -> None:
    read = readings(directory)
    seen, events, quarantined = EXPECTED[directory]
    assert sum(reading.seen for reading in read) == seen
    assert sum(len(reading.events) for reading in read) == events
    assert sum(len(reading.quarantined) for reading in read) == quarantined
    assert sum(reading.irrelevant for reading in read) == seen - events - quarantined


def test_mfa_taken_out_of_a_policy() -> None:
    event = event_in("azure_mfa_disabled__00")
    assert event.activity == "update conditional access policy"
    assert event.service == "Conditional Access"
    changed = event.targets[0].property("ConditionalAccessPolicy")
    assert changed is not None
    assert isinstance(changed.old, dict)
    assert isinstance(changed.new, dict)
    assert "grantControls" in changed.old
    assert "grantControls" not in changed.new
    assert (
        event.body
        in (CORPUS / "panther-analysis-redacted")
        .joinpath("azure_mfa_disabled__00_MFA_Disabled_Successful.json")
        .read_bytes()
    )


def test_its_core_directory_twin_is_decoded_twice() -> None:
    changed = event_in("azure_mfa_disabled__02").targets[0].property("PolicyDetail")
    assert changed is not None
    assert isinstance(changed.old, list)
    assert isinstance(changed.old[0], dict)
    assert changed.old[0]["Controls"] == [{"Control": ["Mfa"]}]


def test_a_failure_in_other_words_is_no_success() -> None:
    assert not event_in("azure_invite_external_users__02").succeeded
    assert event_in("azure_invite_external_users__00").succeeded


def test_per_user_mfa_switched_off() -> None:
    event = event_in("azure_active_directory_disable_strong_authentication")
    changed = event.targets[0].property("StrongAuthenticationRequirement")
    assert changed is not None
    assert isinstance(changed.old, list)
    assert changed.new == []
    assert event.initiator.ip is None


def test_an_account_of_2019() -> None:
    event = event_in("add_user.json")
    assert (event.activity, event.initiator.ip, event.fragment) == ("add user", None, False)
    changed = event.targets[0].property("AccountEnabled")
    assert changed is not None
    assert (changed.old, changed.new) == ([], [True])


def test_graph_records_of_methods_and_phones() -> None:
    methods = event_in("directoryaudit-get_update_user").targets[0]
    changed = methods.property("StrongAuthenticationMethod")
    assert changed is not None
    assert isinstance(changed.new, list)
    assert len(changed.new) == 4
    assert event_in("update_user_StrongAuthenticationUserDetails").tenant == "unknown"


def test_unified_audit_log_records_are_refused_by_name() -> None:
    read = readings("splunk-security_content-ual")
    codes = {quarantined.code for reading in read for quarantined in reading.quarantined}
    assert codes == {"unified-audit-log"}


def test_the_file_that_was_published_broken() -> None:
    (path,) = CORPUS.glob("*/*INVALID*")
    reading = read_message(path.read_bytes())
    (quarantined,) = reading.quarantined
    assert (reading.seen, quarantined.code) == (1, "not-json")
    assert quarantined.position is not None
    assert quarantined.body[quarantined.position :].lstrip().startswith(b"}")
