"""The suite itself: a connector that keeps the rules passes it, and each rule fails one that breaks it."""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress

import aiohttp
import pytest
from libs.connector.tests.plain_exchange import Event, PlainBackfill, PlainConnector, plain_rest
from msgspec import structs
from tenacity.wait import wait_none

from coattail_common.contracts import Side
from coattail_common.lines import TradeLine, decode_trade, trade_line
from coattail_connector import (
    Change,
    Connect,
    ConnectionEnd,
    Message,
    Pacing,
    RateLimit,
    Refusal,
    RestClient,
    StreamedMarket,
)
from coattail_connector.base import BaseConnector
from coattail_connector.socket.reconnect import StoppedError, unless
from coattail_runtime.sink import TradeQueue
from coattail_testing.conformance import CASES, Case, NonConformanceError, Setup, Subject
from exchange_simulator.by_hand import ExchangeByHand
from exchange_simulator.model import Venue

SYMBOLS = ("BTC-USDT", "ETH-USDT")
PATIENCE = (1.5, 6.0, 24.0)
"""Seconds. What a broken connector never does is waited for so long; on a busy machine what goes before takes its time."""


def subject(connector: Callable[[Setup], BaseConnector], rest: Callable[[str], RestClient] = plain_rest) -> Subject:
    return Subject(
        name="binance",
        symbols=SYMBOLS,
        exchange=lambda heartbeat: ExchangeByHand(Venue.BINANCE, SYMBOLS, heartbeat_interval=heartbeat),
        connector=connector,
        backfill=lambda url, _: PlainBackfill(rest(url)),
        attempts=300,
        attempts_seconds=300,
        announces_end=True,
    )


class NaiveConnector(BaseConnector):
    """As one is written first: takes frames as they come, until they do not, and leaves pings to others."""

    def __init__(self, setup: Setup) -> None:
        self._plain = PlainConnector(setup)
        self._stop = asyncio.Event()

    def connect(self) -> aiohttp.ClientSession:
        return aiohttp.ClientSession()

    def normalize(self, frame: bytes | str, received_at: int) -> Sequence[Message]:
        return self._plain.normalize(frame, received_at)

    def health_check(self) -> bool:
        return True

    async def stream(self, queue: TradeQueue) -> None:
        with suppress(StoppedError):
            async with self.connect() as http, http.ws_connect(self._plain.address, autoping=False) as socket:
                while True:
                    message = await unless(self._stop, socket.receive())
                    if message.type is aiohttp.WSMsgType.TEXT:
                        for one in self.normalize(message.data, 0):
                            if isinstance(one, TradeLine):
                                await queue.put(one)
                    elif message.type is not aiohttp.WSMsgType.PING:
                        return

    async def shutdown(self) -> None:
        self._stop.set()


class SilentConnector(PlainConnector):
    """Subscribes to nothing."""

    def __init__(self, setup: Setup) -> None:
        super().__init__(setup)
        self.ws_url += "?"


class MakersSideConnector(PlainConnector):
    """Says what the maker did."""

    def trade(self, of: StreamedMarket, event: Event, received_at: int) -> TradeLine | Refusal:
        made = super().trade(of, event, received_at)
        if not isinstance(made, TradeLine):
            return made
        return trade_line(structs.replace(decode_trade(made.line), side=Side.BUY if event.m else Side.SELL))


class FloatConnector(PlainConnector):
    """Reads amounts as floats."""

    def trade(self, of: StreamedMarket, event: Event, received_at: int) -> TradeLine | Refusal:
        return super().trade(of, structs.replace(event, q=f"{float(event.q):.8f}"), received_at)


class ForgetfulConnector(PlainConnector):
    """Sees gaps, and fetches nothing."""

    def __init__(self, setup: Setup) -> None:
        super().__init__(structs.replace(setup, gaps=structs.replace(setup.gaps, backfill=None)))


class TrustingConnector(PlainConnector):
    """Takes every silence for a quiet market."""

    def __init__(self, setup: Setup) -> None:
        super().__init__(structs.replace(setup, gaps=structs.replace(setup.gaps, pacing=Pacing())))


class ImpatientConnector(PlainConnector):
    """Connects again at once."""

    def __init__(self, setup: Setup) -> None:
        super().__init__(structs.replace(setup, wait=wait_none()))


class SteadyConnector(PlainConnector):
    """Keeps its connection for ever."""

    def __init__(self, setup: Setup) -> None:
        super().__init__(structs.replace(setup, options=structs.replace(setup.options, life=None)))


class DiscreetConnector(PlainConnector):
    """Says nothing of frames it cannot use."""

    def normalize(self, frame: bytes | str, received_at: int) -> Sequence[Message]:
        return [one for one in super().normalize(frame, received_at) if not isinstance(one, Refusal)]


class UnwarnedConnector(PlainConnector):
    """Does not hear that a connection will end."""

    def normalize(self, frame: bytes | str, received_at: int) -> Sequence[Message]:
        return [one for one in super().normalize(frame, received_at) if not isinstance(one, ConnectionEnd)]


