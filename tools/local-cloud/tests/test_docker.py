"""The image itself cannot be run everywhere: what is tested is the command that would run it."""

from local_cloud.docker import CONTAINER, IMAGE, run_command


def test_the_container_is_reached_on_the_loopback_alone() -> None:
    words = run_command(4600)
    assert words[:2] == ["docker", "run"]
    assert words[words.index("--publish") + 1] == "127.0.0.1:4600:4566"
    assert words[words.index("--name") + 1] == CONTAINER
    assert words[-1] == IMAGE == "localstack/localstack:4.14.0"


def test_only_services_that_the_image_has_are_asked_of_it() -> None:
    services = next(word for word in run_command(4566) if word.startswith("SERVICES="))
    assert "kinesis" in services
    assert "glue" not in services
    assert "emr-serverless" not in services
