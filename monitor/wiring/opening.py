"""Reads the settings and builds the parts."""

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from zoneinfo import ZoneInfo

from pydantic import JsonValue

from monitor.alerts.config import addresses
from monitor.alerts.ports import Channel
from monitor.alerts.route import Route
from monitor.clock import Clock, EventClock, WallClock, stamp
from monitor.enrolment.clock import Terms
from monitor.errors import InvalidInput
from monitor.ledger import document, note
from monitor.ledger.log import Log
from monitor.ledger.publisher import head_hint
from monitor.pipeline.leaves import Leaf
from monitor.pipeline.pipeline import Pipeline, Stores
from monitor.pipeline.terms import Policy
from monitor.rules.context import BusinessHours, Context, Drill, Exemption, Provider, Window
from monitor.rules.model import Severity
from monitor.rules.registry import REGISTRY
from monitor.settings import BusinessHoursSettings, ExemptionSettings, Settings, load_settings
from monitor.view.cells import Table
from monitor.view.view import View
from monitor.wiring.delivery import Desk
from monitor.wiring.keys import VARIABLE, refuse_other_names, signers
from monitor.wiring.monitor import Monitor
from monitor.wiring.places import Places, RawArchive, storage_in_force
from monitor.wiring.publishing import Publishing
from monitor.wiring.snapshots import fetches, keeping, saved_views
from monitor.wiring.telling import Routed, tellers


def _signers(places: Places, settings: Settings, log: Log) -> tuple[note.Signer, ...]:
    """Return the keys that sign here; on a directory, one is made on the very first start.

    A lost key is never replaced in silence, and in Blob storage only `mfa-monitor init` makes one:
    there, a wrong setting would begin a second log.

    Raises:
        InvalidInput: a key cannot be used, or there is none and the log has not begun.
    """
    found = signers(places, settings.publish)
    if log.head().seq >= 0:
        return found
    if found:
        refuse_other_names(found, settings.ledger.origin)
        return found
    if places.storage.remote:
        raise InvalidInput(
            f"{places}: the log has not begun and no signing key is here; run mfa-monitor init"
            f" once, and give its key to {VARIABLE}. Nothing is lost: records wait in the hub"
        )
    with suppress(InvalidInput):  # another first start was faster
        note.create_key(places.key, settings.ledger.origin)
    return signers(places, settings.publish)


def ruleset() -> str:
    """Name the rules in force and their revisions, for the genesis header."""
    return " ".join(f"{rule.id}@{rule.revision}" for rule in REGISTRY)


@contextmanager
def open_monitor(
    data: Path,
    config: Path | None,
    *,
    replay: bool = False,
    notify: bool = True,
    console: Channel | None = None,
) -> Iterator[Monitor]:
    """Open the deployment under `data`, making it on the first start, and close it afterwards.

    `replay` lives on the records' time; without `notify` what it finds wakes nobody, now or later.
    `console` is a channel beside the configured ones.

    Raises:
        InvalidInput: the configuration or the signing key cannot be used.
        StorageUnavailable: the directory cannot be read or written.
        LedgerCorrupt: the ledger disagrees with itself.
    """
    settings, digest = load_settings(config)
    places = Places(data, storage_in_force(settings.storage, os.environ))
    wall = WallClock()
    channels = _channels(settings, console) if notify else ()
    clock: Clock = EventClock(wall) if replay else wall
    ledger = places.store("ledger")
    shown = places.store("view")
    log = Log(ledger, hint=head_hint(shown))
    signing = _signers(places, settings, log)
    keys = [one for one in signing if isinstance(one, note.SigningKey)]
    saved = saved_views(settings, places, log, keys)
    documents = partial(document.read_document, ledger)
    view = View(data / "view", log, documents, saved=saved, threads=fetches(places))
    pipeline = Pipeline(
        ledger=log,
        view=view,
        stores=Stores(RawArchive(places.store("raw")), partial(document.keep_document, ledger)),
        policy=_policy(settings, notify=bool(channels), since=None if replay else wall.now()),
        clock=clock,
        wall=wall,
        genesis=genesis_of(settings, signing),
    )
    desk = Desk(view, pipeline, wall)
    monitor = Monitor(
        settings=settings,
        clock=clock,
        places=places,
        log=log,
        view=view,
        pipeline=pipeline,
        publishing=Publishing(places, settings.publish, signing, log, view, wall),
        desk=desk,
        tellers=tellers(settings, desk, view, channels, wall, shown),
        config=_config_leaf(view, digest, wall),
        snapshots=keeping(view, saved, settings, places, log, keys),
    )
    try:
        view.catch_up()
        monitor.publishing.witness()  # by now the view knows the keys announced since genesis
        yield monitor
    finally:
        monitor.close()


