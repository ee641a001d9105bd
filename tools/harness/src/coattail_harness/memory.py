"""Memory: the peak of each process with everything it has started."""

import contextlib

import psutil


class PeakMemory:
    """Peaks of resident memory, in MB (10⁶ bytes), by name. Pages that forked processes share are counted for each."""

    def __init__(self) -> None:
        self.peaks: dict[str, float] = {}

    def sample(self, name: str, pid: int | None, without: int | None = None) -> float:
        """The resident memory now of the process and its descendants, except those of `without`; 0 where there is none."""
        megabytes = sum(_resident(member) for member in _tree(pid, without)) / 1e6
        self.peaks[name] = max(self.peaks.get(name, 0.0), round(megabytes, 1))
        return megabytes


def _tree(pid: int | None, without: int | None) -> list[psutil.Process]:
    if pid is None:
        return []
    try:
        root = psutil.Process(pid)
        members = [root, *root.children(recursive=True)]
    except psutil.NoSuchProcess:
        return []
    if without is None:
        return members
    excluded = {member.pid for member in _tree(without, None)}
    return [member for member in members if member.pid not in excluded]


def _resident(process: psutil.Process) -> int:
    with contextlib.suppress(psutil.NoSuchProcess):
        return int(process.memory_info().rss)
    return 0
