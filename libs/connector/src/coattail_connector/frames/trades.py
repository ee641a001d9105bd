"""The trade that an exchange's own fields make: its line, or why it is refused."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final

from coattail_common.contracts import Origin, Side, Trade, event_id
from coattail_common.lines import TradeLine, trade_line
from coattail_connector.frames.amounts import AmountError, plain, quote_volume
from coattail_connector.frames.messages import Reason, Refusal
from coattail_connector.markets.markets import Market

EARLIEST: Final = int(datetime(2009, 1, 3, tzinfo=UTC).timestamp()) * 1_000_000
"""UTC µs. Nothing was traded before the first block."""
LATEST: Final = int(datetime(2100, 1, 1, tzinfo=UTC).timestamp()) * 1_000_000
"""UTC µs. A time in the wrong unit lies far beyond; a receiver's slow clock does not."""

type Make = Callable[[int, str, str, Side, int, int], TradeLine | Refusal]
"""A market's trade of an id, a price, a quantity, the taker's side, the exchange's time and the time of receipt (UTC µs)."""


def normalised(
    market: Market,
    origin: Origin,
    trade_id: int,
    price: str,
    quantity: str,
    side: Side,
    timestamp: int,
    received_at: int,
) -> TradeLine | Refusal:
    """Return the normalised trade, with the exchange's own digits, or why it is refused.

    `side` is the taker's; times are UTC µs. An amount with an exponent becomes the plain digits that it stands for.
    """
    if not EARLIEST <= timestamp < LATEST:
        return Refusal(Reason.TIME, f"time {timestamp} µs of trade {trade_id} is outside 2009 to 2099")
    try:
        volume = quote_volume(price, quantity)
    except AmountError:  # rare, so that amounts of plain digits cost nothing more
        price, quantity = plain(price), plain(quantity)
        try:
            volume = quote_volume(price, quantity)
        except AmountError as error:
            return Refusal(Reason.AMOUNT, f"trade {trade_id}: {error}")
    return trade_line(
        Trade(
            event_id=event_id(market.exchange, market.symbol, trade_id),
            exchange=market.exchange,
            symbol=market.symbol,
            base=market.base,
            quote=market.quote,
            trade_id=trade_id,
            price=price,
            quantity=quantity,
            quote_volume=volume,
            side=side,
            timestamp=timestamp,
            ingestion_timestamp=received_at,
            origin=origin,
        )
    )


def fetched_trade(
    market: Market, trade_id: int, price: str, quantity: str, side: Side, timestamp: int, received_at: int
) -> TradeLine | Refusal:
    """Return the trade of a REST answer, or why it is refused; see `normalised`."""
    return normalised(market, Origin.BACKFILL, trade_id, price, quantity, side, timestamp, received_at)
