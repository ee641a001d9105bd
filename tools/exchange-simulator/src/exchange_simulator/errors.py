"""Failures that a person can mend: what was wrong, where, and what to do, in one line."""


class UsageError(Exception):
    """The simulator cannot start, or cannot do as told, because of what it was given."""
