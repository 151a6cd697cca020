"""An in-process Functions host: the service's own worker library without gRPC and protobuf.

azure-functions-runtime is what the service loads on Python 3.13. It takes the protobuf classes as a
parameter, so plain namespaces stand in for the messages; indexing, binding, decoding, threads and
errors are the library's own (RUNTIME_FACTS section 2). Importable on 3.13 only.
"""

import asyncio
import json
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import azure_functions_runtime as runtime
from azure_functions_runtime.bindings.datumdef import Datum
from azure_functions_runtime.native_invocation import invocation_request_native

from tests.functions.wire import Wire

ROOT = Path(__file__).parents[2]


class _Message(SimpleNamespace):
    """Any protobuf message: keeps the fields it is built with."""


class _Status(_Message):
    Success, Failure = 1, 0


class _Binding(_Message):
    # BindingInfo's Direction and DataType of FunctionRpc.proto, as far as the library asks.
    undefined, out, inout = 0, 1, 2


_PROTOS = SimpleNamespace(
    StatusResult=_Status,
    BindingInfo=_Binding,
    **dict.fromkeys(
        (
            "WorkerInitResponse",
            "WorkerMetadata",
            "FunctionMetadataResponse",
            "RpcFunctionMetadata",
            "RpcRetryOptions",
            "RpcException",
        ),
        _Message,
    ),
)


@dataclass(frozen=True, slots=True)
class Answer:
    """How an invocation ended: `error` is the exception's repr, `returned` the $return datum."""

    ok: bool
    returned: Any
    error: str | None


class Host:
    """Loads function_app.py once and invokes its functions by name, as the service would."""

    def __init__(self, directory: Path = ROOT) -> None:
        self._loop = asyncio.new_event_loop()
        # A worker process imports the app once; so does each host here.
        sys.modules.pop("function_app", None)
        runtime.start_threadpool_executor()
        init = _Message(function_app_directory=str(directory), capabilities={})
        request = _Message(
            request=_Message(worker_init_request=init),
            properties={"host": "127.0.0.1", "protos": _PROTOS},
        )
        self.init = self._loop.run_until_complete(runtime.worker_init_request(request))
        if self.init.result.status != _Status.Success:
            self.close()
            raise RuntimeError(self.init.result.exception.message)
        found = self._loop.run_until_complete(runtime.functions_metadata_request(request))
        self.functions: Mapping[str, Any] = {
            function.name: function for function in found.function_metadata_results
        }

    def close(self) -> None:
        runtime.stop_threadpool_executor()
        self._loop.close()

    def invoke(
        self,
        name: str,
        parameter: Any,
        metadata: Mapping[str, Any],
        attempt: int = 0,
        trace_parent: str = "",
    ) -> Answer:
        """Run one invocation; `attempt` counts the retries before it.

        `trace_parent` is the W3C header of the host's own span.
        """
        function = self.functions[name]
        trigger = next(key for key in function.bindings if key != "$return")
        ok, returned, _, error, _ = self._loop.run_until_complete(
            invocation_request_native(
                f"{name}-{attempt}",
                function.function_id,
                [(trigger, parameter)],
                metadata,
                trace_parent=trace_parent,
                retry_count=attempt,
            )
        )
        return Answer(ok, returned, error)

    def receive(self, wire: Wire, patience: int = 10) -> list[Answer]:
        """Hand a batch to `ingest` under its retry policy, without the delays.

        The batch is tried again until it succeeds or the policy gives up; a policy without end
        gives up here after `patience` attempts.
        """
        most = self.functions["ingest"].retry_options.max_retry_count
        answers: list[Answer] = []
        for attempt in range(patience if most < 0 else min(patience, most + 1)):
            answers.append(self.invoke("ingest", wire.input(Datum), wire.metadata(Datum), attempt))
            if answers[-1].ok:
                break
        return answers

    def tick(self, name: str = "sweep") -> Answer:
        """Fire a timer."""
        timer = {"Schedule": {"AdjustForDST": True}, "ScheduleStatus": None, "IsPastDue": False}
        return self.invoke(name, Datum(json.dumps(timer), "json"), {})

    def get_health(self) -> tuple[int, dict[str, Any]]:
        """GET /healthz; returns the status code and the JSON body."""
        return self.request("health", "GET", "/healthz")

    def request(
        self,
        name: str,
        method: str,
        path: str,
        headers: Mapping[str, str] | None = None,
        body: bytes = b"",
    ) -> tuple[int, dict[str, Any]]:
        """Send an HTTP request to a function; returns the status code and the JSON body."""
        request = {
            "method": Datum(method, "string"),
            "url": Datum(f"http://127.0.0.1{path}", "string"),
            "headers": {key: Datum(value, "string") for key, value in (headers or {}).items()},
            "params": {},
            "query": {},
            "body": Datum(body, "bytes"),
        }
        answer = self.invoke(name, Datum(request, "http"), {})
        if not answer.ok:
            raise RuntimeError(answer.error)
        response = answer.returned.value
        return int(response["status_code"].value), json.loads(response["body"].value)


@contextmanager
def running() -> Iterator[Host]:
    """A host that is stopped again, its threads joined and its loop closed."""
    host = Host()
    try:
        yield host
    finally:
        host.close()
