"""The rules of all connectors, kept by this one; docs/adding-an-exchange.md lists them."""

import pytest

from coattail_common.connector import RestClient
from coattail_common.connector.conformance import CASES, Case, Setup, Subject
from exchange_simulator.by_hand import ExchangeByHand
from exchange_simulator.model import Venue
from ingest_coinbase.backfill import CoinbaseBackfill, rate_limit
from ingest_coinbase.connector import CoinbaseConnector
from ingest_coinbase.naming import EXCHANGE

SYMBOLS = ("BTC-USD", "ETH-USD")


def connector(setup: Setup) -> CoinbaseConnector:
    return CoinbaseConnector(
        setup.symbols, setup.ws_url, setup.reporter, options=setup.options, gaps=setup.gaps, wait=setup.wait
    )


COINBASE = Subject(
    name=EXCHANGE,
    symbols=SYMBOLS,
    exchange=lambda heartbeat: ExchangeByHand(Venue.COINBASE, SYMBOLS, heartbeat_interval=heartbeat),
    connector=connector,
    backfill=lambda url, _: CoinbaseBackfill(RestClient(url, rate_limit())),
    attempts=8,  # the exchange's "WebSocket Rate Limits": requests per second and IP
    attempts_seconds=1,
)


@pytest.mark.parametrize("case", [case for case in CASES if case.applies(COINBASE)], ids=lambda case: str(case.id))
async def test_conformance(case: Case) -> None:
    await case.run(COINBASE)
