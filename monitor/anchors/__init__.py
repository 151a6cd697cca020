"""Witnesses and timestamp authorities over the network: what they say becomes ledger objects."""
