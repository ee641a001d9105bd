"""What of the stream the table lands, and in which order the stream has it. Pure.

The table holds a trade once: it lands when its id is in none of its market's landed ranges (`coattail_common.ids`, the
application's own). What was landed is counted here a second time, id by id, so that a doubled trade cannot hide behind the rule.
"""

from collections.abc import Callable, Sequence
from decimal import Decimal

from coattail_chaos.errors import ChaosError
from coattail_common.contracts import Origin, Trade
from coattail_common.ids import IdRange, Market, Ranges, contains, merge
from coattail_common.lines import SEPARATOR, decode_trade, unpack


class MarketLanding:
    """One market."""

    def __init__(self) -> None:
        self.landed: Ranges = ()
        """The table's memory of its ids."""
        self.lines = 0
        """Lines in the stream."""
        self.rows = 0
        """Rows in the table."""
        self.out_of_order = 0
        """Trades that came for the first time after a later one of their market."""
        self.filled_late = 0
        """The same, of trades that were fetched by REST: after a bound, later ones do not wait for them (ADR 0015)."""
        self.altered = 0
        """Lines that repeat a trade with another price, quantity or side."""
        self.last_skew = 0
        """How far the connector's clock was ahead when it received the last trade, in µs."""
        self._highest = -1
        self._known: dict[int, int] = {}
        self._witnessed = 0

    @property
    def doubled(self) -> int:
        """Rows that repeat a trade."""
        return self.rows - len(self._known)

    @property
    def repeated(self) -> int:
        """Lines that the table does not land, as it has them."""
        return self.lines - self.rows

    def knows(self, trade_id: int) -> bool:
        """Whether the trade has come."""
        return trade_id in self._known

    def take(self, trades: Sequence[Trade], now: int) -> None:
        """The trades of a record, which are a batch to the table. `now`: UTC µs."""
        new: list[IdRange] = []
        for trade in trades:
            self.lines += 1
            self.last_skew = trade.ingestion_timestamp - now
            number = trade.trade_id
            if not contains(self.landed, number) and not contains(tuple(new), number):
                self.rows += 1
                new = list(merge(new, (IdRange(number, number),)))
            self._witness(trade)
        self.landed = merge(self.landed, new)

    def _witness(self, trade: Trade) -> None:
        content = hash(
            (Decimal(trade.price), Decimal(trade.quantity), trade.side)
        )  # feed and REST may write 1.5 and 1.50
        before = self._known.setdefault(trade.trade_id, content)
        if len(self._known) == self._witnessed:
            self.altered += before != content
            return
        self._witnessed = len(self._known)
        if trade.trade_id > self._highest:
            self._highest = trade.trade_id
        elif trade.origin is Origin.BACKFILL:
            self.filled_late += 1
        else:
            self.out_of_order += 1


class Landing:
    """All markets, fed with the stream's records in the stream's order. `now`: UTC µs."""

    def __init__(self, now: Callable[[], int]) -> None:
        self._now = now
        self.markets: dict[Market, MarketLanding] = {}
        self.records = 0

    def take(self, payload: bytes) -> None:
        """The next record."""
        self.records += 1
        trades = [decode_trade(line) for line in unpack(payload)]
        market = Market(trades[0].exchange, trades[0].symbol)
        if any((trade.exchange, trade.symbol) != (market.exchange, market.symbol) for trade in trades):
            raise ChaosError(f"a record holds trades of {market} and of others")
        self.market(market).take(trades, self._now())

    def market(self, market: Market) -> MarketLanding:
        """What became of one market."""
        return self.markets.setdefault(market, MarketLanding())


def market_of(payload: bytes) -> Market:
    """The market of a record."""
    first = decode_trade(payload.partition(SEPARATOR)[0])
    return Market(first.exchange, first.symbol)
