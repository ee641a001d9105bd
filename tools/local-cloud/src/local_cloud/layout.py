"""Where things lie: what this package brings, what it installs, and what a local cloud keeps while it runs."""

from pathlib import Path

import msgspec

from .errors import CloudError


class Layout(msgspec.Struct, frozen=True):
    """`bundle` holds localstack.lock and plugin/; `root` is the repository; `state` is one cloud's."""

    bundle: Path
    root: Path
    state: Path

    @property
    def lock(self) -> Path:
        return self.bundle / "localstack.lock"

    @property
    def plugin(self) -> Path:
        return self.bundle / "plugin"

    @property
    def venv(self) -> Path:
        return self.root / ".local" / "localstack" / "venv"

    @property
    def index(self) -> Path:
        """The folder below which LocalStack's index of AWS's APIs lies."""
        return self.venv / "index"

    @property
    def spark_jars(self) -> Path:
        """The jars that EMR's image has and PySpark has not."""
        return self.root / ".local" / "ivy" / "jars"

    @property
    def kafka_jars(self) -> Path:
        """The jars of a broker of Kafka."""
        return self.root / ".local" / "kafka" / "jars"

    @property
    def python(self) -> Path:
        """LocalStack's interpreter."""
        return self.venv / "bin" / "python"

    @property
    def record(self) -> Path:
        """The file that tells which process is this cloud."""
        return self.state / "cloud.json"

    @property
    def log(self) -> Path:
        return self.state / "localstack.log"

    @property
    def filesystem(self) -> Path:
        """LocalStack's own files."""
        return self.state / "localstack"

    @property
    def jobs(self) -> Path:
        """A folder for each EMR Serverless job run."""
        return self.state / "emr"

    @property
    def functions(self) -> Path:
        """A folder for each Lambda function: its handlers' logs and pids."""
        return self.state / "lambda"

    @property
    def kafka(self) -> Path:
        """The folder of the cloud's broker of Kafka."""
        return self.state / "kafka"

    @property
    def deployed(self) -> Path:
        """What the last deployments made, by address."""
        return self.state / "deployed.json"

    @property
    def of_the_demo(self) -> "Layout":
        """The cloud of the demo's default state folder, which stays up after `--keep`."""
        return Layout(self.bundle, self.root, self.root / ".local" / "demo" / "cloud")

    @property
    def kept(self) -> Path:
        """The demo's mark of a cloud that is to stay."""
        return self.state / "kept"

    @property
    def services(self) -> Path:
        """The folders of the services."""
        return self.root / "services"

    @property
    def packages(self) -> Path:
        """Lambda packages that have been built."""
        return self.root / ".local" / "lambda"

    @property
    def rendered(self) -> Path:
        """The local environment's Terraform plans."""
        return self.root / "infra" / "rendered" / "local"


def find_layout(state: Path | None = None) -> Layout:
    """From where this package lies: in a repository's tools/local-cloud, or in a repository of its own.

    Raises `CloudError` when it was installed away from its lock and its plugin.
    """
    tool = Path(__file__).resolve().parents[2]
    if not (tool / "localstack.lock").exists():
        raise CloudError(f"{tool} has no localstack.lock: install local-cloud in editable mode, from its own folder")
    root = tool.parents[1] if tool.parent.name == "tools" else tool
    return Layout(tool, root, (state or root / ".local" / "cloud").resolve())
