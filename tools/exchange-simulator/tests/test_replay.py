"""Recordings, played to clients on real sockets: every frame byte for byte, once, and nothing of our own between."""

import gzip
import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from exchange_simulator.errors import UsageError
from exchange_simulator.model import Market, Venue
from exchange_simulator.replay import ReplaySource
from exchange_simulator.replay.lines import read_lines
from exchange_simulator.replay.symbols import parted

type Serve = Callable[..., Awaitable[Any]]

# Ten seconds of a quiet market in the recorders' two line formats, values made up.
BINANCE_LINES = [
    '1700000000000000000 {"lastUpdateId":1,"bids":[],"asks":[]}',
    '1700000001000000000 {"stream":"btcusdt@trade","data":{"e":"trade","E":1700000002251,"s":"BTCUSDT","t":11,'
    '"p":"60000.10000000","q":"0.01000000","T":1700000002250,"m":true,"M":true}}',
    '1700000001500000000 {"stream":"btcusdt@bookTicker","data":{"u":1}}',
    '1700000004000000000 {"stream":"btcusdt@trade","data":{"e":"trade","E":1700000005251,"s":"BTCUSDT","t":12,'
    '"p":"60000.20000000","q":"0.50000000","T":1700000005250,"m":false,"M":true}}',
]
COINBASE_LINES = [
    "wss://ws-feed.pro.coinbase.com <-> 1618677816.84",
    '1618677817.5: {"type":"last_match","trade_id":5,"maker_order_id":"27fff20b-af29-4f45-8744-56dd1ef57dc0",'
    '"taker_order_id":"1da6ce16-c8da-4732-9f71-6049f4c6aaf8","side":"sell","size":"0.04","price":"14.7775",'
    '"product_id":"BAND-GBP","sequence":9,"time":"2021-04-17T16:43:30.244075Z"}',
    '1618677819.25: {"type":"match","trade_id":6,"maker_order_id":"27fff20b-af29-4f45-8744-56dd1ef57dc0",'
    '"taker_order_id":"1da6ce16-c8da-4732-9f71-6049f4c6aaf8","side":"buy","size":"3","price":"14.7",'
    '"product_id":"BAND-GBP","sequence":19,"time":"2021-04-17T16:43:39.300000Z"}',
    "",
]


def write(path: Path, lines: list[str]) -> Path:
    path.write_bytes(gzip.compress("\n".join(lines).encode()))
    return path


async def read(socket: aiohttp.ClientWebSocketResponse, count: int) -> list[bytes]:
    return [(await socket.receive_str(timeout=60)).encode() for _ in range(count)]


def recorded(path: Path, marker: bytes) -> list[bytes]:
    with gzip.open(path) as file:
        return [line[line.index(b"{") :].rstrip() for line in file if marker in line and not line.startswith(b"wss")]


async def test_the_binance_recordings_are_sent_whole_and_unchanged(serve: Serve, recordings: Path) -> None:
    folder = recordings / "binance_spot"
    paths = [folder / "btcusdt_20240808.gz", folder / "ethusdt_20240808.gz"]
    served = await serve(ReplaySource(paths, Venue.BINANCE), speed=0, is_running=False)
    streams = "btcusdt@trade/ethusdt@trade"
    async with served.client.ws_connect(f"{served.binance}/stream?streams={streams}") as socket:
        served.simulator.engine.start()
        received = await read(socket, 9757 + 6106)
    for path, symbol, count in zip(paths, ("btcusdt", "ethusdt"), (9757, 6106), strict=True):
        real = recorded(path, b"@trade")
        assert len(real) == count
        assert [frame for frame in received if symbol.encode() in frame] == real
    status = served.simulator.status()
    assert status.finished
    assert [market.sent for market in status.markets] == [9757, 6106]
    assert status.sent == 9757 + 6106
    assert status.skipped["bookTicker"] == 28_040 + 24_077
    first = status.markets[0].first_trade_id
    url = f"{served.binance}/api/v3/historicalTrades?symbol=BTCUSDT&fromId={first}&limit=1000"
    async with served.client.get(url) as reply:
        page = await reply.json()
    frames = [json.loads(frame)["data"] for frame in recorded(paths[0], b"@trade")[:1000]]
    assert [(trade["id"], trade["price"], trade["qty"], trade["time"], trade["isBuyerMaker"]) for trade in page] == [
        (data["t"], data["p"], data["q"], data["T"], data["m"]) for data in frames
    ]


