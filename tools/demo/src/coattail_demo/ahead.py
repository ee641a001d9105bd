"""The Spark driver that starts beside LocalStack: a description of the job run that will be asked for, and the files it will have.

A driver takes most of a demo's start. It loads, warms up and waits; the StartJobRun that comes when the cloud is up takes it over.
"""

import json
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import msgspec

from coattail_demo import aws
from coattail_demo.errors import ConfigurationError
from coattail_demo.layout import Layout
from coattail_detectors.kernel import tiers
from coattail_detectors.kernel.errors import FeaturesError
from stream_detectors.artifacts import PREFIX, bucket, job_driver, uploads

_TIER: Final = f"/coattail/{aws.ENVIRONMENT}/features/tier"


class Resource(msgspec.Struct, frozen=True):
    """A resource of a rendered plan, as far as it concerns us."""

    values: dict[str, Any]


class Plan(msgspec.Struct, frozen=True):
    """A rendered plan, as far as it concerns us."""

    resources: list[Resource]


def describe(layout: Layout, features: Path, arguments: Sequence[str]) -> Path:
    """Write the description, in place of an earlier one, and return its folder. Raises `ConfigurationError` for a file that is missing."""
    folder = layout.ahead
    shutil.rmtree(folder, ignore_errors=True)
    try:
        tier = tiers.load(layout.root / "config" / "tiers" / f"{planned_tier(layout.plans / 'platform.json')}.yaml")
        driver = job_driver(aws.ENVIRONMENT, aws.REGION, tier, arguments)
        objects = folder / "objects" / bucket(aws.ENVIRONMENT) / PREFIX
        objects.mkdir(parents=True)
        for name, content in uploads(features, tier).items():
            (objects / name).write_bytes(content)
    except OSError as error:
        raise ConfigurationError(f"{error.filename}: {error.strerror}") from error
    except FeaturesError as error:
        raise ConfigurationError(str(error)) from error
    request = {
        "jobDriver": driver,
        "region": aws.REGION,
        "hold": "STREAM_DETECTORS_HOLD",
    }
    (folder / "request.json").write_text(json.dumps(request))
    return folder


def planned_tier(plan: Path) -> str:
    """The tier that the platform's plan will put into the parameter store. Raises `ConfigurationError` where it has none, and `OSError`."""
    try:
        resources = msgspec.json.decode(plan.read_bytes(), type=Plan).resources
    except msgspec.DecodeError as error:
        raise ConfigurationError(f"{plan} is no rendered plan: {error}") from error
    found = [str(one.values["value"]) for one in resources if one.values.get("name") == _TIER]
    if not found:
        raise ConfigurationError(f"{plan} has no parameter {_TIER}; run `./task infra:render`")
    return found[0]
