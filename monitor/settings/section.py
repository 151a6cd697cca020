"""What every section of `monitor.toml` is built from: strict tables and checked words."""

from typing import Annotated, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

ObjectId = Annotated[str, Field(min_length=1, max_length=200)]
Said = Annotated[str, Field(min_length=1, max_length=500)]
"""A word somebody has to give: an owner, a reason, a ticket; never empty."""
Day = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
Level = Literal["info", "low", "medium", "high", "critical"]
ChannelName = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,39}$")]


def _known_zone(value: str) -> str:
    try:
        ZoneInfo(value)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError(f"no time zone {value!r} is known here") from error
    return value


Zone = Annotated[str, AfterValidator(_known_zone)]
"""An IANA time zone name that this machine knows."""


class Section(BaseModel):
    """A table of `monitor.toml`: frozen, and strict about its keys."""

    model_config = ConfigDict(frozen=True, extra="forbid")
