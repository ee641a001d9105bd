"""The trade that an exchange's own fields make."""

from datetime import UTC, datetime
from typing import Final

from coattail_common.connector.amounts import AmountError, quote_volume
from coattail_common.connector.markets import Market
from coattail_common.connector.messages import Reason, Refusal
from coattail_common.contracts import Origin, Side, Trade, event_id

EARLIEST: Final = int(datetime(2009, 1, 3, tzinfo=UTC).timestamp()) * 1_000_000
"""UTC µs. Nothing was traded before the first block."""
LATEST: Final = int(datetime(2100, 1, 1, tzinfo=UTC).timestamp()) * 1_000_000
"""UTC µs. A time in the wrong unit lies far beyond; a receiver's slow clock does not."""


def streamed_trade(
    market: Market,
    trade_id: int,
    price: str,
    quantity: str,
    side: Side,
    timestamp: int,
    received_at: int,
    origin: Origin = Origin.STREAM,
) -> Trade | Refusal:
    """The normalised trade, with the exchange's own digits, or why it is refused. `side` is the taker's; times are UTC
    µs.
    """
    if not EARLIEST <= timestamp < LATEST:
        return Refusal(Reason.TIME, f"time {timestamp} µs of trade {trade_id} is outside 2009 to 2099")
    try:
        volume = quote_volume(price, quantity)
    except AmountError as error:
        return Refusal(Reason.AMOUNT, f"trade {trade_id}: {error}")
    return Trade(
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
