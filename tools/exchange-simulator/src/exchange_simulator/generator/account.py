"""The account of an episode: when it really happened, and which trades fell into it."""

from bisect import bisect_left
from collections.abc import Iterator, Sequence

from exchange_simulator.generator.episodes import Episode
from exchange_simulator.model import EpisodeKind, InjectedEpisode, Trade, Venue


class Account:
    """Follows the time line through the episodes of one plan.

    ``exchange`` is ``None`` for what is in no single market; no trades are noted for it then.
    """

    def __init__(self, kind: EpisodeKind, exchange: Venue | None, symbol: str, episodes: Iterator[Episode]) -> None:
        self._kind = kind
        self._exchange = exchange
        self._symbol = symbol
        self._episodes = episodes
        self._next()

    def note(self, trades: Sequence[Trade], until_us: int, origin_us: int) -> list[InjectedEpisode]:
        """Take note of the stretch that ends at a position, and give the episodes that are over with it.

        ``trades`` are the market's of that stretch; ``origin_us`` is the UTC time of position 0.
        """
        over: list[InjectedEpisode] = []
        while self._episode is not None:
            bounds = _bounds(self._episode)
            while len(self._passed) < len(bounds) and bounds[len(self._passed)] <= until_us:
                self._passed.append(origin_us + bounds[len(self._passed)])
            if not self._passed:
                break
            self._count(self._episode, trades)
            if len(self._passed) < len(bounds):
                break
            over.append(self._told(self._episode, self._passed))
            self._next()
        self._now_us = origin_us + until_us
        return over

    def under_way(self) -> list[InjectedEpisode]:
        """The episode that has begun and is not over, if there is one, as if it ended now."""
        if self._episode is None or not self._passed or self._now_us == self._passed[0]:
            return []
        ahead = [self._now_us] * (len(_bounds(self._episode)) - len(self._passed))
        return [self._told(self._episode, [*self._passed, *ahead])]

    def _next(self) -> None:
        self._episode = next(self._episodes, None)
        self._passed: list[int] = []
        self._now_us = 0
        self._first_id: int | None = None
        self._last_id: int | None = None

    def _count(self, episode: Episode, trades: Sequence[Trade]) -> None:
        start = bisect_left(trades, episode.began_us, key=_time)
        stop = bisect_left(trades, episode.ended_us, key=_time)
        if start < stop:
            self._first_id = trades[start].trade_id if self._first_id is None else self._first_id
            self._last_id = trades[stop - 1].trade_id

    def _told(self, episode: Episode, times: Sequence[int]) -> InjectedEpisode:
        began_at, full_from, full_until, ended_at = times
        return InjectedEpisode(
            alert_type=self._kind,
            exchange=self._exchange,
            symbol=self._symbol,
            began_at=began_at,
            full_from=full_from,
            full_until=full_until,
            ended_at=ended_at,
            first_trade_id=self._first_id,
            last_trade_id=self._last_id,
            magnitude=episode.magnitude,
        )


def _bounds(episode: Episode) -> tuple[int, ...]:
    return (episode.began_us, episode.full_us, episode.fading_us, episode.ended_us)


def _time(trade: Trade) -> int:
    return trade.time_us
