"""What ends a command with one line."""


class ReleasesError(Exception):
    """A fault in `releases.toml` or in a service: exit code 1."""


class SetupError(Exception):
    """The machine lacks something, e.g. git: exit code 2."""
