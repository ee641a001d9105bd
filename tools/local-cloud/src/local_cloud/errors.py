"""What ends a command: one line that says what is wrong, where, and what to do."""


class CloudError(Exception):
    """`str(error)` is for people. `exit_code` is what the command ends with."""

    exit_code = 1


class PortInUseError(CloudError):
    """Something else listens where LocalStack should."""

    exit_code = 2


class NotRunningError(CloudError):
    """The command needs a local cloud and there is none."""

    exit_code = 3
