"""The stream that the lives read: parts of which each holds trades, a whale and a refused line. The same each time."""

from typing import Final

from coattail_common.lines import encode_trade
from coattail_testkit.stream import record, trade
from stream_detectors.source.records import StreamRecord

TRADES_A_PART: Final = 10
_WHALE: Final = 5
"""Its place in a part."""
SHARD: Final = "shardId-000000000000"


def parts(until: int) -> list[StreamRecord]:
    """Return the parts before `until`, each a record."""
    return [_part(number) for number in range(until)]


def trades(until: int) -> range:
    """Return the ids of the trades in them."""
    return range(until * TRADES_A_PART)


def whales(until: int) -> set[str]:
    """Return the alerts that they are worth."""
    return {f"MOD-002:whale_trade:binance:BTC-USDT:{n * TRADES_A_PART + _WHALE}" for n in range(until)}


def _part(number: int) -> StreamRecord:
    ids = range(number * TRADES_A_PART, (number + 1) * TRADES_A_PART)
    lines = [encode_trade(trade(n, "150000" if n % TRADES_A_PART == _WHALE else "100")) for n in ids]
    return record([*lines, f"not trade {number}".encode()], number + 1, SHARD)
