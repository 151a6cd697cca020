"""A tenant's memory, kept as the view keeps it, for tests of the fold."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from monitor.events.activity import concern_of
from monitor.events.read import read_message
from monitor.posture.change import Change, Effect, Known, Pending
from monitor.posture.document import DocumentKind
from monitor.posture.fold import fold
from tests import entra


@dataclass
class Past:
    """A tenant's memory kept as the view keeps it: documents, marks, open matters."""

    documents: dict[tuple[DocumentKind, str], Known] = field(default_factory=dict)
    matters: dict[str, Pending] = field(default_factory=dict)

    def known(self, kind: DocumentKind, identity: str) -> Known | None:
        return self.documents.get((kind, identity))

    def pending(self, kind: DocumentKind, identity: str) -> Sequence[Pending]:
        return [m for m in self.matters.values() if (m.kind, m.id) == (kind, identity)]

    def take(self, *records: entra.Json) -> Change:
        change: Change | None = None
        for event in read_message(entra.body(*records)).events:
            concern = concern_of(event.activity)
            assert concern is not None
            change = fold(event, concern, self, entra.at())
            self._keep(change)
        assert change is not None
        return change

    def _keep(self, change: Change) -> None:
        for key in change.settles:
            del self.matters[key]
        for matter in change.opens:
            self.matters[matter.key] = matter
        if change.kind is None or change.effect not in (Effect.APPLIED, Effect.OLDER):
            return
        known = self.documents.get((change.kind, change.id))
        marks = (*(known.marks if known else ()), change.at)
        if change.effect is Effect.APPLIED:
            known = Known(change.at, change.after, marks)
        assert known is not None
        self.documents[change.kind, change.id] = Known(known.at, known.body, marks)
