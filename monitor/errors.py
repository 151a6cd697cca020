"""The errors of this program, one screen; the class decides the fate of a batch (DESIGN section 6).

Every message names what was wrong and where, and every class can say what to do next.
"""


class MonitorError(Exception):
    """Base of every error this program raises on purpose."""

    advice = "Run with --help, or see docs/operations.md."

    def diagnostics(self) -> str:
        """Return the message and, on a line of its own, what the reader can do next."""
        return f"{self}\n{self.advice}"


class MalformedEvent(MonitorError):
    """Bytes that cannot be read as an audit record; quarantined and recorded, the batch goes on.

    Attributes:
        position: byte offset of the fault inside the bytes given, where it is known.
    """

    advice = "The bytes are kept under raw/; compare them with what the sender meant to send."

    def __init__(self, reason: str, position: int | None = None) -> None:
        super().__init__(reason)
        self.position = position


class UnknownShape(MonitorError):
    """Valid JSON whose meaning is not known; recorded as *change not understood*, never silence."""

    advice = "Look at the object in the Entra portal, and report the new shape."


class InvalidInput(MonitorError):
    """A file, option or setting that a person gave us and that cannot be used (exit code 2)."""

    advice = "Correct the input named above and run the command again."


class StorageUnavailable(MonitorError):
    """Reading or writing the store failed and may work later; the host retries the batch."""

    advice = "Check that the data directory or container can be reached and has room."


class LedgerConflict(MonitorError):
    """Another writer committed first; catch up, decide again on the newer state, append again."""

    advice = "Nothing to do: the batch is decided again by itself."


class LedgerCorrupt(MonitorError):
    """The ledger disagrees with itself or with what was witnessed; nothing more is appended."""

    advice = "Stop, keep the directory as it is, and run: mfa-monitor verify"


class CheckpointForged(LedgerCorrupt):
    """The checkpoint that is shown is signed by no key of the log; records are taken on."""

    advice = (
        "Find out who can write to the view store, keep a copy of view/checkpoint, then delete it:"
        " the next publishing puts the right one there."
    )


class DeliveryFailed(MonitorError):
    """A notification channel refused a message; the finding stays undelivered and is retried."""

    advice = "Check the channel with: mfa-monitor doctor"


class AnchorFailed(MonitorError):
    """A witness or timestamp authority did not vouch for a checkpoint; it is asked again later."""

    advice = "Look at [publish] in monitor.toml, and whether the service can be reached."
