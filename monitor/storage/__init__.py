"""Stores for the ledger's three places: a directory, a container of Blob storage, and memory."""
