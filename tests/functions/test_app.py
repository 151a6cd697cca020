from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from threading import Barrier, Event

import pytest

from monitor.errors import InvalidInput, StorageUnavailable
from monitor.functions.app import AppSettings, SharedMonitor, app_settings
from tests.functions.recording import RecordingMonitor


class Opening:
    """An opener that counts, and fails as often as it is told to."""

    def __init__(self, failures: int = 0) -> None:
        self.failures = failures
        self.opened: list[AppSettings] = []
        self.closed = 0

    @contextmanager
    def __call__(self, settings: AppSettings) -> Iterator[RecordingMonitor]:
        if self.failures:
            self.failures -= 1
            raise StorageUnavailable("share not mounted yet")
        self.opened.append(settings)
        yield RecordingMonitor()
        self.closed += 1


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({}, AppSettings(Path("mfa-monitor-data"), None, "0")),
        (
            {"MFA_MONITOR_DATA": "", "MFA_MONITOR_CONFIG": "", "EVENTHUB_EPOCH": ""},
            AppSettings(Path("mfa-monitor-data"), None, "0"),
        ),
        (
            {
                "MFA_MONITOR_DATA": "/mnt/ledger",
                "MFA_MONITOR_CONFIG": "conf/monitor.toml",
                "EVENTHUB_EPOCH": "2026-11_b.1",
            },
            AppSettings(Path("/mnt/ledger"), Path("conf/monitor.toml"), "2026-11_b.1"),
        ),
    ],
)
def test_settings_come_from_the_app_settings(
    environment: dict[str, str], expected: AppSettings
) -> None:
    assert expected == app_settings(environment)


@pytest.mark.parametrize("epoch", ["a/b", "a b", "é", "x" * 41, "1\n"])
def test_an_epoch_that_could_be_mistaken_for_another_key_is_refused(epoch: str) -> None:
    with pytest.raises(InvalidInput, match="EVENTHUB_EPOCH"):
        app_settings({"EVENTHUB_EPOCH": epoch})


def test_nothing_is_opened_before_it_is_asked_for_and_then_once() -> None:
    opening = Opening()
    shared = SharedMonitor(opening)
    assert opening.opened == []

    assert shared.get() is shared.get()
    assert len(opening.opened) == 1


def test_threads_that_ask_at_once_share_one_monitor() -> None:
    opening = Opening()
    shared = SharedMonitor(opening)
    threads = 8
    start = Barrier(threads)

    def ask() -> int:
        start.wait(10)
        return id(shared.get())

    with ThreadPoolExecutor(threads) as pool:
        found = {asked.result() for asked in [pool.submit(ask) for _ in range(threads)]}
    assert len(found) == 1
    assert len(opening.opened) == 1


def test_a_failed_opening_is_tried_again_by_the_next_invocation() -> None:
    shared = SharedMonitor(Opening(failures=1))

    with pytest.raises(StorageUnavailable, match="share not mounted"):
        shared.get()
    assert shared.get().health() == {"status": "ok"}


def test_waiting_too_long_for_an_opening_is_a_fault_that_the_host_retries() -> None:
    opening = Opening()
    entered, go_on = Event(), Event()

    @contextmanager
    def slow(settings: AppSettings) -> Iterator[RecordingMonitor]:
        entered.set()
        go_on.wait(10)
        with opening(settings) as monitor:
            yield monitor

    shared = SharedMonitor(slow)
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(shared.get)
        assert entered.wait(10)
        with pytest.raises(StorageUnavailable, match=r"after 0\.01 s"):
            shared.get(0.01)
        go_on.set()
        assert first.result() is shared.get()


def test_close_closes_and_the_next_invocation_opens_with_the_settings_of_then(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    opening = Opening()
    shared = SharedMonitor(opening)
    shared.close()
    monkeypatch.setenv("MFA_MONITOR_DATA", "first")
    shared.get()
    shared.close()
    monkeypatch.setenv("MFA_MONITOR_DATA", "second")
    shared.get()

    assert [str(settings.data) for settings in opening.opened] == ["first", "second"]
    assert opening.closed == 1
