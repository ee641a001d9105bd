"""For tests of whatever handles trades, and of the processes that do."""

import asyncio
import os
import socket
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from decimal import Decimal
from typing import Any

import msgspec

from coattail_common.contracts import Origin, Side, Trade, event_id
from coattail_common.lines import TradeLine, trade_line
from coattail_runtime.sink import TradeQueue


def a_trade(
    trade_id: int,
    *,
    exchange: str = "binance",
    symbol: str = "BTC-USDT",
    price: str = "65000.10",
    quantity: str = "0.5",
    side: Side = Side.BUY,
    timestamp: int = 1_700_000_000_000_000,
    delay: int = 1_000,
) -> Trade:
    """A trade that agrees with itself. `timestamp` in µs; it is received `delay` µs later."""
    base, quote = symbol.split("-")
    return Trade(
        event_id=event_id(exchange, symbol, trade_id),
        exchange=exchange,
        symbol=symbol,
        base=base,
        quote=quote,
        trade_id=trade_id,
        price=price,
        quantity=quantity,
        quote_volume=f"{Decimal(price) * Decimal(quantity):f}",
        side=side,
        timestamp=timestamp,
        ingestion_timestamp=timestamp + delay,
        origin=Origin.STREAM,
    )


def a_line(
    trade_id: int,
    *,
    exchange: str = "binance",
    symbol: str = "BTC-USDT",
    timestamp: int = 1_700_000_000_000_000,
) -> TradeLine:
    """The same on its way to the stream."""
    return trade_line(a_trade(trade_id, exchange=exchange, symbol=symbol, timestamp=timestamp))


def a_queue(trades: int, *symbols: str) -> TradeQueue:
    """So many of each market (`BTC-USDT` unless others are named), in turn, ids from 0, and no more to come."""
    queue: TradeQueue = asyncio.Queue()
    for trade_id in range(trades):
        for symbol in symbols or ("BTC-USDT",):
            queue.put_nowait(a_line(trade_id, symbol=symbol))
    queue.shutdown()
    return queue


@contextmanager
def a_port() -> Iterator[int]:
    """A port of this machine that nobody else is given meanwhile. While nothing listens on it, who connects is refused."""
    with socket.socket() as held:  # and never listens; servers that share it (SO_REUSEADDR) may
        held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        held.bind(("127.0.0.1", 0))
        yield held.getsockname()[1]


@asynccontextmanager
async def a_process(module: str, *flags: str, environment: Mapping[str, str] | None = None) -> AsyncIterator[Process]:
    """`python -m MODULE` with its output in pipes; killed at the end if it has not ended by then.

    Its environment is this one, or else the present one without the module's own settings, `MODULE_…`.
    """
    if environment is None:
        prefix = f"{module.upper()}_"
        environment = {name: value for name, value in os.environ.items() if not name.startswith(prefix)}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", module, *flags, env=environment, stdout=PIPE, stderr=PIPE
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def said(process: Process, message: str) -> dict[str, Any]:
    """The log line that has the message, when it comes. Raises `AssertionError` when the process ends without it."""
    assert process.stdout is not None  # noqa: S101  (a pipe)
    while text := await process.stdout.readline():
        line: dict[str, Any] = msgspec.json.decode(text)
        if message in line.get("message", ""):
            return line
    raise AssertionError((await process.communicate())[1].decode())