def _channels(settings: Settings, console: Channel | None) -> Routed:
    """Open the configured channels, each address checked, with what each takes.

    With the console first where there is one: it shows each finding by itself, whatever the rate.
    """
    alerts = settings.alerts
    first = [(console, Route(minimum=Severity(alerts.minimum), most=None))] if console else []
    if not (alerts.channels or alerts.apprise_config or alerts.apprise_config_env):
        return first
    # Imported here: a deployment without channels does not pay for Apprise.
    from monitor.alerts.channels import open_channels  # noqa: PLC0415 - see above

    configured = addresses(alerts, os.environ)
    routes = [address.route for address in configured]
    return [*first, *zip(open_channels(configured), routes, strict=True)]


def _policy(settings: Settings, *, notify: bool, since: datetime | None) -> Policy:
    terms = Terms(
        timedelta(hours=settings.enrolment.deadline_hours), guests=settings.enrolment.guests
    )
    floor = Severity(settings.alerts.minimum) if notify else None
    return Policy(terms, floor, declared(settings), since)


def _exemption(one: ExemptionSettings) -> Exemption:
    return Exemption(one.object, one.owner, one.reason, one.ticket, one.expires)


def _services(settings: Settings) -> Iterator[Exemption]:
    """Service accounts are exceptions like any other: with an owner, a reason and an end."""
    for one in settings.service_accounts:
        reason = f"service account, to be replaced by {one.replaced_by}"
        yield Exemption(one.account, one.owner, reason, one.ticket, one.expires)


def declared(settings: Settings) -> Context:
    """Return what people have declared, as the rules see it."""
    return Context(
        emergency=frozenset(one.lower() for one in settings.emergency.accounts),
        external_only=frozenset(one.lower() for one in settings.external_mfa.only),
        drills=tuple(
            Drill(frozenset(a.lower() for a in one.accounts), one.start, one.end, one.owner)
            for one in settings.drills
        ),
        exemptions=(*map(_exemption, settings.exemptions), *_services(settings)),
        providers=tuple(
            Provider(one.app_id, one.client_id, one.discovery_host) for one in settings.providers
        ),
        windows=tuple(
            Window(one.start, one.end, one.owner, one.ticket, one.actor) for one in settings.windows
        ),
        hours=_hours(settings.business_hours),
    )


def _hours(settings: BusinessHoursSettings) -> BusinessHours | None:
    if settings.zone is None:
        return None
    days = frozenset(settings.days)
    return BusinessHours(ZoneInfo(settings.zone), days, settings.start, settings.end)


def genesis_of(settings: Settings, signing: Sequence[note.Signer]) -> Mapping[str, JsonValue]:
    """Return what batch 0 says of the log, where this process is the one to begin it."""
    vkeys: list[JsonValue] = [one.vkey for one in signing]
    return {"origin": settings.ledger.origin, "vkeys": vkeys, "ruleset": ruleset()}


def _config_leaf(view: View, digest: str | None, clock: Clock) -> Callable[[], Sequence[Leaf]]:
    """Return what asks for an entry of the configuration where its hash is a new one."""

    def decide() -> Sequence[Leaf]:
        noted = view.cells.get(Table.CONFIG, "", "sha256")
        if (noted.value if noted else None) == digest:
            return ()
        return [{"t": "config", "v": 1, "tenant": "", "at": stamp(clock.now()), "sha256": digest}]

    return decide
