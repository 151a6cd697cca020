"""verify.py by itself: what it is, its signatures, what it says and how it ends."""

import ast
import json
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.evidence import standalone
from monitor.evidence.pack import Vouched
from tests.evidence import packs
from tests.evidence.packs import KEY

PUBLISHED = Path(__file__).parents[2] / "docs" / "verify.py"
SOURCE = Path(standalone.__file__)


@pytest.fixture(scope="module")
def pack(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("pack") / "pack.zip"
    packs.scene().pack(path, packs.request())
    return path


def test_the_published_program_is_the_one_in_the_packs(pack: Path) -> None:
    """To make it so: cp monitor/evidence/standalone.py docs/verify.py."""
    assert PUBLISHED.read_bytes() == SOURCE.read_bytes() == packs.contents(pack)["verify.py"]


def test_it_imports_nothing_but_the_standard_library() -> None:
    tree = ast.parse(SOURCE.read_text(encoding="utf-8"), feature_version=(3, 8))
    names = {
        name.partition(".")[0]
        for node in ast.walk(tree)
        for name in (
            [one.name for one in node.names]
            if isinstance(node, ast.Import)
            else [node.module or ""]
            if isinstance(node, ast.ImportFrom)
            else []
        )
    }
    assert names <= sys.stdlib_module_names
    assert "monitor" not in names


def run(*words: str) -> subprocess.CompletedProcess[str]:
    """Run the published file as an auditor does, with nothing else to import."""
    return subprocess.run(
        [sys.executable, "-I", "-S", str(PUBLISHED), *words],
        capture_output=True,
        text=True,
        check=False,
    )


def test_it_runs_without_any_package_and_ends_in_words_and_a_code(pack: Path) -> None:
    done = run("--vkey", KEY.vkey, str(pack))
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.endswith("\nVALID\n")
    assert done.stdout.count("ok     ") == 9
    said = json.loads(run("--json", "--vkey", KEY.vkey, str(pack)).stdout)
    assert (said["verdict"], said["exit"], said["problems"]) == ("VALID", 0, [])


def test_without_a_key_nothing_is_called_valid(pack: Path) -> None:
    done = run(str(pack))
    assert done.returncode == 3
    assert "NOT TIED TO A KEY" in done.stdout
    assert "\nVALID" not in done.stdout


def test_a_wrong_call_is_told_from_a_wrong_pack(pack: Path, tmp_path: Path) -> None:
    assert run("--vkey", KEY.vkey, str(tmp_path / "none.zip")).returncode == 2
    assert run().returncode == 2
    for vkey in ("", "nonsense", "a+b+c", KEY.vkey[:-4], packs.witness_vkey(), "\u00e9+1+\u00e9"):
        done = run(f"--vkey={vkey}", str(pack))
        assert (done.returncode, "NAME+ID+KEY, given whole" in done.stderr) == (2, True), vkey
    for words in (("--previous", "none"), ("--ca", "none"), ("--witness", KEY.vkey)):
        assert run("--vkey", KEY.vkey, *words, str(pack)).returncode == 2, words
    assert "not unpacked" in run("--vkey", KEY.vkey, str(tmp_path)).stderr
    (tmp_path / "text.zip").write_text("no ZIP", encoding="utf-8")
    assert run("--vkey", KEY.vkey, str(tmp_path / "text.zip")).returncode == 1


def test_a_manifest_that_is_not_signed_has_to_be_allowed(pack: Path, tmp_path: Path) -> None:
    files = packs.contents(pack)
    del files["manifest.note"]
    bare = packs.bind(tmp_path / "bare.zip", files, listed=False)
    assert "not signed" in packs.verify(bare).problems[0]
    said = packs.verify(bare, "--unsigned")
    assert said.code == 0
    assert said.notes == [
        'asked for: {"tenant": null, "filter": {}, "profile": "full"}',
        "NOT SIGNED: HTML, PDF, XLSX and Parquet may be anybody's",
    ]


@pytest.mark.parametrize(
    "name",
    [
        "README.txt",
        "verify.py",
        "views/report.html",
        "views/report.pdf",
        "views/evidence.xlsx",
        "views/events.parquet",
    ],
)
def test_the_signature_holds_every_rendering(name: str, pack: Path, tmp_path: Path) -> None:
    files = packs.contents(pack)
    files[name] = files[name].replace(b"CRITICAL", b"INFO") + b"\n"
    edited = packs.bind(tmp_path / "edited.zip", files)
    assert packs.verify(edited).problems == ["manifest.note: is about another manifest"]


def test_the_signature_holds_what_a_filter_was(tmp_path: Path) -> None:
    """A wider filter than the one asked for looks right: what it left out is only a hash."""
    path = tmp_path / "pack.zip"
    packs.scene().pack(path, packs.request(severity="high"))
    files = packs.contents(path)
    told = json.loads(files["manifest.json"])
    told["filter"]["severity"] = "info"
    files["manifest.json"] = json.dumps(told).encode()
    edited = packs.bind(tmp_path / "edited.zip", files)
    assert packs.verify(edited).problems == ["manifest.note: is about another manifest"]


def test_a_file_changed_without_the_manifest_is_named(pack: Path, tmp_path: Path) -> None:
    for name in packs.contents(pack):
        files = packs.contents(pack)
        files[name] += b" "
        edited = packs.bind(tmp_path / "edited.zip", files, listed=False)
        said = packs.verify(edited)
        assert said.code == 1, name


def test_hostile_text_is_not_obeyed_on_the_terminal(pack: Path, tmp_path: Path) -> None:
    files = packs.contents(pack)
    told = json.loads(files["manifest.json"])
    told["files"]["\x1b[2J\u202e"] = {"bytes": 0, "sha256": ""}
    files["manifest.json"] = json.dumps(told).encode()
    edited = packs.bind(tmp_path / "edited.zip", files, listed=False)
    done = run("--vkey", KEY.vkey, str(edited))
    assert done.returncode == 1
    assert "\x1b" not in done.stdout
    assert "\u202e" not in done.stdout


def test_deep_json_is_a_problem_and_no_crash(pack: Path, tmp_path: Path) -> None:
    files = packs.contents(pack)
    files["range-proof.json"] = b"[" * 200_000
    said = packs.verify(packs.bind(tmp_path / "deep.zip", files), "--unsigned")
    assert said.code == 1
    assert "malformed" in said.problems[0]


# --- Ed25519 --------------------------------------------------------------------------------------

# RFC 8032, section 7.1: secret key, public key, message, signature
VECTORS = (
    (
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        (
            "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9"
            "b46bd25bf5f0595bbe24655141438e7a100b"
        ),
    ),
    (
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        (
            "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f1"
            "1d8c387b2eaeb4302aeeb00d291612bb0c00"
        ),
    ),
    (
        "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
        "af82",
        (
            "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984d"
            "c6594a7c15e9716ed28dc027beceea1ec40a"
        ),
    ),
)


@pytest.mark.parametrize("vector", VECTORS)
def test_the_vectors_of_rfc_8032(vector: tuple[str, str, str]) -> None:
    public, text, signature = map(bytes.fromhex, vector)
    assert standalone.signed(public, text, signature)
    assert not standalone.signed(public, text + b"x", signature)
    for place in (0, 31, 32, 63):
        wrong = bytearray(signature)
        wrong[place] ^= 1
        assert not accepted(public, text, bytes(wrong))


def accepted(public: bytes, text: bytes, signature: bytes) -> bool:
    try:
        return standalone.signed(public, text, signature)
    except standalone.Wrong:
        return False


@settings(max_examples=10)
@given(st.binary(min_size=32, max_size=32), st.binary(max_size=200), st.integers(0, 511))
def test_it_takes_what_the_library_signs_and_nothing_else(
    seed: bytes, text: bytes, bit: int
) -> None:
    key = Ed25519PrivateKey.from_private_bytes(seed)
    public, signature = key.public_key().public_bytes_raw(), key.sign(text)
    assert standalone.signed(public, text, signature)
    wrong = bytearray(signature)
    wrong[bit // 8] ^= 1 << bit % 8
    assert not accepted(public, text, bytes(wrong))


def test_malleable_and_malformed_signatures_are_refused() -> None:
    public, text, signature = map(bytes.fromhex, VECTORS[1])
    scalar = int.from_bytes(signature[32:], "little") + standalone.ORDER
    assert not standalone.signed(public, text, signature[:32] + scalar.to_bytes(32, "little"))
    assert not standalone.signed(public, text, signature[:-1])
    assert not standalone.signed(public[:-1], text, signature)
    with pytest.raises(standalone.Wrong, match="not on the curve"):
        standalone.read_point(b"\xff" * 32)
    with pytest.raises(standalone.Wrong, match="not on the curve"):
        standalone.read_point((2).to_bytes(32, "little"))
    minus_zero = bytearray((1).to_bytes(32, "little"))
    minus_zero[31] |= 0x80
    with pytest.raises(standalone.Wrong, match="not on the curve"):
        standalone.read_point(bytes(minus_zero))


# --- timestamps, with openssl's own authority -----------------------------------------------------


@pytest.fixture
def authority(tmp_path: Path) -> Path:
    """A timestamp authority of openssl's, in a directory."""
    if shutil.which("openssl") is None:
        pytest.skip("openssl is not here: install the package openssl")
    config = tmp_path / "tsa.cnf"
    config.write_text(
        "[tsa]\nserial = serial\ndefault_policy = 1.2.3.4\ndigests = sha256\naccuracy = secs:1\n"
        "signer_digest = sha256\n[ext]\nextendedKeyUsage = critical,timeStamping\n"
        "[req]\ndistinguished_name = name\n[name]\n",
        encoding="utf-8",
    )
    (tmp_path / "serial").write_text("01", encoding="utf-8")
    openssl(
        tmp_path, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
        "-keyout", "key.pem", "-out", "ca.pem", "-subj", "/CN=tsa", "-config", "tsa.cnf",
        "-extensions", "ext",
    )  # fmt: skip
    return tmp_path


def openssl(place: Path, *words: str) -> None:
    program = shutil.which("openssl")
    assert program
    subprocess.run([program, *words], cwd=place, check=True, capture_output=True)


def test_openssl_checks_a_timestamp_where_that_is_asked_for(authority: Path) -> None:
    def stamped(vouched: Vouched) -> Vouched:
        (authority / "note").write_bytes(vouched.note)
        openssl(authority, "ts", "-query", "-data", "note", "-sha256", "-cert", "-out", "q.tsq")
        openssl(
            authority, "ts", "-reply", "-queryfile", "q.tsq", "-signer", "ca.pem", "-inkey",
            "key.pem", "-config", "tsa.cnf", "-section", "tsa", "-out", "r.tsr",
        )  # fmt: skip
        reply, chain = (authority / "r.tsr").read_bytes(), (authority / "ca.pem").read_bytes()
        return replace(
            vouched, stamped=vouched.note, timestamps={"tsa": reply}, chains={"tsa": chain}
        )

    path = authority / "pack.zip"
    packs.scene().pack(path, packs.request(), adjust=stamped)
    said = packs.verify(path, "--openssl")
    assert (said.code, said.problems) == (0, [])
    certified = "1 timestamp(s) accepted by openssl, under certificates that came in the pack"
    assert certified in said.passed
    own = ("--openssl", "--ca", str(authority / "ca.pem"))
    assert "1 timestamp(s) accepted by openssl" in packs.verify(path, *own).passed
    files = packs.contents(path)
    files["timestamp/tsa.tsr"] = files["timestamp/tsa.tsr"][:-1] + b"\x00"
    said = packs.verify(packs.bind(authority / "edited.zip", files), "--openssl", "--unsigned")
    assert said.code == 1
