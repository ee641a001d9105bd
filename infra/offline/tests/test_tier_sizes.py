"""A tier's workers fit its application: the sizes of config/tiers, and the maximum of the Terraform code."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from infra.offline import layout

from coattail_detectors import ModuleRegistry
from coattail_detectors.kernel import features, tiers
from coattail_detectors.kernel.workers import Capacity

STACK = layout.STACKS / "stream-detectors" / "main.tf"
SIZES = re.compile(r'^ +(\w+) += { cpu = "(\d+) vCPU", memory = "(\d+) GB", disk = "(\d+) GB" }$', re.MULTILINE)
TIERS = ("small", "medium", "large")


def maxima() -> dict[str, Capacity]:
    """The maximum of each tier, as the stack of the detectors says it."""
    [block] = re.findall(r"^  capacity_by_tier = {\n(.*?)^  }$", STACK.read_text(), re.MULTILINE | re.DOTALL)
    assert len(SIZES.findall(block)) == len(block.splitlines())
    return {tier: Capacity(int(cpu), int(memory), int(disk)) for tier, cpu, memory, disk in SIZES.findall(block)}


def rendered(stack: str, type_: str) -> list[dict[str, Any]]:
    """The resources of a type in the plan of the local environment."""
    document = json.loads((layout.RENDERED / "local" / f"{stack}.json").read_text())
    return [each["values"] for each in document["resources"] if each["type"] == type_]


def parameter(name: str) -> str:
    """The value of a parameter below `features/` in that plan."""
    [value] = (
        one["value"] for one in rendered("platform", "aws_ssm_parameter") if one["name"].endswith(f"/features/{name}")
    )
    return str(value)


def test_every_tier_has_file_and_maximum() -> None:
    """A tier is one of three, in both places."""
    assert {path.stem for path in layout.TIERS.glob("*.yaml")} == set(maxima()) == set(TIERS)


@pytest.mark.parametrize("tier", TIERS)
def test_workers_fit_maximum(tier: str) -> None:
    """A worker beyond the maximum waits without end; an executor more than there is would leave part of the maximum unused."""
    workers = tiers.load(layout.TIERS / f"{tier}.yaml").workers
    assert workers

    assert workers.capacity.fits(maxima()[tier])
    one_more = Capacity(
        workers.capacity.vcpu + workers.executor.vcpu,
        workers.capacity.memory_gb + workers.executor.memory_gb,
        workers.capacity.disk_gb + workers.executor.disk_gb,
    )
    assert not one_more.fits(maxima()[tier])


def test_maximum_is_what_is_planned() -> None:
    """What is read from the code by its text is what Terraform plans for the environment's tier."""
    [application] = rendered("stream-detectors", "aws_emrserverless_application")
    maximum = maxima()[parameter("tier")]

    assert application["maximum_capacity"] == [
        {
            "cpu": f"{maximum.vcpu} vCPU",
            "memory": f"{maximum.memory_gb} GB",
            "disk": f"{maximum.disk_gb} GB",
        }
    ]


def test_planned_modules_are_the_tiers() -> None:
    """Terraform reads the tier files and the overrides as the detectors do."""
    tier = tiers.load(layout.TIERS / f"{parameter('tier')}.yaml")
    wishes = features.load(layout.TIERS.parent / "features.yaml", ModuleRegistry.load().modules)

    assert json.loads(parameter("modules")) == list(wishes.overridden(tier.modules))


def test_terraform_and_detectors_override_alike() -> None:
    """The module's own test asserts this list of the same files."""
    folder = layout.INFRA / "modules" / "feature-tier" / "tests"
    asserted = re.findall(r"output\.modules == tolist\((\[.*?\])\)", (folder / "tier.tftest.hcl").read_text())
    wishes = features.load(folder / "overrides.yaml", [])

    assert json.loads(asserted[len(TIERS)]) == list(wishes.overridden(tiers.load(folder / "tiers/small.yaml").modules))


@pytest.mark.parametrize("tier", TIERS)
def test_terraform_and_detectors_read_extends_alike(tier: str) -> None:
    """The module's own tests assert these lists of the same files."""
    folder = layout.INFRA / "modules" / "feature-tier" / "tests"
    asserted = re.findall(r"output\.modules == tolist\((\[.*?\])\)", (folder / "tier.tftest.hcl").read_text())

    assert json.loads(asserted[TIERS.index(tier)]) == list(tiers.load(Path(folder, "tiers", f"{tier}.yaml")).modules)
