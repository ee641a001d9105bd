"""What ends a run before its verdict."""


class ChaosError(Exception):
    """It cannot go on; the message says what is wrong, and what to do."""
