"""The workflows: one for each service and one for the repository, with no more rights than they need and no commands of their own."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import msgspec
import pytest

_SHARED: Final = "service"
_OF_THE_REPOSITORY: Final = frozenset({"repository", "nightly"})
_COMMANDS: Final = ("./task ", "docker build ", "terraform init ", "terraform plan ")
_USES: Final = re.compile(r"^ *(?:- )?uses: (.*)$", re.MULTILINE)
_OURS: Final = re.compile(r"\./\.github/workflows/[\w-]+\.yml")
_PINNED: Final = re.compile(r"(?P<action>[\w-]+/[\w-]+)@(?P<commit>[0-9a-f]{40}) # v\d+\.\d+\.\d+")


@pytest.fixture(scope="module")
def workflows(root: Path) -> dict[str, dict[Any, Any]]:
    return {path.stem: msgspec.yaml.decode(path.read_bytes()) for path in (root / ".github/workflows").glob("*.yml")}


def _services(root: Path) -> set[str]:
    return {path.parent.name for path in (root / "services").glob("*/pyproject.toml")}


def _folders_linked_to(root: Path, service: str) -> set[Path]:
    """Return the folders of the files that the service's stack links to: a change there does not touch the link."""
    links = [path for path in (root / "infra/stacks" / service).rglob("*") if path.is_symlink()]
    assert links, f"infra/stacks/{service} links to no shared file"
    return {path.resolve().parent.relative_to(root) for path in links}


def _jobs(workflow: dict[Any, Any]) -> Iterator[dict[str, Any]]:
    yield from workflow["jobs"].values()


def _steps(workflow: dict[Any, Any]) -> Iterator[dict[str, Any]]:
    for job in _jobs(workflow):
        yield from job.get("steps", ())


def test_there_is_one_for_each_service_and_one_for_the_repository(
    workflows: dict[str, dict[Any, Any]], root: Path
) -> None:
    assert workflows.keys() == _services(root) | _OF_THE_REPOSITORY | {_SHARED}


def test_a_service_runs_when_what_it_is_made_of_changes(workflows: dict[str, dict[Any, Any]], root: Path) -> None:
    for service in _services(root):
        # YAML 1.1 reads the key `on` as true.
        triggers = workflows[service].get("on") or workflows[service][True]
        for trigger in ("push", "pull_request"):
            paths = triggers[trigger]["paths"]
            assert {f"services/{service}/**", "libs/common/**", f"infra/stacks/{service}/**"} <= set(paths)
            assert {f"{folder}/**" for folder in _folders_linked_to(root, service)} <= set(paths)
            assert {path for path in paths if not (root / path.removesuffix("/**")).exists()} == set()
        assert [job["with"]["service"] for job in _jobs(workflows[service])] == [service]


def test_detectors_run_when_their_configuration_changes(workflows: dict[str, dict[Any, Any]]) -> None:
    """The features and the tier files are the detectors' own: no folder of theirs holds them."""
    triggers = workflows["stream-detectors"].get("on") or workflows["stream-detectors"][True]
    for trigger in ("push", "pull_request"):
        assert {"config/features.yaml", "config/tiers/**"} <= set(triggers[trigger]["paths"])


def test_they_run_the_project_s_commands_and_none_of_their_own(
    workflows: dict[str, dict[Any, Any]], tasks: frozenset[str]
) -> None:
    runs = [step["run"].strip() for workflow in workflows.values() for step in _steps(workflow) if "run" in step]

    assert runs
    assert [run for run in runs if not run.startswith(_COMMANDS)] == []
    assert [run for run in runs if run.startswith("./task") and run.split()[1] not in tasks] == []


def test_workflows_pin_every_action_by_commit(workflows: dict[str, dict[Any, Any]], root: Path) -> None:
    """A tag can be moved to other code; a commit cannot. The comment carries the version, and one action has one commit."""
    lines = [line for path in (root / ".github/workflows").glob("*.yml") for line in _USES.findall(path.read_text())]
    parsed = [step for workflow in workflows.values() for step in _steps(workflow) if "uses" in step]
    parsed += [job for workflow in workflows.values() for job in _jobs(workflow) if "uses" in job]
    foreign = [line for line in lines if not _OURS.fullmatch(line)]
    pins = [_PINNED.fullmatch(line) for line in foreign]

    assert sorted(line.split(" #")[0] for line in lines) == sorted(one["uses"] for one in parsed)
    assert [line for line, pin in zip(foreign, pins, strict=True) if pin is None] == []
    assert len(set(foreign)) == len({pin["action"] for pin in pins if pin})


def test_they_may_read_and_no_more_but_for_the_token_of_the_plan(workflows: dict[str, dict[Any, Any]]) -> None:
    for name, workflow in workflows.items():
        assert workflow["permissions"] in ({}, {"contents": "read"}), name
        for job in _jobs(workflow):
            granted = job.get("permissions", workflow["permissions"])
            wants_token = "uses" in job or "configure-aws-credentials" in str(job.get("steps"))
            assert granted == {"contents": "read"} | ({"id-token": "write"} if wants_token else {}), name


def test_the_plan_runs_only_where_there_are_credentials(workflows: dict[str, dict[Any, Any]]) -> None:
    assert workflows[_SHARED]["jobs"]["plan"]["if"].startswith("vars.AWS_PLAN_ROLE_ARN != ''")


def test_workflows_that_check_releases_have_the_history(workflows: dict[str, dict[Any, Any]]) -> None:
    """A shallow clone lacks the released commits, and `./task check` can only say so."""
    jobs = [job["steps"] for workflow in workflows.values() for job in _jobs(workflow) if "steps" in job]
    checking = [steps for steps in jobs if any(one.get("run") in ("./task check", "./task test") for one in steps)]

    assert len(checking) >= 2
    for steps in checking:
        checkouts = [one for one in steps if one.get("uses", "").startswith("actions/checkout@")]
        assert [one.get("with", {}).get("fetch-depth") for one in checkouts] == [0]
