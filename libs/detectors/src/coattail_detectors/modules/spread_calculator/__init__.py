"""MOD-003: the same asset at two exchanges."""
