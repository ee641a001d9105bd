"""What ends a replay: one line that says what is wrong, where, and what to do."""


class ReplayError(Exception):
    """The replay cannot go on. `str(error)` is for people, `exit_code` for the calling process."""

    exit_code = 1


class InputError(ReplayError):
    """A file or an option cannot be used. Nothing has been written."""

    exit_code = 2
