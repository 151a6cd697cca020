"""Finding -> message -> Apprise; follows the ledger."""
