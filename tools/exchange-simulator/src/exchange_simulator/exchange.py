"""One venue as a whole: its markets, its connections, and the orders to misbehave."""

from collections.abc import Mapping, Sequence

import msgspec

from exchange_simulator.clock import Clock
from exchange_simulator.connections import Connections
from exchange_simulator.exchange_clock import ExchangeClock
from exchange_simulator.faults import FrameFault
from exchange_simulator.feed import Feed
from exchange_simulator.log import LOGGER
from exchange_simulator.misbehaviour import Misbehaviour, MisbehaviourKind
from exchange_simulator.model import Market, Venue
from exchange_simulator.rest_faults import RestFaults, RestRefusal
from exchange_simulator.session import Session
from exchange_simulator.tally import Tally
from exchange_simulator.venues import simulated


class Exchange:
    """A venue that serves some markets. Market data goes out through its feeds and connections.

    Attributes:
        feeds: Its markets by its own names for them, delisted ones among them.
        aliases: Other names under which it takes a subscription, and the name that its frames say then.
    """

    def __init__(
        self,
        venue: Venue,
        markets: Sequence[Market],
        *,
        clock: Clock,
        exchange_clock: ExchangeClock,
        tally: Tally,
        history: int,
    ) -> None:
        self.venue = venue
        self.clock = clock
        self.exchange_clock = exchange_clock
        self.feeds = {market.native: Feed(market, history, tally) for market in markets if market.exchange is venue}
        self.aliases: dict[str, str] = {}
        self.connections = Connections(tally)
        self._delisted: set[str] = set()
        self._tally = tally
        self._rest_faults = RestFaults()

    def feed(self, native: str) -> Feed | None:
        """The feed of a market by the venue's own name for it; ``None`` where it lists none of that name."""
        return self.listed.get(native)

    @property
    def listed(self) -> Mapping[str, Feed]:
        """The feeds of the markets that it has now."""
        return {native: feed for native, feed in self.feeds.items() if native not in self._delisted}

    def open(self, session: Session) -> None:
        """Take in a new connection."""
        self.connections.add(session)
        LOGGER.info("%s: connection opened, %d open", self.venue, len(self.connections.sessions))

    def close(self, session: Session) -> None:
        """Forget a connection and its subscriptions."""
        self.connections.remove(session)
        for feed in self.feeds.values():
            feed.unsubscribe(session)
        LOGGER.info("%s: connection closed, %d open", self.venue, len(self.connections.sessions))

    def refuse_rest(self) -> RestRefusal | None:
        """How the REST request that just came is to be refused, if it is."""
        refusal = self._rest_faults.next(self.clock.now_us())
        if refusal is not None:
            self._tally.count(refusal.kind)
        return refusal

    def misbehave(self, order: Misbehaviour) -> None:
        """Carry out an order, at once or on the next trades and requests.

        Raises:
            ValueError: the order names a market that is not served here, or a thing the venue does not do.
        """
        now = self.clock.now_us()
        feeds = self._feeds_of(order)
        sessions = self._sessions_of(order, feeds)
        LOGGER.info("ordered to misbehave: %s", msgspec.json.encode(order).decode())
        match order.kind:
            case MisbehaviourKind.DISCONNECT:
                self.connections.cut(order, sessions, now)
            case MisbehaviourKind.STALL:
                market = feeds[0].market if order.symbol is not None else None
                self.connections.stall(order, market, now)
            case MisbehaviourKind.REFUSE_REST | MisbehaviourKind.RATE_LIMIT:
                self._rest_faults.add(order, now)
            case MisbehaviourKind.DELIST:
                self._delisted.add(feeds[0].market.native)
                for session in sessions:
                    feeds[0].unsubscribe(session)
            case MisbehaviourKind.RELIST:
                self._delisted.discard(feeds[0].market.native)
            case MisbehaviourKind.SERVER_SHUTDOWN:
                self._announce_shutdown(order, sessions)
            case _:
                fault = FrameFault(order)
                for feed in feeds:
                    feed.faults.add(fault)

    def _feeds_of(self, order: Misbehaviour) -> list[Feed]:
        feeds = [feed for feed in self.feeds.values() if order.symbol in (None, feed.market.symbol)]
        if not feeds:
            served = ", ".join(feed.market.symbol for feed in self.feeds.values()) or "none"
            raise ValueError(f"{order.symbol or 'no market'} is not served at {self.venue}; its markets are: {served}")
        return feeds

    def _sessions_of(self, order: Misbehaviour, feeds: list[Feed]) -> tuple[Session, ...]:
        if order.symbol is None:
            return self.connections.sessions
        return feeds[0].subscribers

    def _announce_shutdown(self, order: Misbehaviour, sessions: tuple[Session, ...]) -> None:
        if not simulated(self.venue).announces_end:
            raise ValueError(f"{self.venue} announces no shutdown; use kind disconnect")
        self._tally.count(MisbehaviourKind.SERVER_SHUTDOWN, len(sessions))
        for session in sessions:
            session.order_shutdown(order.seconds)
