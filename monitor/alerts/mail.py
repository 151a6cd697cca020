"""The alert as an HTML mail: one table, inline styles, readable in the dark and on a phone.

Mail clients keep inline styles and drop much else, so the colours stand twice: inline for all, in
`<style>` for those that know `prefers-color-scheme`. Nothing is loaded from anywhere.
"""

from collections.abc import Mapping, Sequence

from monitor.alerts.alert import Alert
from monitor.alerts.untrusted import for_html
from monitor.rules.model import Severity

COLOURS: Mapping[Severity, str] = {
    Severity.CRITICAL: "#7f1d1d",
    Severity.HIGH: "#b91c1c",
    Severity.MEDIUM: "#92400e",
    Severity.LOW: "#1d4ed8",
    Severity.INFO: "#4b5563",
}
"""Banner colours; white text on each has a contrast of at least 4.5 (WCAG 2.2, 1.4.3)."""

_FONT = "font-family:'Segoe UI',Roboto,Helvetica,Arial,sans-serif"
_MONO = "font-family:Consolas,Menlo,monospace;font-size:13px"
_INDENT = 84
_SPACE = 4
"""Width of the space after a label, in pixels, so that a second line begins under the first."""

_HEAD = """<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="supported-color-schemes" content="light dark">
<style>
@media (prefers-color-scheme: dark) {
  .page { background: #111827 !important; }
  .sheet { background: #1f2937 !important; border-color: #374151 !important; }
  .ink { color: #f3f4f6 !important; }
  .pale { color: #9ca3af !important; }
  .link { color: #93c5fd !important; }
}
</style></head>"""


def mail_page(alert: Alert) -> str:
    """Return the whole HTML document of the mail."""
    rows = "".join(
        (
            _preface(alert),
            _row(
                f'<p style="margin:0;font-size:17px;line-height:1.5">{for_html(alert.witness)}</p>'
            ),
            _changes(alert),
            _facts(alert),
            _steps(alert),
            _others(alert),
            _row(_pointers(alert)),
        )
    )
    return _sheet(_banner(alert), rows)


def section(heading: str, rows: Sequence[tuple[str, str]]) -> str:
    """Return a heading of ours with a line for each row of label and text."""
    lines = "".join(
        f'<div style="margin:2px 0">{_label(label)}{for_html(text)}</div>' for label, text in rows
    )
    return _row(f'{_heading(heading)}<div style="font-size:14px">{lines}</div>')


def page_of(title: str, lead: str, span: str, parts: Sequence[str], note: str, use: str) -> str:
    """Return the whole document of a digest: a banner, its parts, and the signed `note` below.

    `parts` are HTML, everything else is text.
    """
    head = (
        '<tr><td style="background:#1f2937;color:#ffffff;padding:14px 20px;font-size:15px">'
        f"<strong>{for_html(title)}</strong></td></tr>"
    )
    opening = _row(
        f'<p style="margin:0;font-size:17px;line-height:1.5">{for_html(lead)}</p>'
        f'<p class="pale" style="margin:0;color:#4b5563;font-size:13px">{for_html(span)}</p>'
    )
    lines = "".join(f"<div>{for_html(line)}</div>" for line in note.splitlines())
    closing = _row(
        f'{_heading("Checkpoint of the ledger")}<div style="{_MONO}">{lines}</div>'
        f'<p class="pale" style="margin:6px 0 18px;color:#4b5563;font-size:13px">'
        f"{for_html(use)}</p>"
    )
    end = closing if note else _row('<p style="margin:0 0 6px"></p>')
    return _sheet(head, opening + "".join(parts) + end)


def _label(label: str) -> str:
    if not label:
        return ""
    return f'<span class="pale" style="color:#4b5563">{for_html(label)}:</span> '


