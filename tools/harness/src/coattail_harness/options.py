"""What the options of several tools hold to."""

from pathlib import Path


def require_folder(flag: str, file: Path | None) -> None:
    """Refuse a file that cannot be written because its folder is missing. Raises `ValueError`, which names the flag."""
    if file is not None and not file.absolute().parent.is_dir():
        raise ValueError(f"{flag} {file}: the folder {file.absolute().parent} does not exist")
