"""Which trades did not come, and how they are fetched."""
