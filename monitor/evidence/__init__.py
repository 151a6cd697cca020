"""The pack an auditor takes home: entries, proofs, views of them, and the means to check it."""
