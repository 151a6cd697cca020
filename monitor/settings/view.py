"""`[view]`: how the SQLite views are kept for a cold start."""

from pydantic import Field

from monitor.settings.section import Section


class ViewSettings(Section):
    """`[view]`: snapshots of the SQLite views in the view store; see docs/view.md.

    `snapshots` says whether the publisher writes them and a cold start reads them; not given, they
    are kept where the ledger stands in Blob storage, because an instance there begins with an empty
    disk. The state is written when `every_batches` have been committed since, at most once in
    `every_minutes`. A view that is more than `every_batches` behind is loaded from its snapshot.

    Trust: a snapshot decides what the next decision knows, so it is signed with the log's key, and
    one that is not is left alone. Whoever can write the view container can only make a cold start
    slow.
    """

    snapshots: bool | None = None
    every_batches: int = Field(default=500, ge=0)
    every_minutes: float = Field(default=5, ge=0)
