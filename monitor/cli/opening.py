"""Opens the deployment that the options name; the door itself loads nothing of it for --help."""

from contextlib import AbstractContextManager

from monitor.alerts.ports import Channel
from monitor.cli.door import Options
from monitor.settings import Settings, load_settings
from monitor.wiring import Monitor, Places, open_monitor


def open_ledger(
    options: Options,
    *,
    replay: bool = False,
    notify: bool = False,
    console: Channel | None = None,
) -> AbstractContextManager[Monitor]:
    """Open the monitor on the data directory, making it on the first start.

    `replay` lives on the records' time; with `notify` what is found goes to the configured channels
    and to `console`.

    Raises:
        InvalidInput: the configuration or the signing key cannot be used.
        StorageUnavailable: the directory cannot be read or written.
        LedgerCorrupt: the ledger disagrees with itself.
    """
    return open_monitor(options.data, options.config, replay=replay, notify=notify, console=console)


def open_existing(options: Options) -> AbstractContextManager[Monitor]:
    """Open the monitor to look at it: an empty ledger is not made where there is none.

    Raises:
        InvalidInput: the data directory does not exist; or as `open_ledger`.
        StorageUnavailable: as `open_ledger`.
        LedgerCorrupt: as `open_ledger`.
    """
    options.require_ledger()
    return open_ledger(options)


def open_places(options: Options) -> tuple[Places, Settings]:
    """Return the places to look at without opening a view, and the settings that name them.

    Raises:
        InvalidInput: the configuration cannot be used, or there is no ledger in the data directory
            that it would be in.
    """
    places = options.places()
    if not places.storage.remote:
        options.require_ledger()
    return places, load_settings(options.config)[0]
