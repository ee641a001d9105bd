"""MOD-002: large trades and sweeps."""
