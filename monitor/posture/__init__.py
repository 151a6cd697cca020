"""The MFA posture of a tenant: its documents, and the fold of audit events over them."""
