"""Runs every bench in turn: `python -m bench`."""

import importlib

BENCHES = ("events", "ledger", "storage", "coverage", "corridor", "alerts", "coldstart")


def main() -> None:
    """Run them; each checks its own results before it prints a figure."""
    for name in BENCHES:
        print(f"== {name}")
        importlib.import_module(f"bench.{name}").main()


if __name__ == "__main__":
    main()
