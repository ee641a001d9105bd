import asyncio
from collections.abc import Sequence

import pytest
from tenacity.wait import wait_none

from coattail_connector import (
    BackfillUnavailableError,
    Change,
    ConfiguredMarkets,
    ConnectorSettings,
    ExchangeRefusedError,
    MarketWatch,
    Reporter,
    configured_markets,
)
from coattail_connector.markets.listed import ListMissingError, ListUnavailableError
from coattail_connector.markets.market_watch import read_at_start
from coattail_testing.connector import ReadableLog

FIRST = '["binance:BTC-USDT", "coinbase:BTC-USD"]'
OTHER = '["binance:BTC-USDT", "binance:ETH-USDT", "coinbase:BTC-USD"]'


class Settings(ConnectorSettings):
    exchange = "binance"


class FakeSource:
    """A `ListSource` with the answers of a test, in turn, the last one again and again."""

    def __init__(self, *answers: str | Exception) -> None:
        self._answers = list(answers)

    async def read(self) -> str:
        answer = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer


class FakeFollower:
    """A `Follower` that records its calls, after it has raised each of `errors`."""

    def __init__(self, *errors: Exception) -> None:
        self._errors = list(errors)
        self.told: list[Sequence[str]] = []

    async def follow(self, symbols: Sequence[str]) -> Change:
        if self._errors:
            raise self._errors.pop(0)
        self.told.append(symbols)
        return Change(added=tuple(symbols))


def settings(**others: object) -> Settings:
    fixed = {"ssm_prefix": "/coattail/test", "ws_url": "ws://x", "rest_url": "http://x", "health_port": 0}
    return Settings.model_validate({**fixed, **others})


async def looks(reporter: Reporter, source: FakeSource, follower: FakeFollower, times: int) -> None:
    begun = ConfiguredMarkets(settings().following(["BTC-USDT"]), source, FIRST)
    watch = MarketWatch(begun, follower, reporter)
    for _ in range(times):
        await watch.look(source)


async def test_another_list_is_followed_once(reporter: Reporter, log: ReadableLog) -> None:
    follower = FakeFollower()
    await looks(reporter, FakeSource(FIRST, OTHER, OTHER, FIRST), follower, 5)
    assert follower.told == [("BTC-USDT", "ETH-USDT"), ("BTC-USDT",)]
    assert len(log.lines("the list of markets has changed")) == 2


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("[]", "empty"),
        ("", "no JSON list"),
        ('["BTC-USDT"]', "is not a market"),
        ('["coinbase:BTC-USD"]', "no market of binance"),
    ],
)
async def test_a_list_that_cannot_be_used_is_refused_aloud_and_once(
    reporter: Reporter, log: ReadableLog, text: str, problem: str
) -> None:
    follower = FakeFollower()
    await looks(reporter, FakeSource(text), follower, 3)
    assert follower.told == []
    (line,) = log.lines("the new list of markets is refused")
    assert problem in line
    assert reporter.tally.lists_refused == 1


@pytest.mark.parametrize("error", [ExchangeRefusedError("no market X-Y"), ValueError("both are XY")])
async def test_a_list_that_the_exchange_does_not_serve_is_refused_until_it_is_another(
    reporter: Reporter, log: ReadableLog, error: Exception
) -> None:
    follower = FakeFollower(error)
    await looks(reporter, FakeSource(OTHER, OTHER, FIRST), follower, 3)
    assert follower.told == [("BTC-USDT",)]
    assert len(log.lines(str(error))) == reporter.tally.lists_refused == 1


@pytest.mark.parametrize("error", [ListUnavailableError("away"), ListMissingError("no parameter")])
async def test_a_list_that_cannot_be_read_is_reported_once_and_the_last_one_stays(
    reporter: Reporter, log: ReadableLog, error: Exception
) -> None:
    follower = FakeFollower()
    await looks(reporter, FakeSource(error, error, error, OTHER), follower, 4)
    assert follower.told == [("BTC-USDT", "ETH-USDT")]
    assert len(log.lines("could not read the list of markets")) == 1
    assert len(log.lines("can be read again")) == 1


async def test_an_exchange_that_does_not_say_whether_it_has_a_market_is_asked_again(reporter: Reporter) -> None:
    follower = FakeFollower(BackfillUnavailableError("down"), BackfillUnavailableError("down"))
    await looks(reporter, FakeSource(OTHER), follower, 4)
    assert follower.told == [("BTC-USDT", "ETH-USDT")]


async def test_it_looks_again_after_about_the_time_that_is_set_whatever_happened(
    reporter: Reporter, log: ReadableLog
) -> None:
    slept: list[float] = []
    enough = asyncio.Event()

    async def sleep(seconds: float) -> None:
        slept.append(seconds)
        if len(slept) == 3:
            enough.set()
            await asyncio.Event().wait()

    begun = ConfiguredMarkets(settings(symbols_seconds=60), FakeSource(RuntimeError("a bug"), FIRST), FIRST)
    watch = MarketWatch(begun, FakeFollower(), reporter, sleep=sleep, jitter=lambda _, most: most)
    watching = asyncio.create_task(watch.watch())
    await enough.wait()
    watching.cancel()
    await asyncio.gather(watching, return_exceptions=True)
    assert slept == [pytest.approx(66)] * 3
    assert len(log.lines("looking at the list of markets failed")) == 1


async def test_markets_that_the_settings_name_never_change(reporter: Reporter, log: ReadableLog) -> None:
    async with configured_markets(settings(symbols="BTC-USDT"), log.logger) as markets:
        assert markets.settings.symbols == ("BTC-USDT",)
        assert markets.source is None
        await MarketWatch(markets, FakeFollower(), reporter).watch()


async def test_a_start_waits_for_a_list_that_is_away(log: ReadableLog) -> None:
    source = FakeSource(ListUnavailableError("away"), ListUnavailableError("away"), FIRST)
    assert await read_at_start(source, log.logger, wait_none()) == FIRST
    assert len(log.lines("could not read the list of markets; trying again")) == 2


async def test_a_start_without_a_list_ends(log: ReadableLog) -> None:
    with pytest.raises(ListMissingError):
        await read_at_start(FakeSource(ListMissingError("no parameter")), log.logger)