class HastyConnector(PlainConnector):
    """Ends with trades in its hands."""

    async def stream(self, queue: TradeQueue) -> None:
        inner: TradeQueue = asyncio.Queue()
        reading = asyncio.create_task(super().stream(inner))
        with suppress(StoppedError):
            while not self._stop.is_set():
                await queue.put(await unless(self._stop, inner.get()))
        await reading


class SettledConnector(PlainConnector):
    """Asks always for the markets that it began with."""

    def __init__(self, setup: Setup) -> None:
        super().__init__(setup)
        self._first = self.address

    def connect(self) -> Connect:
        return self.prepare(self._first)


class AbruptConnector(PlainConnector):
    """Lets its connection go, and then opens another."""

    async def follow(self, symbols: Sequence[str]) -> Change:
        self.followed.change(symbols)
        await self._connections.close()
        return Change()


class GullibleConnector(PlainConnector):
    """Does not believe that the exchange does not have a market."""

    async def absent(self, symbols: Sequence[str]) -> Sequence[str]:  # noqa: ARG002
        return ()

    def unavailable(self, symbol: str, reason: str) -> None:
        pass


class StubbornConnector(PlainConnector):
    """What is gone is gone."""

    async def absent(self, symbols: Sequence[str]) -> Sequence[str]:
        return symbols


class DeafRest(RestClient):
    """Does not wait when it is asked to."""

    def pause(self, seconds: float) -> None:
        pass


@pytest.mark.parametrize("case", CASES, ids=lambda case: str(case.id))
async def test_a_connector_that_keeps_the_rules_passes(case: Case) -> None:
    await case.run(subject(PlainConnector))


@pytest.mark.parametrize(
    ("number", "connector", "said"),
    [
        (1, SilentConnector, "a subscription to every market"),
        (2, MakersSideConnector, "the taker's side of 1001 (stream) is buy"),
        (3, FloatConnector, "is not 0.00001234 × 12345678901.12345678"),
        (4, NaiveConnector, "the answer to a ping"),
        (5, ForgetfulConnector, "11 trades handed on"),
        (6, TrustingConnector, "5 trades handed on"),
        (7, TrustingConnector, "8 trades handed on"),
        (8, NaiveConnector, "another connection"),
        (9, ImpatientConnector, "attempts were made again, after 0 waits"),
        (10, NaiveConnector, "1001-1004 1004-1005 1005"),
        (11, NaiveConnector, "1001-1003 1005 1004 1007 1006"),
        (12, DiscreetConnector, "a frame broken by truncated_json is counted"),
        (13, UnwarnedConnector, "the old connection let go"),
        (14, ForgetfulConnector, "24 trades handed on"),
        (15, NaiveConnector, "the bus heard []"),
        (17, HastyConnector, "were read and"),
        (18, SteadyConnector, "the old connection let go"),
        (19, NaiveConnector, "cannot be told to follow other markets"),
        (19, SettledConnector, "5 trades handed on"),
        (19, AbruptConnector, "connections were ['opened', 'closed'"),
        (20, GullibleConnector, "word that NOBODYS-COIN is unavailable"),
        (22, GullibleConnector, "word that ETH-USDT is unavailable"),
        (22, StubbornConnector, "a subscription to ETH-USDT"),
        (23, GullibleConnector, "word that ETH-USDT is unavailable"),
    ],
)
async def test_a_connector_that_breaks_a_rule_fails(
    number: int, connector: Callable[[Setup], BaseConnector], said: str
) -> None:
    case = CASES[number - 1]
    first = ""
    for seconds in PATIENCE:
        with pytest.raises(NonConformanceError) as failure:
            await structs.replace(case, seconds=seconds).run(subject(connector))
        first = str(failure.value).splitlines()[0]
        if said in first:
            break
    assert first.startswith(f"CONN-{number:02} {case.title}: ")
    assert said in first


async def test_a_client_that_does_not_wait_fails() -> None:
    def rest(url: str) -> RestClient:
        return DeafRest(url, RateLimit(1000, 1000))

    with pytest.raises(NonConformanceError, match=r"CONN-16 .* after a 429 it asked again"):
        await CASES[15].run(subject(PlainConnector, rest))


async def test_what_ends_a_connector_is_told() -> None:
    class BrokenConnector(PlainConnector):
        def normalize(self, frame: bytes | str, received_at: int) -> Sequence[Message]:
            raise LookupError(f"{len(frame)} at {received_at}")

    with pytest.raises(NonConformanceError, match=r"CONN-05 .* the connector ended with LookupError"):
        await CASES[4].run(subject(BrokenConnector))


def test_the_cases_are_numbered_and_say_what_they_ask() -> None:
    assert [case.id for case in CASES] == [f"CONN-{number:02}" for number in range(1, len(CASES) + 1)]
    assert all(case.play.__doc__ for case in CASES)
