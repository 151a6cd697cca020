"""How witnesses and authorities stand: what they said last, and when they are to be asked again.

All processes of a deployment share it as the object `anchors` in the view store. It is a hint: what
it says of an object in the ledger is looked up there before it counts.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Annotated

import msgspec
import structlog

from monitor.errors import StorageUnavailable
from monitor.ledger import layout
from monitor.ledger.epoch import LAST, from_milliseconds, to_milliseconds
from monitor.ledger.header import Natural
from monitor.ledger.store import Store

LONGEST_PAUSE = timedelta(hours=1)
"""The longest pause after failures; it begins at a minute and doubles."""

Moment = Annotated[int, msgspec.Meta(ge=0, le=LAST)]

log = structlog.get_logger(__name__)


class Standing(msgspec.Struct, frozen=True, omit_defaults=True):
    """One of them: the last object it made, over which size, and the failures since.

    `at` and `tried` are milliseconds since 1970; `sha256` is that of the object's bytes, hex.
    """

    object: str | None = None
    sha256: str | None = None
    size: Natural = 0
    at: Moment = 0
    tried: Moment = 0
    failures: Natural = 0
    error: str | None = None

    def due(self, size: int, now: datetime, every: timedelta) -> bool:
        """Tell whether it is to be asked about the tree of that size now."""
        if size <= self.size or (self.at and _within(self.at, now, every)):
            return False
        pause = min(timedelta(minutes=1 << min(max(self.failures - 1, 0), 10)), LONGEST_PAUSE)
        return not self.failures or not _within(self.tried, now, pause)

    def stands(self, ledger: Store, key: str) -> bool:
        """Tell whether the object stands in the ledger as this says, made by whom `key` names.

        Raises:
            StorageUnavailable: that cannot be seen.
        """
        parts = layout.anchor_parts(self.object or "")
        if self.object is None or parts is None:
            return False
        folder, size, name = parts
        body = ledger.get(self.object) if (f"{folder}/{name}", size) == (key, self.size) else None
        return body is not None and sha256(body).hexdigest() == self.sha256

    def succeeded(self, name: str, sha256: str, size: int, now: datetime) -> "Standing":
        """Return the standing after an object was made."""
        at = to_milliseconds(now)
        return Standing(name, sha256, size, at, at)

    def failed(self, error: str, now: datetime) -> "Standing":
        """Return the standing after a failure."""
        return msgspec.structs.replace(
            self, tried=to_milliseconds(now), failures=self.failures + 1, error=error
        )


class Standings(msgspec.Struct, frozen=True):
    """All of them, by `<folder>/<name>`; `embedded` is the SHA-256 a header has carried last."""

    anchors: dict[str, Standing] = {}
    embedded: str | None = None

    def of(self, key: str) -> Standing:
        """Return that of one, which may never have been asked."""
        return self.anchors.get(key) or Standing()

    def newest(self) -> tuple[str, Standing] | None:
        """Return the latest object that was made, by its key, if no header carries it yet."""
        made = [(key, one) for key, one in self.anchors.items() if one.sha256 and one.object]
        last = max(made, key=lambda pair: pair[1].at, default=None)
        return last if last and last[1].sha256 != self.embedded else None

    def believed(self, ledger: Store, keys: Iterable[str]) -> "Standings":
        """Return what of it the ledger bears out: who can write to the view decides on nothing.

        Raises:
            StorageUnavailable: the ledger cannot be read.
        """
        anchors = dict(self.anchors)
        for key in keys:
            one = self.of(key)
            if one.object is not None and not one.stands(ledger, key):
                log.warning("anchors.unfounded", anchor=key, object=one.object)
                anchors[key] = Standing(tried=one.tried, failures=one.failures, error=one.error)
        return Standings(anchors, self.embedded) if anchors != self.anchors else self


def _within(since: int, now: datetime, length: timedelta) -> bool:
    """Tell whether that long has not passed since; a moment in the future is no moment."""
    return timedelta(0) <= now - from_milliseconds(since) < length


def read_standings(view: Store) -> Standings:
    """Read what the view knows; a damaged object is no hint.

    Raises:
        StorageUnavailable: the view cannot be read.
    """
    content = view.get(layout.ANCHORS)
    if content is None:
        return Standings()
    try:
        return msgspec.json.decode(content, type=Standings)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        log.warning("anchors.damaged", reason=str(error))
        return Standings()


def write_standings(view: Store, standings: Standings) -> None:
    """Put it in the view; a failure is logged: at worst somebody is asked again too soon."""
    try:
        view.put(layout.ANCHORS, msgspec.json.encode(standings, order="deterministic"))
    except StorageUnavailable as error:
        log.warning("anchors.not_noted", reason=str(error))
