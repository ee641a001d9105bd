"""What a job run is made of: the files that are uploaded for it, and the command that EMR Serverless is asked to run.

Nothing here imports Spark, so that who prepares a run need not wait for that.
"""

import io
import zipfile
from collections.abc import Sequence
from importlib.metadata import Distribution, distribution, entry_points
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any, Final

from coattail_detectors.discovery import GROUP
from coattail_detectors.kernel.tiers import Tier

PREFIX: Final = "stream-detectors"
"""Of the keys in the bucket."""
_PACKAGES: Final = {
    "stream_detectors": "coattail-stream-detectors",
    "coattail_detectors": "coattail-detectors",
    "coattail_decoder": "coattail-decoder",
    "coattail_runtime": "coattail-runtime",
    "coattail_common": "coattail-common",
}
"""By the name that they are imported by, the one that they are installed by."""
_ENTRY_POINT: Final = "from stream_detectors.__main__ import main\n\nmain()\n"
_TIME: Final = (1980, 1, 1, 0, 0, 0)
"""Of each file in the zip: the same code makes the same zip."""


def bucket(environment: str) -> str:
    """The bucket that the files go to."""
    return f"coattail-{environment}-artifacts"


def uploads(features: Path, tier: Tier) -> dict[str, bytes]:
    """The files by name. The tier goes as one file, with all that it extends. Raises `OSError` for a features file that cannot be read."""
    return {
        "main.py": _ENTRY_POINT.encode(),
        "packages.zip": packages(),
        "features.yaml": features.read_bytes(),
        "tier.yaml": tier.encode(),
    }


def job_driver(environment: str, region: str, tier: Tier, arguments: Sequence[str]) -> dict[str, Any]:
    """StartJobRun's `jobDriver`, with the tier's workers and Spark settings. `arguments` are further ones of the application.

    Raises `FeaturesError` for a tier without workers.
    """
    artifacts = f"s3://{bucket(environment)}/{PREFIX}"
    submit = {
        "entryPoint": f"{artifacts}/main.py",
        "entryPointArguments": [
            f"--warehouse=s3://coattail-{environment}-lake/warehouse",
            f"--seals=s3://coattail-{environment}-checkpoints/stream-detectors",
            f"--region={region}",
            *arguments,
        ],
        "sparkSubmitParameters": " ".join(
            [
                f"--py-files {artifacts}/packages.zip",
                f"--files {artifacts}/features.yaml,{artifacts}/tier.yaml",
                *(f"--conf {name}={value}" for name, value in tier.confs().items()),
            ]
        ),
    }
    return {"sparkSubmit": submit}


def packages() -> bytes:
    """This package, our libraries and whatever else has detectors, as a zip. Modules and versions are found by the metadata in it."""
    others = {point.module.split(".")[0]: point.dist.name for point in entry_points(group=GROUP) if point.dist}
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for package, name in {**others, **_PACKAGES}.items():
            _add(archive, files(package), package)
            _add_metadata(archive, distribution(name))
    return buffer.getvalue()


def _add(archive: zipfile.ZipFile, folder: Traversable, path: str) -> None:
    for entry in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if entry.is_dir() and entry.name not in {"__pycache__", "tests"}:
            _add(archive, entry, f"{path}/{entry.name}")
        elif entry.name.endswith((".py", ".typed")):
            _write(archive, f"{path}/{entry.name}", entry.read_bytes())


def _add_metadata(archive: zipfile.ZipFile, package: Distribution) -> None:
    folder = f"{package.name.replace('-', '_')}-{package.version}.dist-info"
    _write(
        archive,
        f"{folder}/METADATA",
        f"Metadata-Version: 2.1\nName: {package.name}\nVersion: {package.version}\n".encode(),
    )
    if points := package.read_text("entry_points.txt"):
        _write(archive, f"{folder}/entry_points.txt", points.encode())


def _write(archive: zipfile.ZipFile, name: str, content: bytes) -> None:
    archive.writestr(zipfile.ZipInfo(name, _TIME), content, zipfile.ZIP_DEFLATED)
