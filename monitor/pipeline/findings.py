"""A judgement as the leaf of a finding, with what is known of its surroundings.

Approvals soften it, its incident is written into it, and one that was made already is not made
again.
"""

from dataclasses import dataclass
from datetime import datetime

from monitor.events.model import AuditEvent
from monitor.pipeline.approvals import approve
from monitor.pipeline.incidents import act_of, incident_of, told_before
from monitor.pipeline.leaves import Leaf, finding_leaf
from monitor.rules.case import Case
from monitor.rules.context import Context
from monitor.rules.model import Finding
from monitor.view.cells import Cells, Table
from monitor.view.marks import once_key


@dataclass(frozen=True, slots=True)
class Cause:
    """What led to a case.

    `event` is the record and `of` the index of its entry, where there is one. `settles` is the key
    of the pending matter it ends, `once` tells it from others of its rule and tenant.
    """

    tenant: str
    at: datetime
    event: AuditEvent | None = None
    of: int | None = None
    settles: str | None = None
    once: str | None = None


def written(
    cells: Cells, case: Case, finding: Finding, cause: Cause, index: int, context: Context
) -> Leaf | None:
    """Return the leaf that will stand at `index`; None where the finding was made already."""
    leaf = finding_leaf(finding, cause.tenant, cause.at, cause.event, cause.of)
    severity = approve(leaf, case, finding, cause.event, context)
    if cause.once:
        if cells.get(Table.NOTED, cause.tenant, once_key(finding.rule.id, cause.once)):
            return None
        leaf["once"] = cause.once
    act = act_of(finding, cause.event)
    if act and told_before(cells, leaf, act, severity):
        return None
    if act:
        leaf["act"] = act
    leaf["incident"] = incident_of(cells, leaf, index)
    if cause.settles:
        leaf["settles"] = [cause.settles]
    return leaf
