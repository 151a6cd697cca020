"""What is in a pack, and that the same question gives the same bytes."""

import json
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest
from pypdf import PdfReader

from monitor.errors import LedgerCorrupt, StorageUnavailable
from monitor.evidence.pack import Vouched
from monitor.evidence.scope import Profile
from monitor.ledger import layout, merkle
from monitor.ledger.checkpoint import Checkpoint
from tests.evidence import packs
from tests.evidence.packs import HOUR, START


def test_the_same_question_gives_the_same_bytes_pdf_included(tmp_path: Path) -> None:
    scene = packs.scene()
    one, two = tmp_path / "one.zip", tmp_path / "two.zip"
    first = scene.pack(one, packs.request())
    scene.append(packs.change(START + 40 * HOUR), at=START + 40 * HOUR)
    second = scene.pack(two, packs.request(), size=23)
    assert one.read_bytes() == two.read_bytes()
    assert first == second
    other = tmp_path / "other.zip"
    scene.pack(other, replace(packs.request(), purpose="another"), size=23)
    assert other.read_bytes() != one.read_bytes()


def test_files_stand_in_one_order_with_one_time_and_mode(tmp_path: Path) -> None:
    scene = packs.scene()
    scene.pack(tmp_path / "pack.zip", packs.request(with_raw=True))
    with zipfile.ZipFile(tmp_path / "pack.zip") as pack:
        infos = pack.infolist()
    assert {(info.date_time, info.external_attr >> 16) for info in infos} == {
        ((1980, 1, 1, 0, 0, 0), 0o100644)
    }
    names = [info.filename for info in infos]
    assert names[:4] == ["README.txt", "verify.py", "checkpoint", "entries.jsonl"]
    assert names[-2:] == ["manifest.json", "manifest.note"]
    assert {name.partition("/")[0] for name in names} >= {"doc", "raw", "views"}


def test_every_entry_is_there_with_its_exact_bytes_or_its_hash(tmp_path: Path) -> None:
    scene = packs.scene()
    scene.pack(tmp_path / "pack.zip", packs.request(tenant=packs.HOSPITAL))
    held = packs.entries(packs.contents(tmp_path / "pack.zip"))
    leaves = [leaf for batch in scene.log.batches() for leaf in (batch.header_leaf, *batch.leaves)]
    assert [one["i"] for one in held] == list(range(20))
    for one in held:
        leaf = leaves[one["i"]]
        if "leaf" in one:
            assert one["leaf"].encode() == leaf
        else:
            assert one == {
                "i": one["i"],
                "hash": merkle.leaf_hash(leaf).hex(),
                "withheld": "tenant",
            }


def test_nothing_of_another_tenant_is_anywhere_in_a_tenants_pack(tmp_path: Path) -> None:
    scene = packs.scene()
    scene.pack(tmp_path / "pack.zip", packs.request(tenant=packs.HOSPITAL))
    for name, body in packs.contents(tmp_path / "pack.zip").items():
        assert packs.OTHER.encode() not in body, name
        assert b"<script>" not in body, name


def test_no_personal_data_leaves_no_name_address_or_id_anywhere(tmp_path: Path) -> None:
    scene = packs.scene()
    scene.pack(tmp_path / "pack.zip", packs.request(profile=Profile.NO_PERSONAL_DATA))
    files = packs.contents(tmp_path / "pack.zip")
    files["views/report.txt"] = "".join(
        page.extract_text() for page in PdfReader(tmp_pdf(tmp_path, files)).pages
    ).encode()
    with zipfile.ZipFile(write(tmp_path / "book.xlsx", files["views/evidence.xlsx"])) as book:
        files |= {f"book/{name}": book.read(name) for name in book.namelist()}
    for name, body in files.items():
        for word in (b"ann@a", b"bo@a", b"late@a", b"192.0.2.1", b"u-1", b"Rota", b"CA001", b"Cy"):
            # two letters may stand in a file that is compressed, or in a key
            if word != b"Cy" or name.startswith(("views/events.csv", "book/xl/worksheets")):
                assert word not in body, (name, word)
    assert b"person-1" in files["views/events.csv"]
    assert not any(name.startswith("doc/") for name in files)


def tmp_pdf(place: Path, files: dict[str, bytes]) -> Path:
    return write(place / "report.pdf", files["views/report.pdf"])


def write(path: Path, body: bytes) -> Path:
    path.write_bytes(body)
    return path


def test_documents_and_source_bytes_come_along_where_they_are_asked_for(tmp_path: Path) -> None:
    scene = packs.scene()
    scene.pack(tmp_path / "with.zip", packs.request(with_raw=True))
    files = packs.contents(tmp_path / "with.zip")
    (document,) = (body for name, body in files.items() if name.startswith("doc/"))
    assert len(document) > 60_000
    (record,) = (body for name, body in files.items() if name.startswith("raw/"))
    assert record.endswith(b'{"id":"record"}')
    assert packs.verify(tmp_path / "with.zip").code == 0
    scene.raw.objects.clear()
    made = scene.pack(tmp_path / "expired.zip", packs.request(with_raw=True))
    assert made.manifest["raw"] == {"included": True, "expired": 1}
    assert packs.verify(tmp_path / "expired.zip").code == 0


