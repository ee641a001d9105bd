"""What `python -m infra.offline` can do."""

import difflib
import sys
from pathlib import Path

from infra.offline import layout, prerequisites, provider_build
from infra.offline.errors import CheckError
from infra.offline.rendering import render
from infra.offline.terraform import Root, modules, run_terraform, stacks, working_copy

RENDER_COMMAND = "./task infra:render"


def write_rendered(environment: str) -> None:
    """Plan every stack and write infra/rendered/<environment>/<stack>.json."""
    _say(f"planning for {environment}")
    directory = layout.RENDERED / environment
    directory.mkdir(parents=True, exist_ok=True)
    documents = _render_all(_prepared(), environment)
    for name, document in documents.items():
        (directory / name).write_text(document)
    for stray in directory.glob("*.json"):
        if stray.name not in documents:
            stray.unlink()
    _say(f"wrote {len(documents)} files in {directory.relative_to(layout.ROOT)}")


def check_rendered(environment: str) -> None:
    """Plan every stack and raise CheckError with the difference when what is kept in the repository is not current."""
    _compare(_render_all(_prepared(), environment), environment)


def check_all(environment: str) -> None:
    """Check formatting, the offline provider, validity, the Terraform tests and that the rendered plan is current.

    Raises CheckError at the first fault.
    """
    prerequisites.require(prerequisites.TERRAFORM)
    _say("terraform fmt")
    run_terraform("fmt", "-check", "-diff", "-recursive", "-no-color", directory=layout.INFRA)
    _say("the offline provider: go vet, test")
    prepared = _prepared()
    provider_build.check_sources()
    work = layout.LOCAL / "work"
    for root in [*modules(work), *prepared]:
        _say(f"terraform validate, test: {root.directory.relative_to(work)}")
        root.init()
        root.run("validate", "-no-color")
        if any((root.directory / "tests").glob("*.tftest.hcl")):
            sys.stdout.write(root.run("test", "-no-color"))
    for other in sorted(path.stem for path in (work / "environments").glob("*.tfvars")):
        if other != environment:
            _say(f"plan for {other}")
            _render_all(prepared, other)
    _say(f"rendered plan for {environment}")
    _compare(_render_all(prepared, environment), environment)


def run_in_stack(name: str, arguments: list[str]) -> None:
    """Run any terraform command in a stack of the working copy, offline."""
    for stack in _prepared(only=name):
        sys.stdout.write(stack.run(*arguments))


def _prepared(only: str | None = None) -> list[Root]:
    provider_build.ensure_built()
    wanted = [stack for stack in stacks(working_copy()) if only in (None, stack.name)]
    for stack in wanted:
        stack.init()
    return wanted


def _render_all(prepared: list[Root], environment: str) -> dict[str, str]:
    return {f"{stack.name}.json": render(stack.name, *stack.plan(environment)) for stack in prepared}


def _compare(documents: dict[str, str], environment: str) -> None:
    directory = layout.RENDERED / environment
    kept = {path.name: path.read_text() for path in directory.glob("*.json")}
    differences = [
        line
        for name in sorted(documents.keys() | kept.keys())
        for line in difflib.unified_diff(
            kept.get(name, "").splitlines(keepends=True),
            documents.get(name, "").splitlines(keepends=True),
            f"{_shown(directory)}/{name} (kept)",
            f"{name} (planned)",
        )
    ]
    if differences:
        raise CheckError(
            f"{''.join(differences)}\n{_shown(directory)} is out of date: the Terraform code says something else. "
            f"Mend it: {RENDER_COMMAND}"
        )


def _shown(path: Path) -> str:
    return str(path.relative_to(layout.ROOT))


def _say(line: str) -> None:
    sys.stdout.write(f"infra: {line}\n")
    sys.stdout.flush()
