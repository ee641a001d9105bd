"""The markets of a stream: each makes its trades from the fields of a frame."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from coattail_connector.frames.encoding import streaming
from coattail_connector.frames.trades import Make
from coattail_connector.markets.markets import Market, market


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamedMarket(Market):
    """A market, and what makes the trades of its stream. It is made once, when the market is followed."""

    streamed_trade: Make = field(repr=False, compare=False)
    """Returns the trade of a frame, or why it is refused."""


def streamed(market: Market) -> StreamedMarket:
    """Return the market with what makes the trades of its stream."""
    return StreamedMarket(
        exchange=market.exchange,
        symbol=market.symbol,
        base=market.base,
        quote=market.quote,
        streamed_trade=streaming(market),
    )


def by_exchange_name(
    exchange: str, symbols: Iterable[str], name: Callable[[Market], str]
) -> Mapping[str, StreamedMarket]:
    """Return the markets by the exchange's own names, which `name` returns. Raises `ValueError` when two have one name."""
    markets: dict[str, Market] = {}
    for symbol in symbols:
        new = market(exchange, symbol)
        known = markets.setdefault(name(new), new)
        if known is not new:
            message = f"{symbol} and {known.symbol} are both {name(new)} at {exchange}; keep one of them"
            raise ValueError(message)
    return {its_name: streamed(one) for its_name, one in markets.items()}
