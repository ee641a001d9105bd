"""Recordings as a time line: positions are receive times, counted from the first trade's."""

import heapq
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec

from exchange_simulator.errors import UsageError
from exchange_simulator.model import InjectedEpisode, Market, Venue
from exchange_simulator.replay.lines import read_lines
from exchange_simulator.replay.trades import RecordedTrade, read_trade
from exchange_simulator.source import Emission, Stretch


class ReplaySource:
    """A :class:`~exchange_simulator.source.Source` of recorded frames, merged by receive time.

    The constructor reads the files once, to refuse a bad one before a client listens and to find the markets. Playing
    reads them a second time, so that memory does not grow with their length.

    Raises:
        UsageError: a file is missing, damaged, not a recording, or holds no trade of the venue.
    """

    def __init__(self, paths: Sequence[Path], venue: Venue) -> None:
        self._venue = venue
        self._skipped: Counter[str] = Counter()
        self._markets: dict[Market, None] = {}
        firsts = [self._survey(path) for path in paths]
        self._first_us = min(firsts)
        self._trades = heapq.merge(
            *(self._trades_of(path, Counter()) for path in paths), key=lambda recorded: recorded.received_us
        )
        self._pending = next(self._trades, None)

    @property
    def markets(self) -> Sequence[Market]:
        """The markets in the order in which they first trade."""
        return list(self._markets)

    def before(self, market: Market, now_us: int) -> Emission | None:  # noqa: ARG002 (the seam's signature)
        """Nothing: the recording brings its own ``last_match``."""
        return None

    def take(self, until_us: int, origin_us: int) -> Stretch:  # noqa: ARG002 (the seam's signature)
        """The recorded trades received before the position, at the times they happened."""
        emissions: list[Emission] = []
        while self._pending is not None and self._pending.received_us - self._first_us < until_us:
            recorded = self._pending
            emissions.append(
                Emission(recorded.market, recorded.trade, recorded.trade.time_us, recorded.frame, recorded.is_new)
            )
            self._pending = next(self._trades, None)
        return Stretch(emissions, [], [])

    def under_way(self) -> list[InjectedEpisode]:
        """Nothing: a recording has no injected episodes."""
        return []

    def next_due(self) -> int | None:
        """The next trade's receive time."""
        return None if self._pending is None else self._pending.received_us - self._first_us

    def exchange_time(self, position_us: int, wall_us: int) -> int:  # noqa: ARG002 (the seam's signature)
        """The receiver's clock in the recording."""
        return self._first_us + position_us

    def skipped(self) -> dict[str, int]:
        """The recordings' messages that are not trades, by type."""
        return dict(self._skipped)

    def _survey(self, path: Path) -> int:
        first_us: int | None = None
        for recorded in self._trades_of(path, self._skipped):
            self._markets[recorded.market] = None
            first_us = recorded.received_us if first_us is None else first_us
        if first_us is None:
            raise UsageError(f"recording {path} holds no trade of {self._venue}; is --exchange right?")
        return first_us

    def _trades_of(self, path: Path, skipped: Counter[str]) -> Iterator[RecordedTrade]:
        for line in read_lines(path):
            try:
                found = read_trade(self._venue, line)
            except (msgspec.DecodeError, ValueError) as error:
                raise UsageError(f"recording {path}, line {line.number}: {error}") from error
            if isinstance(found, str):
                skipped[found] += 1
            else:
                yield found
