"""A disk of a few hundred KB for one process: a tmpfs in a mount namespace of its own, which needs no rights beyond a user's.

The disk is gone when the process is. Where the machine allows no such namespace, `possible` says so.
"""

import subprocess
from pathlib import Path
from typing import Final

_UNSHARE: Final = ("unshare", "--user", "--map-root-user", "--mount")
_MOUNT: Final = 'mount -t tmpfs -o size="$1" tmpfs "$2" && shift 2 && exec "$@"'


def on_small_disk(folder: Path, kilobytes: int, words: tuple[str, ...]) -> tuple[str, ...]:
    """The command that runs `words`, as the same process, with a disk of that size at `folder`."""
    return (*_UNSHARE, "sh", "-c", _MOUNT, "sh", f"{kilobytes}k", str(folder), *words)


def possible(folder: Path) -> bool:
    """Whether this machine lets us do it."""
    folder.mkdir(parents=True, exist_ok=True)
    try:
        done = subprocess.run(on_small_disk(folder, 64, ("true",)), capture_output=True, check=False)
    except FileNotFoundError:
        return False
    return done.returncode == 0
