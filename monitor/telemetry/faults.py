"""What may be told of an exception: its class and where it was raised, never a line of data.

The text of an exception that is not ours may hold whatever was being worked on. Ours name what is
wrong and where, and are masked like every other text.
"""

from traceback import walk_tb
from types import TracebackType

from monitor.errors import MonitorError
from monitor.telemetry.redaction import masked

MOST_FRAMES = 20


def kind(error: BaseException) -> str:
    """Return the class, with its module unless it is built in or our own."""
    own = type(error)
    if own.__module__ == "builtins" or isinstance(error, MonitorError):
        return own.__qualname__
    return f"{own.__module__}.{own.__qualname__}"


def words(error: BaseException) -> str:
    """Return the masked text of an error of our own, and nothing of any other."""
    return masked(str(error)) if isinstance(error, MonitorError) else ""


def frames(trace: TracebackType | None) -> str:
    """Return where it was raised: module, line and function of each frame, innermost last."""
    places = [
        f"{frame.f_globals.get('__name__', '?')}:{line} {frame.f_code.co_name}"
        for frame, line in walk_tb(trace)
    ]
    return "\n".join(places[-MOST_FRAMES:])
