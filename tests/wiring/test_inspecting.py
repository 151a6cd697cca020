"""`fsck_places` with the witness and authority of the settings: who signed what, to the root."""

from pathlib import Path

import pytest

from monitor.ledger.fsck import Inspection
from monitor.settings import load_settings
from monitor.wiring import Places, fsck_places, open_monitor
from tests.anchors.stamping import MISSING, OPENSSL, authority, vouched_by
from tests.anchors.witnessing import witness
from tests.wiring.daily import BODIES, delivered

pytestmark = pytest.mark.skipif(OPENSSL is None, reason=MISSING)


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """A deployment whose checkpoint was cosigned and stamped, and whose next header says so."""
    path = tmp_path / "monitor.toml"
    with witness() as wit, authority(tmp_path) as tsa:
        path.write_text(vouched_by(wit, tsa))
        with open_monitor(tmp_path / "data", path, replay=True, notify=False) as monitor:
            signer = monitor.publishing.signers[0]
            wit.logs[signer.name] = signer.vkey
            for number, body in enumerate(BODIES[:2]):
                monitor.ingest(delivered(number, body))
                monitor.publish()
    return path


def inspected(config: Path) -> Inspection:
    return fsck_places(Places(config.parent / "data"), load_settings(config)[0])


def test_cosignatures_timestamps_and_anchors_are_checked_to_their_keys(config: Path) -> None:
    found = inspected(config)
    assert found.report.problems == ()
    assert found.remarks == ()
    assert (found.cosignatures > 0, found.timestamps, found.anchors) == (True, 1, 1)


def test_a_timestamp_whose_signature_was_changed(config: Path) -> None:
    (stamp,) = (config.parent / "data" / "ledger" / "tsr").rglob("tsa")
    content = bytearray(stamp.read_bytes())
    content[-4] ^= 1
    stamp.chmod(0o600)
    stamp.write_bytes(content)
    problems = inspected(config).report.problems
    assert any("tsr/" in one and "does not verify" in one for one in problems), problems


def test_an_authority_with_another_root(config: Path, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    with authority(tmp_path / "other") as other:
        text = config.read_text()
        before = next(line for line in text.splitlines() if line.startswith("ca_file"))
        config.write_text(text.replace(before, f'ca_file = "{other.ca_file}"'))
    (problem,) = inspected(config).report.problems
    assert problem.startswith("tsr/")
    assert "does not verify" in problem


def test_without_the_settings_they_are_remarked(config: Path) -> None:
    found = fsck_places(Places(config.parent / "data"), load_settings(None)[0])
    assert found.report.valid
    assert [remark.partition(":")[0] for remark in found.remarks] == [
        "unknown witness witness.example/w1",
        "unknown authority tsa",
    ]
