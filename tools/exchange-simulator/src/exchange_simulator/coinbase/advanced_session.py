"""Sending as Coinbase Advanced Trade does: trades wait to be sent together, the newest first."""

import asyncio
from itertools import count

from exchange_simulator.clock import Clock
from exchange_simulator.coinbase import advanced_frames as frames
from exchange_simulator.session import Outgoing, Session, Socket

MARKET_TRADES = "market_trades"


class AdvancedSession(Session):
    """A connection whose trades are collected until ``flush``; without ``collects`` each is sent by itself."""

    def __init__(
        self, websocket: Socket, transport: asyncio.BaseTransport | None, clock: Clock, *, collects: bool
    ) -> None:
        super().__init__(websocket, transport, clock, frames.trade)
        self._clock_us = clock.now_us
        self._collects = collects
        self._collected: list[Outgoing] = []
        self._numbers = count()

    def push(self, outgoing: Outgoing) -> None:
        """Collect a trade. A broken one is sent at once and alone, so that it breaks no other."""
        if outgoing.history is not None and self._collects:
            self._collected.append(outgoing)
        elif outgoing.frame:
            self._send([outgoing])
        else:
            super().push(outgoing)

    def push_text(self, frame: bytes) -> None:
        """See ``Session.push_text``."""
        super().push(Outgoing(frame))

    def say(self, channel: str, events: bytes) -> None:
        """Put the events of a channel in line."""
        self.push_text(frames.enveloped(channel, next(self._numbers), self._clock_us(), events))

    def flush(self) -> None:
        """Put what was collected in line, as one message."""
        if self._collected:
            collected, self._collected = self._collected, []
            self._send(collected)

    def _send(self, trades: list[Outgoing]) -> None:
        now = self._clock_us()
        newest = trades[-1]
        for one in trades:
            if one.history is not None and one is not newest:
                one.history.mark_written(one.trade_id, now)
        events = frames.market_trades("update", [one.frame for one in reversed(trades)])
        frame = frames.enveloped(MARKET_TRADES, next(self._numbers), now, events)
        super().push(Outgoing(frame, newest.history, newest.trade_id))
