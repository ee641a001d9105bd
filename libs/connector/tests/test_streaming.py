"""A connector of a made-up exchange against a real WebSocket server. Its frames are `symbol id`, `latest id`, `ending`,
…
"""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager

import pytest
from tenacity.wait import wait_base, wait_none
from websockets.exceptions import ConnectionClosed

from coattail_connector import (
    FULL_JITTER,
    Clock,
    ConnectionEnd,
    Cursor,
    ExchangeError,
    ExchangeRefusedError,
    Message,
    Reason,
    Refusal,
    Reporter,
    SessionRefusedError,
    SocketConnector,
    SocketOptions,
    StreamedMarket,
    WebSocket,
    by_exchange_name,
    utc_micros,
)
from coattail_connector.streaming import HEALTHY_SECONDS, REFUSED_IN_A_ROW
from coattail_testing.connector import MovedClock, ReadableLog
from coattail_testing.link import FakeWait
from coattail_testing.records import a_line
from coattail_testing.scene import Scene, streaming

BTC = "BTC-USDT"


def markets(symbols: Iterable[str]) -> Mapping[str, StreamedMarket]:
    return by_exchange_name("plain", symbols, lambda market: market.symbol)


class PlainConnector(SocketConnector):
    """Reads frames of a word and a number."""

    def __init__(
        self,
        url: str,
        reporter: Reporter,
        *,
        options: SocketOptions | None = None,
        now: Clock = utc_micros,
        wait: wait_base = FULL_JITTER,
    ) -> None:
        super().__init__([BTC], url, reporter, options=options, now=now, wait=wait)

    def markets_by_name(self, symbols: Iterable[str]) -> Mapping[str, StreamedMarket]:
        return markets(symbols)

    async def opened(self, socket: WebSocket) -> None:
        await socket.send("subscribe")

    def handle_exchange_error(self, error: ExchangeError) -> None:
        super().handle_exchange_error(error)
        if error.text == "never":
            raise ExchangeRefusedError(error.text)
        if error.text == "not now":
            raise SessionRefusedError(error.text)

    def normalize(self, frame: bytes | str, received_at: int) -> Sequence[Message]:  # noqa: ARG002
        assert isinstance(frame, bytes)
        word, _, rest = frame.decode().partition(" ")
        match word:
            case "trade":
                return tuple(a_line(int(number)) for number in rest.split())
            case "latest":
                return (Cursor(BTC, int(rest)),)
            case "ending":
                return (ConnectionEnd(),)
            case "error":
                return (ExchangeError(rest),)
            case "quiet":
                return ()
            case _:
                return (Refusal(Reason.MALFORMED, f"{word} is no word"),)


def scene(
    reporter: Reporter,
    clock: MovedClock,
    *,
    queue_size: int = 100,
    max_size: int = 2**20,
    overlap: float = 0.05,
    life: float | None = None,
    wait: wait_base | None = None,
) -> AbstractAsyncContextManager[Scene[PlainConnector]]:
    options = SocketOptions(max_size=max_size, overlap=overlap, life=life)
    return streaming(
        lambda url: PlainConnector(url, reporter, options=options, now=clock, wait=wait or wait_none()),
        queue_size=queue_size,
    )


async def test_trades_come_in_order_and_are_counted(reporter: Reporter, clock: MovedClock) -> None:
    async with scene(reporter, clock) as the:
        socket = await the.exchange.arrival()
        assert await socket.recv() == "subscribe"
        await socket.send("trade 5 6")
        await socket.send("quiet")
        await socket.send("trade 7")
        assert await the.ids(3) == [5, 6, 7]
        assert (reporter.tally.received, reporter.tally.forwarded) == (3, 3)
        assert the.connector.continuity.newest(BTC) == 7


async def test_refused_frames_do_not_stop_the_good_ones(reporter: Reporter, clock: MovedClock) -> None:
    async with scene(reporter, clock) as the:
        socket = await the.exchange.subscriber()
        for frame in ("trade 5", "nonsense", "", "trade 6"):
            await socket.send(frame)
        assert await the.ids(2) == [5, 6]
        assert reporter.tally.refused[Reason.MALFORMED] == 2


async def test_a_lost_connection_is_made_again_and_its_gap_is_told(
    reporter: Reporter, clock: MovedClock, log: ReadableLog
) -> None:
    async with scene(reporter, clock) as the:
        first = await the.exchange.subscriber()
        await first.send("trade 5")
        assert await the.ids(1) == [5]
        first.transport.abort()
        second = await the.exchange.subscriber()
        await second.send("trade 9")
        assert await the.ids(1) == [9]
    assert reporter.tally.reconnects == 1
    assert log.lines('"first_trade_id":6,"last_trade_id":8')


