"""The parser against frames that were recorded at the exchange."""

import gzip
from collections import Counter
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import msgspec
import pytest

from coattail_common.contracts import Side
from coattail_common.lines import TradeLine, decode_trade
from coattail_connector import Continuity, Cursor, ExchangeError, Message, Reason, Refusal
from ingest_coinbase.naming import markets_by_name
from ingest_coinbase.normalising import normalise


class Recorded(msgspec.Struct):
    """The fields of a recorded match, read independently of the connector."""

    type: str
    trade_id: int = 0
    side: str = ""
    size: str = ""
    price: str = ""
    product_id: str = ""
    time: str = ""


@pytest.fixture
def frames(recordings: Path) -> list[tuple[int, bytes]]:
    """Receive time (µs) and frame, of everything the exchange sent."""
    with gzip.open(recordings / "coinbase_exchange" / "COINBASE.ws.28.0.gz", "rb") as lines:
        received = [line.partition(b": ") for line in lines if line[:1].isdigit()]
    return [(int(Decimal(moment.decode()) * 1_000_000), frame) for moment, _, frame in received]


def read(frames: list[tuple[int, bytes]]) -> list[tuple[Recorded, Message]]:
    recorded = [msgspec.json.decode(frame, type=Recorded) for _, frame in frames]
    markets = markets_by_name({record.product_id for record in recorded if record.product_id})
    pairs: list[tuple[Recorded, Message]] = []
    for record, (received, frame) in zip(recorded, frames, strict=True):
        pairs += [(record, message) for message in normalise(markets, frame, received)]
    return pairs


def test_every_match_is_a_trade_of_the_takers_side(frames: list[tuple[int, bytes]]) -> None:
    trades = [
        (record, decode_trade(message.line)) for record, message in read(frames) if isinstance(message, TradeLine)
    ]
    assert len(trades) == 97
    for record, trade in trades:
        assert record.type == "match"
        assert trade.side is {"buy": Side.SELL, "sell": Side.BUY}[record.side]
        assert (trade.trade_id, trade.symbol) == (record.trade_id, record.product_id)
        assert (trade.price, trade.quantity) == (record.price, record.size)
        assert Decimal(trade.quote_volume) == Decimal(record.price) * Decimal(record.size)
        moment = datetime.fromtimestamp(trade.timestamp // 1_000_000, UTC)
        assert f"{moment:%Y-%m-%dT%H:%M:%S}.{trade.timestamp % 1_000_000:06}Z" == record.time


def test_every_last_match_sets_a_cursor_only_and_nothing_is_missing_after_it(frames: list[tuple[int, bytes]]) -> None:
    continuity = Continuity()
    cursors: list[str] = []
    for record, message in read(frames):
        if isinstance(message, Cursor):
            assert record.type == "last_match"
            assert continuity.latest(message.symbol, message.trade_id, 0).began == message.trade_id
            cursors.append(message.symbol)
        if isinstance(message, TradeLine):
            assert continuity.follows(message)
    assert len(cursors) == len(set(cursors)) == 10


def test_other_channels_are_refused_as_unexpected(frames: list[tuple[int, bytes]]) -> None:
    kinds: Counter[str] = Counter()
    for record, message in read(frames):
        if isinstance(message, Refusal):
            assert message.reason is Reason.UNEXPECTED
            kinds[record.type] += 1
    assert set(kinds) == {"l2update", "snapshot", "ticker"}


@pytest.mark.parametrize(
    ("file", "expected"),
    [
        ("coinbase_exchange_2019.jsonl", {TradeLine: 1, Refusal: 8}),
        ("coinbase_exchange_control.jsonl", {Cursor: 3, ExchangeError: 3}),
    ],
)
def test_frames_of_every_kind_come_to_something_clear(recordings: Path, file: str, expected: dict[type, int]) -> None:
    markets = markets_by_name(["ETC-GBP", "BTC-USD"])
    frames = (recordings / "frames" / file).read_bytes().splitlines()
    messages = [message for frame in frames for message in normalise(markets, frame, 1)]
    assert Counter(type(message) for message in messages) == expected
    assert all(message.detail for message in messages if isinstance(message, Refusal))