def _sheet(head: str, rows: str) -> str:
    return (
        f'{_HEAD}<body class="page" style="margin:0;padding:16px;background:#f3f4f6">'
        '<table role="presentation" class="sheet" width="100%" cellpadding="0" cellspacing="0"'
        ' style="max-width:680px;margin:0 auto;background:#ffffff;border:1px solid #e5e7eb;'
        f'border-radius:8px;border-collapse:separate;overflow:hidden;{_FONT}">'
        f"{head}{rows}</table></body></html>"
    )


def _banner(alert: Alert) -> str:
    colour = COLOURS[alert.severity]
    return (
        f'<tr><td style="background:{colour};color:#ffffff;padding:14px 20px;font-size:15px">'
        f'<strong style="letter-spacing:.06em">{alert.word}</strong>'
        f"&nbsp;&nbsp;<strong>{for_html(alert.title)}</strong></td></tr>"
    )


def _row(content: str) -> str:
    return (
        '<tr><td class="ink" style="padding:14px 20px 0;color:#111827;font-size:15px;'
        f'line-height:1.5;overflow-wrap:anywhere">{content}</td></tr>'
    )


def _heading(text: str) -> str:
    return f'<p style="margin:0 0 4px"><strong>{text}</strong></p>'


def _changes(alert: Alert) -> str:
    if not alert.changed:
        return ""
    rows = "".join(
        f'<div><span class="pale" style="color:#4b5563">{for_html(row.path)}:</span>'
        f" {for_html(row.words)}</div>"
        for row in alert.changed
    )
    more = f"<div>and {alert.more_changed} more</div>" if alert.more_changed else ""
    return _row(f'{_heading("What changed")}<div style="{_MONO}">{rows}{more}</div>')


def _facts(alert: Alert) -> str:
    """One line each, so that the text part made from the HTML reads `Who: ...` too."""
    rows = "".join(
        f'<div style="padding-left:{_INDENT}px;text-indent:-{_INDENT}px;margin:2px 0">'
        f'<span class="pale" style="display:inline-block;width:{_INDENT - _SPACE}px;text-indent:0;'
        f'color:#4b5563">{label}:</span> {for_html(text)}</div>'
        for label, text in alert.facts
    )
    return _row(f'<div style="font-size:14px">{rows}</div>')


def _steps(alert: Alert) -> str:
    if not alert.steps:
        return ""
    steps = "".join(f"<li>{for_html(step)}</li>" for step in alert.steps)
    return _row(f'{_heading("What to do now")}<ol style="margin:0;padding-left:22px">{steps}</ol>')


def _preface(alert: Alert) -> str:
    if not alert.preface:
        return ""
    return _row(f'<p class="pale" style="margin:0;color:#4b5563">{for_html(alert.preface)}</p>')


def _others(alert: Alert) -> str:
    if not alert.others:
        return ""
    rows = "".join(
        f'<div style="margin:2px 0"><span class="pale" style="color:#4b5563">#{other.entry}</span>'
        f" <strong>{other.severity.value.upper()}</strong> {for_html(other.words)}</div>"
        for other in alert.others
    )
    more = f"<div>and {alert.more_others} more</div>" if alert.more_others else ""
    return _row(f'{_heading(alert.others_heading)}<div style="font-size:14px">{rows}{more}</div>')


def _pointers(alert: Alert) -> str:
    """The links, each with its address spelled out for readers who look before they click."""
    links = "".join(
        f'<p style="margin:0"><a class="link" href="{for_html(address)}" style="color:#1d4ed8">'
        f"{label}</a></p>"
        f'<p class="pale" style="margin:0 0 8px;color:#4b5563;font-size:12px">'
        f"{for_html(address)}</p>"
        for label, address in alert.links
    )
    commands = "".join(
        f'<p class="pale" style="margin:0 0 6px;color:#4b5563">{label}: '
        f'<span style="{_MONO}">{for_html(command)}</span></p>'
        for label, command in alert.pointers
    )
    return f'{links}<div style="padding-bottom:12px">{commands}</div>'
