"""The connector and the writer as processes, at 1,000 trades/s over ten markets: what they cost, and how late a trade is.

An exchange in this process sends frames as independent buyers would (exponential pauses); a Kinesis in this process answers in
10 ms over HTTP. A trade's time runs from the sending of its frame to the answer that accepts it, on one clock. Both services run
as they are deployed: durable cursors, gap filling, a spool.
"""

import asyncio
import json
import os
import sys
import time
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from random import Random
from statistics import quantiles
from tempfile import TemporaryDirectory
from typing import Final

import msgspec
import psutil
from aiohttp import WSMsgType, web

from benchmarks.ingest_writer import ANSWER_SECONDS, SYMBOLS
from coattail_common.lines import decode_trade, unpack
from coattail_testing.kinesis import FakeKinesis

_RATE: Final = 1_000
_WARM_SECONDS: Final = 5.0
_SECONDS: Final = 30.0
_PATIENCE: Final = 30.0


class Steady(msgspec.Struct, frozen=True, kw_only=True):
    """Shares of one core, megabytes at their highest, milliseconds, and records a trade."""

    trades: int
    connector_core: float
    writer_core: float
    together_core: float
    connector_mb: float
    writer_mb: float
    accepted_p50_ms: float
    accepted_p99_ms: float
    records_a_trade: float


def measure() -> Steady:
    """Measure once, about 40 seconds."""
    sys.stderr.write("bench: both services at a steady pace\n")
    return asyncio.run(_measure())


class FakeExchange:
    """Binance's combined streams and `exchangeInfo`, at a pace, to one client."""

    def __init__(self) -> None:
        self.sent_at: dict[tuple[str, int], float] = {}
        self.last = dict.fromkeys(SYMBOLS, 0)
        self.stopping = asyncio.Event()
        self._random = Random(1)  # noqa: S311

    async def info(self, request: web.Request) -> web.Response:
        """Every market that is asked for trades."""
        names = json.loads(request.query["symbols"])
        return web.json_response({"symbols": [{"symbol": name, "status": "TRADING"} for name in names]})

    async def stream(self, request: web.Request) -> web.WebSocketResponse:
        """Frames until the end, in bursts as short as the event loop's timer allows."""
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        next_at = time.perf_counter()
        while not self.stopping.is_set():
            while next_at <= time.perf_counter():
                await self._send(socket)
                next_at += self._random.expovariate(_RATE)
            await asyncio.sleep(max(0.0, next_at - time.perf_counter()))
        async for message in socket:
            if message.type is WSMsgType.ERROR:
                break
        return socket

    async def _send(self, socket: web.WebSocketResponse) -> None:
        random = self._random
        symbol = SYMBOLS[random.randrange(len(SYMBOLS))]
        self.last[symbol] += 1
        name = symbol.replace("-", "")
        now = time.time_ns() // 1_000_000
        data = {
            "e": "trade",
            "E": now,
            "s": name,
            "t": self.last[symbol],
            "p": f"{60_000 + random.random():.2f}000000",
            "q": f"0.{1 + random.randrange(99_999):05d}000",
            "T": now,
            "m": random.random() < 0.5,
            "M": True,
        }
        frame = json.dumps({"stream": f"{name.lower()}@trade", "data": data}, separators=(",", ":"))
        self.sent_at[symbol, self.last[symbol]] = time.perf_counter()
        await socket.send_str(frame)


class Arrivals:
    """What Kinesis accepted, and when."""

    def __init__(self) -> None:
        self.accepted: list[tuple[float, str, bytes]] = []
        """When, the partition key, the payload."""

    def note(self, record: tuple[str, bytes]) -> None:
        """Note a record."""
        self.accepted.append((time.perf_counter(), *record))

    def trades(self) -> int:
        """How many were accepted."""
        return sum(len(unpack(payload)) for _, _, payload in self.accepted)