async def test_the_coinbase_recording_brings_its_own_last_matches(serve: Serve, recordings: Path) -> None:
    path = recordings / "coinbase_exchange" / "COINBASE.ws.28.0.gz"
    served = await serve(ReplaySource([path], Venue.COINBASE), speed=0, is_running=False)
    products = [feed.market.native for feed in served.simulator.feeds]
    async with served.client.ws_connect(f"{served.coinbase}/ws") as socket:
        await socket.send_json({"type": "subscribe", "product_ids": products, "channels": ["matches"]})
        (subscriptions,) = await read(socket, 1)
        served.simulator.engine.start()
        received = await read(socket, 107)
    assert json.loads(subscriptions)["type"] == "subscriptions"
    assert received == recorded(path, b'match","trade_id"')
    kinds = [json.loads(frame)["type"] for frame in received]
    assert (kinds.count("match"), kinds.count("last_match")) == (97, 10)
    status = served.simulator.status()
    assert status.finished
    assert status.sent == 97
    assert status.skipped == {"subscriptions": 3, "ticker": 107, "l2update": 9719, "snapshot": 10}


async def test_only_the_subscribed_market_is_sent(serve: Serve, tmp_path: Path) -> None:
    path = write(tmp_path / "recording.gz", BINANCE_LINES)
    served = await serve(ReplaySource([path], Venue.BINANCE), speed=0, is_running=False)
    async with (
        served.client.ws_connect(f"{served.binance}/ws/btcusdt@trade") as raw,
        served.client.ws_connect(f"{served.binance}/ws/btcusdt@bookTicker") as other,
    ):
        served.simulator.engine.start()
        received = await read(raw, 2)
        assert [json.loads(frame)["t"] for frame in received] == [11, 12]
        assert all(frame in "".join(BINANCE_LINES).encode() for frame in received)
        await other.send_str('{"method":"LIST_SUBSCRIPTIONS","id":1}')
        assert json.loads(await other.receive_str(timeout=60))["id"] == 1


async def test_a_subscription_in_the_middle_has_the_last_match_of_then(serve: Serve, tmp_path: Path) -> None:
    path = write(tmp_path / "recording.gz", COINBASE_LINES)
    served = await serve(ReplaySource([path], Venue.COINBASE), speed=0)
    while not served.simulator.status().finished:
        await served.client.get(f"{served.url}/control/health")
    async with served.client.ws_connect(f"{served.coinbase}/ws") as socket:
        await socket.send_json({"type": "subscribe", "product_ids": ["BAND-GBP"], "channels": ["matches"]})
        _, last = [json.loads(frame) for frame in await read(socket, 2)]
    assert (last["type"], last["trade_id"], last["side"]) == ("last_match", 6, "buy")
    async with served.client.get(f"{served.coinbase}/products/BAND-GBP/trades") as reply:
        trades = [(trade["trade_id"], trade["side"], trade["price"], trade["size"]) for trade in await reply.json()]
    assert trades == [(6, "buy", "14.70000000", "3.00000000"), (5, "sell", "14.77750000", "0.04000000")]
    (market,) = served.simulator.status().markets
    assert (market.first_trade_id, market.last_trade_id, market.sent) == (6, 6, 1)


async def test_a_recorded_time_finer_than_a_microsecond_is_cut(serve: Serve, tmp_path: Path) -> None:
    """The frame goes out byte for byte; REST and the truth have the same day, which rounding up would change."""
    fine = COINBASE_LINES[2].replace("16:43:39.300000Z", "23:59:59.999999999Z")
    path = write(tmp_path / "recording.gz", [*COINBASE_LINES[:2], fine])
    served = await serve(ReplaySource([path], Venue.COINBASE), speed=0, is_running=False)
    async with served.client.ws_connect(f"{served.coinbase}/ws") as socket:
        await socket.send_json({"type": "subscribe", "product_ids": ["BAND-GBP"], "channels": ["matches"]})
        await read(socket, 1)
        served.simulator.engine.start()
        received = await read(socket, 2)
    assert received[1] == fine.partition(" ")[2].encode()
    async with served.client.get(f"{served.coinbase}/products/BAND-GBP/trades?limit=1") as reply:
        (trade,) = await reply.json()
    assert trade["time"] == "2021-04-17T23:59:59.999999Z"


