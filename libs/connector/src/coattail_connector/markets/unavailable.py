"""Which listed markets are asked for: those that the exchange does not serve are left out, reported, and asked for again.

`Availability` decides when.
"""

import asyncio
import re
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from typing import Final

from coattail_common.contracts import MarketAvailable, MarketUnavailable
from coattail_connector.frames.messages import ExchangeRefusedError
from coattail_connector.gaps.backfill import Backfill, BackfillRefusedError, BackfillUnavailableError
from coattail_connector.markets.availability import Availability
from coattail_connector.markets.following import Followed
from coattail_connector.markets.markets import Market
from coattail_connector.options import Clock, GapOptions, SocketOptions
from coattail_connector.process.reporting import Reporter
from coattail_connector.socket.reconnect import StoppedError, unless

_REASON: Final = 200
"""Characters of the exchange's words that an event has."""


def named(wanted: Mapping[str, Market], text: str) -> list[str]:
    """The symbols of the wanted markets whose names at the exchange are words of `text`."""
    words = set(re.split(r"[\s,;:\"'()\[\]]+", text))
    return [market.symbol for name, market in wanted.items() if name in words]


async def refused_by_rest(backfill: Backfill, symbols: Iterable[str]) -> Sequence[str]:
    """The symbols whose latest trade REST refuses. Raises `BackfillUnavailableError` when REST does not answer."""
    refused = []
    for symbol in symbols:
        try:
            await backfill.latest(symbol)
        except BackfillRefusedError:
            refused.append(symbol)
    return refused


class UnavailableMarkets:
    """Keeps `followed.wanted` to the markets that the exchange serves.

    `absent` asks the exchange which of some symbols it does not have, and may raise `BackfillUnavailableError`. `refused` is
    called for each of these, with a reason, and calls `add`. `retry` is called when a market is wanted again, for which no
    connection asks yet.
    """

    def __init__(
        self,
        followed: Followed,
        reporter: Reporter,
        gaps: GapOptions,
        options: SocketOptions,
        *,
        absent: Callable[[Sequence[str]], Awaitable[Sequence[str]]],
        refused: Callable[[str, str], None],
        retry: Callable[[str], None],
        now: Clock,
        seconds: Callable[[], float],
    ) -> None:
        self._followed = followed
        self._reporter = reporter
        self._gaps = gaps
        self._absent = absent
        self._refused = refused
        self._retry = retry
        self._now = now
        self._seconds = seconds
        self._availability = Availability(options.ask_again, options.ask_again_most)
        self._doubt_seconds = min(gaps.pacing.every, options.ask_again)
        self._in_doubt = asyncio.Event()
        self._has_markets = asyncio.Event()
        self._has_markets.set()

    async def wait_for_market(self) -> None:
        """Wait until there is a market to ask for."""
        await self._has_markets.wait()

    def doubt(self) -> None:
        """Ask the exchange soon which of the listed markets it has."""
        self._in_doubt.set()

    def add(self, symbol: str, reason: str) -> None:
        """The exchange does not serve this listed market, for `reason`: want it no more, and report it once."""
        is_news = self._availability.lose(symbol, self._seconds())
        self._want_the_others()
        if is_news:
            self._reporter.unavailable(symbol, reason)
            self._gaps.events.tell(
                MarketUnavailable(
                    occurred_at=self._now(), exchange=self._gaps.exchange, symbol=symbol, reason=reason[:_REASON]
                )
            )
        if not self._followed.wanted:
            self.doubt()

    def refuse(self, absent: Iterable[str]) -> None:
        """The exchange does not have these markets."""
        for symbol in absent:
            self._refused(symbol, self._has_none_of([symbol]))

    def check(self, symbols: Sequence[str], absent: Iterable[str]) -> None:
        """Raise `ExchangeRefusedError` when each of these markets is unavailable, or among those that are `absent`."""
        if set(symbols) <= {*absent, *self._availability.unavailable}:
            raise ExchangeRefusedError(self._has_none_of(symbols))

    def keep(self, symbols: Sequence[str]) -> None:
        """These markets are listed from now on: forget the others."""
        self._availability.keep(symbols)
        self._want_the_others()

    async def look(self, stop: asyncio.Event) -> None:
        """Ask the exchange which markets it has, until `stop`: for the unavailable ones when they are due, for all when in doubt.

        Raises `ExchangeRefusedError` when the exchange has none, and no trade ever came.
        """
        with suppress(StoppedError):
            while True:
                with suppress(BackfillUnavailableError):  # the next complaint raises the doubt again
                    await unless(stop, self._ask_for_all())
                await unless(stop, self._ask_again())

    async def _ask_for_all(self) -> None:
        """Wait for a doubt, a moment at most, and ask then."""
        try:
            async with asyncio.timeout(self._doubt_seconds):
                await self._in_doubt.wait()
        except TimeoutError:
            return
        self._in_doubt.clear()
        listed = self._followed.listed_symbols
        absent = await self._absent(listed)
        self.refuse(absent)
        self._in_doubt.clear()  # it was about these
        if set(listed) <= set(absent) and not self._reporter.tally.forwarded:
            raise ExchangeRefusedError(self._has_none_of(absent))

    async def _ask_again(self) -> None:
        now = self._seconds()
        for symbol in self._availability.returned(now):
            self._reporter.available(symbol)
            self._gaps.events.tell(
                MarketAvailable(occurred_at=self._now(), exchange=self._gaps.exchange, symbol=symbol)
            )
        self._want_the_others()
        due = self._availability.due(now)
        if not due:
            return
        try:
            absent = await self._absent(due)
        except BackfillUnavailableError:
            absent = due
        # Some may have been left meanwhile.
        due = tuple(symbol for symbol in due if symbol in self._availability.unavailable)
        self._availability.put_off([symbol for symbol in due if symbol in absent], now)
        self._availability.attempt([symbol for symbol in due if symbol not in absent], now)
        if self._want_the_others():
            self._retry("a market that was not served is tried again")

    def _want_the_others(self) -> bool:
        """Want all listed markets but those that the exchange does not serve. Returns whether that is a change."""
        unavailable = self._availability.unavailable
        self._reporter.tally.unavailable = len(unavailable)
        is_change = self._followed.without(unavailable)
        if self._followed.wanted:
            self._has_markets.set()
        else:
            self._has_markets.clear()
        return is_change

    def _has_none_of(self, symbols: Sequence[str]) -> str:
        return f"{self._gaps.exchange} has no market {', '.join(symbols)}"
