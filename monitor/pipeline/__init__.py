"""The corridor: one batch in, one commit out (DESIGN section 1)."""

from monitor.pipeline.outcome import Filed, Outcome

__all__ = ["Filed", "Outcome"]
