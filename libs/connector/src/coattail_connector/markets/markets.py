"""The markets a connector follows, by the names the exchange has for them."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from coattail_common.contracts import Origin, Side, is_symbol
from coattail_common.lines import TradeLine
from coattail_connector.frames.encoding import streaming
from coattail_connector.frames.messages import Refusal
from coattail_connector.frames.trades import Make, normalised


@dataclass(frozen=True, slots=True, kw_only=True)
class Market:
    """A market of an exchange: `symbol` is our name for it (`BTC-USDT`), of `base` and `quote`. It makes its trades."""

    exchange: str
    symbol: str
    base: str
    quote: str
    streamed_trade: Make = field(init=False, repr=False, compare=False)
    """Makes a trade that came from the stream, or says why it is refused."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "streamed_trade", streaming(self))

    def fetched_trade(
        self, trade_id: int, price: str, quantity: str, side: Side, timestamp: int, received_at: int
    ) -> TradeLine | Refusal:
        """A trade that was fetched, or why it is refused."""
        return normalised(self, Origin.BACKFILL, trade_id, price, quantity, side, timestamp, received_at)


def market(exchange: str, symbol: str) -> Market:
    """Return the market called `symbol`. Raises `ValueError` unless it is written BASE-QUOTE, letters and digits."""
    if not is_symbol(symbol):
        message = f"{symbol!r} is not a market; write BASE-QUOTE as the exchange has them, as BTC-USDT"
        raise ValueError(message)
    base, _, quote = symbol.partition("-")
    return Market(exchange=exchange, symbol=symbol, base=base, quote=quote)


def by_exchange_name(exchange: str, symbols: Iterable[str], name: Callable[[Market], str]) -> Mapping[str, Market]:
    """The markets under the exchange's own names, which `name` tells. Raises `ValueError` when two would have the same
    name.
    """
    markets: dict[str, Market] = {}
    for symbol in symbols:
        new = market(exchange, symbol)
        known = markets.setdefault(name(new), new)
        if known is not new:
            message = f"{symbol} and {known.symbol} are both {name(new)} at {exchange}; keep one of them"
            raise ValueError(message)
    return markets
