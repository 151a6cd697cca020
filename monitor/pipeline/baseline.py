"""A baseline: the tenant's objects as an export shows them.

Entered in the ledger like everything else.

What was never seen is adopted silently. An object that the stream knows and that the export shows
otherwise, and newer, was changed without a record of it reaching us: that is a finding. An older
export replaces nothing.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from monitor.clock import stamp
from monitor.events.masking import mask
from monitor.events.model import TenantId
from monitor.pipeline.corridor import Evaluation
from monitor.pipeline.leaves import Leaf
from monitor.posture.change import Known, Pending, Reason
from monitor.posture.document import Body, Document, DocumentKind
from monitor.posture.partial import agrees
from monitor.posture.same import same_body

COMPARED = frozenset(
    {
        DocumentKind.POLICY,
        DocumentKind.LOCATION,
        DocumentKind.STRENGTH,
        DocumentKind.SECURITY_DEFAULTS,
        DocumentKind.METHODS_POLICY,
    }
)
"""Kinds whose every change has a record: a difference means that one never came."""
IN_PARTS = frozenset(
    {DocumentKind.STRENGTH, DocumentKind.SECURITY_DEFAULTS, DocumentKind.METHODS_POLICY}
)
"""Kinds whose records may show what changed and nothing else."""


@dataclass(frozen=True, slots=True)
class Baseline:
    """What an export holds. `complete` are the kinds of which it holds every object.

    `source` names it.
    """

    tenant: TenantId
    documents: tuple[Document, ...]
    complete: frozenset[DocumentKind]
    source: str


def adopt(
    evaluation: Evaluation, baseline: Baseline, part: Sequence[Document], *, last: bool
) -> None:
    """Enter a part of a baseline; the last one ends with what is gone and what is complete."""
    memory = evaluation.working.memory(baseline.tenant)
    for document in part:
        known = memory.known(document.kind, document.id)
        if known and same_body(known.body, document.body):
            continue
        if known and known.at > document.at and document.kind in COMPARED:
            continue
        _settle(evaluation, baseline, document, known)
    if last:
        for document in _vanished(evaluation, baseline):
            known = memory.known(document.kind, document.id)
            _settle(evaluation, baseline, document, known, gone=True)
        evaluation.enter(_complete_leaf(evaluation, baseline))
        evaluation.working.complete(baseline.tenant, baseline.complete)


def _settle(
    evaluation: Evaluation,
    baseline: Baseline,
    document: Document,
    known: Known | None,
    *,
    gone: bool = False,
) -> None:
    body = None if gone else document.body
    index = evaluation.enter(_leaf(evaluation, baseline, document, body))
    if known and document.kind in COMPARED and not _tells_more(known, document.kind, body):
        matter = Pending(
            Reason.DISCONTINUITY,
            document.kind,
            document.id,
            document.name,
            document.at,
            evaluation.now,
            recorded=known.body,
            old=body,
        )
        evaluation.unseen(baseline.tenant, matter, of=index, source=baseline.source)
    if body is None:
        evaluation.working.remove(baseline.tenant, document.kind, document.id)
    else:
        evaluation.working.put(baseline.tenant, document)


def _tells_more(known: Known, kind: DocumentKind, body: Body | None) -> bool:
    """Say whether an export only adds to what records told, which may have been a part."""
    if kind not in IN_PARTS or known.body is None or body is None:
        return False
    return agrees(body, known.body, {})


def _vanished(evaluation: Evaluation, baseline: Baseline) -> Iterator[Document]:
    """Objects we hold that an export complete for their kind no longer shows."""
    shown = {(one.kind, one.id.lower()) for one in baseline.documents}
    for (kind, identity), document in evaluation.working.posture(baseline.tenant).documents.items():
        if kind in baseline.complete & COMPARED and (kind, identity.lower()) not in shown:
            yield document


def _leaf(
    evaluation: Evaluation, baseline: Baseline, document: Document, body: Body | None
) -> Leaf:
    return {
        "t": "baseline",
        "v": 1,
        "tenant": baseline.tenant,
        "at": stamp(evaluation.now),
        "src": {"file": baseline.source},
        "object": {"kind": document.kind.value, "id": document.id, "name": document.name},
        "modified": stamp(document.at),
        "doc": mask(dict(body)) if body is not None else None,
    }


def _complete_leaf(evaluation: Evaluation, baseline: Baseline) -> Leaf:
    return {
        "t": "baseline",
        "v": 1,
        "tenant": baseline.tenant,
        "at": stamp(evaluation.now),
        "src": {"file": baseline.source},
        "complete": [*sorted(kind.value for kind in baseline.complete)],
    }


def parts(baseline: Baseline, size: int = 200) -> Iterator[tuple[Sequence[Document], bool]]:
    """Cut the documents into parts of that many, one commit each; the flag marks the last one."""
    documents = baseline.documents
    for start in range(0, max(len(documents), 1), size):
        yield documents[start : start + size], start + size >= len(documents)
