"""New account -> enrolled, overdue, exempt: a pure state machine."""
