"""The simulator as a whole: a source, the exchanges it feeds, the engine between them, and the account of it."""

from collections.abc import Sequence

import msgspec

from exchange_simulator.clock import Clock
from exchange_simulator.engine import Engine, State
from exchange_simulator.exchange import Exchange
from exchange_simulator.exchange_clock import ExchangeClock
from exchange_simulator.feed import Feed
from exchange_simulator.misbehaviour import Misbehaviour, PlannedMisbehaviour
from exchange_simulator.model import Market, Venue
from exchange_simulator.source import Source
from exchange_simulator.tally import Misbehaved, Tally
from exchange_simulator.truth import MarketTruth, Truth, TruthLog, market_truth


class Status(msgspec.Struct, frozen=True):
    """How the simulation stands.

    Attributes:
        state: ``idle``, ``running``, ``stopped`` or ``finished``.
        seconds: How much of the time line has been played.
        sent: Trades emitted, listened to or not.
        rate: ``sent`` per second of the time line.
        subscribers: By exchange, how many markets somebody listens to.
        connections: By exchange, how many connections are open.
        subscribed_markets: Those markets, as ``exchange:SYMBOL``.
        finished: Whether nothing more will come: the replay or ``--seconds`` is over.
        markets: Each market's trades so far.
        misbehaved: What was done wrong on purpose.
        skipped: A recording's messages that are not trades, by type.
    """

    state: State
    seconds: float
    sent: int
    rate: float
    subscribers: dict[str, int]
    connections: dict[str, int]
    subscribed_markets: list[str]
    finished: bool
    markets: list[MarketTruth]
    misbehaved: Misbehaved
    skipped: dict[str, int]


class Simulator:
    """Everything but the sockets: what the endpoints of the exchanges and of the control interface act upon."""

    def __init__(
        self,
        source: Source,
        *,
        clock: Clock,
        seed: int,
        scenario: str,
        speed: float = 1.0,
        seconds: float | None = None,
        misbehave: Sequence[PlannedMisbehaviour] = (),
        history: int = 500_000,
    ) -> None:
        self.clock = clock
        self._source = source
        self._seed = seed
        self._scenario = scenario
        self._tally = Tally()
        self._truth = TruthLog()
        exchange_clock = ExchangeClock(source, clock)
        self.exchanges = {
            venue: Exchange(
                venue,
                source.markets,
                clock=clock,
                exchange_clock=exchange_clock,
                tally=self._tally,
                history=history,
            )
            for venue in Venue
        }
        self.engine = Engine(
            source,
            self.exchanges,
            clock=clock,
            exchange_clock=exchange_clock,
            truth=self._truth,
            speed=speed,
            seconds=seconds,
            misbehave=misbehave,
        )
        self.engine.prepare()

    @property
    def feeds(self) -> list[Feed]:
        """The feeds of all markets, in the source's order within each exchange."""
        return [feed for exchange in self.exchanges.values() for feed in exchange.feeds.values()]

    def misbehave(self, order: Misbehaviour) -> None:
        """Carry out an order.

        Raises:
            ValueError: it cannot be carried out here.
        """
        self.exchanges[order.exchange].misbehave(order)

    def sent_at(self, market: Market, trade_id: int) -> int | None:
        """Wall time (UTC µs) at which a trade was first written to a socket; ``None`` for one not known (any more)."""
        exchange = self.exchanges[market.exchange]
        feed = exchange.feed(market.native)
        return None if feed is None else feed.history.sent_at(trade_id)

    def status(self) -> Status:
        """How things stand now."""
        feeds = self.feeds
        sent = sum(feed.sent for feed in feeds)
        seconds = self.engine.seconds
        return Status(
            state=self.engine.state,
            seconds=seconds,
            sent=sent,
            rate=sent / seconds if seconds else 0.0,
            subscribers={
                venue.value: sum(1 for feed in exchange.feeds.values() if feed.subscribers)
                for venue, exchange in self.exchanges.items()
            },
            connections={venue.value: len(exchange.connections.sessions) for venue, exchange in self.exchanges.items()},
            subscribed_markets=[str(feed.market) for feed in feeds if feed.subscribers],
            finished=self.engine.state is State.FINISHED,
            markets=[market_truth(feed) for feed in feeds],
            misbehaved=self._tally.totals(),
            skipped=self._source.skipped(),
        )

    def truth(self) -> Truth:
        """The account so far."""
        feeds = self.feeds
        return Truth(
            seed=self._seed,
            scenario=self._scenario,
            markets=[market_truth(feed) for feed in feeds],
            events=self._truth.events(feeds),
            episodes=[*self._truth.episodes, *self._source.under_way()],
            misbehaved=self._tally.totals(),
            skipped=self._source.skipped(),
        )
