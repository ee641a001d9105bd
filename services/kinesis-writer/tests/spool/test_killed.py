"""The deployed process with a spool, killed with SIGKILL at random moments while Kinesis comes and goes."""

import asyncio
import signal
from asyncio.subprocess import Process
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from random import Random
from typing import Any

import aiohttp
import pytest
from tenacity import wait_fixed
from websockets.asyncio.client import connect

from coattail_runtime.link import LinkClient, group
from coattail_runtime.link.frames import VERSION, Batch, Held, Hello, decode_to_connector, encode
from coattail_testing.records import a_line, a_port, a_process, a_queue, said

SYMBOLS = ("BTC-USDT", "ETH-USDT", "SOL-USDT")
LEAST_MEMORY = 1024 * 1024
TRADES = 3_000  # of each market: about three times as much as fits into memory


def the_service(spool: Path, *flags: str) -> AbstractAsyncContextManager[Process]:
    """The service with little memory and a spool."""
    quick = ("--health-port", "0", "--drain-seconds", "0", "--record-age", "0")
    return a_process("kinesis_writer", *quick, "--max-bytes", str(LEAST_MEMORY), "--spool", str(spool), *flags)


async def until(condition: Callable[[], bool]) -> None:
    """Wait for another process to do it."""
    async with asyncio.timeout(60):
        while not condition():  # noqa: ASYNC110  (the other process has no event)
            await asyncio.sleep(0.005)


async def until_at_least(least: int, measure: Callable[[], int], task: asyncio.Task[None]) -> None:
    """Wait until the measure is there, or the task is done."""
    await until(lambda: measure() >= least or task.done())


def spooled(folder: Path) -> int:
    return sum(_size(path) for path in folder.glob("*.spool"))


def first_arrivals(endpoint: Any, symbol: str) -> list[int]:
    return list(dict.fromkeys(endpoint.accepted[symbol]))


def accepted(endpoint: Any) -> int:
    return sum(len(set(ids)) for ids in endpoint.accepted.values())


@pytest.mark.parametrize("seed", range(3))
async def test_killed_again_and_again_everything_is_accepted_in_order(endpoint: Any, tmp_path: Path, seed: int) -> None:
    random = Random(seed)
    endpoint.says, endpoint.refuses = (500, {}), 0.2
    with a_port() as port:
        client = LinkClient(f"ws://127.0.0.1:{port}", "tests", flush_interval=0, wait=wait_fixed(0.05))
        draining = asyncio.create_task(client.drain(a_queue(TRADES, *SYMBOLS)))
        for _ in range(4):
            async with the_service(tmp_path, "--link-port", str(port)) as process:
                await said(process, "serving")
                await until_at_least(random.randrange(3_000_000), lambda: spooled(tmp_path), draining)
                if random.random() < 0.5:
                    endpoint.says = None
                    enough = accepted(endpoint) + random.randrange(1_500)
                    await until_at_least(enough, lambda: accepted(endpoint), draining)
                process.kill()
                await process.wait()
            endpoint.says = (500, {})
        endpoint.says = None

        async with the_service(tmp_path, "--link-port", str(port), "--drain-seconds", "60") as process:
            await said(process, "serving")  # there may be nothing left to drain, and it does not know SIGTERM before
            await draining
            process.send_signal(signal.SIGTERM)
            output, errors = await process.communicate()

    for symbol in SYMBOLS:
        assert first_arrivals(endpoint, symbol) == list(range(TRADES))
    assert b"ended with everything in the stream" in output
    assert (process.returncode, errors, spooled(tmp_path)) == (0, b"", 0)


@pytest.mark.parametrize("seed", range(3))
async def test_what_was_held_on_disk_is_accepted_although_its_connector_died_too(
    endpoint: Any, tmp_path: Path, seed: int
) -> None:
    random = Random(seed)
    endpoint.says = (500, {})
    batches = group([a_line(number) for number in range(3 * TRADES)], 20_000)
    held = 0
    async with the_service(tmp_path, "--link-port", "0") as process:
        port = (await said(process, "serving"))["link_port"]
        async with connect(f"ws://127.0.0.1:{port}", compression=None) as socket:
            await socket.send(encode(Hello(version=VERSION, producer="tests", session="one")))
            for seq, batch in enumerate(batches, 1):
                await socket.send(
                    encode(Batch(seq=seq, source="binance", key="BTC-USDT", count=batch.count, lines=batch.lines))
                )
            enough = random.randrange(len(batches) * 2 // 3, len(batches))
            while held < enough:
                frame = decode_to_connector(await socket.recv())
                held = frame.seq if isinstance(frame, Held) else held
            process.kill()
            await process.wait()
    endpoint.says = None
    trades = sum(batch.count for batch in batches[:held])

    async with the_service(tmp_path, "--link-port", "0") as process:
        await said(process, "serving")
        await until(lambda: accepted(endpoint) >= trades and not spooled(tmp_path))

    arrived = first_arrivals(endpoint, "BTC-USDT")
    assert arrived == list(range(len(arrived)))
    assert len(arrived) >= trades


async def test_on_sigterm_what_cannot_be_sent_is_kept_for_the_next(endpoint: Any, tmp_path: Path) -> None:
    endpoint.says = (503, {})
    async with the_service(tmp_path, "--link-port", "0") as process:
        ports = await said(process, "serving")
        client = LinkClient(f"ws://127.0.0.1:{ports['link_port']}", "tests", flush_interval=0)
        draining = asyncio.create_task(client.drain(a_queue(100)))
        await endpoint.until_put()
        async with (
            aiohttp.ClientSession() as session,
            session.get(f"http://127.0.0.1:{ports['health_port']}/health/ready") as ready,
        ):
            report = await ready.json()
            assert (ready.status, report["healthy"], report["degraded"]) == (200, True, True)
        process.send_signal(signal.SIGTERM)
        output, errors = await process.communicate()
        draining.cancel()
    assert b"they are in the spool" in output
    assert (process.returncode, errors) == (0, b"")
    left = spooled(tmp_path)
    assert left > 0
    endpoint.says = None

    async with the_service(tmp_path, "--link-port", "0") as process:
        await said(process, "serving")
        await until(lambda: not spooled(tmp_path))

    assert endpoint.accepted["BTC-USDT"] == list(range(len(endpoint.accepted["BTC-USDT"])))
    assert endpoint.accepted["BTC-USDT"]


async def test_a_folder_that_is_in_use_ends_it_with_one_line(endpoint: Any, tmp_path: Path) -> None:  # noqa: ARG001
    async with the_service(tmp_path, "--link-port", "0") as process:
        await said(process, "serving")
        async with the_service(tmp_path, "--link-port", "0") as second:
            _, errors = await second.communicate()

    assert second.returncode == 2
    assert errors.decode().splitlines() == [
        f"configuration: the spool {tmp_path} is in use by another writer; "
        "end it or set KINESIS_WRITER_SPOOL to another folder"
    ]


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0
