"""Stores for the ledger's three places: a directory, and memory for tests and dry runs."""
