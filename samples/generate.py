"""Write the sample day: `python -m samples.generate` rewrites the two files beside this module.

`hospital-day.jsonl.gz` holds one Event Hub message body per line, `expected.json` what a monitor
should make of them. Both are a function of the code alone.
"""

import gzip
import io
import json
from itertools import chain
from pathlib import Path

from samples import joiners, noise, office, story
from samples.acts import Expect
from samples.delivery import Stream, stream
from samples.records import FIRST_MOMENT, LAST_MOMENT, TENANT, Object, stamp

FOLDER = Path(__file__).parent
DAY = FOLDER / "hospital-day.jsonl.gz"
EXPECTED = FOLDER / "expected.json"


def message_lines(day: Stream) -> bytes:
    """Return the message bodies as lines."""
    return b"".join(body + b"\n" for body in day.bodies)


def compressed(lines: bytes) -> bytes:
    """Return gzip without a time or a name in its header (another zlib may pack it otherwise)."""
    packed = io.BytesIO()
    with gzip.GzipFile("", "wb", compresslevel=9, fileobj=packed, mtime=0) as file:
        file.write(lines)
    return packed.getvalue()


def expectation(day: Stream) -> Object:
    """Return the content of `expected.json`."""
    rows = [act.row() for act in story.acts()]
    quarantined = sum(row["expect"] == Expect.QUARANTINE.value for row in rows)
    return {
        "tenant": TENANT,
        "from": stamp(FIRST_MOMENT),
        "to": stamp(LAST_MOMENT),
        "messages": len(day.bodies),
        "records": day.records,
        "repeated": len(day.repeated),
        "quarantined": quarantined,
        "seen": day.records + 1,
        "cut_off_line": day.cut_off_line,
        "repeated_ids": list(day.repeated),
        "acts": rows,
    }


def the_day() -> Stream:
    """Return the whole stream."""
    ordinary = chain(noise.everything(), office.everything(), joiners.joiners(), joiners.guest())
    return stream(ordinary, story.acts())


def expected_text(day: Stream) -> str:
    """Return `expected.json` as written."""
    return json.dumps(expectation(day), indent=2, ensure_ascii=False) + "\n"


def main() -> None:
    """Rewrite both files."""
    day = the_day()
    DAY.write_bytes(compressed(message_lines(day)))
    EXPECTED.write_text(expected_text(day), encoding="utf-8")
    print(f"{len(day.bodies)} messages, {DAY.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
