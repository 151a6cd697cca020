"""The working state of one evaluation.

An overlay over the view that is thrown away if the commit is lost.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, cast

from pydantic import JsonValue

from monitor.clock import moment
from monitor.enrolment.clock import EnrolmentClock
from monitor.events.model import TenantId
from monitor.ledger.cursor import Cursor
from monitor.ledger.log import Head
from monitor.pipeline.leaves import Leaf, RawPlace, clock_from, pending_from
from monitor.posture.change import Known, Pending
from monitor.posture.document import Body, Document, DocumentKind
from monitor.posture.posture import Posture
from monitor.view.cells import Cells, Overlay, Table
from monitor.view.fold import Documents, document_key, fold_leaf
from monitor.view.marks import hole_key


class Standing(Protocol):
    """The view as the evaluation sees it: cells and postures at the ledger's head."""

    documents: Documents
    standing: Head

    @property
    def cells(self) -> Cells:
        """Return the cells at the head."""

    def posture(self, tenant: TenantId) -> Posture:
        """Return the tenant's posture at the head."""


@dataclass(frozen=True, slots=True)
class Sighting:
    """A record already in the ledger: where the bytes of each of its versions are.

    The digest is empty for a version that stands in the batch in hand.
    """

    versions: tuple[RawPlace, ...]


class Working:
    """Cells and postures with the leaves of the batch in hand folded over them."""

    def __init__(self, standing: Standing) -> None:
        self._standing = standing
        self._postures: dict[TenantId, Posture] = {}
        self.cells = Overlay(standing.cells)

    @contextmanager
    def attempt(self) -> Iterator[None]:
        """Keep what is done inside only if nothing is raised."""
        outer, postures = self.cells, dict(self._postures)
        inner = self.cells = Overlay(outer)
        try:
            yield
        except BaseException:
            self.cells, self._postures = outer, postures
            raise
        inner.pour_into(outer)
        self.cells = outer

    def fold(self, index: int, leaf: Leaf) -> None:
        """Fold a leaf that is about to be committed at that index.

        Its documents are still whole: what looks like a reference in one of them is none.
        """
        fold_leaf(self.cells, index, leaf, _whole)

    @property
    def cursors(self) -> Mapping[str, Cursor]:
        """What of each Event Hub partition is entered, at the head."""
        return self._standing.standing.cursors

    def posture(self, tenant: TenantId) -> Posture:
        """Return the tenant's posture with what this batch has changed so far."""
        if tenant not in self._postures:
            self._postures[tenant] = self._standing.posture(tenant)
        return self._postures[tenant]

    def put(self, tenant: TenantId, document: Document) -> None:
        """Put a document in place in the working posture."""
        self._postures[tenant] = self.posture(tenant).with_document(document)

    def remove(self, tenant: TenantId, kind: DocumentKind, identity: str) -> None:
        """Take a document out of the working posture."""
        self._postures[tenant] = self.posture(tenant).without(kind, identity)

    def complete(self, tenant: TenantId, kinds: Iterable[DocumentKind]) -> None:
        """Take note of kinds of which every object is known now."""
        self._postures[tenant] = self.posture(tenant).with_complete(kinds)

    def sighting(self, tenant: str, key: str) -> Sighting | None:
        """Return the entry this record already has, or None."""
        cell = self.cells.get(Table.SEEN, tenant, key)
        if cell is None:
            return None
        places = cast("list[tuple[str | None, int, int]]", cell.value)
        return Sighting(tuple(RawPlace(raw or "", off, length) for raw, off, length in places))

    def clock(self, tenant: str, user: str) -> EnrolmentClock | None:
        """Return the account's clock, or None where it has none."""
        cell = self.cells.get(Table.CLOCK, tenant, user)
        return clock_from(cell.value) if cell else None

    def hole_since(self, tenant: str, kind: DocumentKind | None, identity: str) -> datetime | None:
        """Return since when a hole that a change of this object opened has stood open."""
        cell = self.cells.get(Table.HOLE, tenant, hole_key(kind.value, identity)) if kind else None
        return moment(str(cast("Leaf", cell.value)["since"])) if cell else None

    def due_clocks(self, now: datetime) -> list[tuple[str, EnrolmentClock]]:
        """Return (tenant, clock) of the accounts whose deadline has come."""
        rows = self.cells.rows(Table.CLOCK, due=now)
        return [(cell.tenant, clock_from(cell.value)) for cell in rows]

    def due_matters(self, now: datetime) -> list[tuple[str, Pending]]:
        """Return (tenant, matter) of what was pending long enough."""
        rows = self.cells.rows(Table.PENDING, due=now)
        return [(cell.tenant, pending_from(cell.value)) for cell in rows]

    def memory(self, tenant: TenantId) -> "TenantMemory":
        """Return the past of a tenant, as the posture's fold asks for it."""
        return TenantMemory(self.cells, tenant)


class TenantMemory:
    """One tenant's known documents and pending matters, read from the cells."""

    def __init__(self, cells: Cells, tenant: TenantId) -> None:
        self._cells = cells
        self._tenant = tenant

    def known(self, kind: DocumentKind, identity: str) -> Known | None:
        """Return the last recorded version of the object, or None where it was never seen."""
        cell = self._cells.get(Table.DOCUMENT, self._tenant, document_key(kind, identity))
        if cell is None:
            return None
        value = cast("dict[str, JsonValue]", cell.value)
        marks = tuple(moment(str(mark)) for mark in cast("list[JsonValue]", value["marks"]))
        return Known(moment(str(value["at"])), cast("Body | None", value["body"]), marks)

    def pending(self, kind: DocumentKind, identity: str) -> Sequence[Pending]:
        """Return what is still open about the object."""
        rows = self._cells.rows(Table.PENDING)
        wanted = (kind, identity.lower())
        mine = [pending_from(cell.value) for cell in rows if cell.tenant == self._tenant]
        return [matter for matter in mine if (matter.kind, matter.id.lower()) == wanted]


def _whole(document: Mapping[str, JsonValue]) -> Mapping[str, JsonValue]:
    return document
