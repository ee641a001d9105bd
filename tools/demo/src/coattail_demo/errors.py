"""What ends a demo before its proof: one line that says what is wrong, where, and what to do."""

from typing import Final

INTERRUPTED: Final = 130
"""The exit code after Ctrl-C."""


class DemoError(Exception):
    """It cannot go on. `str(error)` is for people, `exit_code` for whoever started it."""

    exit_code = 1


class ConfigurationError(DemoError):
    """It was given something it cannot work with, or the machine lacks something."""

    exit_code = 2


class CloudSilentError(DemoError):
    """The local cloud does not answer as it should."""
