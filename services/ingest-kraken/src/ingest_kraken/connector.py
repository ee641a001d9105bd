"""Kraken: the channel `trade` of its WebSocket v2."""

from collections.abc import Iterable, Sequence
from typing import Final

from tenacity.wait import wait_base

from coattail_connector import (
    FULL_JITTER,
    Clock,
    Connect,
    ExchangeError,
    Followed,
    GapOptions,
    Message,
    Reporter,
    SessionRefusedError,
    SocketConnector,
    SocketOptions,
    WebSocket,
    utc_micros,
)
from ingest_kraken.frames import subscription
from ingest_kraken.naming import markets_by_name
from ingest_kraken.normalising import normalise

_NOT_SUBSCRIBED: Final = "subscribe: "


class KrakenConnector(SocketConnector):
    """Follows `symbols` (`BTC-USD`) at `ws_url` (`wss://ws.kraken.com/v2`)."""

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
        followed = Followed(symbols, markets_by_name)
        super().__init__(reporter, followed, options=options, gaps=gaps, now=now, wait=wait)
        self._url = ws_url

    def connect(self) -> Connect:
        """See `BaseConnector.connect`."""
        return self.prepare(self._url)

    async def opened(self, socket: WebSocket) -> None:
        """Subscribe, at once: the exchange closes a connection that says nothing for a minute."""
        await socket.send(subscription(tuple(self.followed.wanted)))

    def normalize(self, frame: bytes | str, received_at: int) -> Sequence[Message]:
        """See `BaseConnector.normalize`."""
        return normalise(self.followed.known, frame, received_at)

    def handle_exchange_error(self, error: ExchangeError) -> None:
        """Go on without a market whose subscription failed; give up this session over one that does not say which."""
        super().handle_exchange_error(error)
        if error.text.startswith(_NOT_SUBSCRIBED) and not self.unavailable_by(error):
            raise SessionRefusedError(error.text)
