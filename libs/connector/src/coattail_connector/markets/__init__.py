"""Which markets are followed."""
