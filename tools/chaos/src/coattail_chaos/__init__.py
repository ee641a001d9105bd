"""Breaks ingest in every way that is known, counts how often, and proves that nothing was lost."""
