"""A short day with everything in it: a weakening, a newcomer, noise, a repetition, two ruins."""

from dataclasses import dataclass
from datetime import datetime

from tests import entra
from tests.functions.wire import Wire

EXCLUSION = entra.ca_change(entra.policy(), entra.policy(entra.excluding()), entra.at(0))
NOISE = entra.about_user("Update device", entra.at(1))
NEWCOMER = entra.add_user(entra.at(2))
DAY = (
    entra.body(EXCLUSION),
    b'{"records":[{"cut off',
    entra.body(NOISE, NEWCOMER),
    b"\xff\xfe not even text",
    entra.body(EXCLUSION),
    entra.body(NOISE),
)


@dataclass(frozen=True, slots=True)
class Stopped:
    """A clock that stands still."""

    moment: datetime

    def now(self) -> datetime:
        return self.moment


def batch(first: int, last: int) -> Wire:
    """Messages `first` up to and without `last` of the day, under their sequence numbers."""
    return Wire(DAY[first:last], first=first)
