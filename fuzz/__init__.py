"""Millions of inputs that nobody would send, put to every parser: `./task fuzz`."""
