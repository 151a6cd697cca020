"""altered-record: the same id, another content; another envelope is no other content."""

import json
from pathlib import Path

import pytest

from tests import entra
from tests.corridor import findings, ingest, leaves, opened

EDITED = entra.policy(entra.excluding())


def again(record: entra.Json) -> entra.Json:
    copy: entra.Json = json.loads(json.dumps(record))
    return copy


def another_initiator(record: entra.Json) -> None:
    record["properties"]["initiatedBy"]["user"]["id"] = "aaaaaaaa-0000-4000-8000-0000000000ff"


def another_content(record: entra.Json) -> None:
    shown = record["properties"]["targetResources"][0]["modifiedProperties"][0]
    shown["newValue"] = json.dumps(entra.policy(state="disabled"))


def another_result(record: entra.Json) -> None:
    record["properties"]["result"] = "failure"


@pytest.mark.parametrize("alter", [another_initiator, another_content, another_result])
def test_another_content_under_the_same_id_is_named(tmp_path: Path, alter: object) -> None:
    record = entra.ca_change(entra.policy(), EDITED, entra.at())
    forged = again(record)
    assert callable(alter)
    alter(forged)
    with opened(tmp_path) as monitor:
        ingest(monitor, record)
        outcome = ingest(monitor, forged)
        leaf = findings(outcome)["altered-record"]
        assert leaf["severity"] == "medium"
        assert findings(ingest(monitor, forged)) == {}, "known by now, byte for byte"


def test_the_same_bytes_again_are_silent(tmp_path: Path) -> None:
    record = entra.ca_change(entra.policy(), EDITED, entra.at())
    with opened(tmp_path) as monitor:
        ingest(monitor, record)
        assert ingest(monitor, record).entries == ()


def test_the_same_record_in_another_envelope_is_silent(tmp_path: Path) -> None:
    record = entra.ca_change(entra.policy(), EDITED, entra.at())
    shown = record["properties"]
    graph = {key: value for key, value in shown.items() if key != "userAgent"}
    with opened(tmp_path) as monitor:
        ingest(monitor, record)
        outcome = ingest(monitor, {**record, "Level": 4, "properties": graph})
        assert findings(outcome) == {}
        (leaf,) = leaves(outcome, "change")
        assert '"altered"' in json.dumps(leaf)


def test_a_forgery_inside_one_batch_is_named(tmp_path: Path) -> None:
    record = entra.about_user("Disable account", entra.at())
    forged = again(record)
    another_initiator(forged)
    with opened(tmp_path) as monitor:
        assert "altered-record" in findings(ingest(monitor, record, forged))
