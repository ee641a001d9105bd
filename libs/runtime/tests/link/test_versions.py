"""A connector of today and writers of both versions: it speaks what the writer offers, and loses nothing when writers change."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final

import msgspec
import pytest
from tenacity import wait_none
from websockets.asyncio.client import connect
from websockets.asyncio.server import ServerConnection, serve

from coattail_common.contracts import is_symbol
from coattail_common.lines import MarketName, decode_trade, unpack
from coattail_runtime.link import LineBatch, LinkClient, LinkServer
from coattail_runtime.link.frames import (
    OLDEST_VERSION,
    VERSION,
    Accepted,
    Batch,
    Hello,
    Welcome,
    check_names,
    decode_to_connector,
    decode_to_writer,
    encode,
    encode_batch,
)
from coattail_runtime.sink import TradeQueue
from coattail_testing.connector import ReadableLog
from coattail_testing.link import FakeIntake, FakeWait
from coattail_testing.records import a_line, a_port, a_queue

SYMBOLS: Final = ("BTC-USDT", "ETH-USDT")
CONTRACT: Final = "0xdAC17F958D2ee523a2206206994597C13D831ec7"
FIELDS_OF_1: Final = ["type", "seq", "exchange", "symbol", "count", "lines"]


class OldWriter:
    """A writer of version 1 from plain maps: it knows no other fields, and accepts each batch at once."""

    def __init__(self) -> None:
        self.hellos: list[dict[str, Any]] = []
        self.batches: list[dict[str, Any]] = []
        self._held: dict[str, int] = {}
        self._changed = asyncio.Condition()

    @asynccontextmanager
    async def open(self, port: int) -> AsyncIterator[int]:
        """Serve; yields the port."""
        async with serve(self._connection, "127.0.0.1", port, max_queue=None) as server:
            yield next(iter(server.sockets)).getsockname()[1]

    async def until(self, batches: int) -> None:
        """Wait until at least so many batches have come."""
        async with self._changed:
            await self._changed.wait_for(lambda: len(self.batches) >= batches)

    def trade_ids(self, symbol: str) -> list[int]:
        """The ids of the trades of one market, in the order they came."""
        return [
            decode_trade(line).trade_id
            for batch in self.batches
            if batch["symbol"] == symbol
            for line in unpack(batch["lines"])
        ]

    async def _connection(self, socket: ServerConnection) -> None:
        hello = msgspec.msgpack.decode(await socket.recv())
        self.hellos.append(hello)
        if hello["version"] != 1:
            reason = f"link version {hello['version']} is not spoken here, but 1"
            await socket.send(msgspec.msgpack.encode({"type": "refused", "reason": reason}))
            return
        held = self._held.get(hello["session"], 0)
        welcome = {"type": "welcome", "version": 1, "session": "old", "held": held, "accepted": held}
        await socket.send(msgspec.msgpack.encode(welcome))
        async for message in socket:
            batch = msgspec.msgpack.decode(message)
            if list(batch) != FIELDS_OF_1 or not is_symbol(batch["symbol"]) or (held and batch["seq"] != held + 1):
                await socket.close(1002, "no batch of version 1")
                return
            held = self._held[hello["session"]] = batch["seq"]
            async with self._changed:
                self.batches.append(batch)
                self._changed.notify_all()
            await socket.send(msgspec.msgpack.encode({"type": "accepted", "seq": held}))


def a_client(port: int, **changes: Any) -> LinkClient:
    options: dict[str, Any] = {"flush_interval": 0, "max_batch_bytes": 1_000, "wait": wait_none()} | changes
    return LinkClient(f"ws://127.0.0.1:{port}", "tests", **options)


def records_of_a_contract(count: int) -> TradeQueue:
    """Records of another kind than trades, of a chain's contract."""
    queue: TradeQueue = asyncio.Queue()
    for number in range(count):
        line = b'{"transfer":%d}' % number
        queue.put_nowait(msgspec.structs.replace(a_line(number), market=MarketName("ethereum", CONTRACT), line=line))
    queue.shutdown()
    return queue


async def test_client_speaks_version_1_with_a_writer_of_version_1() -> None:
    writer = OldWriter()
    async with asyncio.timeout(60), writer.open(0) as port:
        await a_client(port).drain(a_queue(300, *SYMBOLS))

    for symbol in SYMBOLS:
        assert writer.trade_ids(symbol) == list(range(300))
    assert [(hello["version"], hello["latest"]) for hello in writer.hellos] == [(1, 2)]


async def test_client_speaks_version_2_with_a_writer_of_both() -> None:
    log, intake = ReadableLog(), FakeIntake(accepting=True)
    async with asyncio.timeout(60), LinkServer("127.0.0.1", 0, intake) as server:
        await a_client(server.port, log=log.logger).drain(a_queue(10, *SYMBOLS))

    assert [json.loads(line)["link_version"] for line in log.lines("link open")] == [2]


