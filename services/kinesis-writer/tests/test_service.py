"""The process as it is deployed: killed, without its stream, in the way of others, and ended in order."""

import asyncio
import signal
import socket
from asyncio.subprocess import Process
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any

import aiohttp
from tenacity import wait_fixed

from coattail_runtime import telemetry
from coattail_runtime.link import LinkClient
from coattail_testing.records import a_line, a_port, a_process, a_queue, said
from kinesis_writer import Reachability, Record, open_stream
from kinesis_writer.service import find
from kinesis_writer.stream import StreamUnavailableError


def the_service(*flags: str) -> AbstractAsyncContextManager[Process]:
    """The service as a process, on free ports if none are given; it does not drain for long."""
    return a_process("kinesis_writer", "--link-port", "0", "--health-port", "0", "--drain-seconds", "0", *flags)


def a_client(port: int) -> LinkClient:
    return LinkClient(f"ws://127.0.0.1:{port}", "tests", flush_interval=0, max_batch_bytes=1_000, wait=wait_fixed(0.05))


async def test_what_a_connector_sends_is_put_on_the_stream(endpoint: Any) -> None:
    async with the_service() as process:
        port = (await said(process, "serving"))["link_port"]

        await a_client(port).drain(a_queue(100))

        process.send_signal(signal.SIGTERM)
        output, errors = await process.communicate()

    assert endpoint.trade_ids() == list(range(100))
    assert b"ended with everything in the stream" in output
    assert (process.returncode, errors) == (0, b"")


async def test_a_writer_that_is_killed_loses_nothing(endpoint: Any) -> None:
    endpoint.says = (500, {})
    with a_port() as port:
        async with the_service("--link-port", str(port)) as process:
            draining = asyncio.create_task(a_client(port).drain(a_queue(100)))
            await endpoint.until_put()
            process.kill()
            await process.wait()
        assert not draining.done()
        endpoint.says = None
        endpoint.requests.clear()

        async with the_service("--link-port", str(port)):
            await draining

    assert endpoint.trade_ids() == list(range(100))


async def test_without_its_stream_it_serves_and_says_so_once(endpoint: Any) -> None:
    endpoint.says = (503, {})
    async with the_service() as process:
        serving = await said(process, "serving")
        warning = await said(process, "the stream does not answer")
        async with aiohttp.ClientSession() as session:
            health = f"http://127.0.0.1:{serving['health_port']}/health"
            async with session.get(f"{health}/live") as live, session.get(f"{health}/ready") as ready:
                assert (live.status, ready.status) == (200, 503)
                assert "503" in await ready.text()
        draining = asyncio.create_task(a_client(serving["link_port"]).drain(a_queue(1)))
        await endpoint.until_put()
        process.send_signal(signal.SIGTERM)
        output, errors = await process.communicate()
        draining.cancel()

    assert "503" in warning["error"]
    assert b"the stream does not answer" not in output
    assert b"ended with trades that are not in the stream" in output
    assert (process.returncode, errors) == (0, b"")


async def test_what_is_not_in_the_stream_when_it_ends_is_sent_by_the_next_writer_on_its_spool(
    endpoint: Any, tmp_path: Path
) -> None:
    endpoint.says = (500, {})
    async with the_service("--spool", str(tmp_path)) as process:
        port = (await said(process, "serving"))["link_port"]
        draining = asyncio.create_task(a_client(port).drain(a_queue(100)))
        await endpoint.until_put()
        process.send_signal(signal.SIGTERM)
        output, errors = await process.communicate()
        draining.cancel()
    assert b"they are in the spool" in output
    assert (process.returncode, errors) == (0, b"")

    endpoint.says = None
    async with the_service("--spool", str(tmp_path), "--drain-seconds", "30") as process:
        await said(process, "serving")
        process.send_signal(signal.SIGTERM)
        output, _ = await process.communicate()
    assert b"ended with everything in the stream" in output
    arrived = endpoint.accepted["BTC-USDT"]
    assert arrived == list(range(len(arrived)))
    assert arrived


async def test_a_port_in_use_ends_it_with_one_line(endpoint: Any) -> None:  # noqa: ARG001
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        async with the_service("--link-port", str(port)) as process:
            _, errors = await process.communicate()

    assert process.returncode == 2
    assert errors.decode().splitlines() == [
        f"configuration: port {port} on 127.0.0.1 is in use by another process; "
        "end it or set KINESIS_WRITER_LINK_PORT to a free port"
    ]


async def test_a_stream_that_is_put_to_is_not_asked_for_any_more(endpoint: Any) -> None:
    """Else a role that may put and not describe would make it ready and not ready in turns."""
    endpoint.describes = False
    reachability = Reachability("tests", telemetry.logger("tests"))
    async with open_stream("tests", "us-west-2", calls=1) as stream:
        asking = asyncio.create_task(find(stream, reachability))
        await endpoint.until_asked(2)
        await stream([Record("BTC-USDT", a_line(1).line)])
        reachability.up()
        async with asyncio.timeout(60):
            await asking

    assert reachability.answers


async def test_find_keeps_a_put_that_was_answered_while_it_asked() -> None:
    """The denied question was on its way when the put was answered: its denial, which comes later, is no news."""
    reachability = Reachability("tests", telemetry.logger("tests", "CRITICAL"))

    class FakeStream:
        """Puts, and is denied the description."""

        async def check(self) -> None:
            reachability.up()
            raise StreamUnavailableError("not authorized")

    async with asyncio.timeout(60):
        await find(FakeStream(), reachability)  # type: ignore[arg-type]

    assert reachability.answers


async def test_an_interrupt_ends_it_too(endpoint: Any) -> None:  # noqa: ARG001
    async with the_service() as process:
        await said(process, "serving")
        process.send_signal(signal.SIGINT)
        output, errors = await process.communicate()

    assert b"ended with everything in the stream" in output
    assert (process.returncode, errors) == (0, b"")
