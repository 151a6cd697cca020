"""Writes docs/rules.md from the rules, tests/golden/rules.lock from their source, docs/settings.md.

Run by `make docs`; a test fails when one is not what this would write.
"""

import hashlib
import inspect
from pathlib import Path

from docs.detections import matrix_section, not_detected_section
from docs.settings_page import settings_page
from monitor.rules.model import Controls, Rule
from monitor.rules.registry import REGISTRY

ROOT = Path(__file__).parent.parent
SETTINGS = ROOT / "docs" / "settings.md"
PAGE = ROOT / "docs" / "rules.md"
LOCK = ROOT / "tests" / "golden" / "rules.lock"

HEAD = """# Rules

Generated from `monitor/rules/` by `make docs`; do not edit by hand.

Each finding carries the rule's id and revision. The controls named are ones a finding *supports as
evidence*; no text here says that a regulation requires MFA: the HIPAA Security Rule in force does
not name it. Severities, from the mildest: info, low, medium, high, critical; info is never sent.

Two findings are made outside these rules: `delivery-failing`, when a channel takes no alerts
([alerts.md](alerts.md)), and `checkpoint-unsigned`, high, when entries stay unsigned: at once where
no signing key counts, else after an hour; once for each checkpoint that stays the last.

What they cover, condition by condition: [Matrix](#matrix), and what they do not:
[Not detected, because](#not-detected-because).

"""


def controls_line(controls: Controls) -> str:
    """The controls of a rule as one line of Markdown."""
    parts = [f"45 CFR {', '.join(controls.hipaa)}"] if controls.hipaa else []
    parts += [f"NIST SP 800-53 r5 {', '.join(controls.nist)}"] if controls.nist else []
    parts += [f"CIS M365 v7.0.0 {', '.join(controls.cis)}"] if controls.cis else []
    parts += [f"SCuBA {', '.join(controls.scuba)}"] if controls.scuba else []
    parts += [f"ATT&CK v18.1 {', '.join(controls.attack)}"] if controls.attack else []
    return "; ".join(parts)


def section(rule: Rule) -> str:
    """One rule as a section of Markdown."""
    steps = "\n".join(f"{number}. {step}" for number, step in enumerate(rule.respond, 1))
    blind = "\n".join(f"- {spot}" for spot in rule.blind_spots)
    return f"""## {rule.id}

**{rule.title}** (revision {rule.revision})

{rule.meaning}

| | |
| --- | --- |
| severity | {rule.severity_logic} |
| fires | {rule.firing} |
| silent | {rule.silent} |
| looks alike | {rule.lookalike} |
| supports | {controls_line(rule.controls)} |

What to do:

{steps}

Blind spots:

{blind}
"""


def page() -> str:
    """The whole page."""
    listed = "\n".join(f"- [{rule.id}](#{rule.id}): {rule.title}" for rule in REGISTRY)
    sections = (*(section(rule) for rule in REGISTRY), matrix_section(), not_detected_section())
    return HEAD + listed + "\n\n" + "\n".join(sections)


def lock() -> str:
    """One line per rule: id, revision, SHA-256 of its module's source."""
    lines = []
    for rule in REGISTRY:
        source = inspect.getsource(inspect.getmodule(rule.judge) or rule.judge)
        digest = hashlib.sha256(source.encode()).hexdigest()
        lines.append(f"{rule.id} {rule.revision} {digest}")
    return "\n".join(lines) + "\n"


def main() -> None:
    """Write the files."""
    PAGE.write_text(page(), encoding="utf-8")
    LOCK.write_text(lock(), encoding="utf-8")
    SETTINGS.write_text(settings_page(), encoding="utf-8")


if __name__ == "__main__":
    main()
