"""Which findings belong together, and which tell the same act.

All of it is decided from cells, which are folds of the findings before, so that a rebuilt view
decides the same:

- an incident has the entry index of its first finding; a finding joins it by the same actor and
  object, or by the same correlation, within 60 minutes of the latest one;
- one act may be told by several records (twins in one correlation, chunks of a split record): a
  finding of the same rule about the same object that tells the same act, no graver, under another
  activity or chunk is made once. The same activity again is a second act, and always a finding.
"""

from datetime import datetime, timedelta
from hashlib import sha256
from typing import cast

from monitor.clock import moment
from monitor.events.model import AuditEvent
from monitor.pipeline.leaves import Leaf
from monitor.rules.model import Finding, Severity
from monitor.view.cells import Cells, Table
from monitor.view.marks import incident_keys

TOGETHER = timedelta(minutes=60)
"""How far from the latest finding of an incident another one may be to join it."""
TWINS = timedelta(minutes=5)
"""How far apart the records of one act may stand."""


def act_of(finding: Finding, event: AuditEvent | None) -> Leaf | None:
    """Return by what the act of a finding is known again: `key`, and the `part` that told it."""
    if event is None:
        return None
    told_by = event.detail("id") if event.fragment else event.correlation
    if not told_by:
        return None
    part = (event.detail("seq") or "") if event.fragment else event.activity
    judgement = finding.judgement
    act = sha256((judgement.act or judgement.witness).encode()).hexdigest()[:16]
    key = f"act/{finding.rule.id}/{judgement.about.id.lower()}/{told_by}/{act}"
    return {"key": key, "part": part}


def told_before(cells: Cells, leaf: Leaf, act: Leaf, severity: Severity) -> bool:
    """Say whether another record of the same act has made this finding, as grave or graver."""
    cell = cells.get(Table.NOTED, str(leaf["tenant"]), str(act["key"]))
    if cell is None:
        return False
    told = cast("Leaf", cell.value)
    near = abs(moment(str(leaf["at"])) - moment(str(told["at"]))) <= TWINS
    as_grave = severity.rank <= Severity(str(told["severity"])).rank
    return near and as_grave and told["part"] != act["part"]


def incident_of(cells: Cells, leaf: Leaf, index: int) -> int:
    """Return the incident of a finding that will stand at `index`; a new one has that number."""
    found = [index]
    for key in incident_keys(leaf):
        cell = cells.get(Table.INCIDENT, str(leaf["tenant"]), key)
        if cell and together(cast("Leaf", cell.value), moment(str(leaf["at"]))):
            found.append(cast("int", cast("Leaf", cell.value)["incident"]))
    return min(found)


def together(value: Leaf, at: datetime) -> bool:
    """Say whether something at that moment belongs to what was last told at `value["at"]`."""
    return abs(at - moment(str(value["at"]))) <= TOGETHER
