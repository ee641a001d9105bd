from collections.abc import Iterable, Mapping, Sequence

import aiohttp
import msgspec
import pytest

from coattail_connector import (
    ConnectorProbes,
    Message,
    Reason,
    Refusal,
    Reporter,
    SocketConnector,
    StreamedMarket,
    by_exchange_name,
)
from coattail_runtime.health import HealthServer, Report
from coattail_testing.connector import MovedClock
from coattail_testing.records import a_line


class SilentConnector(SocketConnector):
    """Never connected."""

    def markets_by_name(self, symbols: Iterable[str]) -> Mapping[str, StreamedMarket]:
        return by_exchange_name("plain", symbols, lambda one: one.symbol)

    def normalize(self, frame: bytes | str, received_at: int) -> Sequence[Message]:  # noqa: ARG002
        return ()


@pytest.fixture
def connector(reporter: Reporter, clock: MovedClock) -> SilentConnector:
    return SilentConnector(["BTC-USDT"], "ws://127.0.0.1:9", reporter, now=clock)


async def ask(connector: SilentConnector, probe: str) -> tuple[int, Report]:
    async with (
        HealthServer("127.0.0.1", 0, ConnectorProbes(connector), setting="PORT") as server,
        aiohttp.ClientSession() as session,
        session.get(f"http://127.0.0.1:{server.port}/health/{probe}") as answer,
    ):
        return answer.status, msgspec.json.decode(await answer.read(), type=Report)


async def test_it_is_live_and_not_ready_before_it_is_connected(connector: SilentConnector) -> None:
    assert (await ask(connector, "live"))[0] == 200
    status, report = await ask(connector, "ready")
    assert status == 503
    assert [check.name for check in report.checks if not check.ok] == ["connected", "messages"]


async def test_it_is_ready_while_messages_come(connector: SilentConnector, clock: MovedClock) -> None:
    tally = connector.reporter.tally
    tally.connected = True
    tally.frame(clock())
    tally.trade(a_line(7, timestamp=clock()))
    connector.reporter.refused(Refusal(Reason.TIME, "no"), b"")
    clock.forward(12.5)
    status, report = await ask(connector, "ready")
    assert status == 200
    details = {check.name: check.detail for check in report.checks}
    assert details["messages"] == "last 12.5 s ago, at most 30 s allowed"
    assert details["BTC-USDT"] == "last trade 7, 12.5 s ago"
    assert details["counts"] == (
        "received 1, forwarded 1, refused 1 time, repeated 0, filled 0, to be filled 0, lost 0 in 0 gaps"
    )
    clock.forward(17.6)
    assert (await ask(connector, "ready"))[0] == 503


async def test_it_is_not_ready_between_two_connections(connector: SilentConnector, clock: MovedClock) -> None:
    connector.reporter.tally.frame(clock())
    assert (await ask(connector, "ready"))[0] == 503
