"""Where the hospital's sample day is."""

from pathlib import Path

import monitor
from monitor.errors import InvalidInput

SAMPLE = Path("samples") / "hospital-day.jsonl.gz"


def sample_path() -> Path:
    """Return the sample day of this checkout.

    Raises:
        InvalidInput: neither the current directory nor the checkout of this package has it.
    """
    checkout = Path(monitor.__file__).resolve().parent.parent
    for root in (Path.cwd(), checkout):
        if (root / SAMPLE).is_file():
            return root / SAMPLE
    raise InvalidInput(f"{SAMPLE} is not here: --sample needs a checkout of the project")
