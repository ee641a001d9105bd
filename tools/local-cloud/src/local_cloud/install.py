"""LocalStack's virtual environment: made from localstack.lock, and again when the lock or the plugin changes."""

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from .errors import CloudError
from .layout import Layout

Report = Callable[[str], None]

_PYTHON = "3.13"
_HOW = b"compiled, with the index"

# LocalStack finds a request's service by an index of all of AWS's API descriptions: 3 s of work, at each start unless it is kept.
_WRITE_INDEX = (
    "from localstack import config; from localstack.aws import spec; config.dirs.mkdirs(); spec.get_service_catalog()"
)


def ensure_installed(layout: Layout, uv: Path | None, report: Report) -> None:
    """Does nothing where the environment is already what the lock says. Raises `CloudError` when it cannot be made."""
    stamp = layout.venv / "coattail.stamp"
    wanted = fingerprint(layout)
    if _read(stamp) == wanted:
        return
    with _alone(layout.venv.parent):
        if _read(stamp) == wanted:
            return
        program = find_uv(layout, uv)
        report(f"installing LocalStack into {_shown(layout.venv, layout.root)} (about 330 MB, once)")
        stamp.unlink(missing_ok=True)
        _run(
            [str(program), "venv", "--quiet", "--clear", "--python", _interpreter(), str(layout.venv)],
            _NO_PYTHON,
            report,
        )
        # Compiled here, once: LocalStack imports thousands of modules, and where Python may not write bytecode each start compiles them.
        into = [str(program), "pip", "install", "--compile-bytecode", "--python", str(layout.python)]
        _run([*into, "--require-hashes", "--requirements", str(layout.lock)], _NO_PACKAGES, report)
        report("adding the plugin that serves Kinesis, Glue and EMR Serverless")
        _run([*into, "--quiet", "--no-deps", "--editable", str(layout.plugin)], _NO_PACKAGES, report)
        # Not as in a container, where it would write below /var/lib.
        where = ["env", "OVERRIDE_IN_DOCKER=0", f"FILESYSTEM_ROOT={layout.index}"]
        _run([*where, str(layout.python), "-c", _WRITE_INDEX], _NO_INDEX, report)
        stamp.write_text(wanted)


def fingerprint(layout: Layout) -> str:
    """What the environment depends on: the lock, the plugin's entry points, where the plugin lies, and how it is installed."""
    digest = hashlib.sha256(_HOW)
    for part in (
        layout.lock.read_bytes(),
        (layout.plugin / "pyproject.toml").read_bytes(),
        str(layout.plugin).encode(),
    ):
        digest.update(hashlib.sha256(part).digest())
    return digest.hexdigest()


def find_uv(layout: Layout, given: Path | None) -> Path:
    """The given one, the repository's own, or the one on PATH. Raises `CloudError`."""
    own = layout.root / ".tools" / "bin" / "uv"
    on_path = shutil.which("uv")
    for candidate in (given, own, Path(on_path) if on_path else None):
        if candidate and os.access(candidate, os.X_OK):
            return candidate
    raise CloudError(
        "uv was not found: run this through ./task, which brings it, or `pip install uv`, or set UV to its path"
    )


_NO_PYTHON = (
    f"no Python {_PYTHON} could be had for LocalStack: install it with `uv python install {_PYTHON}` "
    f"or `pyenv install {_PYTHON}`, then run this again"
)
_NO_PACKAGES = "LocalStack's packages could not be installed (see above): check the network, then run this again"
_NO_INDEX = "LocalStack was installed and cannot be imported (see above): delete .local/localstack, then run this again"


def _interpreter() -> str:
    return sys.executable if sys.version_info[:2] == (3, 13) else _PYTHON


def _run(words: list[str], failure: str, report: Report) -> None:
    """Runs uv and passes on what it says of its progress, without a line for each of a hundred packages."""
    with subprocess.Popen(words, stderr=subprocess.PIPE, text=True) as process:
        for line in process.stderr or ():
            if not line.startswith((" + ", " - ")):
                report(line.rstrip())
    if process.returncode != 0:
        raise CloudError(failure)


def _read(stamp: Path) -> str:
    return stamp.read_text() if stamp.exists() else ""


def _shown(path: Path, root: Path) -> str:
    return str(path.relative_to(root)) if path.is_relative_to(root) else str(path)


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Only one process installs at a time; another waits here and then finds the work done."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "install.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
