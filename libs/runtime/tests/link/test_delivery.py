"""The link over real sockets: whatever happens to the writer or the network, each market's trades arrive, in order."""

import asyncio
import socket
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest
from tenacity import wait_none

from coattail_common.lines import TradeLine
from coattail_runtime.link import LineBatch, LinkClient, LinkRefusedError, LinkServer
from coattail_runtime.link.frames import MAX_LINES_BYTES
from coattail_testing.link import FakeIntake, FakeWait
from coattail_testing.records import a_line, a_port, a_queue

BTC, ETH = "BTC-USDT", "ETH-USDT"


def a_client(port: int, **changes: Any) -> LinkClient:
    """A client that does not wait: a small batch each, and no pause between attempts."""
    options: dict[str, Any] = {"flush_interval": 0, "max_batch_bytes": 1_000, "wait": wait_none()} | changes
    return LinkClient(f"ws://127.0.0.1:{port}", "tests", **options)


async def test_each_market_arrives_in_order() -> None:
    intake = FakeIntake(accepting=True)
    async with LinkServer("127.0.0.1", 0, intake) as server:
        client = a_client(server.port)

        await client.drain(a_queue(500, BTC, ETH))

    assert intake.trade_ids(BTC) == list(range(500))
    assert intake.trade_ids(ETH) == list(range(500))
    assert client.unaccepted_trades == 0
    assert client.accepted == client.held == len(intake.batches)


async def test_draining_ends_with_the_last_acceptance_and_not_before() -> None:
    intake = FakeIntake()
    async with LinkServer("127.0.0.1", 0, intake) as server:
        client = a_client(server.port)
        draining = asyncio.create_task(client.drain(a_queue(10, BTC)))
        await intake.until(10)

        assert not draining.done()
        assert client.unaccepted_trades == 10

        intake.accept()
        await draining


async def test_cursors_are_told_what_is_accepted_in_order() -> None:
    told: list[LineBatch] = []
    async with LinkServer("127.0.0.1", 0, FakeIntake(accepting=True)) as server:
        await a_client(server.port, on_accepted=told.append).drain(a_queue(50, BTC))

    ids = [batch.last_trade_id for batch in told]
    assert ids == sorted(ids, key=lambda trade_id: trade_id or 0)
    assert ids[-1] == 49


async def test_a_full_writer_makes_the_queue_wait() -> None:
    intake = FakeIntake(room=1)
    async with LinkServer("127.0.0.1", 0, intake) as server:
        client = a_client(server.port, max_unaccepted_trades=3)
        queue: asyncio.Queue[TradeLine] = asyncio.Queue(maxsize=1)

        async def feed() -> None:
            for trade_id in range(100):
                await queue.put(a_line(trade_id))
            queue.shutdown()

        feeding, draining = asyncio.create_task(feed()), asyncio.create_task(client.drain(queue))
        await intake.until(1)
        for _ in range(1_000):  # in which a client that takes what it can get has taken everything
            await asyncio.sleep(0)
        assert not feeding.done()
        assert queue.full()
        assert client.unaccepted_trades == 3
        assert len(intake.batches) == 1

        intake.accepting = True
        intake.accept()
        await asyncio.gather(feeding, draining)

    assert intake.trade_ids(BTC) == list(range(100))


async def test_a_writer_that_was_restarted_is_sent_what_it_lost() -> None:
    lost, found = FakeIntake(room=20), FakeIntake(accepting=True)
    with a_port() as port:
        async with LinkServer("127.0.0.1", port, lost):
            draining = asyncio.create_task(a_client(port).drain(a_queue(100, BTC, ETH)))
            await lost.until(50)
            lost.accept()
            await lost.until(80)
        async with LinkServer("127.0.0.1", port, found):
            await draining

    for symbol in (BTC, ETH):
        before, after = lost.trade_ids(symbol), found.trade_ids(symbol)
        assert before == list(range(len(before)))
        assert after == list(range(after[0], 100))
        assert 0 < after[0] <= len(before)


async def test_the_same_writer_is_sent_nothing_twice(open_relay: Any) -> None:
    intake = FakeIntake()
    async with LinkServer("127.0.0.1", 0, intake) as server, open_relay(server.port) as relay:
        draining = asyncio.create_task(a_client(relay.port).drain(a_queue(300, BTC)))
        for trades in (50, 150, 250):
            await intake.until(trades)
            relay.cut()
        await intake.until(300)
        intake.accept()
        await draining

    assert intake.trade_ids(BTC) == list(range(300))


