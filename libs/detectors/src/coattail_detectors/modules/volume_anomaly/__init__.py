"""MOD-001: unusual volume."""
