"""Takes the pictures of docs/alerts.md: mails and cards as Chromium shows them.

Run by hand, when a message changes: `python -m docs.pictures`. It needs chromium, and for the cards
the file `dist/adaptivecards.min.js` of the npm package adaptivecards (`--cards FILE`; without it
the cards are left out). Nothing is loaded from a network while it runs. With pngquant on the path
the pictures are made smaller.
"""

import argparse
import json
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from html import escape
from pathlib import Path

from pydantic import JsonValue

from monitor.alerts.alert import Imprint, Other
from monitor.alerts.digest import Digest, Row, digest_letter
from monitor.alerts.incident import escalated, joined, summed, updated
from monitor.alerts.message import Letter, write
from monitor.alerts.ports import FiledFinding
from monitor.alerts.schedule import Period
from monitor.rules.model import Severity

FOLDER = Path(__file__).parent / "pictures"
WIDTHS = {"narrow": 400, "wide": 900}
SCHEMES = {"light": "1", "dark": "0"}
"""Names of Blink's preferred colour schemes, and its numbers for them."""
QUIET = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
    "--force-device-scale-factor=1",
)
BUTTONS = (
    ".ac-pushButton { font: 600 14px sans-serif; padding: 7px 12px; border-radius: 4px;"
    " border: 1px solid #8886; background: #8882; color: inherit; margin: 0 }"
)
NOW = datetime(2026, 3, 2, 9, 14, 5, tzinfo=UTC)
IMPRINT = Imprint(
    auditor_url="https://audit.hospital.example/mfa",
    size=431,
    root="3f9a0c1d77be64a2c5e0",
    escalates_after=30,
)
POLICY = "1b9d6bcd-bbfd-4b2d-9b5d-ab8dfbbd4bed"


def leaf(**fields: JsonValue) -> dict[str, JsonValue]:
    """A finding as the ledger holds it; `fields` replace what they name."""
    whole: dict[str, JsonValue] = {
        "tenant": "8f3c0f5a-0000-4000-8000-00000000abcd",
        "at": NOW.isoformat(),
        "rule": "ca-weakened",
        "revision": 1,
        "severity": "critical",
        "title": "A change lets sign-ins in with less proof than before",
        "witness": (
            "Members of Radiology, on any client, from any location, reach any resource with a"
            " password alone."
        ),
        "object": {
            "kind": "conditionalAccessPolicy",
            "id": POLICY,
            "name": "Require MFA for everyone",
        },
        "activity": "Update conditional access policy",
        "initiator": {"label": "j.doe@stmarys.example", "ip": "203.0.113.7", "app": "Azure Portal"},
        "controls": {
            "hipaa": ["164.312(d)", "164.312(a)(1)"],
            "nist": ["IA-2(1)", "AC-6"],
            "scuba": ["MS.AAD.3.2v2"],
            "attack": ["T1556.009"],
        },
        "respond": [
            "Ask the person who made the change for the ticket.",
            "Without one, revert the change, and read the sign-in logs of the group since then.",
        ],
        "details": {
            "changed": [
                {
                    "path": "conditions.users.excludeGroups",
                    "before": ["Emergency access"],
                    "after": ["Emergency access", "Radiology"],
                },
                {"path": "state", "before": "enabled", "after": "disabled"},
            ],
            "refused_by": ["Require MFA for everyone"],
        },
    }
    return whole | fields


def findings(count: int) -> list[FiledFinding]:
    """So many findings of one incident."""
    severities = ("critical", "high", "medium", "low")
    titles = (
        "A change lets sign-ins in with less proof than before",
        "A person was added to a group that MFA leaves out",
        "An authentication strength takes weaker methods",
        "A named location was made larger",
    )
    return [
        FiledFinding(
            412 + number,
            leaf(
                severity=severities[number % 4], title=titles[number % 4], rule=f"rule-{number % 4}"
            )
            if number
            else leaf(),
            NOW,
        )
        for number in range(count)
    ]


def digest() -> Digest:
    """A day with something in every section."""
    until = NOW.replace(hour=7, minute=0, second=0)
    return Digest(
        period=Period.DAILY,
        since=until - timedelta(days=1),
        until=until,
        counts={"critical": 1, "high": 2, "medium": 0, "low": 4, "info": 12},
        gravest=(
            Other(412, Severity.CRITICAL, "A change lets sign-ins in with less proof than before"),
            Other(
                398, Severity.HIGH, "A Temporary Access Pass was issued: m.rivera@stmarys.example"
            ),
        ),
        more=5,
        changes={"Update conditional access policy": 3, "Add member to group": 14},
        overdue=(
            Row("n.okafor@stmarys.example", "since 2026-02-27"),
            Row("t.lindqvist@stmarys.example", "since 2026-03-01"),
        ),
        expiring=(Row("Scanner account CT-2", "ends 2026-03-09; CHG-4711, IT: no second factor"),),
        stream=(
            Row("last commit", "2026-03-02 06:59:41 UTC"),
            Row("entries", "431"),
            Row("missing positions", "0"),
            Row("quarantined records", "1"),
            Row("findings not settled", "0"),
        ),
        countdowns=(
            ("legacy custom control gone by", "2026-09-30", 212),
            ("mandatory MFA from", "2026-07-01", 121),
        ),
        checkpoint=(
            "entra-mfa-monitor.local/ledger\n431\nP5oMHXe+ZKLF4D0Tk6mZ5gS0cVYbq1n1wN2m2yqQh3k=\n\n"
            "\N{EM DASH} entra-mfa-monitor.local/ledger yf6fGkq0wB3pJ0oT2nq1mVxkz8mQ0V4b7y9dE5h\n"
        ),
        failing=("sms",),
    )


