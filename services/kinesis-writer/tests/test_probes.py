"""Live, ready and degraded are different answers."""

import asyncio
from pathlib import Path

from coattail_runtime import telemetry
from coattail_runtime.health import Check
from coattail_runtime.link import LineBatch, LinkServer
from coattail_testkit.writer import FakeStream
from kinesis_writer import Reachability, Writer
from kinesis_writer.probes import WriterProbes
from kinesis_writer.spool import Folder, SpooledIntake

LOG = telemetry.logger("tests")


def checks(probes: WriterProbes) -> dict[str, Check]:
    return {check.name: check for check in probes.ready()}


def told(probes: WriterProbes) -> dict[str, tuple[bool, object]]:
    return {check.name: (check.ok, check.degraded) for check in probes.ready() if check.name != "link"}


async def test_without_a_spool_it_is_ready_while_the_stream_answers() -> None:
    reachability = Reachability("tests", LOG)
    async with Writer(FakeStream(), reachability) as writer, LinkServer("127.0.0.1", 0, writer) as link:
        probes = WriterProbes(writer, None, link, reachability, degraded_seconds=30)
        reachability.up()
        assert told(probes) == {"stream": (True, False), "memory": (True, False)}
        reachability.down("no answer")
        assert told(probes) == {"stream": (False, True), "memory": (True, False)}
        assert [check.ok for check in probes.live()] == [True]
        assert checks(probes)["link"].detail == f"0 connectors on port {link.port}"


async def test_with_a_spool_it_stays_ready_and_is_degraded(tmp_path: Path) -> None:
    stream, reachability, folder = FakeStream(), Reachability("tests", LOG), Folder(tmp_path)
    stream.down = True
    now = [1_000.0]
    folder.open()
    async with (
        Writer(stream, reachability, max_bytes=100) as writer,
        SpooledIntake(folder, writer, max_bytes=1_000, log=LOG, clock=lambda: now[0]) as spool,
        LinkServer("127.0.0.1", 0, spool) as link,
    ):
        probes = WriterProbes(writer, spool, link, reachability, degraded_seconds=30)
        reachability.up()
        assert told(probes) == {"stream": (True, False), "memory": (True, False), "spool": (True, False)}
        for _ in range(3):
            await spool.put(LineBatch("binance", "BTC-USDT", 1, b"x" * 60), lambda: None)
        reachability.down("no answer")
        assert told(probes) == {"stream": (True, True), "memory": (True, False), "spool": (True, True)}
        now[0] += 31
        assert told(probes)["memory"] == (True, True)
        assert "bytes" in checks(probes)["spool"].detail
    folder.close()


async def test_with_a_full_spool_it_is_not_ready(tmp_path: Path) -> None:
    stream, reachability, folder = FakeStream(), Reachability("tests", LOG), Folder(tmp_path)
    stream.down = True
    folder.open()
    async with (
        Writer(stream, reachability, max_bytes=100) as writer,
        SpooledIntake(folder, writer, max_bytes=1_000, log=LOG) as spool,
        LinkServer("127.0.0.1", 0, spool) as link,
    ):
        probes = WriterProbes(writer, spool, link, reachability, degraded_seconds=30)
        batch = LineBatch("binance", "BTC-USDT", 1, b"x" * 60)
        putting = [asyncio.create_task(spool.put(batch, lambda: None)) for _ in range(30)]
        async with asyncio.timeout(60):
            while not spool.full:  # noqa: ASYNC110  (the spool has no event)
                await asyncio.sleep(0)
        assert told(probes)["spool"] == (False, True)
        for task in putting:
            task.cancel()
        await asyncio.gather(*putting, return_exceptions=True)
    folder.close()
