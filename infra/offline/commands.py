"""What `python -m infra.offline` can do."""

import difflib
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from infra.offline import layout, prerequisites, provider_build, symbols
from infra.offline.coverage import Carrier, Coverage
from infra.offline.errors import CheckError
from infra.offline.rendering import render
from infra.offline.terraform import Root, modules, run_terraform, stacks, working_copy

type Plans = dict[str, tuple[dict[str, Any], str]]
"""By stack, its plan and the graph of its resources; see `Root.plan`."""

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
    work = layout.WORK
    for root in [*modules(work), *prepared]:
        _say(f"terraform validate, test: {root.directory.relative_to(work)}")
        root.init()
        root.run("validate", "-no-color")
        if any((root.directory / "tests").glob("*.tftest.hcl")):
            sys.stdout.write(root.run("test", "-no-color"))
    for other in sorted(path.stem for path in (work / "environments").glob("*.tfvars")):
        if other != environment:
            _say(f"plan for {other}, and which tasks carry its markets")
            _sound(other, _planned(prepared, other))
    _say(f"rendered plan for {environment}, and which tasks carry its markets")
    plans = _planned(prepared, environment)
    _sound(environment, plans)
    _compare(_documents(plans), environment)


def check_symbols(environments: Sequence[str], *, as_json: bool) -> None:
    """Say which tasks carry the markets of each environment's list.

    Raises CheckError when a market is carried by none, by several without that being declared, or is not in the list.
    """
    known = sorted(path.stem for path in layout.ENVIRONMENTS.glob("*.tfvars"))
    if strangers := sorted(set(environments) - set(known)):
        raise CheckError(f"infra/environments has no {', '.join(strangers)}; it has {', '.join(known)}")
    prepared = _prepared(*symbols.concerned(layout.STACK_ORDER))
    reports, faults = {}, []
    for environment in environments or known:
        listed, carriers, found = _carried(_planned(prepared, environment))
        faults += [f"{environment}: {fault}" for fault in found.faults()]
        reports[environment] = {
            "listed": listed,
            "carriers": [asdict(carrier) | {"markets": carrier.carried(listed)} for carrier in carriers],
            "faults": found.faults(),
        }
        if not as_json:
            _say(f"{environment}: {len(listed)} markets in the list")
            for carrier in carriers:
                how = "as they are listed" if carrier.markets is None else "by its SYMBOLS"
                carried = ", ".join(carrier.carried(listed)) or "nothing"
                _say(f"{environment}: {carrier.count} × {carrier.name}, {how}: {carried}")
    if as_json:
        sys.stdout.write(json.dumps(reports, indent=2) + "\n")
    if faults:
        raise CheckError("\n".join(faults))


def run_in_stack(name: str, arguments: list[str]) -> None:
    """Run any terraform command in a stack of the working copy, offline."""
    for stack in _prepared(name):
        sys.stdout.write(stack.run(*arguments))


def _prepared(*only: str) -> list[Root]:
    provider_build.ensure_built()
    wanted = [stack for stack in stacks(working_copy()) if not only or stack.name in only]
    for stack in wanted:
        stack.init()
    return wanted


def _render_all(prepared: list[Root], environment: str) -> dict[str, str]:
    return _documents(_planned(prepared, environment))


def _planned(prepared: list[Root], environment: str) -> Plans:
    deployed = layout.deployed(environment)
    return {stack.name: stack.plan(environment) for stack in prepared if stack.name in deployed}


def _documents(plans: Plans) -> dict[str, str]:
    return {f"{name}.json": render(name, plan, graph, tuple(plans)) for name, (plan, graph) in plans.items()}


def _carried(plans: Plans) -> tuple[tuple[str, ...], list[Carrier], Coverage]:
    return symbols.of_plans({name: plan for name, (plan, _) in plans.items()})


def _sound(environment: str, plans: Plans) -> None:
    *_, found = _carried(plans)
    if not found.sound:
        raise CheckError("\n".join(f"{environment}: {fault}" for fault in found.faults()))


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
