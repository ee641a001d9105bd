import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import WSMsgType

from exchange_simulator.clock import Clock
from exchange_simulator.model import Market, Venue
from exchange_simulator.session import Session
from exchange_simulator.source import Emission

MARKET = Market(Venue.COINBASE, "BTC-USD")
OTHER = Market(Venue.COINBASE, "ETH-USD")


class FakeSocket:
    """Takes frames only while ``is_taking`` is set, as a peer that reads does."""

    def __init__(self) -> None:
        self.is_taking = asyncio.Event()
        self.taken: list[bytes] = []
        self.closed = asyncio.Event()
        self.close_reason = (0, b"")

    async def send_frame(self, message: bytes, opcode: WSMsgType) -> None:
        assert opcode is WSMsgType.TEXT
        await self.is_taking.wait()
        self.taken.append(message)

    async def ping(self, message: bytes = b"") -> None:
        self.taken.append(b"ping " + message)

    async def close(self, *, code: int, message: bytes) -> object:
        self.close_reason = (code, message)
        self.closed.set()
        return True


def render(_emission: Emission) -> bytes:
    return b""


@asynccontextmanager
async def sending(session: Session) -> AsyncIterator[None]:
    task = asyncio.create_task(session.send_waiting())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def test_frames_leave_in_order_and_the_close_comes_last(clock: Clock) -> None:
    socket = FakeSocket()
    session = Session(socket, None, clock, render)
    async with sending(session):
        for number in range(5):
            session.push_text(str(number).encode())
        session.close_after(1001, b"bye")
        session.push_text(b"too late")
        socket.is_taking.set()
        await socket.closed.wait()
    assert socket.taken == [b"0", b"1", b"2", b"3", b"4"]
    assert socket.close_reason == (1001, b"bye")


async def test_a_slow_client_is_told_so_and_closed(clock: Clock) -> None:
    socket = FakeSocket()
    session = Session(socket, None, clock, render, farewell=b"slow consume", max_waiting=10)
    async with sending(session):
        for number in range(40):
            session.push_text(str(number).encode())
        socket.is_taking.set()
        await socket.closed.wait()
    assert socket.taken == [b"slow consume"]
    assert socket.close_reason == (1008, b"slow consume")


async def test_room_is_waited_for_while_a_client_is_behind(clock: Clock) -> None:
    socket = FakeSocket()
    session = Session(socket, None, clock, render)
    async with sending(session):
        for _ in range(3000):
            session.push_text(b"x")
        room = asyncio.create_task(session.room())
        await asyncio.wait((room,), timeout=0.01)
        assert not room.done()
        socket.is_taking.set()
        await room
    assert len(socket.taken) > 1000


async def test_silence_is_per_market_and_ends_in_time(clock: Clock) -> None:
    session = Session(FakeSocket(), None, clock, render)
    now = clock.now_us()
    session.stall(MARKET, now + 100)
    assert session.is_silent(MARKET, now)
    assert not session.is_silent(OTHER, now)
    assert not session.is_silent(MARKET, now + 100)
    session.stall(None, None)
    assert session.is_silent(OTHER, now + 10**12)
