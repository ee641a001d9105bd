"""Kraken: the channel `trade` of its WebSocket v2."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from coattail_connector import ExchangeError, Message, SessionRefusedError, SocketConnector, StreamedMarket, WebSocket
from ingest_kraken.frames import subscription
from ingest_kraken.naming import markets_by_name
from ingest_kraken.normalising import normalise

_NOT_SUBSCRIBED: Final = "subscribe: "


class KrakenConnector(SocketConnector):
    """Follows markets (`BTC-USD`) at `ws_url` (`wss://ws.kraken.com/v2`)."""

    def markets_by_name(self, symbols: Iterable[str]) -> Mapping[str, StreamedMarket]:
        """See `SocketConnector.markets_by_name`."""
        return markets_by_name(symbols)

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
