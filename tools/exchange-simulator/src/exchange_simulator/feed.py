"""One market as its subscribers see it: its history, who listens, and what goes wrong on the way to them."""

from exchange_simulator.corruption import corrupt
from exchange_simulator.faults import Delivery, FaultLine
from exchange_simulator.history import History, PastTrade
from exchange_simulator.model import Market
from exchange_simulator.session import Dialect, Outgoing, Session
from exchange_simulator.source import Emission
from exchange_simulator.tally import Tally
from exchange_simulator.venues import simulated


class Feed:
    """Publishes a market's trades to the sessions that subscribed to it, and remembers them.

    Attributes:
        market: Which market.
        history: Its trades, for REST and latencies.
        faults: What is to befall its frames.
        latest: The newest emission, or ``None`` before the first.
        sent: Trades emitted, listened to or not.
        first_trade_id, last_trade_id: Of the trades counted in ``sent``; 0 while there is none.
        first_trade_time, last_trade_time: When they happened, UTC µs; 0 while there is none.
    """

    def __init__(self, market: Market, capacity: int, tally: Tally) -> None:
        self.market = market
        self.history = History(market, capacity)
        self.faults = FaultLine(tally)
        self.latest: Emission | None = None
        self.sent = 0
        self.first_trade_id = 0
        self.last_trade_id = 0
        self.first_trade_time = 0
        self.last_trade_time = 0
        self._subscribers: dict[Session, None] = {}

    @property
    def subscribers(self) -> tuple[Session, ...]:
        """Who listens, in the order of subscription."""
        return tuple(self._subscribers)

    def subscribe(self, session: Session) -> bool:
        """Send the market's trades to a session from now on; false if it was subscribed already."""
        if session in self._subscribers:
            return False
        self._subscribers[session] = None
        return True

    def unsubscribe(self, session: Session) -> None:
        """Stop sending to a session; nothing happens if it was not subscribed."""
        self._subscribers.pop(session, None)

    def remember(self, emission: Emission, now_us: int) -> None:
        """Take a trade into the history; one from before the start is not counted as sent."""
        trade = emission.trade
        self.history.append(
            PastTrade(trade.trade_id, trade.price, trade.quantity, trade.side, emission.time_us), now_us
        )
        self.latest = emission
        if emission.is_new:
            self.sent += 1
            self.first_trade_id = self.first_trade_id or trade.trade_id
            self.last_trade_id = trade.trade_id
            self.first_trade_time = self.first_trade_time or emission.time_us
            self.last_trade_time = emission.time_us

    def publish(self, emission: Emission, now_us: int) -> None:
        """Keep a trade, and queue its frames for the listeners."""
        self.remember(emission, now_us)
        if self._subscribers:
            self._deliver(self.faults.pass_on(emission), now_us)

    def flush(self, now_us: int) -> None:
        """Send what a fault still holds back: no further trade will come."""
        self._deliver(self.faults.release(), now_us)

    def _deliver(self, deliveries: list[Delivery], now_us: int) -> None:
        for delivery in deliveries:
            rendered: dict[Dialect, Outgoing] = {}
            for session in self._subscribers:
                if session.is_silent(self.market, now_us):
                    continue
                outgoing = rendered.get(session.dialect)
                if outgoing is None:
                    outgoing = self._outgoing(delivery, session.dialect)
                    rendered[session.dialect] = outgoing
                session.push(outgoing)

    def _outgoing(self, delivery: Delivery, dialect: Dialect) -> Outgoing:
        frame = dialect(delivery.emission)
        if delivery.corruption is not None:
            return Outgoing(corrupt(frame, delivery.corruption, simulated(self.market.exchange).names))
        return Outgoing(frame, self.history, delivery.emission.trade.trade_id)