@pytest.mark.parametrize("speed", [1.0, 4.0])
async def test_the_pace_is_that_of_the_receive_times(serve: Serve, tmp_path: Path, clock: Any, speed: float) -> None:
    path = write(tmp_path / "recording.gz", BINANCE_LINES)
    served = await serve(ReplaySource([path], Venue.BINANCE), clock=clock, speed=speed)
    await clock.advance(2.9 / speed)
    assert served.simulator.status().sent == 1
    async with served.client.get(f"{served.binance}/api/v3/time") as reply:
        assert abs((await reply.json())["serverTime"] - 1_700_000_003_900) <= 10
    await clock.advance(0.2 / speed)
    assert served.simulator.status().sent == 2
    assert served.simulator.status().finished


def test_both_line_formats_give_receive_times_in_microseconds(tmp_path: Path) -> None:
    nanoseconds = write(tmp_path / "a.gz", BINANCE_LINES)
    seconds = tmp_path / "b.txt"
    seconds.write_text("\n".join(COINBASE_LINES))
    assert [line.received_us for line in read_lines(nanoseconds)][:2] == [1_700_000_000_000_000, 1_700_000_001_000_000]
    assert [line.received_us for line in read_lines(seconds)] == [1_618_677_817_500_000, 1_618_677_819_250_000]


def test_a_truncated_recording_is_refused_before_it_is_played(tmp_path: Path) -> None:
    path = write(tmp_path / "recording.gz", BINANCE_LINES * 50)
    path.write_bytes(path.read_bytes()[:-40])
    with pytest.raises(UsageError, match=r"recording\.gz is cut short after line \d+; fetch it again"):
        ReplaySource([path], Venue.BINANCE)


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", "holds no trade of binance; is --exchange right"),
        (b"\x1f\x8bgarbage", "is damaged|is cut short"),
        (b"hello\n", "line 1: expected `<receive ns> {json}` or"),
        (b'1700000000000000000 {"stream":"btcusdt@trade","data":{}}\n', "line 1: Object missing required field `s`"),
        (b'1700000000000000000 {"stream":broken}\n', "line 1: JSON is malformed"),
    ],
)
def test_what_is_no_recording_is_refused(tmp_path: Path, content: bytes, problem: str) -> None:
    path = tmp_path / "recording"
    path.write_bytes(content)
    with pytest.raises(UsageError, match=problem):
        ReplaySource([path], Venue.BINANCE)


@pytest.mark.parametrize("time", ["yesterday", "2021-04-17T16:43:39.300000", "2021-04-31T16:43:39Z"])
def test_a_recorded_time_that_is_none_is_refused(tmp_path: Path, time: str) -> None:
    path = write(tmp_path / "recording.gz", [COINBASE_LINES[2].replace("2021-04-17T16:43:39.300000Z", time)])
    with pytest.raises(UsageError, match=r"recording\.gz, line 1: "):
        ReplaySource([path], Venue.COINBASE)


def test_a_missing_recording(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="nowhere: No such file or directory; give the path of a recording"):
        ReplaySource([tmp_path / "nowhere"], Venue.BINANCE)


@pytest.mark.parametrize(
    ("native", "symbol"),
    [("BTCUSDT", "BTC-USDT"), ("ETHBTC", "ETH-BTC"), ("BTCUSDC", "BTC-USDC"), ("BNBFDUSD", "BNB-FDUSD")],
)
def test_symbols_are_parted_so_that_joining_gives_them_back(native: str, symbol: str) -> None:
    assert parted(native) == symbol
    assert Market(Venue.BINANCE, symbol).native == native


def test_a_symbol_of_no_known_quote() -> None:
    with pytest.raises(ValueError, match="ends with no quote asset known here"):
        parted("BTCXYZ")
