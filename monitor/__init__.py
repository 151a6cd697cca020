"""Tells when a change in Microsoft Entra ID let someone in without MFA, and proves it later."""
