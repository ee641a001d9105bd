"""What every process of ours has: settings, logs and metrics, health, the bus, the link."""