async def test_the_exchanges_word_shows_what_did_not_come(
    reporter: Reporter, clock: MovedClock, log: ReadableLog
) -> None:
    async with scene(reporter, clock) as the:
        socket = await the.exchange.subscriber()
        for frame in ("latest 5", "trade 6", "latest 8", "trade 9"):
            await socket.send(frame)
        assert await the.ids(2) == [6, 9]
    assert log.lines('"first_trade_id":7,"last_trade_id":8')
    assert reporter.tally.gaps == 1


async def test_moving_over_brings_the_new_connection_up_before_the_old_one_goes(
    reporter: Reporter, clock: MovedClock
) -> None:
    async with scene(reporter, clock) as the:
        old = await the.exchange.subscriber()
        await old.send("trade 5")
        await old.send("ending")
        new = await the.exchange.subscriber()
        assert old.state.name == "OPEN"
        await old.send("trade 6")
        for frame in ("trade 6", "trade 7"):
            await new.send(frame)
        assert await the.ids(2) == [5, 6]
        await old.wait_closed()
        assert await the.ids(1) == [7]
        await new.send("trade 8")
        assert await the.ids(1) == [8]
        assert reporter.tally.connected
    assert (reporter.tally.gaps, reporter.tally.reconnects) == (0, 0)
    assert reporter.tally.repeated == 1


async def test_the_old_connection_may_end_first(reporter: Reporter, clock: MovedClock) -> None:
    async with scene(reporter, clock, overlap=3600) as the:
        old = await the.exchange.subscriber()
        await old.send("trade 5")
        await old.send("ending")
        new = await the.exchange.subscriber()
        await old.close(1001)
        await new.send("trade 6")
        assert await the.ids(2) == [5, 6]
        await new.send("ending")
        third = await the.exchange.subscriber()
        await new.close(1001)
        await third.send("trade 7")
        assert await the.ids(1) == [7]
    assert reporter.tally.reconnects == 0


async def test_connections_that_end_as_soon_as_they_begin_are_no_storm(reporter: Reporter, clock: MovedClock) -> None:
    wait = FakeWait()
    async with scene(reporter, clock, overlap=3600, wait=wait) as the:
        for _ in range(4):
            socket = await the.exchange.subscriber()
            await socket.send("ending")
            await socket.close(1001)
        await the.exchange.subscriber()
    assert wait.attempts == [1, 2, 3]


async def test_it_moves_over_before_a_connection_is_too_old(reporter: Reporter, clock: MovedClock) -> None:
    async with scene(reporter, clock, life=3600) as the:
        old = await the.exchange.subscriber()
        await old.send("trade 5")
        assert await the.ids(1) == [5]
        clock.forward(3600)
        await old.send("trade 6")
        new = await the.exchange.subscriber()
        assert old.state.name == "OPEN"
        await old.send("trade 7")
        assert await the.ids(2) == [6, 7]
        await old.wait_closed()
        await new.send("trade 8")
        assert await the.ids(1) == [8]
        clock.forward(3599)
        await new.send("trade 9")
        assert await the.ids(1) == [9]
        assert new.state.name == "OPEN"
    assert (reporter.tally.gaps, reporter.tally.reconnects) == (0, 0)


async def test_a_shutdown_in_a_burst_keeps_what_had_arrived(reporter: Reporter, clock: MovedClock) -> None:
    async with scene(reporter, clock, queue_size=5) as the:
        socket = await the.exchange.subscriber()
        await socket.send("trade " + " ".join(str(number) for number in range(100)))
        assert await the.ids(1) == [0]
        ending = asyncio.create_task(the.connector.shutdown())
        assert await the.ids(99) == list(range(1, 100))
        await ending
        await the.streaming
    assert reporter.tally.forwarded == 100
    assert not reporter.tally.connected


async def test_a_shutdown_while_the_connection_is_being_made(reporter: Reporter, clock: MovedClock) -> None:
    async def say_nothing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        asked.set()
        await reader.read()
        writer.close()
        gone.set()

    asked, gone = asyncio.Event(), asyncio.Event()
    async with await asyncio.start_server(say_nothing, "127.0.0.1", 0) as server:
        url = f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        connector = PlainConnector(url, reporter, now=clock)
        streaming = asyncio.create_task(connector.stream(asyncio.Queue()))
        await asked.wait()
        await connector.shutdown()
        await streaming
        await gone.wait()