def letters() -> dict[str, Letter]:
    """One letter of each type, by the name its pictures have."""
    several = joined(findings(4), IMPRINT)
    return {
        "alert": write(joined(findings(1), IMPRINT)),
        "update": write(updated(several, 2)),
        "summary": write(summed(findings(312), 20, 10, IMPRINT)),
        "escalation": write(escalated(joined(findings(1), IMPRINT), 30)),
        "digest": digest_letter(digest()),
    }


def card_page(letter: Letter, script: Path, scheme: str) -> str:
    """The page that shows a card as Teams' colours would."""
    attachments = letter.card["attachments"]
    assert isinstance(attachments, list)  # noqa: S101 - our own card
    content = attachments[0]
    assert isinstance(content, dict)  # noqa: S101 - our own card
    dark = scheme == "dark"
    page, sheet = ("#1f1f1f", "#292929") if dark else ("#f5f5f5", "#ffffff")
    link = "#a8abf8" if dark else "#5b5fc7"
    return f"""<!DOCTYPE html><meta charset="utf-8">
<style>{BUTTONS} .ac-actionSet {{ color: {link} }}</style>
<body style="margin:16px;background:{page}">
<div id="card" style="background:{sheet};border-radius:6px;overflow:hidden"></div>
<script src="{script.resolve().as_uri()}"></script><script>
const card = new AdaptiveCards.AdaptiveCard();
card.hostConfig = new AdaptiveCards.HostConfig({json.dumps(host(dark=dark))});
card.parse({json.dumps(content["content"])});
document.getElementById("card").appendChild(card.render());
</script></body>"""


def host(*, dark: bool) -> Mapping[str, JsonValue]:
    """A host configuration with colours near those of Teams."""
    ink, pale = ("#ffffff", "#adadad") if dark else ("#242424", "#616161")
    backgrounds = (
        {"attention": "#3b1a1d", "warning": "#3a2b12", "accent": "#16294d", "emphasis": "#333333"}
        if dark
        else {
            "attention": "#fdf3f4",
            "warning": "#fff9f5",
            "accent": "#ebf3fc",
            "emphasis": "#f5f5f5",
        }
    )
    colours: dict[str, JsonValue] = {
        "default": {"default": ink, "subtle": pale},
        "accent": {"default": "#7f85f5" if dark else "#5b5fc7", "subtle": pale},
        "attention": {"default": "#e37d80" if dark else "#c4314b", "subtle": pale},
    }
    styles: dict[str, JsonValue] = {
        name: {"backgroundColor": colour, "foregroundColors": colours}
        for name, colour in (("default", "#292929" if dark else "#ffffff"), *backgrounds.items())
    }
    return {
        "fontFamily": "'Segoe UI', Roboto, 'Noto Sans', 'DejaVu Sans', sans-serif",
        "spacing": {"small": 4, "default": 8, "medium": 12, "large": 16, "padding": 16},
        "separator": {"lineThickness": 1, "lineColor": "#484848" if dark else "#e0e0e0"},
        "containerStyles": styles,
        "actions": {"actionsOrientation": "vertical", "actionAlignment": "stretch"},
    }


def pages(script: Path | None) -> Iterator[tuple[str, str, int, str]]:
    """Yield name, page, width and scheme of every picture."""
    for name, letter in letters().items():
        for scheme in SCHEMES:
            for width_name, width in WIDTHS.items():
                if name not in ("alert", "digest") and (scheme, width_name) != ("light", "wide"):
                    continue
                suffix = f"{name}-{scheme}-{width_name}"
                yield f"mail-{suffix}", letter.html, width, scheme
                if script:
                    yield f"card-{suffix}", card_page(letter, script, scheme), width, scheme


def photograph(chromium: str, page: Path, picture: Path, width: int, scheme: str) -> None:
    """Take the picture of a page, as high as the page is."""
    common = [chromium, *QUIET, f"--blink-settings=preferredColorScheme={SCHEMES[scheme]}"]
    # Headless Chromium lays no window out narrower than 500 pixels, but a frame it does.
    frame = page.with_suffix(".frame.html")
    content = escape(page.read_text(encoding="utf-8"), quote=True)
    frame.write_text(
        f'<iframe srcdoc="{content}" style="border:0;width:{width}px;height:100px" onload="'
        "setTimeout(() => document.title = 'height='"
        ' + this.contentDocument.documentElement.scrollHeight, 300)"></iframe>',
        encoding="utf-8",
    )
    told = _run([*common, "--virtual-time-budget=2000", "--dump-dom", frame.as_uri()])
    found = re.search(r"height=(\d+)</title>", told)
    height = int(found[1]) if found else 1200
    shot = [f"--window-size={width},{height}", f"--screenshot={picture}", page.as_uri()]
    _run([*common, *shot])
    if smaller := shutil.which("pngquant"):
        _run([smaller, "--force", "--skip-if-larger", "--output", str(picture), str(picture)])


def _run(command: list[str]) -> str:
    done = subprocess.run(  # noqa: S603 - the caller's own browser
        command, capture_output=True, text=True, check=False, timeout=60
    )
    return done.stdout


def main() -> None:
    """Take every picture."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--chromium", default="chromium", help="the browser to call")
    parser.add_argument("--cards", type=Path, help="adaptivecards.min.js")
    chosen = parser.parse_args()
    FOLDER.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        for name, html, width, scheme in pages(chosen.cards):
            page = Path(folder) / f"{name}.html"
            page.write_text(html, encoding="utf-8")
            photograph(chosen.chromium, page, FOLDER / f"{name}.png", width, scheme)
            print(name)


if __name__ == "__main__":
    main()
