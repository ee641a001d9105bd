"""The rules of all connectors, kept by this one; docs/adding-an-exchange.md lists them."""

import pytest

from coattail_connector import RestClient
from coattail_testing.conformance import CASES, Case, Setup, Subject
from exchange_simulator.by_hand import ExchangeByHand
from exchange_simulator.model import Venue
from ingest_binance.backfill import BinanceBackfill, rate_limit
from ingest_binance.connector import BinanceConnector
from ingest_binance.naming import EXCHANGE

SYMBOLS = ("BTC-USDT", "ETH-USDT")


def connector(setup: Setup) -> BinanceConnector:
    return BinanceConnector(
        setup.symbols, setup.ws_url, setup.reporter, options=setup.options, gaps=setup.gaps, wait=setup.wait
    )


BINANCE = Subject(
    name=EXCHANGE,
    symbols=SYMBOLS,
    exchange=lambda heartbeat: ExchangeByHand(Venue.BINANCE, SYMBOLS, heartbeat_interval=heartbeat),
    connector=connector,
    backfill=lambda url, _: BinanceBackfill(RestClient(url, rate_limit())),
    attempts=300,  # the exchange's "WebSocket Streams": connections per five minutes and IP
    attempts_seconds=300,
    announces_end=True,
)


@pytest.mark.parametrize("case", [case for case in CASES if case.applies(BINANCE)], ids=lambda case: str(case.id))
async def test_conformance(case: Case) -> None:
    await case.run(BINANCE)