async def test_a_cut_while_the_writer_is_full_loses_and_doubles_nothing(open_relay: Any) -> None:
    intake = FakeIntake(room=2)
    async with LinkServer("127.0.0.1", 0, intake) as server, open_relay(server.port) as relay:
        client = a_client(relay.port)
        draining = asyncio.create_task(client.drain(a_queue(100, BTC)))
        await intake.until(2)
        relay.cut()
        intake.accepting = True
        intake.accept()
        await draining

    assert intake.trade_ids(BTC) == list(range(100))


async def test_a_writer_that_comes_later_is_found() -> None:
    intake, wait = FakeIntake(accepting=True), FakeWait()
    with a_port() as port:
        client = a_client(port, wait=wait)
        draining = asyncio.create_task(client.drain(a_queue(10, BTC)))
        while not wait.attempts:  # noqa: ASYNC110  (there is no event)
            await asyncio.sleep(0)
        async with LinkServer("127.0.0.1", port, intake):
            await draining

    assert intake.trade_ids(BTC) == list(range(10))
    assert not client.connected


async def test_the_token_opens_the_link() -> None:
    intake = FakeIntake(accepting=True)
    async with LinkServer("127.0.0.1", 0, intake, token="secret") as server:
        await a_client(server.port, token="secret").drain(a_queue(1, BTC))

    assert intake.trade_ids(BTC) == [0]


@pytest.mark.parametrize("token", [None, "guess"])
async def test_a_wrong_token_is_refused_for_good(token: str | None) -> None:
    async with LinkServer("127.0.0.1", 0, FakeIntake(), token="secret") as server:
        with pytest.raises(LinkRefusedError, match="refuses tests: the token is missing or wrong"):
            await a_client(server.port, token=token).drain(a_queue(1, BTC))


async def test_an_ending_writer_takes_no_more_and_still_reports() -> None:
    ending = FakeIntake()
    async with LinkServer("127.0.0.1", 0, ending) as server:
        client = a_client(server.port)
        draining = asyncio.create_task(client.drain(a_queue(10, BTC)))
        await ending.until(10)
        await server.stop_taking()
        ending.accept()
        await draining

    assert client.unaccepted_trades == 0


@pytest.mark.parametrize("size", [0, 10**9])
def test_a_batch_size_that_no_frame_can_have_is_refused(size: int) -> None:
    with pytest.raises(ValueError, match="max_batch_bytes must be from 1 to"):
        a_client(7070, max_batch_bytes=size)


async def test_a_unix_socket_carries_it_too_and_one_that_was_left_is_no_hindrance(tmp_path: Path) -> None:
    path, intake = tmp_path / "link.sock", FakeIntake(accepting=True)
    with socket.socket(socket.AF_UNIX) as left:  # as by a process that was killed
        left.bind(str(path))
    async with LinkServer("", 0, intake, path=path) as server:
        assert server.place == str(path)
        assert path.stat().st_mode & 0o777 == 0o660

        await LinkClient(f"unix:{path}", "tests", flush_interval=0).drain(a_queue(100, BTC))

    assert intake.trade_ids(BTC) == list(range(100))


async def test_a_unix_socket_that_is_served_is_not_taken_away(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path, intake = tmp_path / "link.sock", FakeIntake(accepting=True)
    async with LinkServer("", 0, intake, path=path):
        with pytest.raises(SystemExit) as ended:
            async with LinkServer("", 0, FakeIntake(), path=path, setting="KINESIS_WRITER_LINK_SOCKET"):
                pass

        await LinkClient(f"unix:{path}", "tests", flush_interval=0).drain(a_queue(1, BTC))

    assert ended.value.code == 2
    line = capsys.readouterr().err
    assert line.count("\n") == 1
    assert f"{path} is in use by another process" in line
    assert "KINESIS_WRITER_LINK_SOCKET" in line
    assert intake.trade_ids(BTC) == [0]


async def test_many_connections_share_the_credit() -> None:
    async with LinkServer("127.0.0.1", 0, FakeIntake(), credit_bytes=2 * MAX_LINES_BYTES) as server:
        assert server.credit == 2 * MAX_LINES_BYTES
        async with AsyncExitStack() as stack:
            for _ in range(4):
                task = asyncio.create_task(a_client(server.port).drain(asyncio.Queue()))
                stack.callback(task.cancel)
            async with asyncio.timeout(60):
                while server.connections < 4:  # noqa: ASYNC110  (the server has no event)
                    await asyncio.sleep(0.001)
            assert server.credit == MAX_LINES_BYTES // 2
