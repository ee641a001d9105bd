"""Binance spot: trades by combined streams."""

from collections.abc import Iterable, Sequence

from tenacity.wait import wait_base
from websockets.asyncio import client

from coattail_common.connector import (
    FULL_JITTER,
    Clock,
    Message,
    Reporter,
    SocketConnector,
    SocketOptions,
    utc_micros,
)
from ingest_binance.naming import markets_by_name
from ingest_binance.normalising import normalise


class BinanceConnector(SocketConnector):
    """Follows `symbols` (`BTC-USDT`) at `ws_url` (`wss://stream.binance.com:9443`).

    Raises `ValueError` when two symbols have the same name at the exchange.
    """

    def __init__(
        self,
        symbols: Iterable[str],
        ws_url: str,
        reporter: Reporter,
        *,
        options: SocketOptions | None = None,
        now: Clock = utc_micros,
        wait: wait_base = FULL_JITTER,
    ) -> None:
        super().__init__(reporter, options=options, now=now, wait=wait)
        self._markets = markets_by_name(symbols)
        streams = "/".join(f"{name.lower()}@trade" for name in self._markets)
        self._url = f"{ws_url.rstrip('/')}/stream?streams={streams}"

    def connect(self) -> client.connect:
        """See `BaseConnector.connect`. The address names the streams: nothing is left to say once it is open."""
        return self.prepare(self._url)

    def normalize(self, frame: bytes | str, received_at: int) -> Sequence[Message]:
        """See `BaseConnector.normalize`."""
        return normalise(self._markets, frame, received_at)
