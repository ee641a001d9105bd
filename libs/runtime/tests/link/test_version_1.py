"""Version 1 of the link by its bytes: frames recorded from the code that spoke no other, and a connector that has only these."""

import asyncio
import json
from contextlib import suppress
from itertools import batched
from pathlib import Path
from typing import Any, Final

import msgspec
import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake

from coattail_common.lines import pack
from coattail_runtime.link import LinkServer
from coattail_runtime.link.frames import (
    Accepted,
    BatchV1,
    Frame,
    Held,
    Hello,
    Refused,
    Welcome,
    decode_to_connector,
    decode_to_writer,
    encode,
)
from coattail_testing.link import FakeIntake
from coattail_testing.records import a_line

RECORDED: Final[dict[str, str]] = json.loads((Path(__file__).parent / "version_1.json").read_text())
TO_WRITER: Final[dict[str, Frame]] = {
    "hello": Hello(version=1, producer="binance", session="7d3c", token="secret"),
    "hello_without_token": Hello(version=1, producer="binance", session="7d3c"),
    "batch": BatchV1(seq=7, source="binance", key="BTC-USDT", count=2, lines=b'{"a":1}\n{"b":2}'),
    "batch_of_another_alphabet": BatchV1(
        seq=2**40, source="kraken", key="币安人生-USDT", count=1, lines='{"a":"é"}'.encode()
    ),
}
TO_CONNECTOR: Final[dict[str, Frame]] = {
    "welcome": Welcome(version=1, session="w1", held=4, accepted=3, credit=1_048_576),
    "held": Held(seq=9, credit=65_536),
    "accepted": Accepted(seq=9),
    "refused": Refused(reason="the token is missing or wrong"),
}
SYMBOLS: Final = ("BTC-USDT", "ETH-USDT")
TRADES: Final = 300


class OldConnector:
    """Sends batches as version 1 has them, from plain maps, and goes on after what the writer holds until all are accepted."""

    def __init__(self) -> None:
        self.accepted = 0
        self.welcomes: list[dict[str, Any]] = []
        self._batches = [
            {"exchange": "binance", "symbol": symbol, "count": len(ids), "lines": _lines(ids, symbol)}
            for ids in batched(range(TRADES), 7, strict=False)
            for symbol in SYMBOLS
        ]

    async def run(self, port: int) -> None:
        """Connect until everything is accepted."""
        while self.accepted < len(self._batches):
            with suppress(OSError, InvalidHandshake):
                async with connect(f"ws://127.0.0.1:{port}", proxy=None, compression=None) as socket:
                    with suppress(ConnectionClosed):
                        await self._converse(socket)
                assert socket.close_code not in (1002, 1008), socket.close_reason

    async def _converse(self, socket: ClientConnection) -> None:
        hello = {"type": "hello", "version": 1, "producer": "old", "session": "one", "token": None}
        await socket.send(msgspec.msgpack.encode(hello))
        welcome = msgspec.msgpack.decode(await socket.recv())
        self.welcomes.append(welcome)
        self.accepted = max(self.accepted, welcome["accepted"])
        for seq in range(max(welcome["held"], self.accepted) + 1, len(self._batches) + 1):
            await socket.send(msgspec.msgpack.encode({"type": "batch", "seq": seq} | self._batches[seq - 1]))
        while self.accepted < len(self._batches):
            answer = msgspec.msgpack.decode(await socket.recv())
            if answer["type"] == "accepted":
                self.accepted = answer["seq"]


def _lines(ids: tuple[int, ...], symbol: str) -> bytes:
    return pack(a_line(trade_id, symbol=symbol).line for trade_id in ids)


@pytest.mark.parametrize("name", TO_WRITER)
def test_version_1_to_writer_recorded_frame_is_read(name: str) -> None:
    assert decode_to_writer(bytes.fromhex(RECORDED[name]), 1) == TO_WRITER[name]


@pytest.mark.parametrize("name", TO_CONNECTOR)
def test_version_1_to_connector_recorded_frame_is_read(name: str) -> None:
    assert decode_to_connector(bytes.fromhex(RECORDED[name])) == TO_CONNECTOR[name]


@pytest.mark.parametrize("name", [*TO_CONNECTOR, "batch", "batch_of_another_alphabet"])
def test_version_1_frame_has_its_recorded_bytes(name: str) -> None:
    """A hello has more bytes today: it says the newest version, too."""
    assert encode((TO_WRITER | TO_CONNECTOR)[name]).hex() == RECORDED[name]


async def test_version_1_connector_is_answered_in_its_own_frames() -> None:
    """Byte for byte: it may read nothing that it does not know."""
    intake = FakeIntake()
    async with (
        LinkServer("127.0.0.1", 0, intake) as server,
        connect(f"ws://127.0.0.1:{server.port}", proxy=None) as socket,
    ):
        for frame in (
            {"type": "hello", "version": 1, "producer": "old", "session": "one"},
            {"type": "batch", "seq": 1, "exchange": "binance", "symbol": "BTC-USDT", "count": 1, "lines": b"{}"},
        ):
            await socket.send(msgspec.msgpack.encode(frame))
        answers = [await socket.recv(), await socket.recv()]
        intake.accept()
        answers.append(await socket.recv())

    assert answers == [
        msgspec.msgpack.encode(answer)
        for answer in (
            {
                "type": "welcome",
                "version": 1,
                "session": server.session,
                "held": 0,
                "accepted": 0,
                "credit": server.credit,
            },
            {"type": "held", "seq": 1, "credit": server.credit},
            {"type": "accepted", "seq": 1},
        )
    ]


async def test_version_1_connector_loses_nothing_over_cuts(open_relay: Any) -> None:
    intake, connector = FakeIntake(), OldConnector()
    async with (
        asyncio.timeout(60),
        LinkServer("127.0.0.1", 0, intake) as server,
        open_relay(server.port) as relay,
        asyncio.TaskGroup() as tasks,
    ):
        tasks.create_task(connector.run(relay.port))
        for trades in (50, 250, 450):
            await intake.until(trades)
            relay.cut()
        await intake.until(len(SYMBOLS) * TRADES)
        intake.accept()

    assert {welcome["version"] for welcome in connector.welcomes} == {1}
    for symbol in SYMBOLS:
        assert intake.trade_ids(symbol) == list(range(TRADES))
