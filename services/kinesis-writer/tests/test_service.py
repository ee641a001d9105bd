"""The process as it is deployed: it starts without its stream, says so once, and ends in order."""

import asyncio
import json
import os
import signal
import socket
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp

from coattail_common.contracts import Trade
from coattail_common.link import LinkClient
from coattail_common.testing import a_trade

ENVIRONMENT = {
    **{name: value for name, value in os.environ.items() if not name.startswith("KINESIS_WRITER_")},
    "AWS_ENDPOINT_URL": "http://127.0.0.1:9",
    "AWS_ACCESS_KEY_ID": "test",
    "AWS_SECRET_ACCESS_KEY": "test",
}


@asynccontextmanager
async def the_service(*flags: str) -> AsyncIterator[Process]:
    """The service as a process."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "kinesis_writer", *flags, env=ENVIRONMENT, stdout=PIPE, stderr=PIPE
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def said(process: Process, message: str) -> dict[str, Any]:
    """The log line that has the message, when it comes."""
    assert process.stdout is not None
    while text := await process.stdout.readline():
        line: dict[str, Any] = json.loads(text)
        if message in line.get("message", ""):
            return line
    raise AssertionError((await process.communicate())[1].decode())


async def test_without_its_stream_it_serves_and_says_so_once() -> None:
    async with the_service("--link-port", "0", "--health-port", "0", "--drain-seconds", "0") as process:
        serving = await said(process, "serving")
        warning = await said(process, "the stream does not answer")
        async with aiohttp.ClientSession() as session:
            health = f"http://127.0.0.1:{serving['health_port']}/health"
            async with session.get(f"{health}/live") as live, session.get(f"{health}/ready") as ready:
                assert (live.status, ready.status) == (200, 503)
                assert "127.0.0.1:9" in await ready.text()

        queue: asyncio.Queue[Trade] = asyncio.Queue()
        queue.put_nowait(a_trade(1))
        held = asyncio.Event()
        client = LinkClient(f"ws://127.0.0.1:{serving['link_port']}", "tests", flush_interval=0)
        draining = asyncio.create_task(client.drain(queue))
        await said(process, "link open")
        assert not held.is_set()
        process.send_signal(signal.SIGTERM)
        output, errors = await process.communicate()
        draining.cancel()

    assert "http://127.0.0.1:9" in warning["error"]
    assert b"the stream does not answer" not in output
    assert b"ended with" in output
    assert (process.returncode, errors) == (0, b"")


async def test_a_port_in_use_ends_it_with_one_line() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        async with the_service("--link-port", str(port), "--health-port", "0") as process:
            _, errors = await process.communicate()

    assert process.returncode == 2
    assert errors.decode().splitlines() == [
        f"configuration: port {port} on 127.0.0.1 is in use by another process; "
        "end it or set KINESIS_WRITER_LINK_PORT to a free port"
    ]


async def test_an_interrupt_ends_it_too() -> None:
    async with the_service("--link-port", "0", "--health-port", "0", "--drain-seconds", "0") as process:
        await said(process, "serving")
        process.send_signal(signal.SIGINT)
        output, errors = await process.communicate()

    assert b"ended with everything in the stream" in output
    assert (process.returncode, errors) == (0, b"")
