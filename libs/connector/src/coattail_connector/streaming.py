"""A connector over a WebSocket: receive, parse, normalise, check continuity, put on the queue."""

import asyncio
import time
from abc import abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from functools import partial
from typing import ClassVar, Final

from tenacity.wait import wait_base

from coattail_common.lines import TradeLine
from coattail_connector.base import BaseConnector
from coattail_connector.connections import Connections
from coattail_connector.frames.messages import (
    Alias,
    ConnectionEnd,
    Cursor,
    ExchangeError,
    Message,
    Reason,
    Refusal,
    SessionRefusedError,
)
from coattail_connector.frames.streamed import StreamedMarket
from coattail_connector.gaps.continuity import Continuity
from coattail_connector.gaps.numbering import NO_FILLING
from coattail_connector.gaps.ordered_queue import OrderedQueue
from coattail_connector.gaps.recovery import Recovery
from coattail_connector.gaps.reports import GapReports
from coattail_connector.gaps.stall_watch import Watch
from coattail_connector.markets.following import Change, Followed, change
from coattail_connector.markets.unavailable import UnavailableMarkets, named, refused_by_rest
from coattail_connector.options import Clock, GapOptions, SocketOptions, utc_micros
from coattail_connector.process.reporting import Reporter
from coattail_connector.socket.closing import SocketClosedError
from coattail_connector.socket.reconnect import FULL_JITTER, Reconnection, StoppedError, unless
from coattail_connector.socket.websocket import Connect, WebSocket
from coattail_runtime.sink import TradeQueue

HEALTHY_SECONDS: Final = 30
"""A connector is healthy while its last message is no older than this."""
REFUSED_IN_A_ROW: Final = 20
"""So many refused frames in a row, for longer than that, without a trade that can be read: it hears nothing of use."""


