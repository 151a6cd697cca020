"""The Functions doors: one blueprint per trigger, no decisions (DESIGN section 2)."""
