"""Runs terraform on a fresh copy of the code, with the offline provider and nothing from the user's environment.

A copy, because `init` writes a lock file that names the offline provider's checksum: beside the sources it would
stand in the way of the real provider, and could be committed by mistake.
"""

import json
import os
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from infra.offline import layout
from infra.offline.errors import CheckError
from infra.offline.provider_build import CLI_CONFIG

_COPIED = ("modules", "stacks", "environments")
_LOCAL_STATE = 'terraform {\n  backend "local" {}\n}\n'


@dataclass(frozen=True)
class Root:
    """A directory of the working copy that terraform runs in: a stack, or a module with tests of its own."""

    name: str
    directory: Path

    def run(self, *arguments: str) -> str:
        """Run one terraform command here; raise CheckError with its messages when it fails."""
        return run_terraform(*arguments, directory=self.directory)

    def init(self) -> None:
        """Prepare the directory for the other commands."""
        self.run("init", "-input=false", "-no-color")

    def plan(self, environment: str) -> tuple[dict[str, Any], str]:
        """Plan the stack for an environment: the plan as JSON, and the graph of its resources in DOT notation."""
        files = [f"-var-file=../../environments/{environment}.tfvars"]
        own = self.directory / ".." / ".." / "environments" / environment / f"{self.name}.tfvars"
        if own.exists():
            files.append(f"-var-file=../../environments/{environment}/{self.name}.tfvars")
        self.run(
            "plan", "-input=false", "-no-color", "-compact-warnings", "-refresh=false", "-out=offline.plan", *files
        )
        document: dict[str, Any] = json.loads(self.run("show", "-no-color", "-json", "offline.plan"))
        return document, self.run("graph")


def run_terraform(*arguments: str, directory: Path) -> str:
    """Run one terraform command in a directory and return what it printed."""
    done = subprocess.run(
        ["terraform", *arguments],
        cwd=directory,
        env=_environment(directory),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        where = directory.relative_to(layout.WORK) if directory.is_relative_to(layout.WORK) else "."
        raise CheckError(f"terraform {arguments[0]} failed in infra/{where}:\n{done.stdout}{done.stderr}".rstrip())
    return done.stdout


def working_copy(work: Path = layout.WORK) -> Path:
    """Copy the Terraform code, and the configuration that it reads, to `work` and the folders beside it; return `work`.

    What a stack links to is a file of its own in the copy. Raises `CheckError` where a link leads to no file.
    """
    dangling = [path for path in layout.STACKS.rglob("*") if path.is_symlink() and not path.exists()]
    if dangling:
        raise CheckError(
            "\n".join(f"{_shown(path)} links to {path.readlink()}, which does not exist" for path in dangling)
        )
    shutil.rmtree(work.parent, ignore_errors=True)
    shutil.copytree(layout.CONFIG, work.parent / layout.CONFIG.relative_to(layout.ROOT))
    for name in _COPIED:
        shutil.copytree(
            layout.INFRA / name, work / name, ignore=shutil.ignore_patterns(".terraform*", "*.tfstate*", "*.plan")
        )
    for stack in (work / "stacks").iterdir():
        # `plan` insists on a configured backend; the real one (S3) is not reachable offline.
        (stack / "backend_override.tf").write_text(_LOCAL_STATE)
    return work


def _shown(path: Path) -> str:
    return str(path.relative_to(layout.ROOT))


def stacks(work: Path) -> list[Root]:
    """The stacks of the working copy, in the order of their deployment."""
    found = {path.name for path in (work / "stacks").iterdir() if path.is_dir()}
    if found != set(layout.STACK_ORDER):
        strays = ", ".join(sorted(found.symmetric_difference(layout.STACK_ORDER)))
        raise CheckError(f"infra/stacks and STACK_ORDER in infra/offline/layout.py differ: {strays}")
    return [Root(name, work / "stacks" / name) for name in layout.STACK_ORDER]


def modules(work: Path) -> list[Root]:
    """The modules of the working copy."""
    return [Root(path.name, path) for path in sorted((work / "modules").iterdir()) if path.is_dir()]


def _environment(directory: Path) -> Mapping[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("TF_", "AWS_"))}
    return {
        **kept,
        "CHECKPOINT_DISABLE": "1",
        "TF_CLI_CONFIG_FILE": str(CLI_CONFIG),
        "TF_DATA_DIR": str(layout.LOCAL / "data" / directory.parent.name / directory.name),
        "TF_IN_AUTOMATION": "1",
    }
