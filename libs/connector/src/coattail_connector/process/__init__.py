"""A connector as a process: start, health, metrics, end."""
