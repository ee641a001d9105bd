"""The Spark application as a process: the deployed one, with its tables in a folder and its AWS on this machine."""

import sys
from pathlib import Path
from typing import Any, Final

import msgspec

from coattail_chaos.spark import DATABASE, ROOT, environment
from coattail_chaos.supervisor import Service
from coattail_harness.processes import Command
from stream_detectors.checkpoint import PROPERTY, CheckpointStore

LANDING_SECONDS: Final = 2
_STOP_SECONDS: Final = 180.0
"""SIGTERM makes it land for the last time, and a machine may be busy."""
STARTED: Final = "starting"
"""The line of its log with which it has resumed."""


class Place:
    """The folders of a run, and what stands in them."""

    def __init__(self, folder: Path) -> None:
        self.warehouse = folder / "warehouse"
        self.scratch = folder / "scratch"
        self.seals = folder / "seals"
        self.log = folder / "logs" / "stream-detectors.log"

    def sealed(self) -> dict[str, int]:
        """Return the positions of the newest committed checkpoint, by shard; nothing before the first."""
        folder = self.warehouse / DATABASE / "raw_trades" / "metadata"
        try:
            version = (folder / "version-hint.text").read_text().strip()
            metadata: dict[str, Any] = msgspec.json.decode((folder / f"v{version}.metadata.json").read_bytes())
        except FileNotFoundError:
            return {}
        by_id = {one["snapshot-id"]: one for one in metadata["snapshots"]}
        name = by_id.get(metadata.get("current-snapshot-id"), {}).get("summary", {}).get(PROPERTY)
        found = None if name is None else CheckpointStore.at(str(self.seals), "us-west-2", None).find(name)
        return {} if found is None else {shard: int(number) for shard, number in found.positions.items()}


def application(place: Place, port: int) -> Service:
    """The application, which reads the stream and sends to the bus at this port."""
    place.scratch.mkdir(parents=True)
    words = (
        *(sys.executable, "-m", "stream_detectors"),
        *("--catalog", "hadoop", "--warehouse", place.warehouse.as_uri(), "--database", DATABASE),
        *("--seals", str(place.seals), "--bus", "coattail", "--landing-seconds", str(LANDING_SECONDS)),
        *("--features", str(ROOT / "config/features.yaml"), "--tier", str(ROOT / "config/tiers/small.yaml")),
    )
    variables = {
        **environment(place.scratch),
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}",
        "AWS_ACCESS_KEY_ID": "chaos",
        "AWS_SECRET_ACCESS_KEY": "chaos",
        "AWS_EC2_METADATA_DISABLED": "true",
    }
    return Service("stream-detectors", lambda: Command(words, variables), place.log, stop_seconds=_STOP_SECONDS)