class SocketConnector(BaseConnector):
    """What connectors over a WebSocket share: all but the names of markets, the opening words and the frames.

    It follows `symbols` (`BTC-USD`) at `ws_url`, and raises `ValueError` when two of them have one name at the exchange.
    `followed` are its markets, which `follow` changes: `connect` and `opened` ask for those that are `wanted`, and
    `normalize` expects those that are `known`, each as they are at that time. A market that the exchange does not serve is
    wanted no more until the exchange has it again.
    """

    seconds = staticmethod(time.monotonic)
    """The clock of waiting."""
    asks_first = False
    """Whether the connector asks at the start which markets the exchange has, because its feed does not say so."""
    one_refuses_all: ClassVar[bool] = False
    """Whether the exchange refuses a whole subscription over one market that it does not have."""

    def __init__(
        self,
        symbols: Iterable[str],
        ws_url: str,
        reporter: Reporter,
        *,
        options: SocketOptions | None = None,
        gaps: GapOptions | None = None,
        now: Clock = utc_micros,
        wait: wait_base = FULL_JITTER,
    ) -> None:
        self.reporter = reporter
        self.followed = Followed(symbols, self.markets_by_name)
        self.ws_url = ws_url
        self.options = options or SocketOptions()
        self.gaps = gaps or GapOptions(exchange="")
        self.continuity = Continuity(self.gaps.filling if self.gaps.backfill else NO_FILLING)
        self.now = now
        self._wait = wait
        self._stop = asyncio.Event()
        self._reconnection = Reconnection(wait, self._stop, self.options.healthy_after, reporter.session_ended)
        self._watch: Watch | None = None
        self._connections = Connections(
            self, self.followed, reporter, self.options, self._reconnection, self._stop, now=now, up=self._connected
        )
        self._unavailable = UnavailableMarkets(
            self.followed,
            reporter,
            self.gaps,
            self.options,
            absent=self.absent,
            refused=self.unavailable,
            retry=self._connections.move_over,
            now=now,
            seconds=lambda: self.seconds(),  # noqa: PLW0108  (whichever it is then)
        )

    @abstractmethod
    def markets_by_name(self, symbols: Iterable[str]) -> Mapping[str, StreamedMarket]:
        """Return the markets of these symbols under the exchange's names for them: `by_exchange_name` makes them.

        Called before the connector's own `__init__` goes on: it depends on the symbols alone.
        """

    def connect(self) -> Connect:
        """Prepare a connection for `followed.wanted`; see `BaseConnector.connect`. By default one to `ws_url`."""
        return self.prepare(self.ws_url)

    async def opened(self, socket: WebSocket) -> None:
        """Send what the exchange expects first, such as a subscription to `followed.wanted`. Nothing, by default."""

    async def absent(self, symbols: Sequence[str]) -> Sequence[str]:
        """Return which of these markets the exchange does not have. Called before the connector follows them.

        By default those whose latest trade REST refuses. Raises `BackfillUnavailableError` when REST does not answer.
        """
        return () if self.gaps.backfill is None else await refused_by_rest(self.gaps.backfill, symbols)

    def handle_exchange_error(self, error: ExchangeError) -> None:
        """React to an error message of the exchange: call `unavailable` for the markets that it refuses.

        May raise `SessionRefusedError` to try another session.
        """
        self.reporter.log.error("exchange error", text=error.text)

    def unavailable(self, symbol: str, reason: str) -> None:
        """Stop asking for a market that the exchange does not serve, for `reason`. The others go on; it is tried again later."""
        if symbol not in self.followed.listed_symbols:
            return
        serves_the_others = self._connections.serves_wanted
        self._unavailable.add(symbol, reason)
        if serves_the_others:
            self._connections.serve_wanted()

    def unavailable_by(self, error: ExchangeError) -> bool:
        """Call `unavailable` for the wanted markets that the error names. Returns whether it names any."""
        symbols = named(self.followed.wanted, error.text)
        for symbol in symbols:
            self.unavailable(symbol, error.text)
        return bool(symbols)

    def doubt(self) -> None:
        """Ask the exchange soon which of the markets it has: it refused something and did not say what."""
        self._unavailable.doubt()

    def turned_down(self, refusal: SessionRefusedError) -> None:
        """React to a handshake that the exchange turned down. The connector tries again in any case."""

    def prepare(self, url: str) -> Connect:
        """Return a connection to `url`, not opened yet."""
        return Connect(url, self.options)

    def health_check(self) -> bool:
        """See `BaseConnector.health_check`."""
        now = self.now()
        age = self.reporter.tally.message_age(now)
        refused, seconds = self.reporter.tally.refused_for(now)
        hears_nothing_of_use = refused >= REFUSED_IN_A_ROW and seconds > HEALTHY_SECONDS
        return age is not None and age <= HEALTHY_SECONDS and not hears_nothing_of_use and bool(self.followed.wanted)

    async def follow(self, symbols: Sequence[str]) -> Change:
        """Follow these markets from now on, while streaming, and no others. Returns what that changes.

        A connection for them is up before the present one is let go, so that markets that stay miss nothing. One that is added
        begins at its cursor, where there is one; the cursor of one that is removed stays. One that the exchange does not have is
        `unavailable`.

        Raises, with nothing changed: `ExchangeRefusedError` when the exchange has none of them, `ValueError` when two
        have one name, `BackfillUnavailableError` when it cannot be told now.
        """
        wanted = change(self.followed.listed_symbols, symbols)
        if not wanted:
            return wanted
        absent = await self.absent(wanted.added)
        self._unavailable.check(symbols, absent)
        cursors = await self.gaps.ledger.resume(wanted.added)
        self.followed.change(symbols)
        self._unavailable.keep(symbols)
        self.continuity.stay(symbols)
        for symbol, trade_id in cursors.items():
            self.continuity.resume(symbol, trade_id)
        self._unavailable.refuse(absent)
        self._connections.move_over("the markets have changed")
        return wanted

    async def stream(self, queue: TradeQueue) -> None:
        """See `BaseConnector.stream`."""
        reports = GapReports(self.gaps.exchange, self.reporter, self.gaps.events, self.gaps.ledger, self.now)
        recovery = Recovery(self.continuity, OrderedQueue(queue, self.reporter.tally), reports, self._wait)
        try:
            resumed = await unless(self._stop, self._resume())
            for symbol, trade_id in resumed.items():
                self.continuity.resume(symbol, trade_id)
        except StoppedError:
            return
        if self.asks_first:
            self.doubt()
        work = [self._read_on(recovery), recovery.let_pass(self._stop), self._unavailable.look(self._stop)]
        if self.gaps.backfill is not None:
            self._watch = Watch(
                self.continuity,
                recovery,
                self.gaps.backfill,
                self._connections.close,
                symbols=lambda: self.followed.symbols,
                refused=self.unavailable,
                pacing=self.gaps.pacing,
            )
            work += [recovery.fill(self.gaps.backfill, self._stop), self._watch.watch(self._stop)]
        tasks = [asyncio.create_task(one) for one in work]
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            await self.shutdown()
            outcomes = await asyncio.gather(*tasks, return_exceptions=True)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        await recovery.end()
        for outcome in outcomes:
            if outcome is not None:
                raise outcome
        self.reporter.log.info("stopped reading", forwarded=self.reporter.tally.forwarded)

    async def shutdown(self) -> None:
        """See `BaseConnector.shutdown`."""
        self._stop.set()
        # Closing lets the reader take what has arrived and then find the end; cancelling it could lose a trade that it holds.
        await self._connections.close()

    async def _read_on(self, recovery: Recovery) -> None:
        with suppress(StoppedError):
            await self._reconnection.until_stopped(lambda: self._session(recovery))

    async def _resume(self) -> Mapping[str, int]:
        return await self.gaps.ledger.resume(self.followed.listed_symbols)

    async def _session(self, recovery: Recovery) -> None:
        await unless(self._stop, self._unavailable.wait_for_market())
        try:
            await self._connections.session(partial(self._read, recovery), self._taken_over)
        except SocketClosedError as closed:
            if self._stop.is_set():
                raise StoppedError from closed
            self._tell_oversized(closed)
            raise

    def _connected(self) -> None:
        if self._watch is not None:
            self._watch.connected()

    def _taken_over(self) -> None:
        """Leave the markets that the newest connection does not bring: it is the only one that is read from now on."""
        if not self._connections.serves_wanted:
            self._connections.move_over("the markets have changed meanwhile")
        elif left := self.followed.taken_over():
            self.continuity.leave(left)
            self.reporter.left(left)

    async def _read(self, recovery: Recovery, socket: WebSocket) -> None:
        """Put the trades of a connection on the queue. Returns when its end is near; raises when it has ended."""
        if self._stop.is_set():
            raise StoppedError
        tally, frames, connections = self.reporter.tally, socket.frames, self._connections
        while True:
            await socket.more()
            received_at = self.now()
            while frames:
                frame = frames.popleft()
                tally.frame(received_at)
                for message in self.normalize(frame, received_at):
                    if type(message) is TradeLine:
                        if not recovery.pass_on(message):
                            await recovery.trade(message)
                    elif type(message) is Cursor:
                        await recovery.latest(message.symbol, message.trade_id)
                    elif type(message) is ConnectionEnd:
                        return
                    else:
                        await self._react(message, frame, socket, received_at)
            if received_at >= connections.move_at:
                return

    async def _react(self, message: Message, frame: bytes, socket: WebSocket, received_at: int) -> None:
        match message:
            case Refusal():
                self.reporter.refused(message, frame)
                self.reporter.tally.refusal(received_at)
            case Alias():
                detail = f"{message.served_as!r} is not followed; {message.symbol} is, which the exchange serves under that name"
                self.reporter.refused(Refusal(Reason.UNKNOWN_SYMBOL, detail), frame)
                self.reporter.tally.refusal(received_at)
                reason = f"the exchange serves it as {message.served_as}: follow that instead"
                self.unavailable(message.symbol, reason)
            case ExchangeError():
                wanted = self.followed.wanted
                self.handle_exchange_error(message)
                if self.one_refuses_all and self.followed.wanted is not wanted and self.followed.wanted:
                    await self.opened(socket)  # the others
            case _:
                pass

    def _tell_oversized(self, closed: SocketClosedError) -> None:
        if closed.oversized:
            detail = f"a frame of more than {self.options.max_size} bytes ended the connection"
            self.reporter.refused(Refusal(Reason.OVERSIZED, detail), b"")
