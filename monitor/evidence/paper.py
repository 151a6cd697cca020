"""The report as a PDF, for whoever files paper.

The built-in fonts know Latin-1 only; a character beyond it is written out as its escape, and the
page, the CSV and the entries have it as it is.
"""

from datetime import datetime
from pathlib import Path
from typing import Final

from fpdf import FPDF
from fpdf.enums import XPos, YPos

from monitor.evidence.report import WORDING, FindingRow, Report

MOST_FINDINGS = 200
"""Findings in the PDF, the gravest; a book of them is for the page and the tables."""
FONT: Final = "Helvetica"
_COLOURS: Final = {
    "critical": (164, 14, 38),
    "high": (188, 76, 0),
    "medium": (125, 78, 0),
    "low": (5, 80, 174),
}
_GREY: Final = (89, 99, 110)
_BLACK: Final = (27, 31, 36)
_BODY, _SMALL = 9.5, 8.0
_LINE = 4.6


class _Paper(FPDF):
    """Pages with a running foot."""

    foot = ""

    def footer(self) -> None:
        """Write the running foot; fpdf calls it for each page."""
        self.set_y(-14)
        self.set_font(FONT, size=7.5)
        self.set_text_color(*_GREY)
        self.cell(0, 5, self.foot)
        self.set_x(-40)
        self.cell(0, 5, f"page {self.page_no()} of {{nb}}", align="R")


def write_pdf(report: Report, path: Path, created: datetime) -> None:
    """Write the report; the same report and moment give the same bytes."""
    paper = _Paper(format="A4")
    paper.set_creation_date(created)
    paper.set_producer("Entra MFA monitor")
    paper.set_title(_latin(report.title))
    paper.set_lang("en")
    paper.foot = _latin(f"{report.title}, {report.period}")
    paper.set_margins(18, 16, 18)
    paper.set_auto_page_break(auto=True, margin=18)
    paper.add_page()
    _cover(paper, report)
    _numbers(paper, report)
    _heading(paper, "The question this pack answers")
    for line in report.queries:
        _text(paper, line)
    _findings(paper, report.findings)
    _controls(paper, report)
    _bullets(paper, "What it proves", report.proves)
    _bullets(paper, "What it does not prove", report.not_proved)
    _heading(paper, "Check it yourself")
    for line in report.commands:
        _text(paper, line, font="Courier", size=_SMALL)
    paper.output(str(path))


def _cover(paper: FPDF, report: Report) -> None:
    paper.set_text_color(*_BLACK)
    paper.set_font(FONT, "B", 20)
    paper.multi_cell(0, 9, _latin(report.title), new_x=XPos.LMARGIN, new_y=YPos.NEXT)
    paper.set_font(FONT, size=11)
    paper.set_text_color(*_GREY)
    paper.multi_cell(0, 6, _latin(report.period), new_x=XPos.LMARGIN, new_y=YPos.NEXT)
    paper.ln(4)
    for label, text in report.facts:
        _pair(paper, label, text)


def _numbers(paper: FPDF, report: Report) -> None:
    _heading(paper, "Findings by severity")
    for name, number in report.severities:
        paper.set_font(FONT, "B", _BODY)
        paper.set_text_color(*_COLOURS.get(name, _GREY))
        paper.cell(40, _LINE + 0.6, name.upper())
        _number(paper, number)
    _heading(paper, "How the entries add up")
    for label, number in report.population:
        _counted(paper, label, number)
    _text(paper, "Records the range's batches looked at, by what became of them:", grey=True)
    for label, number in report.records:
        _counted(paper, label, number)


def _controls(paper: FPDF, report: Report) -> None:
    _heading(paper, "Controls it is evidence for")
    _text(paper, WORDING, grey=True)
    paper.ln(1)
    for one in report.controls:
        word = f" ({one.word})" if one.word else ""
        _pair(paper, one.source, f"{one.id}{word}: {one.support}", width=44)


def _findings(paper: FPDF, findings: tuple[FindingRow, ...]) -> None:
    _heading(paper, "Findings")
    if not findings:
        _text(paper, "No finding matches.")
    for one in findings[:MOST_FINDINGS]:
        _finding(paper, one)
    more = len(findings) - MOST_FINDINGS
    if more > 0:
        _text(paper, f"The {MOST_FINDINGS} gravest are listed; {more:,} more stand in the tables.")


def _finding(paper: FPDF, one: FindingRow) -> None:
    if paper.get_y() > paper.h - 55:
        paper.add_page()
    paper.ln(1.5)
    paper.set_font(FONT, "B", _BODY)
    paper.set_text_color(*_COLOURS.get(one.severity, _GREY))
    paper.cell(20, _LINE, _latin(one.word))
    paper.set_text_color(*_BLACK)
    _rest(paper, one.title, _LINE)
    if one.witness:
        _text(paper, one.witness)
    who = f"by {one.actor}" if one.actor else ""
    _text(paper, "  |  ".join(part for part in (one.about, who, one.at) if part), grey=True)
    place = f"entry {one.index}  {one.hash}  {one.rule}"
    _text(paper, place, font="Courier", size=7, grey=True)


def _heading(paper: FPDF, text: str) -> None:
    if paper.get_y() > paper.h - 45:
        paper.add_page()
    paper.ln(5)
    paper.set_font(FONT, "B", 12.5)
    paper.set_text_color(*_BLACK)
    paper.cell(0, 7, text, new_x=XPos.LMARGIN, new_y=YPos.NEXT)
    paper.ln(0.5)


def _text(
    paper: FPDF, text: str, *, font: str = FONT, size: float = _BODY, grey: bool = False
) -> None:
    paper.set_font(font, size=size)
    paper.set_text_color(*(_GREY if grey else _BLACK))
    paper.multi_cell(0, _LINE, _latin(text), align="L", new_x=XPos.LMARGIN, new_y=YPos.NEXT)


def _bullets(paper: FPDF, heading: str, lines: tuple[str, ...]) -> None:
    _heading(paper, heading)
    for line in lines:
        _text(paper, f"- {line}")


def _pair(paper: FPDF, label: str, text: str, width: float = 34) -> None:
    paper.set_font(FONT, size=_BODY)
    paper.set_text_color(*_GREY)
    paper.cell(width, _LINE + 0.4, _latin(label))
    paper.set_text_color(*_BLACK)
    _rest(paper, text, _LINE + 0.4)


def _rest(paper: FPDF, text: str, height: float) -> None:
    """Write text into what is left of the line, wrapped under itself."""
    paper.multi_cell(0, height, _latin(text), align="L", new_x=XPos.LMARGIN, new_y=YPos.NEXT)


def _counted(paper: FPDF, label: str, number: int) -> None:
    paper.set_font(FONT, size=_BODY)
    paper.set_text_color(*_BLACK)
    paper.cell(100, _LINE + 0.4, _latin(label))
    _number(paper, number)


def _number(paper: FPDF, number: int) -> None:
    paper.set_font(FONT, size=_BODY)
    paper.set_text_color(*_BLACK)
    paper.cell(24, _LINE + 0.4, f"{number:,}", align="R", new_x=XPos.LMARGIN, new_y=YPos.NEXT)


def _latin(text: str) -> str:
    r"""Return the text in Latin-1, what is beyond it as `\u4e2d`."""
    return text.encode("latin-1", "backslashreplace").decode("latin-1")
