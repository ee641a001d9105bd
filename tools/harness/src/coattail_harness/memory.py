"""Resident memory: the peak of each process, with everything that it has started or by itself."""

import contextlib

import psutil


class PeakMemory:
    """Peaks of resident memory, in MB (10⁶ bytes), by name. Pages that forked processes share are counted for each."""

    def __init__(self) -> None:
        self.peaks: dict[str, float] = {}

    def sample(self, name: str, pid: int | None, *, children: bool = True, without: int | None = None) -> float:
        """Return the resident memory of the process now, 0 where there is none, and note the peak under `name`.

        With its `children` and theirs, except those of the process `without`. To find them reads every process of the machine.
        """
        megabytes = sum(_resident(member) for member in _members(pid, children=children, without=without)) / 1e6
        self.peaks[name] = max(self.peaks.get(name, 0.0), round(megabytes, 1))
        return megabytes


def _members(pid: int | None, *, children: bool, without: int | None) -> list[psutil.Process]:
    if pid is None:
        return []
    try:
        root = psutil.Process(pid)
        members = [root, *(root.children(recursive=True) if children else ())]
    except psutil.NoSuchProcess:
        return []
    excluded = {member.pid for member in _members(without, children=True, without=None)}
    return [member for member in members if member.pid not in excluded]


def _resident(process: psutil.Process) -> int:
    with contextlib.suppress(psutil.NoSuchProcess):
        return int(process.memory_info().rss)
    return 0
