"""A driver that is started ahead of the StartJobRun that will ask for it, so that its JVM starts beside LocalStack and not after it.

Like a worker of EMR Serverless's pre-initialised capacity it is up and waits. The folder `EMR_AHEAD` says what will be asked for:
`request.json`, and below `objects/<bucket>/<key>` the files that will lie in S3 by then. The first job run takes the driver over if it
asks for just that: the same command, the same files, the same environment. If it does not, the driver is ended and another is started.
"""

import contextlib
import hashlib
import json
import os
import secrets
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from .driver import Driver, kill_session
from .environment import driver_environment, spark, state_folder
from .submission import command, localised, read

FOLDER = "EMR_AHEAD"
_RECORD = "started.json"
_ACCOUNT = "000000000000"


@dataclass(frozen=True, slots=True)
class Ahead:
    """A driver that was started ahead. `files`: SHA-256 by path. It waits until the file `released` is there."""

    run_id: str
    pid: int
    words: list[str]
    environment: dict[str, str]
    files: dict[str, str]
    released: str

    def take_over(self, words: Sequence[str], environment: Mapping[str, str], folder: Path) -> Driver | None:
        """Let the driver go on, as that of a job run with this command and environment. None where it is another's or has ended: it
        is ended then.
        """
        same = (
            list(words) == self.words
            and all(environment.get(name) == value for name, value in self.environment.items())
            and all(_digest(Path(path)) == digest for path, digest in self.files.items())
        )
        if not same or _has_ended(self.pid):
            self.end()
            return None
        Path(self.released).touch()
        return Driver.of_child(self.pid, folder)

    def end(self) -> None:
        """End the driver and what it has started."""
        kill_session(self.pid)
        with contextlib.suppress(ChildProcessError):
            os.waitpid(self.pid, 0)


def start(variables: Mapping[str, str]) -> Ahead | None:
    """Start the driver that the folder `EMR_AHEAD` describes, as a child of this process; None where there is no such folder.

    `variables` are LocalStack's. Raises `OSError`, `ValueError` or `KeyError` where it does not describe one.
    """
    if not (named := variables.get(FOLDER)):
        return None
    told = Path(named)
    (told / _RECORD).unlink(missing_ok=True)
    request: dict[str, Any] = json.loads((told / "request.json").read_bytes())
    run_id = new_run_id()
    folder = state_folder(variables) / run_id
    submission = localised(read(request["jobDriver"], {}), _fetch(told / "objects", folder / "artifacts"))
    words = command(submission, spark(variables))
    endpoint = f"http://{variables['GATEWAY_LISTEN']}"
    environment = driver_environment(variables, endpoint, request["region"], _ACCOUNT, run_id)
    environment |= dict(submission.environment)
    released = folder / "released"
    pid = Driver(words, environment | {request["hold"]: str(released)}, folder, 1).hand_over()
    files = {str(path): _digest(path) for path in (folder / "artifacts").rglob("*") if path.is_file()}
    # LocalStack's own environment changes while it starts; the variables that we set do not.
    compared = {name: value for name, value in environment.items() if variables.get(name) != value and name != "PATH"}
    ahead = Ahead(run_id, pid, words, compared, files, str(released))
    (told / _RECORD).write_text(json.dumps(asdict(ahead)))
    return ahead


def started(variables: Mapping[str, str]) -> Ahead | None:
    """The driver that was started before this process became LocalStack."""
    folder = variables.get(FOLDER)
    record = Path(folder) / _RECORD if folder else None
    return Ahead(**json.loads(record.read_bytes())) if record is not None and record.exists() else None


def new_run_id() -> str:
    """16 characters of base 32, as the service's own ids look."""
    return f"00{secrets.token_hex(7)}"


def _fetch(objects: Path, artifacts: Path) -> Callable[[str], Path]:
    """Copies to where a job run of this id will download the object to."""

    def fetch(address: str) -> Path:
        parts = urlsplit(address)
        place = Path(parts.netloc) / parts.path.lstrip("/")
        target = artifacts / place
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(objects / place, target)
        return target

    return fetch


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.exists() else ""


def _has_ended(pid: int) -> bool:
    try:
        return os.waitpid(pid, os.WNOHANG) != (0, 0)
    except ChildProcessError:
        return True
