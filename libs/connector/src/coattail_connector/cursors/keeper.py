"""The cursors of a connector: read at its start, moved by what is accepted, written now and then."""

import asyncio
from collections.abc import Mapping, Sequence

from aws_lambda_powertools import Logger
from tenacity import AsyncRetrying, RetryCallState, retry_if_exception_type, wait_random_exponential
from tenacity.wait import wait_base

from coattail_connector.cursors.progress import Progress
from coattail_connector.cursors.store import CursorsBrokenError, CursorStore, CursorsUnavailableError
from coattail_runtime.link.batching import LineBatch


class Cursors:
    """The `Ledger` of a connector whose cursors outlive it in `store`.

    A cursor is written at most every `seconds`: a crash makes the next process fetch no more than that again.
    """

    durable = True

    def __init__(
        self,
        store: CursorStore,
        exchange: str,
        log: Logger,
        *,
        seconds: float = 2,
        wait: wait_base | None = None,
    ) -> None:
        self._store = store
        self._exchange = exchange
        self._log = log
        self._seconds = seconds
        self._wait = wait or wait_random_exponential(multiplier=0.5, max=30)
        self._progress = Progress()
        self._written: dict[str, int] = {}

    async def resume(self, symbols: Sequence[str]) -> Mapping[str, int]:
        """See `Ledger.resume`. Waits for a store that is away. Raises `CursorsBrokenError`."""
        if not symbols:
            return {}
        attempts = AsyncRetrying(
            wait=self._wait, retry=retry_if_exception_type(CursorsUnavailableError), before_sleep=self._tell_unavailable
        )
        stored: Mapping[str, int] = await attempts(self._store.get, symbols)
        self._written.update(stored)
        settled = self._progress.values()
        for symbol, trade_id in stored.items():
            if symbol in settled:  # it was followed before: what was accepted beyond the cursor still counts
                self._progress.settle(symbol, settled[symbol] + 1, trade_id)
            else:
                self._progress.begin(symbol, trade_id)
        known = self._progress.values()
        cursors = {symbol: known[symbol] for symbol in symbols if symbol in known}
        self._log.info("going on from the cursors", cursors=cursors)
        return cursors

    def began(self, symbol: str, trade_id: int) -> None:
        """See `Ledger.began`."""
        self._progress.begin(symbol, trade_id)

    def lost(self, symbol: str, first: int, last: int) -> None:
        """See `Ledger.lost`."""
        self._progress.settle(symbol, first, last)

    def accepted(self, batch: LineBatch) -> None:
        """See `Ledger.accepted`."""
        if batch.source == self._exchange:
            for first, last in batch.runs:
                self._progress.settle(batch.key, first, last)

    async def write_on(self) -> None:
        """Write what has risen, again and again, until cancelled. Nothing else ends it: the next crash would be first to tell."""
        while True:
            await asyncio.sleep(self._seconds)
            await self.write()

    async def write(self) -> None:
        """Write what has risen. A store that is away is reported, and written to the next time, as is an error that nobody knows."""
        risen = {symbol: at for symbol, at in self._progress.values().items() if at > self._written.get(symbol, -1)}
        if not risen:
            return
        try:
            await self._store.advance(risen)
        except (CursorsUnavailableError, CursorsBrokenError) as error:
            self._log.warning("could not write the cursors; trying again", error=str(error), cursors=risen)
        except Exception:
            self._log.exception("could not write the cursors, and it is not known why; trying again", cursors=risen)
        else:
            self._written.update(risen)

    def _tell_unavailable(self, state: RetryCallState) -> None:
        self._log.warning(
            "could not read the cursors; trying again",
            error=str(state.outcome.exception() if state.outcome else ""),
            after_seconds=round(state.upcoming_sleep, 1),
        )
