"""Coinbase: the channels `matches` and `heartbeat` of Coinbase Exchange, or `market_trades` of Advanced Trade."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final, Unpack

from coattail_connector import (
    ExchangeError,
    Message,
    Reporter,
    SessionRefusedError,
    SocketConnector,
    SocketParts,
    StreamedMarket,
    WebSocket,
)
from ingest_coinbase.feeds import DIALECTS, Feed
from ingest_coinbase.naming import markets_by_name

_NOT_SUBSCRIBED: Final = "Failed to subscribe"


class CoinbaseConnector(SocketConnector):
    """Follows markets (`BTC-USD`) at `ws_url` (`wss://ws-feed.exchange.coinbase.com`), which is the address of `feed`."""

    one_refuses_all = True

    def __init__(
        self,
        symbols: Iterable[str],
        ws_url: str,
        reporter: Reporter,
        *,
        feed: Feed = Feed.EXCHANGE,
        **parts: Unpack[SocketParts],
    ) -> None:
        super().__init__(symbols, ws_url, reporter, **parts)
        self._feed = feed
        self._dialect = DIALECTS[feed]

    def markets_by_name(self, symbols: Iterable[str]) -> Mapping[str, StreamedMarket]:
        """See `SocketConnector.markets_by_name`."""
        return markets_by_name(symbols)

    async def opened(self, socket: WebSocket) -> None:
        """Subscribe, at once: the exchange closes a connection that says nothing for five seconds."""
        for words in self._dialect.opening(tuple(self.followed.wanted)):
            await socket.send(words)

    def normalize(self, frame: bytes | str, received_at: int) -> Sequence[Message]:
        """See `BaseConnector.normalize`."""
        return self._dialect.normalise(self.followed.known, frame, received_at)

    def handle_exchange_error(self, error: ExchangeError) -> None:
        """Go on without a product whose subscription failed; give up this session over one that does not say which.

        Advanced Trade does not say what its errors are about. The connector sends it only subscriptions, so it asks REST which
        market is gone.
        """
        super().handle_exchange_error(error)
        if self._feed is Feed.EXCHANGE and not error.text.startswith(_NOT_SUBSCRIBED):
            return
        if not self.unavailable_by(error):
            self.doubt()
            raise SessionRefusedError(error.text)
