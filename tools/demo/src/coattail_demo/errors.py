"""What ends a demo before its proof: one line that says what is wrong, where, and what to do."""

from coattail_harness.errors import HarnessError


class DemoError(HarnessError):
    """The demo cannot go on."""


class ConfigurationError(DemoError):
    """It was given something it cannot work with, or the machine lacks something."""

    exit_code = 2


class CloudSilentError(DemoError):
    """The local cloud does not answer as it should."""
