"""The SQLite projections of the ledger: state and history; thrown away and rebuilt at will."""
