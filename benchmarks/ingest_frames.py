"""Frames to lines for the stream, on one core: ours, beside `cryptofeed` and beside the floor.

Each recorded frame is decoded, normalised, checked for continuity and encoded. The floor is msgspec decoding the frame into a
typed struct and no more. `cryptofeed` gets the Binance frames as `aggTrade`, the one of Binance's trade streams that it reads
(three names are changed in the text, nothing else); its handler makes its trade, which is serialised as its own backends do it.
Of Coinbase too few matches are recorded to measure: the trades of Binance's recording are printed as its recorded matches are.

Best of several turns, each contender in each turn; a turn begins with no amount remembered from the one before.
"""

import asyncio
import gzip
import sys
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from itertools import batched
from pathlib import Path
from typing import Any, Final

import msgspec
from cryptofeed import _json as cryptofeed_json
from cryptofeed.defines import TRADES
from cryptofeed.exchanges.binance import Binance
from cryptofeed.symbols import Symbols

from coattail_common.lines import TradeLine
from coattail_connector import Continuity, Message, StreamedMarket
from coattail_connector.frames import amounts
from coattail_connector.frames.encoding import COMPILED
from coattail_runtime.link import group
from ingest_binance import frames as binance_frames
from ingest_binance.naming import markets_by_name as binance_markets
from ingest_binance.normalising import normalise as normalise_binance
from ingest_coinbase import frames as coinbase_frames
from ingest_coinbase.naming import markets_by_name as coinbase_markets
from ingest_coinbase.normalising import normalise as normalise_coinbase

RECORDINGS: Final = Path(__file__).parents[2] / "shared/data/binance_spot"
_TURNS: Final = 7
_RECEIVED: Final = 1_723_161_255_000_000
_AT_ONCE: Final = 200
"""Trades that wait together at a connector's queue in a busy moment."""
_BATCH_BYTES: Final = 48 * 1024
_MATCH: Final = (
    b'{"type":"match","trade_id":%d,"maker_order_id":"7e1c1ab5-5ed6-4f1d-b4a5-bc1a53a5d4c8",'
    b'"taker_order_id":"d92e1a74-1a0c-4d4b-a7d0-6fd1bd6e2e6e","side":"%s","size":"%s","price":"%s",'
    b'"product_id":"%s","sequence":%d,"time":"2024-08-08T23:54:15.%06dZ"}'
)

type Normalise = Callable[[Mapping[str, StreamedMarket], bytes, int], Sequence[Message]]


class Frames(msgspec.Struct, frozen=True, kw_only=True):
    """µs of one core a frame, and the ratios that are asked for."""

    compiled: bool
    frames: int
    floor_us: float
    ours_us: float
    cryptofeed_us: float
    of_the_floor: float
    times_cryptofeed: float
    coinbase_floor_us: float
    coinbase_ours_us: float
    coinbase_of_the_floor: float


def measure() -> Frames | None:
    """Measure once, some seconds; `None` where the recordings are not there."""
    recorded = _recorded()
    return asyncio.run(_measure(recorded)) if recorded else None


def _recorded() -> list[bytes]:
    """The recorded trade frames, without the time of receipt before each."""
    found: list[bytes] = []
    for path in sorted(RECORDINGS.glob("*.gz")):
        with gzip.open(path) as file:
            found += (line.partition(b" ")[2].strip() for line in file if b'@trade"' in line)
    if not found:
        sys.stderr.write(f"bench: {RECORDINGS} is not there: frames are not measured\n")
    return found


