"""Folders of this process alone, gone when it ends: the table is the checkpoint, so nothing in them is wanted again."""

import atexit
import shutil
import tempfile
from pathlib import Path


def scratch_folder(within: str | None = None) -> Path:
    """A new, empty folder in `within`, by default the system's temporary one. Only a process that is killed leaves it behind."""
    if within:
        Path(within).mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix="stream-detectors-", dir=within)).absolute()
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder
