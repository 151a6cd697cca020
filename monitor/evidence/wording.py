"""What a pack says of itself: what it proves, what it does not, and how it is checked."""

from monitor.evidence.report import WORDING, lines_of

PROVES = (
    "These entries, in this order, are what the owner of the log's key signed.",
    (
        "Nothing inside the range was left out, added, moved or changed: the range proof ties every"
        " entry, shown or as a hash, to the signed root."
    ),
    (
        "The range holds everything that was entered in the period: the batch before it was entered"
        " earlier, and the batch after it later, by the log's own clock."
    ),
    "Where a previous checkpoint is in the pack: the log it signed has only grown since.",
    (
        "Where a timestamp or a cosignature is in the pack: the log was in this state at that time,"
        " by somebody else's clock or in somebody else's sight."
    ),
)

NOT_PROVED = (
    "That Entra told everything. The log proves what arrived; open gaps stand in the headers.",
    "What an entry says of which only the hash is here, and so whether it would have matched.",
    "When something happened, but for timestamps: times in the log are its writer's clock.",
    (
        "That nothing was cut off behind the checkpoint. Keep each checkpoint, and give the last"
        " one with --previous to the next pack."
    ),
    (
        "That the log was not rewritten as a whole by somebody with both the store and the key,"
        " where no witness and no timestamp stands against it."
    ),
    "Rows without personal data, beyond their index and hash.",
)

COMMANDS = (
    "python3 verify.py --vkey VKEY pack.zip",
    "python3 verify.py --vkey VKEY --previous LAST-PACK.zip pack.zip",
    "python3 verify.py --vkey VKEY --openssl --ca TSA.pem pack.zip",
)

_README = """\
EVIDENCE PACK OF AN MFA MONITOR
===============================

{facts}
WHAT IT PROVES
{proves}
WHAT IT DOES NOT PROVE
{not_proved}
HOW TO CHECK IT (Python 3.8 or newer, no network, nothing to install)
{commands}
  pack.zip stands for this pack: the ZIP as you got it, not the directory it was unpacked to.
  VKEY is the log's verifier key. Get it, and verify.py, from somewhere else than this pack:
  whoever makes a pack can put any key and any program into it. LAST-PACK.zip is the pack, or the
  checkpoint, that you kept from last time.

WHAT IS IN IT
  manifest.json        what was asked, by whom, why; the range; counts; bytes and SHA-256 of files
  manifest.note        the log key's signature over the manifest, and so over every file
  checkpoint           the signed note over the whole log, with its cosignatures
  entries.jsonl        every entry of the range: "leaf", its exact text, or only its "hash"
  range-proof.json     the proof that the range is complete and in its place
  previous-checkpoint, consistency.json   the proof that the log only grew since
  keys.json            how the log came by a later key, if it did
  timestamp/           RFC 3161 replies over timestamp/note (openssl ts -verify)
  doc/                 documents too large for an entry; their name is their SHA-256
  raw/                 source bytes, only where asked for with --with-raw; else they stay at home
                       and expire there
  views/               the same entries to read: report.html, report.pdf, CSV, XLSX, Parquet, and
                       OCSF events; every row has the entry's index and hash

  verify.py works out every cell of the CSV from the entries, and compares; of OCSF events it
  compares place, hash, text, class and severity. The rest of them, HTML, PDF, XLSX and Parquet are
  renderings for reading: that they are the exporter's, the signed manifest says; that they are
  right, compare with the CSV.

{wording}
"""


def readme(facts: tuple[tuple[str, str], ...]) -> str:
    """Return README.txt: one page."""
    return _README.format(
        facts=lines_of(facts),
        proves="".join(f"  - {_wrapped(line)}\n" for line in PROVES),
        not_proved="".join(f"  - {_wrapped(line)}\n" for line in NOT_PROVED),
        commands="".join(f"  {line}\n" for line in COMMANDS),
        wording=_wrapped(WORDING, 0),
    )


def _wrapped(line: str, indent: int = 4, width: int = 96) -> str:
    rows, row = [], ""
    for word in line.split():
        if row and len(row) + 1 + len(word) > width - indent:
            rows.append(row)
            row = word
        else:
            row = f"{row} {word}" if row else word
    return ("\n" + " " * indent).join([*rows, row])