def test_an_empty_period_has_its_proof_too(tmp_path: Path) -> None:
    scene = packs.scene()
    for number, (since, until) in enumerate(((8, 9), (-9, -8), (99, 100))):
        path = tmp_path / f"{number}.zip"
        made = scene.pack(path, packs.request(START + since * HOUR, START + until * HOUR))
        said = packs.verify(path)
        assert (said.code, said.problems) == (0, [])
        counts = made.manifest["counts"]
        assert isinstance(counts, dict)
        assert counts["entries"] == 0
        files = packs.contents(path)
        assert files["entries.jsonl"] == b""
        assert b"No finding matches." in files["views/report.html"]


def test_a_log_of_one_batch_and_a_pack_of_all_of_it(tmp_path: Path) -> None:
    scene = packs.Scene()
    scene.append({"t": "config", "v": 1, "tenant": "", "at": "x", "sha256": None}, at=START)
    scene.pack(tmp_path / "pack.zip", packs.request())
    assert packs.verify(tmp_path / "pack.zip").code == 0


def test_a_log_that_is_not_what_was_signed_gives_no_pack(tmp_path: Path) -> None:
    scene, path = packs.scene(), tmp_path / "pack.zip"

    def another_root(vouched: Vouched) -> Vouched:
        return replace(vouched, checkpoint=replace(vouched.checkpoint, root=bytes(32)))

    with pytest.raises(LedgerCorrupt, match="was signed; nothing was exported"):
        scene.pack(path, packs.request(), adjust=another_root)
    forked = Checkpoint(packs.ORIGIN, 11, bytes(32))
    with pytest.raises(LedgerCorrupt, match="did not grow out of"):
        scene.pack(path, packs.request(), previous=forked)
    assert list(tmp_path.glob(".*")) == [], "what was begun is gone"


def test_a_missing_document_gives_no_pack(tmp_path: Path) -> None:
    scene = packs.scene()
    (name,) = scene.ledger.names("doc")
    del scene.ledger.objects[name]
    with pytest.raises(LedgerCorrupt, match=r"doc/[0-9a-f]+: missing"):
        scene.pack(tmp_path / "pack.zip", packs.request())


def test_a_place_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    with pytest.raises(StorageUnavailable):
        packs.scene().pack(tmp_path / "nowhere" / "pack.zip", packs.request())


def test_timestamps_and_chains_stand_beside_the_note_they_are_over(tmp_path: Path) -> None:
    scene = packs.scene()

    def stamped(vouched: Vouched) -> Vouched:
        return replace(
            vouched, stamped=vouched.note, timestamps={"tsa": b"reply"}, chains={"tsa": b"PEM"}
        )

    scene.pack(tmp_path / "pack.zip", packs.request(), adjust=stamped)
    files = packs.contents(tmp_path / "pack.zip")
    assert (files["timestamp/tsa.tsr"], files["timestamp/tsa.pem"]) == (b"reply", b"PEM")
    assert files["checkpoint"].startswith(files["timestamp/note"])
    said = packs.verify(tmp_path / "pack.zip")
    assert said.code == 0
    command = "openssl ts -verify -data timestamp/note -in timestamp/tsa.tsr -CAfile"
    assert any(command in note for note in said.notes)


def test_the_report_counts_and_words_are_those_of_the_pack(tmp_path: Path) -> None:
    scene = packs.scene()
    made = scene.pack(tmp_path / "pack.zip", packs.request())
    files = packs.contents(tmp_path / "pack.zip")
    page = files["views/report.html"].decode()
    assert "evidence supporting it" in page
    assert "The HIPAA Security Rule in force does not name multi-factor authentication" in page
    assert "requires MFA" not in page
    text = "".join(page.extract_text() for page in PdfReader(tmp_pdf(tmp_path, files)).pages)
    for hashed in (scene_hash(scene, 4), scene_hash(scene, 10)):
        assert hashed in page
        assert hashed in text.replace("\n", "")
    readme = files["README.txt"].decode()
    assert "yearly audit" in readme
    assert readme.count("python3 verify.py") == 3
    assert len(readme.splitlines()) <= 66, "one page"
    assert max(map(len, readme.splitlines())) <= 100
    told = json.loads(files["manifest.json"])
    assert told["query"] in page.replace("&#39;", "'")
    assert told == made.manifest


def scene_hash(scene: packs.Scene, index: int) -> str:
    batch = scene.log.containing(index)
    assert batch is not None
    return merkle.leaf_hash(batch.leaves[index - batch.first_index - 1]).hex()


def test_a_later_key_is_vouched_for_by_the_earlier_one(tmp_path: Path) -> None:
    scene = packs.rotated()
    scene.pack(tmp_path / "pack.zip", packs.request(), keys=(packs.LATER,))
    assert packs.verify(tmp_path / "pack.zip").code == 0
    assert packs.verify(tmp_path / "pack.zip", vkey=packs.LATER.vkey).code == 0
    del scene.ledger.objects[layout.tree_head(25)]  # nothing that both signed is left
    scene.pack(tmp_path / "bare.zip", packs.request(), keys=(packs.LATER,))
    said = packs.verify(tmp_path / "bare.zip")
    assert "no key that you trust has signed it" in said.problems[0]
    assert packs.verify(tmp_path / "bare.zip", vkey=packs.LATER.vkey).code == 0
