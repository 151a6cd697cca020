"""The evidence ledger: one append-only log, committed by put-if-absent of numbered batches.

The rules this room keeps (docs/ledger-format.md is the specification):

1. Creating `b/<seq>` is the commit. Before it nothing has happened, after it nothing can be lost.
2. Nothing under `ledger/` is ever written over or deleted.
3. A refused or unanswered create is never taken for success: the object is read back.
4. Nothing is signed before it is committed, and nothing that contradicts what was signed before.

The room knows bytes and leaf kinds, nothing of MFA. It reads no clock: times are passed in.
"""
