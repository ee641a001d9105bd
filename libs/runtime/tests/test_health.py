"""Health over HTTP: what the orchestrator sees."""

import socket
from collections.abc import Iterable

import aiohttp
import msgspec
import pytest

from coattail_runtime.health import Check, HealthServer, Report


class FakeProbes:
    """Probes with answers that a test sets."""

    def __init__(self, *, ready: bool) -> None:
        self._ready = ready

    def live(self) -> Iterable[Check]:
        """See `Probes.live`."""
        yield Check("process", ok=True)

    def ready(self) -> Iterable[Check]:
        """See `Probes.ready`."""
        yield Check("process", ok=True)
        yield Check("stream", ok=self._ready, detail="crypto-pulse-trades")


async def ask(port: int, path: str) -> tuple[int, Report]:
    async with aiohttp.ClientSession() as session, session.get(f"http://127.0.0.1:{port}{path}") as answer:
        return answer.status, msgspec.json.decode(await answer.read(), type=Report)


@pytest.mark.parametrize(("ready", "status"), [(True, 200), (False, 503)])
async def test_it_is_ready_when_every_check_holds(ready: bool, status: int) -> None:
    async with HealthServer("127.0.0.1", 0, FakeProbes(ready=ready), setting="PORT") as health:
        answered, report = await ask(health.port, "/health/ready")

    assert answered == status
    assert report == Report(ready, (Check("process", ok=True), Check("stream", ok=ready, detail="crypto-pulse-trades")))


class WorseThanItShould(FakeProbes):
    """Probes of a service that works, slowly."""

    def ready(self) -> Iterable[Check]:
        """See `Probes.ready`."""
        yield Check("process", ok=True)
        yield Check("stream", ok=True, degraded=True)


async def test_degraded_is_an_answer_of_its_own() -> None:
    async with HealthServer("127.0.0.1", 0, WorseThanItShould(ready=True), setting="PORT") as health:
        answered, report = await ask(health.port, "/health/ready")

    assert (answered, report.healthy, report.degraded) == (200, True, True)


async def test_it_lives_while_it_is_not_ready() -> None:
    async with HealthServer("127.0.0.1", 0, FakeProbes(ready=False), setting="PORT") as health:
        assert await ask(health.port, "/health/live") == (
            200,
            Report(healthy=True, checks=(Check("process", ok=True),)),
        )


async def test_a_port_in_use_is_one_line_that_names_the_setting(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(SystemExit) as ended:
            async with HealthServer("127.0.0.1", port, FakeProbes(ready=True), setting="INGEST_BINANCE_HEALTH_PORT"):
                pass

    assert ended.value.code == 2
    assert capsys.readouterr().err == (
        f"configuration: port {port} on 127.0.0.1 is in use by another process; "
        "end it or set INGEST_BINANCE_HEALTH_PORT to a free port\n"
    )


async def test_an_address_that_cannot_be_had_is_one_line_too(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        async with HealthServer("192.0.2.1", 0, FakeProbes(ready=True), setting="INGEST_BINANCE_HEALTH_PORT"):
            pass

    assert ended.value.code == 2
    assert "cannot listen on 192.0.2.1:0" in capsys.readouterr().err
