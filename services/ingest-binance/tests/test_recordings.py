"""The parser against frames that were recorded at the exchange."""

import gzip
from decimal import Context
from pathlib import Path

import msgspec
import pytest

from coattail_common.contracts import Side, Trade
from coattail_common.lines import TradeLine
from coattail_connector import ConnectionEnd, Continuity, ExchangeError, Reason, Refusal
from coattail_testing.connector import decoded
from ingest_binance.naming import markets_by_name
from ingest_binance.normalising import normalise

EXACT = Context(prec=100)


class Recorded(msgspec.Struct):
    """The fields of a recorded trade, read independently of the connector."""

    t: int
    p: str
    q: str
    T: int
    m: bool


class Envelope(msgspec.Struct):
    data: Recorded


@pytest.mark.parametrize(
    ("file", "symbol", "count"),
    [("btcusdt_20240808.gz", "BTC-USDT", 9_757), ("ethusdt_20240808.gz", "ETH-USDT", 6_106)],
)
def test_every_recorded_trade_survives_exactly(recordings: Path, file: str, symbol: str, count: int) -> None:
    markets = markets_by_name([symbol])
    continuity = Continuity()
    ids: list[int] = []
    with gzip.open(recordings / "binance_spot" / file, "rb") as lines:
        for line in lines:
            received, _, frame = line.partition(b" ")
            (found,) = normalise(markets, frame, int(received) // 1000)
            (message,) = decoded((found,))
            if b"@trade" not in line:
                assert isinstance(message, Refusal)
                assert message.reason is Reason.UNEXPECTED
                continue
            assert isinstance(message, Trade)
            recorded = msgspec.json.decode(frame, type=Envelope).data
            assert (message.price, message.quantity) == (recorded.p, recorded.q)
            assert EXACT.create_decimal(message.quote_volume) == EXACT.multiply(
                EXACT.create_decimal(recorded.p), EXACT.create_decimal(recorded.q)
            )
            assert message.side is (Side.SELL if recorded.m else Side.BUY)
            assert message.timestamp == recorded.T * 1000
            assert continuity.follows(found) or continuity.trade(found, 0).began == found.trade_id - 1
            ids.append(message.trade_id)
    assert len(ids) == len(set(ids)) == count
    assert ids == list(range(ids[0], ids[0] + count))


@pytest.mark.parametrize("file", ["binance_2019.jsonl", "binance_control.jsonl"])
def test_frames_of_every_kind_come_to_something_clear(recordings: Path, file: str) -> None:
    markets = markets_by_name(["BNB-BTC", "SOL-USDT"])
    counts: dict[type, int] = {}
    for frame in (recordings / "frames" / file).read_bytes().splitlines():
        for message in normalise(markets, frame, 1):
            counts[type(message)] = counts.get(type(message), 0) + 1
            if isinstance(message, Refusal):
                assert message.reason is Reason.UNEXPECTED
                assert message.detail
    expected = {
        "binance_2019.jsonl": {TradeLine: 2, Refusal: 8},
        "binance_control.jsonl": {ConnectionEnd: 2, ExchangeError: 4, Refusal: 3},
    }
    assert counts == expected[file]


@pytest.mark.parametrize("file", ["BINANCE.ws.1.0.gz", "BINANCE_US.ws.1.0.gz"])
def test_other_streams_are_refused_by_name(recordings: Path, file: str) -> None:
    markets = markets_by_name(["NKN-USDT", "CRV-USDT"])
    with gzip.open(recordings / "frames" / file, "rb") as lines:
        frames = [line.partition(b": ")[2] for line in lines if b'{"stream"' in line]
    assert frames
    for frame in frames:
        (message,) = normalise(markets, frame, 1)
        assert isinstance(message, Refusal)
        assert "@" in message.detail
