"""Fixtures of the ledger's tests."""

from pathlib import Path

import pytest

VECTORS = Path(__file__).parents[3] / "shared" / "vectors"


@pytest.fixture
def vectors() -> Path:
    """The folder of public vectors that may lie beside the checkout."""
    if not VECTORS.is_dir():
        pytest.skip("../shared is not here")
    return VECTORS