async def test_client_loses_nothing_when_the_writer_is_rolled_back_and_forward() -> None:
    """What the newer one held and did not accept is sent to the older one, in its own frames, and the other way round."""
    newer, older, newest = FakeIntake(room=20), OldWriter(), FakeIntake(accepting=True)
    queue: TradeQueue = asyncio.Queue()

    def put(first: int, end: int) -> None:
        for trade_id in range(first, end):
            for symbol in SYMBOLS:
                queue.put_nowait(a_line(trade_id, symbol=symbol))

    with a_port() as port:
        async with asyncio.timeout(60):
            draining = asyncio.create_task(a_client(port).drain(queue))
            async with LinkServer("127.0.0.1", port, newer):
                put(0, 100)
                await newer.until(50)
                newer.accept()
                await newer.until(60)
            before = len(newer.batches)
            async with older.open(port):
                await older.until(before // 2)
                put(100, 200)
            put(200, 300)
            queue.shutdown()
            async with LinkServer("127.0.0.1", port, newest):
                await draining

    for symbol in SYMBOLS:
        came = [*newer.trade_ids(symbol), *older.trade_ids(symbol), *newest.trade_ids(symbol)]
        assert list(dict.fromkeys(came)) == list(range(300))
    assert older.batches
    assert newest.batches


async def test_client_keeps_what_version_1_has_no_key_for() -> None:
    """It says what to do, sends the older writer nothing of it, and everything to the first one that speaks version 2."""
    log, wait, older, newer = ReadableLog(), FakeWait(), OldWriter(), FakeIntake(accepting=True)
    with a_port() as port:
        client = a_client(port, log=log.logger, wait=wait)
        async with asyncio.timeout(60):
            async with older.open(port):
                draining = asyncio.create_task(client.drain(records_of_a_contract(50)))
                while len(wait.attempts) < 3:  # noqa: ASYNC110  (there is no event)
                    await asyncio.sleep(0)
            assert client.unaccepted_trades == 50
            async with LinkServer("127.0.0.1", port, newer):
                await draining

    assert older.batches == []
    (warning,) = log.lines("the writer cannot be reached")
    assert "deploy a writer of version 2 first" in warning
    assert {(batch.source, batch.key) for batch in newer.batches} == {("ethereum", CONTRACT)}
    assert [line for batch in newer.batches for line in unpack(batch.lines)] == [
        b'{"transfer":%d}' % number for number in range(50)
    ]


@pytest.mark.parametrize(("source", "key"), [("ethereum", "USD Coin"), ("ethereum", "x" * 257), ("", "BTC-USDT")])
async def test_client_ends_over_a_name_that_no_version_can_carry(source: str, key: str) -> None:
    """Else the same batch would be sent again without end, and everything behind it would wait."""
    queue: TradeQueue = asyncio.Queue()
    queue.put_nowait(msgspec.structs.replace(a_line(1), market=MarketName(source, key)))
    queue.shutdown()
    with a_port() as port:
        async with asyncio.timeout(60), LinkServer("127.0.0.1", port, FakeIntake(accepting=True)):
            with pytest.raises(ValueError, match=f"source '{source}'"):
                await a_client(port).drain(queue)


@pytest.mark.parametrize("key", ["BTC-USDT", "币安人生-USDT"])
async def test_every_version_has_a_symbol(key: str) -> None:
    batch = LineBatch("binance", key, 1, b"{}")
    check_names(batch)
    for version in range(OLDEST_VERSION, VERSION + 1):
        assert isinstance(decode_to_writer(encode_batch(1, batch, version), version), Batch)


async def test_server_serves_both_versions_of_one_session() -> None:
    """A connector that comes back in another version goes on where it was."""
    intake = FakeIntake(accepting=True)
    async with asyncio.timeout(60), LinkServer("127.0.0.1", 0, intake) as server:
        address = f"ws://127.0.0.1:{server.port}"
        async with connect(address, proxy=None) as socket:
            await socket.send(encode(Hello(version=1, producer="tests", session="one", latest=2)))
            welcome = decode_to_connector(await socket.recv())
            assert isinstance(welcome, Welcome)
            assert welcome.version == 2
            await socket.send(encode(Batch(seq=1, source="ethereum", key=CONTRACT, count=1, lines=b"{}")))
            while decode_to_connector(await socket.recv()) != Accepted(seq=1):
                pass
        async with connect(address, proxy=None) as socket:
            await socket.send(encode(Hello(version=1, producer="tests", session="one")))
            assert decode_to_connector(await socket.recv()) == Welcome(
                version=1, session=server.session, held=1, accepted=1, credit=server.credit
            )
            old = {"type": "batch", "seq": 2, "exchange": "kraken", "symbol": "BTC-USD", "count": 1, "lines": b"{}"}
            await socket.send(msgspec.msgpack.encode(old))
            while decode_to_connector(await socket.recv()) != Accepted(seq=2):
                pass

    assert [(batch.source, batch.key) for batch in intake.batches] == [("ethereum", CONTRACT), ("kraken", "BTC-USD")]
