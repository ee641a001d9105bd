"""What really happened: the markets, the injected events, the misbehaviour. Detectors and tables are judged by it."""

from collections.abc import Iterable, Sequence

import msgspec

from exchange_simulator.feed import Feed
from exchange_simulator.model import EventKind, InjectedEpisode, InjectedEvent, TakerSide, Venue
from exchange_simulator.tally import Misbehaved


class MarketTruth(msgspec.Struct, frozen=True):
    """A market's trades: contiguous ids from first to last, ``sent`` of them, at the exchange's times (UTC µs).

    Ids and times are 0 while there is none.
    """

    exchange: Venue
    symbol: str
    first_trade_id: int
    last_trade_id: int
    sent: int
    first_trade_time: int
    last_trade_time: int


class EventTruth(msgspec.Struct, frozen=True):
    """An injected whale or sweep.

    ``trade_time`` is the exchange's time. ``sent_at`` is the wall time when its last trade was written to a socket, or
    emitted when no client listened. Both are UTC µs. ``usd`` is the exact notional in the quote currency.
    """

    alert_type: EventKind
    exchange: Venue
    symbol: str
    side: TakerSide
    first_trade_id: int
    last_trade_id: int
    fills: int
    usd: str
    trade_time: int
    sent_at: int


class Truth(msgspec.Struct, frozen=True):
    """The whole account. ``scenario`` is the scenario's file, ``default``, or the recordings that were replayed."""

    seed: int
    scenario: str
    markets: list[MarketTruth]
    events: list[EventTruth]
    episodes: list[InjectedEpisode]
    misbehaved: Misbehaved
    skipped: dict[str, int]


class TruthLog:
    """Keeps the injected events as they are emitted, and the episodes as they end (``episodes``)."""

    def __init__(self) -> None:
        self.episodes: list[InjectedEpisode] = []
        self._events: list[tuple[InjectedEvent, int]] = []

    def add(self, event: InjectedEvent, now_us: int) -> None:
        """Note an event whose trades have just been emitted."""
        self._events.append((event, now_us))

    def add_episodes(self, episodes: Iterable[InjectedEpisode]) -> None:
        """Note episodes that are over."""
        self.episodes.extend(episodes)

    def events(self, feeds: Sequence[Feed]) -> list[EventTruth]:
        """The events so far, with the times at which their last trades were written."""
        by_market = {feed.market: feed for feed in feeds}
        return [
            _event_truth(event, by_market[event.market].history.sent_at(event.last_trade_id) or emitted)
            for event, emitted in self._events
        ]


def market_truth(feed: Feed) -> MarketTruth:
    """A feed's account of itself."""
    return MarketTruth(
        exchange=feed.market.exchange,
        symbol=feed.market.symbol,
        first_trade_id=feed.first_trade_id,
        last_trade_id=feed.last_trade_id,
        sent=feed.sent,
        first_trade_time=feed.first_trade_time,
        last_trade_time=feed.last_trade_time,
    )


def _event_truth(event: InjectedEvent, sent_at: int) -> EventTruth:
    return EventTruth(
        alert_type=event.kind,
        exchange=event.market.exchange,
        symbol=event.market.symbol,
        side=event.side,
        first_trade_id=event.first_trade_id,
        last_trade_id=event.last_trade_id,
        fills=event.fills,
        usd=event.usd,
        trade_time=event.trade_time,
        sent_at=sent_at,
    )
