"""What the machine must have: terraform, Go and npm, each named in one line with the command that installs it."""

import os
import re
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass

from infra.offline.errors import SetupError


@dataclass(frozen=True)
class Tool:
    """A program on the PATH, the least version that will do, and how to get it."""

    name: str
    version_command: Sequence[str]
    minimum: tuple[int, int]
    install: str


TERRAFORM = Tool(
    "terraform",
    ("terraform", "version"),
    (1, 11),
    "brew install hashicorp/tap/terraform (Debian, Ubuntu: developer.hashicorp.com/terraform/install#linux)",
)
GO = Tool("go", ("go", "version"), (1, 22), "apt-get install golang-go (macOS: brew install go)")
NPM = Tool("npm", ("npm", "--version"), (8, 0), "apt-get install npm (macOS: brew install node)")


def require(*tools: Tool) -> None:
    """Raise SetupError for the first tool that is missing or too old."""
    for tool in tools:
        wanted = ".".join(str(part) for part in tool.minimum)
        if shutil.which(tool.name) is None:
            raise SetupError(f"{tool.name} {wanted} or later is needed and was not found. Install it: {tool.install}")
        found = version_of(tool)
        if found < tool.minimum:
            actual = ".".join(str(part) for part in found)
            raise SetupError(f"{tool.name} {wanted} or later is needed, {actual} was found. Install it: {tool.install}")


def version_of(tool: Tool) -> tuple[int, int]:
    """The major and minor version that a tool reports."""
    # Terraform complains of a broken CLI configuration of the user before it says anything else.
    environment = {**os.environ, "TF_CLI_CONFIG_FILE": os.devnull, "CHECKPOINT_DISABLE": "1"}
    answer = subprocess.run(tool.version_command, env=environment, capture_output=True, text=True, check=False).stdout
    match = re.search(r"(\d+)\.(\d+)", answer)
    if match is None:
        raise SetupError(f"{tool.name} did not tell its version. Install it again: {tool.install}")
    return int(match[1]), int(match[2])
