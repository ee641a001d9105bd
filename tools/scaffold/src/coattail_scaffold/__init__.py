"""Writes the files that a new exchange begins with."""
