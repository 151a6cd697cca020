"""Where telemetry goes: OTLP over HTTP, Azure Monitor, both, or nowhere (the default).

OpenTelemetry's standard variables decide. Exporters are found under their names among the installed
packages, as OpenTelemetry's own configuration finds them, and imported only when they are wanted.
"""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib.metadata import entry_points
from typing import Any

from monitor.errors import InvalidInput
from monitor.telemetry.signals import Providers, install

SIGNALS = ("traces", "metrics", "logs")
OTLP = "otlp_proto_http"
AZURE_MONITOR = "azure_monitor_opentelemetry_exporter"
CONNECTION = "APPLICATIONINSIGHTS_CONNECTION_STRING"
NAMES = {"otlp": OTLP, OTLP: OTLP, AZURE_MONITOR: AZURE_MONITOR, "azure_monitor": AZURE_MONITOR}
"""The exporters there are; `otlp` is OpenTelemetry's usual word."""
HTTP = "http/protobuf"

# The exporter would report on itself to its maker, and fetch switches from there.
_TO_ITSELF = {
    "APPLICATIONINSIGHTS_STATSBEAT_DISABLED_ALL": "true",
    "APPLICATIONINSIGHTS_CONTROLPLANE_DISABLED": "true",
    "APPLICATIONINSIGHTS_SDKSTATS_DISABLED": "true",
}


def chosen(environment: Mapping[str, str]) -> Mapping[str, tuple[str, ...]]:
    """Return the exporters of each signal, in the order they are named; none means off.

    `OTEL_<SIGNAL>_EXPORTER` says it outright. Otherwise an OTLP endpoint means OTLP and an
    Application Insights connection string means Azure Monitor.

    Raises:
        InvalidInput: an exporter or a protocol is named that is not built in.
    """
    if environment.get("OTEL_SDK_DISABLED", "").strip().lower() == "true":
        return dict.fromkeys(SIGNALS, ())
    return {signal: _chosen(signal, environment) for signal in SIGNALS}


def _chosen(signal: str, environment: Mapping[str, str]) -> tuple[str, ...]:
    variable = f"OTEL_{signal.upper()}_EXPORTER"
    said = environment.get(variable, "").strip()
    if said:
        names = [name.strip().lower() for name in said.split(",")]
        found = tuple(_known(variable, name) for name in names if name and name != "none")
    else:
        endpoints = ("OTEL_EXPORTER_OTLP_ENDPOINT", f"OTEL_EXPORTER_OTLP_{signal.upper()}_ENDPOINT")
        otlp = (OTLP,) if any(environment.get(name) for name in endpoints) else ()
        azure = (AZURE_MONITOR,) if environment.get(CONNECTION) else ()
        found = (*otlp, *azure)
    if OTLP in found:
        _refuse_other_protocols(signal, environment)
    return found


def _known(variable: str, name: str) -> str:
    if name not in NAMES:
        raise InvalidInput(f"{variable}: {name!r} is not built in; use otlp, azure_monitor or none")
    return NAMES[name]


def _refuse_other_protocols(signal: str, environment: Mapping[str, str]) -> None:
    for variable in (
        f"OTEL_EXPORTER_OTLP_{signal.upper()}_PROTOCOL",
        "OTEL_EXPORTER_OTLP_PROTOCOL",
    ):
        said = environment.get(variable, "").strip()
        if said and said != HTTP:
            raise InvalidInput(f"{variable}: {said!r} is not built in; use {HTTP}")
        if said:
            return


@contextmanager
def exporting(
    environment: Mapping[str, str] | None = None, *, without: frozenset[str] = frozenset()
) -> Iterator[bool]:
    """Export what is recorded inside, where the variables ask for it; yield whether they do.

    What is left is sent at the end. `without` names signals that somebody else exports.

    Raises:
        InvalidInput: an exporter or a protocol is named that is not built in, or the exporter
            refuses its settings.
    """
    variables = os.environ if environment is None else environment
    wanted = {signal: names for signal, names in chosen(variables).items() if signal not in without}
    if not any(wanted.values()):
        yield False
        return
    # Imported here: a process without telemetry does not pay for the SDK.
    from monitor.telemetry.sdk import build  # noqa: PLC0415 - see above

    built = build(
        {signal: _exporters(signal, names) for signal, names in wanted.items()}, variables
    )
    install(Providers(built.tracers, built.meters, built.loggers))
    try:
        yield True
    finally:
        install(None)
        built.shut_down()


def _exporters(signal: str, names: tuple[str, ...]) -> tuple[Any, ...]:
    return tuple(_exporter(signal, name) for name in names)


def _exporter(signal: str, name: str) -> Any:
    group = f"opentelemetry_{signal}_exporter"
    (found,) = entry_points(group=group, name=name)
    options: dict[str, Any] = {}
    if name == AZURE_MONITOR:
        for variable, value in _TO_ITSELF.items():
            os.environ.setdefault(variable, value)
        # Nothing on disk: what cannot be sent now is lost, and the ledger has it all.
        options["disable_offline_storage"] = True
    try:
        return found.load()(**options)
    except ValueError as error:
        # Its text may quote the connection string.
        raise InvalidInput(
            f"{name}: refuses its settings ({type(error).__name__}); check {CONNECTION}"
        ) from error