async def _measure(recorded: Sequence[bytes]) -> Frames:
    matches = [_as_match(binance_frames.decode_trade(frame).data) for frame in recorded]
    of_binance = binance_markets(["BTC-USDT", "ETH-USDT"])
    of_coinbase = coinbase_markets(["BTC-USD", "ETH-USD"])
    peer = _Cryptofeed(recorded, {"BTC-USDT": "BTCUSDT", "ETH-USDT": "ETHUSDT"})
    best = await _best(
        {
            "floor": _decoding(binance_frames.decode_trade, recorded),
            "ours": _ours(normalise_binance, of_binance, recorded),
            "cryptofeed": peer.run,
            "coinbase floor": _decoding(coinbase_frames.decode, matches),
            "coinbase": _ours(normalise_coinbase, of_coinbase, matches),
        },
        len(recorded),
    )
    return Frames(
        compiled=COMPILED,
        frames=len(recorded),
        floor_us=round(best["floor"], 2),
        ours_us=round(best["ours"], 2),
        cryptofeed_us=round(best["cryptofeed"], 2),
        of_the_floor=round(best["floor"] / best["ours"], 3),
        times_cryptofeed=round(best["cryptofeed"] / best["ours"], 2),
        coinbase_floor_us=round(best["coinbase floor"], 2),
        coinbase_ours_us=round(best["coinbase"], 2),
        coinbase_of_the_floor=round(best["coinbase floor"] / best["coinbase"], 3),
    )


def _as_match(event: binance_frames.TradeEvent) -> bytes:
    product = event.s.removesuffix("USDT").encode() + b"-USD"
    side = b"buy" if event.m else b"sell"
    return _MATCH % (event.t, side, event.q.encode(), event.p.encode(), product, event.t + 7, event.T % 1_000_000)


def _decoding(decode: Callable[[bytes], object], frames: Sequence[bytes]) -> Callable[[], Awaitable[None]]:
    async def run() -> None:
        for frame in frames:
            decode(frame)

    return run


def _ours(
    normalise: Normalise, markets: Mapping[str, StreamedMarket], frames: Sequence[bytes]
) -> Callable[[], Awaitable[None]]:
    together = list(batched(frames, _AT_ONCE, strict=False))

    async def run() -> None:
        amounts._amounts.clear()
        continuity = Continuity()
        for some in together:
            waiting: list[TradeLine] = []
            for frame in some:
                for message in normalise(markets, frame, _RECEIVED):
                    assert type(message) is TradeLine
                    if not continuity.follows(message):
                        continuity.trade(message, 0.0)
                    waiting.append(message)
            group(waiting, _BATCH_BYTES)

    return run


async def _best(contenders: Mapping[str, Callable[[], Awaitable[None]]], items: int) -> dict[str, float]:
    """µs of this process an item, of each contender's best turn."""
    best = dict.fromkeys(contenders, float("inf"))
    for _ in range(_TURNS):
        for name, contender in contenders.items():
            began = time.process_time()
            await contender()
            best[name] = min(best[name], (time.process_time() - began) / items * 1e6)
    return best


class _Cryptofeed:
    """Its handler of Binance's frames, and what its backends do with a trade."""

    def __init__(self, recorded: Sequence[bytes], names: Mapping[str, str]) -> None:
        kinds = dict.fromkeys(names, "spot")
        Symbols.set(Binance.id, dict(names), {"symbols": list(names), "tick_size": {}, "instrument_type": kinds})
        changes = ((b'"e":"trade"', b'"e":"aggTrade"'), (b'"t":', b'"a":'), (b'@trade"', b'@aggTrade"'))
        self._frames = list(recorded)
        for old, new in changes:
            self._frames = [frame.replace(old, new) for frame in self._frames]
        self._feed = Binance(symbols=list(names), channels=[TRADES], callbacks={TRADES: self._serialise})
        self._made: list[bytes] = []

    async def run(self) -> None:
        """All frames once."""
        self._made.clear()
        for frame in self._frames:
            await self._feed.message_handler(frame, None, _RECEIVED / 1e6)
        assert len(self._made) == len(self._frames)

    async def _serialise(self, trade: Any, received: float) -> None:
        fields = trade.to_dict(numeric_type=str, none_to=None)
        fields["receipt_timestamp"] = received
        self._made.append(cryptofeed_json.dumpb(fields))
