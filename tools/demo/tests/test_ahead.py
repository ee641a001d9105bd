"""The orders of the Spark driver that starts beside LocalStack."""

import json
from pathlib import Path

import pytest
from localstack_host_plugin.emr.submission import Spark, command, read

from coattail_demo.ahead import describe, planned_tier
from coattail_demo.detectors import application_arguments
from coattail_demo.errors import ConfigurationError
from coattail_demo.layout import find_layout
from coattail_demo.spark_defaults import properties
from coattail_detectors.kernel import tiers


def test_the_description_has_every_file_that_the_command_names(tmp_path: Path) -> None:
    layout = find_layout(tmp_path)
    for _ in range(2):
        folder = describe(layout, layout.demo_features, application_arguments(7))
    request = json.loads((folder / "request.json").read_text())
    submit = request["jobDriver"]["sparkSubmit"]
    named = [submit["entryPoint"], *submit["sparkSubmitParameters"].replace(",", " ").split()]
    files = [word.removeprefix("s3://") for word in named if word.startswith("s3://")]
    assert len(files) == 4
    assert all((folder / "objects" / file).is_file() for file in files)
    [shipped] = [folder / "objects" / file for file in files if file.endswith("/tier.yaml")]
    assert tiers.load(shipped) == tiers.load(layout.root / "config/tiers/small.yaml")
    assert "--landing-seconds=7" in submit["entryPointArguments"]
    assert (request["region"], request["hold"]) == ("us-west-2", "STREAM_DETECTORS_HOLD")


def test_driver_keeps_the_machines_memory(tmp_path: Path) -> None:
    """The tier's sizes are for EMR Serverless: here the driver has the memory of the demo's properties file, no less and no more."""
    layout = find_layout(tmp_path)
    request = json.loads((describe(layout, layout.demo_features, ()) / "request.json").read_text())
    tier = tiers.load(layout.root / "config/tiers/small.yaml")
    words = command(read(request["jobDriver"], {}), Spark(Path("spark-submit"), "local[2]", layout.spark_defaults))
    settings = {word.partition("=")[0] for word in words}

    assert tier.workers
    assert settings & tier.workers.confs().keys() == set()
    assert settings >= tier.spark.keys()
    assert words[words.index("--properties-file") + 1] == str(layout.spark_defaults)
    assert properties(layout)["spark.driver.memory"] == "3g"


def test_a_features_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    layout = find_layout(tmp_path)
    with pytest.raises(ConfigurationError, match=r"nothing\.yaml: No such file"):
        describe(layout, tmp_path / "nothing.yaml", ())


@pytest.mark.parametrize(
    ("plan", "message"), [("{}", "is no rendered plan"), ('{"resources": []}', "no parameter .*tier; run `./task")]
)
def test_a_plan_without_a_tier_is_named(tmp_path: Path, plan: str, message: str) -> None:
    path = tmp_path / "platform.json"
    path.write_text(plan)
    with pytest.raises(ConfigurationError, match=message):
        planned_tier(path)
