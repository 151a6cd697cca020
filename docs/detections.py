"""The matrix of docs/rules.md: every condition known to weaken MFA, what others see, what we do.

The conditions were collected from public detection rules, posture checks and Microsoft's guides as
they stood on 2026-11-23. Rows of groups D and earlier are in `detections_policies`, of E in
`detections_tenant`, of F and later in `detections_accounts`.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

from docs.detections_accounts import ACCOUNT_ROWS
from docs.detections_policies import POLICY_ROWS
from docs.detections_row import Detection, Status
from docs.detections_tenant import TENANT_ROWS
from monitor.rules.registry import REGISTRY

MATRIX: tuple[Detection, ...] = (*POLICY_ROWS, *TENANT_ROWS, *ACCOUNT_ROWS)

GROUPS: Mapping[str, str] = {
    "A": "Conditional Access: a policy comes, goes, is switched",
    "B": "Conditional Access: who is covered",
    "C": "Conditional Access: what, where and when",
    "D": "Conditional Access: what is asked for",
    "E": "Settings of the tenant",
    "F": "Accounts and their methods",
    "G": "Privilege",
    "H": "Effects in sign-ins",
    "I": "The evidence itself",
}

BESIDE: Mapping[str, str] = {
    "ca-strengthened": "the other direction: more proof is asked for",
    "role-membership-weakened": "a role that scopes a policy comes or goes, with or without B14",
    "ca-without-effect": "an edit that looks like D1 and changes nobody's sign-in",
    "altered-record": "two versions of one record, which no row asks for",
    "exemption-expired": "what people declared, not what happened in Entra",
    "internal-error": "a failure of this program",
}
"""Rules that stand in no row, and why; a rule may do without (`beside_sentence`)."""

UNSEEN: Mapping[str, str] = {
    "roles held through a group": "the group is what changes; it is judged as a group",
    "roles for one administrative unit": "Conditional Access does not apply to them",
    "new owners of an application with power over MFA": "the credential they add is told (G7)",
}
"""What no rule tells and no row of the matrix asks for, and why."""

LEGEND = """## Matrix

Conditions that weaken MFA, or hide that; what public products make of each (as of 2026-11-23), and
which of these rules tells it. `NONE`: no public product detects it in an event; `any-change`: they
fire on every edit, whatever its direction; `posture`: found when somebody looks, not when it
happens. *Read pending*: the event is told at once, and what it means needs a live read of Microsoft
Graph, which this version does not make.
"""


def counts(rows: Iterable[Detection]) -> str:
    """How many rows stand how, and how many of those that no public product detects."""
    listed = tuple(rows)
    states = Counter(row.status for row in listed)
    alone = Counter(row.status for row in listed if row.unseen_elsewhere)
    total = ", ".join(f"{states[state]} {state.value}" for state in Status)
    own = ", ".join(f"{alone[state]} {state.value}" for state in Status)
    return f"{len(listed)} rows: {total}. Of the {sum(alone.values())} rows marked `NONE`: {own}."


def _line(row: Detection) -> str:
    rules = ", ".join(f"[{rule}](#{rule})" for rule in row.ours)
    if row.status is Status.NOT_DETECTED:
        return (
            f"| {row.id} | {row.condition} | {row.theirs} | [not detected](#not-detected-because) |"
        )
    ours = f"*read pending*: {rules}" if row.status is Status.PENDING else rules
    limits = f"; {row.why}" if row.why else ""
    return f"| {row.id} | {row.condition} | {row.theirs} | {ours}{limits} |"


def _table(group: str) -> Iterator[str]:
    yield f"### {group}. {GROUPS[group]}\n"
    yield "| # | condition | theirs | ours |"
    yield "| --- | --- | --- | --- |"
    yield from (_line(row) for row in MATRIX if row.group == group)
    yield ""


def beside_sentence(rules: Iterable[str]) -> str:
    """A sentence that lists those of the rules that neither a row nor `BESIDE` names; or nothing.

    So a new rule needs no row to be documented.
    """
    placed = {rule for row in MATRIX for rule in row.ours} | set(BESIDE)
    others = [f"[{rule}](#{rule})" for rule in rules if rule not in placed]
    return f"Rules beside the matrix: {', '.join(others)}." if others else ""


def matrix_section() -> str:
    """The matrix as a section of Markdown, a table for each group."""
    tables = (line for group in GROUPS for line in _table(group))
    beside = [f"- [{rule}](#{rule}): {why}" for rule, why in BESIDE.items()]
    if sentence := beside_sentence(rule.id for rule in REGISTRY):
        beside += ["", sentence]
    return "\n".join(
        [LEGEND, counts(MATRIX), "", *tables, "Rules that stand in no row:\n", *beside, ""]
    )


def not_detected_section() -> str:
    """The rows that no rule tells, and what else is not told, each with its reason."""
    rows = [row for row in MATRIX if row.status is Status.NOT_DETECTED]
    lines = [f"| {row.id} | {row.condition} | {row.why} |" for row in rows]
    lines += [f"| | {what} | {why} |" for what, why in UNSEEN.items()]
    head = ["## Not detected, because", "", "| # | condition | why |", "| --- | --- | --- |"]
    return "\n".join([*head, *lines]) + "\n"