async def _measure() -> Steady:
    exchange, arrivals = FakeExchange(), Arrivals()
    kinesis = FakeKinesis(arrivals.note, answer_seconds=ANSWER_SECONDS)
    routes = [
        web.get("/api/v3/exchangeInfo", exchange.info),
        web.get("/stream", exchange.stream),
        web.post("/", kinesis.handle),
    ]
    async with _serving(routes) as port:
        with TemporaryDirectory() as folder:
            async with _services(port, Path(folder)) as (writer, connector):
                await asyncio.sleep(_WARM_SECONDS)
                processes = [psutil.Process(one.pid) for one in (connector, writer)]
                before, began = [_cpu(one) for one in processes], time.perf_counter()
                await asyncio.sleep(_SECONDS)
                ended = time.perf_counter()
                used = [(_cpu(one) - was) / (ended - began) for one, was in zip(processes, before, strict=True)]
                most = [_peak_mb(one.pid) for one in processes]
                exchange.stopping.set()
                await _until_all_came(exchange, arrivals)
    return _result(exchange, arrivals, (began, ended), used, most)


@asynccontextmanager
async def _serving(routes: list[web.RouteDef]) -> AsyncIterator[int]:
    application = web.Application(client_max_size=16 * 1024 * 1024)
    application.add_routes(routes)
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield runner.addresses[0][1]
    finally:
        await runner.cleanup()


@asynccontextmanager
async def _services(port: int, folder: Path) -> AsyncIterator[tuple[Process, Process]]:
    """The writer and the connector, both at work."""
    environment = os.environ | {
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}",
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
    }
    writer = await _start(environment, "kinesis_writer", "--link-port", "0", "--spool", str(folder / "spool"))
    try:
        assert writer.stdout is not None
        link = json.loads(await writer.stdout.readline())["link_port"]
        connector = await _start(
            environment,
            "ingest_binance",
            *("--symbols", ",".join(SYMBOLS), "--ws-url", f"ws://127.0.0.1:{port}"),
            *("--rest-url", f"http://127.0.0.1:{port}", "--link-url", f"ws://127.0.0.1:{link}"),
            *("--cursors", f"file:{folder / 'cursors'}"),
        )
        try:
            yield writer, connector
        finally:
            connector.terminate()
            await connector.communicate()
    finally:
        writer.terminate()
        await writer.communicate()


async def _start(environment: dict[str, str], module: str, *flags: str) -> Process:
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", module, "--health-port", "0", *flags),
        env=environment,
        stdout=PIPE if module == "kinesis_writer" else DEVNULL,
        stderr=DEVNULL,
    )


async def _until_all_came(exchange: FakeExchange, arrivals: Arrivals) -> None:
    async with asyncio.timeout(_PATIENCE):
        while arrivals.trades() < sum(exchange.last.values()):  # noqa: ASYNC110  (the processes have no event)
            await asyncio.sleep(0.1)


def _cpu(process: psutil.Process) -> float:
    times = process.cpu_times()
    return times.user + times.system


def _peak_mb(pid: int) -> float:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM:")) / 1000


def _result(
    exchange: FakeExchange, arrivals: Arrivals, window: tuple[float, float], used: list[float], most: list[float]
) -> Steady:
    late: list[float] = []
    records = 0
    for accepted_at, symbol, payload in arrivals.accepted:
        came = [
            1000 * (accepted_at - exchange.sent_at[symbol, decode_trade(line).trade_id]) for line in unpack(payload)
        ]
        if window[0] <= accepted_at <= window[1]:
            records += 1
            late += came
    percentiles = quantiles(late, n=100)
    return Steady(
        trades=len(late),
        connector_core=round(used[0], 3),
        writer_core=round(used[1], 3),
        together_core=round(sum(used), 3),
        connector_mb=round(most[0], 1),
        writer_mb=round(most[1], 1),
        accepted_p50_ms=round(percentiles[49], 1),
        accepted_p99_ms=round(percentiles[98], 1),
        records_a_trade=round(records / len(late), 3),
    )
