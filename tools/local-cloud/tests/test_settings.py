from pathlib import Path

import pytest

from local_cloud.errors import CloudError
from local_cloud.layout import Layout, find_layout
from local_cloud.settings import Kind, read_settings

LAYOUT = Layout(Path("/repo/tools/local-cloud"), Path("/repo"), Path("/repo/.local/cloud"))


def test_without_any_variable_it_is_host_mode_with_the_workspace_s_spark() -> None:
    settings = read_settings({}, LAYOUT)
    assert (settings.kind, settings.port, settings.spark_master) == (Kind.HOST, 4566, "local[2]")
    assert settings.spark_submit == Path("/repo/.venv/bin/spark-submit")
    assert settings.spark_python == Path("/repo/.venv/bin/python")
    assert settings.spark_defaults is None


def test_the_environment_is_read() -> None:
    settings = read_settings(
        {
            "LOCAL_CLOUD": "docker",
            "LOCAL_CLOUD_PORT": "4600",
            "UV": "/uv",
            "EMR_SPARK_SUBMIT": "/spark-submit",
            "EMR_PYTHON": "/python",
            "EMR_SPARK_MASTER": "local[4]",
            "EMR_SPARK_DEFAULTS": "/defaults.conf",
        },
        LAYOUT,
    )
    assert (settings.kind, settings.port, settings.uv) == (Kind.DOCKER, 4600, Path("/uv"))
    assert (settings.spark_submit, settings.spark_python) == (Path("/spark-submit"), Path("/python"))
    assert (settings.spark_master, settings.spark_defaults) == ("local[4]", Path("/defaults.conf"))


def test_a_given_port_comes_before_the_variable() -> None:
    assert read_settings({"LOCAL_CLOUD_PORT": "4600"}, LAYOUT, port=4700).port == 4700


@pytest.mark.parametrize(
    "environment", [{"LOCAL_CLOUD": "podman"}, {"LOCAL_CLOUD_PORT": "a"}, {"LOCAL_CLOUD_PORT": "0"}]
)
def test_a_bad_variable_is_named_with_what_to_do(environment: dict[str, str]) -> None:
    with pytest.raises(CloudError, match=r"LOCAL_CLOUD.*set it to"):
        read_settings(environment, LAYOUT)


def test_in_the_repository_the_tool_s_own_folder_is_the_bundle(tmp_path: Path) -> None:
    layout = find_layout(tmp_path)
    assert layout.lock.is_file()
    assert (layout.plugin / "pyproject.toml").is_file()
    assert layout.root / "tools" / "local-cloud" == layout.bundle
    assert layout.state == tmp_path


def test_a_broker_of_kafka_is_there_when_it_is_asked_for() -> None:
    assert read_settings({}, LAYOUT).kafka_port is None
    assert read_settings({"LOCAL_CLOUD_KAFKA": "9192"}, LAYOUT).kafka_port == 9192
    assert read_settings({"LOCAL_CLOUD_KAFKA": "9192"}, LAYOUT, kafka_port=9292).kafka_port == 9292
    with pytest.raises(CloudError, match="LOCAL_CLOUD_KAFKA=yes is no port"):
        read_settings({"LOCAL_CLOUD_KAFKA": "yes"}, LAYOUT)
