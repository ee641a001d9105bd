"""Where things lie: the repository's files that the demo uses, and what a demo keeps."""

import sys
from pathlib import Path

import msgspec


class Layout(msgspec.Struct, frozen=True):
    """`root` is the repository; `state` is one demo's own folder."""

    root: Path
    state: Path

    @property
    def logs(self) -> Path:
        """A file for each process."""
        return self.state / "logs"

    @property
    def cloud(self) -> Path:
        """The local cloud's state; below it, in `emr/<job run>`, the Spark driver's logs."""
        return self.state / "cloud"

    @property
    def kept(self) -> Path:
        """Marks a cloud that its user wants to keep: the next demo goes on with it."""
        return self.cloud / "kept"

    @property
    def deployed(self) -> Path:
        """What is deployed to the cloud, written by `local-cloud`."""
        return self.cloud / "deployed.json"

    @property
    def jobs(self) -> Path:
        """A folder for each EMR Serverless job run."""
        return self.cloud / "emr"

    @property
    def cursors(self) -> Path:
        """The connectors' cursors; they go with the cloud, in which the trades are that they speak of."""
        return self.cloud / "cursors"

    @property
    def ahead(self) -> Path:
        """The orders of the Spark driver that starts beside LocalStack."""
        return self.state / "ahead"

    @property
    def lock(self) -> Path:
        """Held while a demo runs here."""
        return self.state / "lock"

    @property
    def processes(self) -> Path:
        """The processes of the demo that runs here, or that ended without ending them."""
        return self.state / "processes.json"

    @property
    def scenario(self) -> Path:
        """The scenario of a demo that goes on with a kept cloud."""
        return self.state / "scenario.yaml"

    @property
    def spark_defaults(self) -> Path:
        """The properties of Spark on this machine."""
        return self.state / "spark-defaults.conf"

    @property
    def jars(self) -> Path:
        """Iceberg's jars, put there by `./task setup`."""
        return self.root / ".local" / "ivy" / "jars"

    @property
    def plans(self) -> Path:
        """The local environment's Terraform plans."""
        return self.root / "infra" / "rendered" / "local"

    @property
    def features(self) -> Path:
        """Which modules run, and how."""
        return self.root / "config" / "features.yaml"

    @property
    def demo_features(self) -> Path:
        """The same for generated markets: windows short enough for a minute."""
        return self.root / "config" / "demo.yaml"

    @property
    def demo_scenario(self) -> Path:
        """What is generated unless a scenario is given."""
        return self.root / "config" / "scenarios" / "demo.yaml"

    @property
    def python(self) -> Path:
        """The interpreter of every process of ours."""
        return Path(sys.executable)

    @property
    def binaries(self) -> Path:
        """Where `spark-submit` and the services' scripts are."""
        return self.python.parent


def find_layout(state: Path | None = None) -> Layout:
    """From where this package lies in the repository."""
    root = Path(__file__).resolve().parents[4]
    return Layout(root, (state or root / ".local" / "demo").absolute())
