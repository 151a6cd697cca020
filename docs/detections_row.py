"""One row of the matrix: a condition, what public products make of it, and what these rules do."""

from dataclasses import dataclass
from enum import StrEnum

NOBODY = "NONE"
"""How `theirs` begins where no public product detects the condition in an event."""
AZURE = "it stands in the Azure activity log, which is not read"


class Status(StrEnum):
    """What this program does about a condition."""

    DETECTED = "detected"
    PENDING = "read pending"
    """The event is told; only a live read of Microsoft Graph can tell what it means."""
    NOT_DETECTED = "not detected"


@dataclass(frozen=True, slots=True)
class Detection:
    """One condition that weakens MFA, or hides that.

    `id` is a letter (the group) and a number. `theirs` names the products that see it, `any-change`
    where they fire on every edit, or begins with `NOBODY`. `ours` are ids of rules. `why` says why
    it is not detected, else where the limits are.
    """

    id: str
    condition: str
    theirs: str
    ours: tuple[str, ...] = ()
    why: str = ""
    status: Status = Status.DETECTED

    @property
    def group(self) -> str:
        """The letter of its group."""
        return self.id[0]

    @property
    def unseen_elsewhere(self) -> bool:
        """Whether no public product detects it in an event."""
        return self.theirs.startswith(NOBODY)


def pending(id_: str, condition: str, theirs: str, ours: tuple[str, ...], why: str) -> Detection:
    """A row whose event is told and whose meaning has to be read."""
    return Detection(id_, condition, theirs, ours, why, Status.PENDING)


def missed(id_: str, condition: str, theirs: str, why: str) -> Detection:
    """A row that no rule tells."""
    return Detection(id_, condition, theirs, (), why, Status.NOT_DETECTED)
