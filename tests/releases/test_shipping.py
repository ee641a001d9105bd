"""What the check holds to be shipped is what images and jobs are made of."""

import re
from pathlib import Path

from releases import services

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


def test_shipping_names_the_libraries() -> None:
    ships = {service.name: service.ships for service in services.read(ROOT)}

    assert "libs/encoder/src" in ships["ingest-kraken"]
    assert "libs/encoder/src" not in ships["kinesis-writer"]
    assert all("libs/common/src" in paths for paths in ships.values())