async def test_a_shutdown_while_moving_over(reporter: Reporter, clock: MovedClock) -> None:
    async with scene(reporter, clock, overlap=3600) as the:
        old = await the.exchange.subscriber()
        await old.send("ending")
        new = await the.exchange.subscriber()
        await the.connector.shutdown()
        await the.streaming
        await old.wait_closed()
        await new.wait_closed()


async def test_a_full_queue_slows_the_socket_and_loses_nothing(reporter: Reporter, clock: MovedClock) -> None:
    async with scene(reporter, clock, queue_size=2) as the:
        socket = await the.exchange.subscriber()
        sending = asyncio.gather(*(socket.send(f"trade {number} " + " " * 4_000) for number in range(2_000)))
        assert await the.ids(2_000) == list(range(2_000))
        await sending


async def test_an_oversized_frame_costs_its_connection_only(reporter: Reporter, clock: MovedClock) -> None:
    async with scene(reporter, clock, max_size=1024) as the:
        socket = await the.exchange.subscriber()
        await socket.send("trade 5")
        with pytest.raises(ConnectionClosed):
            await asyncio.gather(socket.send("trade 6" + " " * 2000), socket.recv())
        again = await the.exchange.subscriber()
        await again.send("trade 7")
        assert await the.ids(2) == [5, 7]
    assert reporter.tally.refused[Reason.OVERSIZED] == 1
    assert reporter.tally.gaps == 1


async def test_a_complaint_is_logged(reporter: Reporter, clock: MovedClock, log: ReadableLog) -> None:
    async with scene(reporter, clock) as the:
        socket = await the.exchange.subscriber()
        await socket.send("error slow consume")
        await socket.send("trade 5")
        assert await the.ids(1) == [5]
    assert log.lines("slow consume")


async def test_a_session_that_is_refused_is_tried_again(reporter: Reporter, clock: MovedClock) -> None:
    async with scene(reporter, clock) as the:
        first = await the.exchange.subscriber()
        await first.send("error not now")
        second = await the.exchange.subscriber()
        await second.send("trade 5")
        assert await the.ids(1) == [5]
    assert reporter.tally.reconnects == 1


async def test_what_the_exchange_will_never_serve_ends_the_stream(reporter: Reporter, clock: MovedClock) -> None:
    async with scene(reporter, clock) as the:
        socket = await the.exchange.subscriber()
        await socket.send("error never")
        with pytest.raises(ExchangeRefusedError, match="never"):
            await the.streaming
        await socket.wait_closed()


async def test_a_server_that_is_no_websocket_is_tried_again(reporter: Reporter, clock: MovedClock) -> None:
    async def answer(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        answers.set()
        writer.write(b"HTTP/1.1 429 Too Many Requests\r\nContent-Length: 0\r\n\r\n")
        writer.close()

    answers = asyncio.Event()
    async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
        url = f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        connector = PlainConnector(url, reporter, now=clock, wait=wait_none())
        streaming = asyncio.create_task(connector.stream(asyncio.Queue()))
        for _ in range(2):
            await answers.wait()
            answers.clear()
        await connector.shutdown()
        await streaming
    assert reporter.tally.reconnects >= 1


async def test_health_follows_the_last_message(reporter: Reporter, clock: MovedClock) -> None:
    async with scene(reporter, clock) as the:
        socket = await the.exchange.subscriber()
        assert not the.connector.health_check()
        await socket.send("trade 5")
        await the.ids(1)
        assert the.connector.health_check()
        clock.forward(30)
        assert the.connector.health_check()
        clock.forward(0.001)
        assert not the.connector.health_check()
        await socket.send("trade 6")
        await the.ids(1)
        assert the.connector.health_check()


async def test_who_hears_nothing_but_what_is_refused_is_not_healthy(reporter: Reporter, clock: MovedClock) -> None:
    async def received(count: int) -> None:
        async with asyncio.timeout(60):
            while reporter.tally.received < count:  # noqa: ASYNC110  (there is no event)
                await asyncio.sleep(0.001)

    async with scene(reporter, clock) as the:
        socket = await the.exchange.subscriber()
        for frame in ("trade 1", *["nonsense"] * REFUSED_IN_A_ROW):
            await socket.send(frame)
        await received(REFUSED_IN_A_ROW + 1)
        assert the.connector.health_check()
        clock.forward(HEALTHY_SECONDS + 1)
        await socket.send("nonsense")
        await received(REFUSED_IN_A_ROW + 2)
        assert not the.connector.health_check()
        await socket.send("trade 2")
        await the.ids(2)
        assert the.connector.health_check()


def test_connecting_is_no_io(reporter: Reporter) -> None:
    connector = PlainConnector("ws://127.0.0.1:9", reporter)
    assert connector.connect() is not connector.connect()
