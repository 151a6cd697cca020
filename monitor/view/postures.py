"""The tenants' postures in memory, loaded from the document cells and moved on with the fold."""

from collections.abc import Iterable
from typing import cast

from pydantic import JsonValue

from monitor.clock import moment
from monitor.events.model import TenantId
from monitor.posture.document import Document, DocumentKind
from monitor.posture.posture import Posture
from monitor.view.cells import Cells, Table
from monitor.view.fold import Documents, Leaf, applied_body


class Postures:
    """One posture for each tenant that was asked for, as it stands at the cells' watermark."""

    def __init__(self, documents: Documents) -> None:
        self._documents = documents
        self._held: dict[TenantId, Posture] = {}

    def clear(self) -> None:
        """Forget them all: the cells were moved by somebody else."""
        self._held.clear()

    def get(self, tenant: TenantId, cells: Cells) -> Posture:
        """Return the tenant's posture."""
        if tenant not in self._held:
            self._held[tenant] = _loaded(tenant, cells)
        return self._held[tenant]

    def follow(self, leaves: Iterable[Leaf]) -> None:
        """Move those in memory on by the documents that were put in place."""
        for leaf in leaves:
            tenant = TenantId(str(leaf.get("tenant")))
            if leaf.get("t") == "baseline":
                self._held.pop(tenant, None)
            applied = leaf.get("t") == "change" and leaf.get("effect") == "applied"
            if applied and tenant in self._held:
                self._held[tenant] = self._moved(self._held[tenant], leaf)

    def _moved(self, posture: Posture, leaf: Leaf) -> Posture:
        about = cast("dict[str, str]", leaf["object"])
        kind = DocumentKind(about["kind"])
        held = posture.document(kind, about["id"])
        body = applied_body(held.body if held else None, leaf, self._documents)
        posture = posture.without(kind, about["id"])
        if body is None:
            return posture
        at = moment(str(leaf["modified"]))
        shown = cast("dict[str, JsonValue]", body)
        return posture.with_document(Document(kind, about["id"], at, shown))


def _loaded(tenant: TenantId, cells: Cells) -> Posture:
    posture = Posture(tenant)
    for cell in cells.rows(Table.DOCUMENT):
        value = cast("dict[str, JsonValue]", cell.value)
        body = value["body"]
        if cell.tenant == tenant and isinstance(body, dict):
            kind, _, identity = cell.key.partition("/")
            document = Document(DocumentKind(kind), identity, moment(str(value["at"])), body)
            posture = posture.with_document(document)
    kinds = cells.get(Table.COMPLETE, tenant, "kinds")
    named = cast("list[str]", kinds.value) if kinds else []
    return posture.with_complete(map(DocumentKind, named)) if named else posture
