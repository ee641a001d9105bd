"""Where things lie: what this package brings, what it installs, and what a local cloud keeps while it runs."""

from pathlib import Path

import msgspec


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
    def spark_jars(self) -> Path:
        """The jars that EMR's image has and PySpark has not."""
        return self.root / ".local" / "ivy" / "jars"

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
    def deployed(self) -> Path:
        """What the last deployments made, by address."""
        return self.state / "deployed.json"

    @property
    def rendered(self) -> Path:
        """The local environment's Terraform plans."""
        return self.root / "infra" / "rendered" / "local"


def find_layout(state: Path | None = None) -> Layout:
    """From where this package lies: in the repository, or installed, in which case the working folder is the root."""
    package = Path(__file__).resolve().parent
    tool = package.parents[1]
    if (tool / "localstack.lock").exists():
        bundle, root = tool, tool.parents[1]
    else:
        bundle, root = package / "_bundle", Path.cwd()
    return Layout(bundle, root, (state or root / ".local" / "cloud").resolve())
