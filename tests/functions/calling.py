"""What the worker hands to a function beside its trigger."""

from typing import cast

import azure.functions as func


class _Trace:
    def __init__(self, parent: str) -> None:
        self.trace_parent = parent
        self.trace_state = ""


class _Context:
    def __init__(self, parent: str) -> None:
        self.trace_context = _Trace(parent)


def context(parent: str = "") -> func.Context:
    """The context of an invocation whose span the host described so (W3C `traceparent`)."""
    return cast("func.Context", _Context(parent))


CONTEXT = context()
