"""What the check holds to be shipped is what images and jobs are made of."""

import io
import re
import zipfile
from importlib import metadata
from pathlib import Path

import msgspec
from releases import services

from stream_detectors import artifacts

ROOT = Path(__file__).parents[2]


def test_shipping_images_copy_what_is_watched() -> None:
    """Each folder of ours that a Dockerfile copies is among the service's, and the lock that it installs."""
    for service in services.read(ROOT):
        dockerfile = ROOT / service.folder / "Dockerfile"
        copied = (
            re.findall(r"^COPY ((?:libs|services)/\S+)", dockerfile.read_text(), re.MULTILINE)
            if dockerfile.exists()
            else []
        )
        watched = {path.rsplit("/", 1)[0] for path in service.ships}
        outside = [one for one in copied if not any(one == path or one.startswith(f"{path}/") for path in watched)]
        assert outside == []


def _libraries(service: services.Service) -> set[str]:
    return {path.split("/")[1] for path in service.ships if path.startswith("libs/")}


def test_shipping_images_copy_every_library() -> None:
    """Of each service with an image of our code. A library that is forgotten there is missed when a task starts."""
    copied = {
        service.name: set(
            re.findall(r"^COPY libs/([a-z]+)", (ROOT / service.folder / "Dockerfile").read_text(), re.MULTILINE)
        )
        for service in services.read(ROOT)
        if service.name.startswith(("ingest-", "kinesis-"))
    }

    assert copied.keys() >= {"ingest-binance", "kinesis-writer"}
    assert copied == {service.name: _libraries(service) for service in services.read(ROOT) if service.name in copied}


def test_shipping_the_job_has_every_library() -> None:
    with zipfile.ZipFile(io.BytesIO(artifacts.packages())) as archive:
        names = archive.namelist()
    packages = {name.split("/")[0] for name in names if ".dist-info/" not in name}
    (detectors,) = (service for service in services.read(ROOT) if service.name == "stream-detectors")

    assert packages == {"stream_detectors", *(f"coattail_{library}" for library in _libraries(detectors))}
    assert not [name for name in names if "/tests/" in name or "testing" in name]


def test_shipping_the_job_says_what_it_is(tmp_path: Path) -> None:
    """The image of the job has other people's packages alone: versions and modules are found in the zip, or nowhere."""
    (tmp_path / "packages.zip").write_bytes(artifacts.packages())
    found = {one.name: one for one in metadata.distributions(path=[str(tmp_path / "packages.zip")])}

    assert found["coattail-stream-detectors"].version == metadata.version("coattail-stream-detectors")
    assert [one.value for one in found["coattail-detectors"].entry_points] == ["coattail_detectors.modules"]


def test_shipping_a_service_is_built_when_its_libraries_change_and_no_others() -> None:
    for service in services.read(ROOT):
        workflow = msgspec.yaml.decode((ROOT / f".github/workflows/{service.name}.yml").read_bytes())
        triggers = workflow.get("on") or workflow[True]  # YAML 1.1 reads the key `on` as true
        for trigger in ("push", "pull_request"):
            watched = {path.split("/")[1] for path in triggers[trigger]["paths"] if path.startswith("libs/")}
            assert watched == _libraries(service), service.name


def test_shipping_names_the_libraries() -> None:
    ships = {service.name: service.ships for service in services.read(ROOT)}

    assert "libs/encoder/src" in ships["ingest-kraken"]
    assert "libs/encoder/src" not in ships["kinesis-writer"]
    assert all("libs/common/src" in paths for paths in ships.values())
