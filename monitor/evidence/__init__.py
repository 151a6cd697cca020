"""The pack an auditor takes home: the entries of a period, with proof that none was left out.

A pack is checked with `standalone.py` alone, which shares no code with the rest and which auditors
get as `docs/verify.py`. Nothing here is trusted by it: not the manifest, not the views.
"""
