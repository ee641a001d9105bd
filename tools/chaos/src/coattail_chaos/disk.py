"""The disk of a writer: where its spool is, and how it is lost."""

import shutil
from pathlib import Path

from coattail_chaos.faults import Fault, Tally


class Disk:
    """The folders of the writer `name`: its `spool`, and `small`, where a small disk may be mounted."""

    def __init__(self, folder: Path, name: str, tally: Tally) -> None:
        self.spool = folder / "spool" / name
        self.small = folder / "disk" / name
        self.lose = False
        """Whether the next writer finds it empty."""
        self.bytes_lost = 0
        """What was in the spools that were lost."""
        self._tally = tally

    def for_the_next(self, *, small: bool) -> Path:
        """Where the next writer keeps its spool. It is emptied now when it was to be lost."""
        spool = self.small if small else self.spool
        if self.lose:
            self.bytes_lost += sum(segment.stat().st_size for segment in spool.glob("*.spool"))
            shutil.rmtree(spool, ignore_errors=True)
            self.lose = False
            self._tally.count(Fault.SPOOL_LOST)
        if small:
            spool.mkdir(parents=True, exist_ok=True)
        return spool
