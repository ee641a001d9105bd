"""What can go wrong."""


class ScaffoldError(Exception):
    """The files cannot be written. The text says why, and what to do."""
