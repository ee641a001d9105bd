"""The markets that a connector's settings mean: named in them, or listed in SSM, where the list may change meanwhile."""

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Final, Protocol

from aws_lambda_powertools import Logger
from pydantic import ValidationError
from tenacity import AsyncRetrying, RetryCallState, retry_if_exception_type, wait_random_exponential
from tenacity.wait import wait_base

from coattail_connector.cursors import CursorsBrokenError
from coattail_connector.frames.messages import ExchangeRefusedError
from coattail_connector.gaps.backfill import BackfillUnavailableError
from coattail_connector.markets.following import Change
from coattail_connector.markets.listed import (
    ListMissingError,
    ListSource,
    ListUnavailableError,
    MarketListError,
    of_exchange,
    read_list,
)
from coattail_connector.process.reporting import Reporter
from coattail_connector.process.settings import ConnectorSettings

_TROUBLES: Final = (ListUnavailableError, ListMissingError, BackfillUnavailableError, CursorsBrokenError)
_JITTER: Final = 0.1
"""Tasks that start together do not ask together for long."""
_BETWEEN_ATTEMPTS: Final[wait_base] = wait_random_exponential(multiplier=0.5, max=30)


class Follower(Protocol):
    """Who can be told to follow other markets; see `SocketConnector.follow`."""

    async def follow(self, symbols: Sequence[str]) -> Change: ...


class ConfiguredMarkets[S: ConnectorSettings]:
    """`settings`, whose `symbols` are the markets to begin with, and where they came from: `source` holds the list, and
    held `text`. There is no `source` where the settings named them themselves; then they never change.
    """

    def __init__(self, settings: S, source: ListSource | None = None, text: str = "") -> None:
        self.settings: Final = settings
        self.source: Final = source
        self.text: Final = text


@asynccontextmanager
async def configured_markets[S: ConnectorSettings](settings: S, log: Logger) -> AsyncIterator[ConfiguredMarkets[S]]:
    """The markets to begin with. Waits for a list that is away.

    Raises `ListMissingError` and `MarketListError` when no markets are named and none can be had from the list.
    """
    if not settings.list_parameter:
        yield ConfiguredMarkets(settings)
        return
    from coattail_connector.markets.listed.ssm import open_parameter  # noqa: PLC0415  (25 MB that others do without)

    async with open_parameter(settings.list_parameter, settings.region) as source:
        text = await read_at_start(source, log)
        try:
            begun = settings.following(listed(text, settings))
        except ValidationError as error:
            raise MarketListError(_said(error)) from error
        except MarketListError as error:
            message = f"SSM parameter {settings.list_parameter}: {error}"
            raise MarketListError(message) from error
        yield ConfiguredMarkets(begun, source, text)


async def read_at_start(source: ListSource, log: Logger, wait: wait_base = _BETWEEN_ATTEMPTS) -> str:
    """The list, as soon as it can be read. Raises `ListMissingError`."""

    def tell(state: RetryCallState) -> None:
        log.warning(
            "could not read the list of markets; trying again",
            error=str(state.outcome.exception() if state.outcome else ""),
            after_seconds=round(state.upcoming_sleep, 1),
        )

    attempts = AsyncRetrying(wait=wait, retry=retry_if_exception_type(ListUnavailableError), before_sleep=tell)
    text: str = await attempts(source.read)
    return text


def listed(text: str, settings: ConnectorSettings) -> tuple[str, ...]:
    """The symbols of the settings' exchange in the list. Raises `MarketListError`."""
    return of_exchange(read_list(text), settings.exchange)


class MarketWatch:
    """Reads the list again and again, and has `follower` follow what it says.

    A list that cannot be used is reported once, and the one before goes on; so does it while there is none to
    be read. `jitter` gives a number between two others.
    """

    def __init__(
        self,
        markets: ConfiguredMarkets[ConnectorSettings],
        follower: Follower,
        reporter: Reporter,
        *,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        jitter: Callable[[float, float], float] = random.uniform,
    ) -> None:
        self._settings = markets.settings
        self._source = markets.source
        self._text = markets.text
        self._follower = follower
        self._reporter = reporter
        self._sleep = sleep
        self._jitter = jitter
        self._trouble = False

    async def watch(self) -> None:
        """Look, about every `symbols_seconds`, until cancelled. Returns at once where the markets cannot change."""
        if self._source is None:
            return
        while True:
            await self._sleep(self._settings.symbols_seconds * self._jitter(1 - _JITTER, 1 + _JITTER))
            try:
                await self.look(self._source)
            except Exception:  # what nobody thought of: the list is to be followed later all the same
                self._reporter.log.exception("looking at the list of markets failed; looking again later")

    async def look(self, source: ListSource) -> None:
        """Read the list once, and follow it if it is another one."""
        try:
            text = await source.read()
            if text != self._text:
                await self._follow(text)
        except _TROUBLES as error:
            if not self._trouble:
                self._reporter.log.warning(
                    "could not read the list of markets, or what is known of new ones; going on with the one before",
                    error=str(error),
                )
            self._trouble = True
            return
        if self._trouble:
            self._reporter.log.info("the list of markets can be read again")
        self._trouble = False

    async def _follow(self, text: str) -> None:
        try:
            symbols = self._settings.following(listed(text, self._settings)).symbols
            changed = await self._follower.follow(symbols)
        except ValidationError as error:
            self._reporter.list_refused(_said(error))
        except (ValueError, ExchangeRefusedError) as error:
            self._reporter.list_refused(str(error))
        else:
            if changed:
                self._reporter.log.info(
                    "the list of markets has changed", added=changed.added, removed=changed.removed, symbols=symbols
                )
        self._text = text


def _said(error: ValidationError) -> str:
    return "; ".join(problem["msg"].removeprefix("Value error, ") for problem in error.errors())
