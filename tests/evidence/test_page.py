"""The page and the paper: hostile text stays text, nothing comes from elsewhere."""

import html.parser
import re
from pathlib import Path

import pytest
from pypdf import PdfReader

from monitor.evidence.page import pieces
from monitor.evidence.paper import MOST_FINDINGS, write_pdf
from monitor.evidence.report import (
    ALWAYS,
    FindingRow,
    Report,
    controls_of,
    gravest_first,
    population,
    severities,
    when,
)
from monitor.evidence.scope import Leaf
from monitor.evidence.selection import Counts
from tests.evidence import packs
from tests.evidence.packs import MARKUP, START


class Seen(html.parser.HTMLParser):
    """Which tags and attributes a browser would see."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes.update(name for name, _ in attrs)


def row(index: int, severity: str = "high", **texts: str) -> FindingRow:
    held = {"title": "t", "witness": "w", "about": "a", "actor": "b", "rule": "r", "at": "now"}
    return FindingRow(index=index, hash="0" * 64, severity=severity, **{**held, **texts})


def report(*findings: FindingRow) -> Report:
    return Report(
        title="MFA monitor: evidence pack",
        period="a day",
        facts=(("Purpose", MARKUP),),
        proves=("p",),
        not_proved=("n",),
        commands=("c",),
        population=(("all", 1),),
        severities=(("critical", 0),),
        records=(("seen", 1),),
        queries=(MARKUP,),
        controls=controls_of([]),
        findings=findings,
    )


def seen(page: str) -> Seen:
    parser = Seen()
    parser.feed(page)
    return parser


def test_hostile_text_makes_no_tag_and_no_attribute() -> None:
    plain = seen("".join(pieces(report(row(1)))))
    hostile = "".join(
        pieces(
            report(
                row(1, MARKUP, title=MARKUP, witness=MARKUP, about=MARKUP, actor=MARKUP,
                    rule="{{ 7*7 }}", at="' onmouseover='x")
            )
        )
    )  # fmt: skip
    told = seen(hostile)
    assert (told.tags, told.attributes) == (plain.tags, plain.attributes)
    assert "<script" not in hostile
    assert "{{ 7*7 }}" in hostile
    assert "49" not in re.sub(r"[#.\d]*49[\dA-Fa-f]*;", "", hostile.partition("<body>")[2])


def test_the_page_loads_nothing_and_runs_nothing() -> None:
    page = "".join(pieces(report(row(1))))
    told = seen(page)
    assert told.tags.isdisjoint({"script", "img", "link", "iframe", "object", "form", "a"})
    assert told.attributes.isdisjoint({"src", "href", "onload", "style"})
    assert "default-src &#39;none&#39;" in page
    assert "url(" not in page
    assert "@import" not in page
    for part in ("prefers-color-scheme: dark", "@media print", 'lang="en"', "viewport"):
        assert part in page


def test_a_pack_of_hostile_names_shows_them_as_text(tmp_path: Path) -> None:
    scene = packs.Scene()
    named = {"kind": MARKUP, "id": "x", "name": f"{MARKUP}\u202e"}
    scene.append(packs.finding(START, None, witness=MARKUP, title=MARKUP, object=named), at=START)
    scene.pack(tmp_path / "pack.zip", packs.request())
    page = packs.contents(tmp_path / "pack.zip")["views/report.html"].decode()
    assert "<script" not in page
    assert "\u202e" not in page
    assert "&lt;script&gt;alert(1)" in page
    assert packs.verify(tmp_path / "pack.zip").code == 0


def test_the_paper_lists_the_gravest_and_says_how_many_more_there_are(tmp_path: Path) -> None:
    many = [row(index, "info", witness="") for index in range(MOST_FINDINGS + 2)]
    write_pdf(report(*many), tmp_path / "report.pdf", START)
    text = "".join(page.extract_text() for page in PdfReader(tmp_path / "report.pdf").pages)
    assert f"The {MOST_FINDINGS} gravest are listed; 2 more stand in the tables." in text
    assert "page 1 of" in text


def test_the_paper_writes_out_what_its_fonts_do_not_know(tmp_path: Path) -> None:
    odd = row(1, title="caf\u00e9 \u4e2d\U0001f600", witness="long " * 900 + "x" * 300)
    write_pdf(report(odd), tmp_path / "report.pdf", START)
    text = "".join(page.extract_text() for page in PdfReader(tmp_path / "report.pdf").pages)
    assert "caf\u00e9 \\u4e2d\\U0001f600" in text


def test_the_paper_has_no_script_no_link_and_one_date(tmp_path: Path) -> None:
    odd = row(1, witness="see https://evil.example/ [x](http://y) **bold** <b>")
    write_pdf(report(odd), tmp_path / "one.pdf", START)
    write_pdf(report(odd), tmp_path / "two.pdf", START)
    body = (tmp_path / "one.pdf").read_bytes()
    assert body == (tmp_path / "two.pdf").read_bytes()
    for word in (b"/JavaScript", b"/URI", b"/Launch", b"/OpenAction /JS"):
        assert word not in body
    assert b"D:20260302090000" in body


def test_findings_stand_gravest_first() -> None:
    rows = [row(1, "info"), row(2, "critical"), row(3, "high"), row(4, "critical"), row(5, "odd")]
    assert [one.index for one in gravest_first(rows)] == [2, 4, 3, 1, 5]


def test_the_population_adds_up_in_the_last_row() -> None:
    rows = population(Counts(3, 5, {"filter": 2, "tenant": 1}))
    assert rows[-1] == ("all entries of the range", 11)
    assert sum(number for _, number in rows[:-1]) == 11
    assert dict(severities(Counts(severities={"high": 2}))) == {
        "critical": 0,
        "high": 2,
        "medium": 0,
        "low": 0,
        "info": 0,
    }


def test_controls_are_supported_and_never_required() -> None:
    leaves: list[Leaf] = [
        {"controls": {"hipaa": ["164.312(d)", "164.312(b)"], "attack": ["T1556"]}}
    ] * 2
    rows = {(one.source, one.id): (one.word, one.support) for one in controls_of(leaves)}
    assert rows["45 CFR", "164.312(d)"] == ("person or entity authentication", "2 findings")
    assert rows["45 CFR", "164.312(b)"] == (
        "audit controls",
        "the record of the period, and 2 findings",
    )
    assert {one for _, one in rows} >= set(ALWAYS)
    assert controls_of([{"controls": None}]) == controls_of([])


@pytest.mark.parametrize("text", ["", "yesterday", "2026-03-02"])
def test_a_time_that_is_none_is_shown_as_it_is(text: str) -> None:
    assert when(text) == text
