"""Where the bytes of the ledger stand: the three-method store."""
