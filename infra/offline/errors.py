"""The two ways in which this tool ends without success."""


class SetupError(Exception):
    """The machine lacks something; the message is one line and names the command that mends it (exit code 2)."""


class CheckError(Exception):
    """The Terraform code or its rendered plan is not as it should be (exit code 1)."""
