"""The rules of all connectors, kept by this one; docs/adding-an-exchange.md lists them."""

import pytest

from coattail_connector import RateLimit, RestClient
from coattail_testing.conformance import CASES, Case, Setup, Subject
from exchange_simulator.by_hand import ExchangeByHand
from exchange_simulator.model import Venue
from ingest_kraken.backfill import KrakenBackfill
from ingest_kraken.connector import KrakenConnector
from ingest_kraken.naming import EXCHANGE

SYMBOLS = ("BTC-USD", "ETH-USD")


def connector(setup: Setup) -> KrakenConnector:
    return KrakenConnector(
        setup.symbols, setup.ws_url, setup.reporter, options=setup.options, gaps=setup.gaps, wait=setup.wait
    )


KRAKEN = Subject(
    name=EXCHANGE,
    symbols=SYMBOLS,
    exchange=lambda heartbeat: ExchangeByHand(Venue.KRAKEN, SYMBOLS, heartbeat_interval=heartbeat),
    connector=connector,
    # At the exchange's own pace, one request in two seconds, the suite would take minutes on a busy machine.
    backfill=lambda url, _: KrakenBackfill(RestClient(url, RateLimit(20, 1))),
    attempts=150,  # what the exchange lets in through its firewall, per address
    attempts_seconds=600,
)


@pytest.mark.parametrize("case", [case for case in CASES if case.applies(KRAKEN)], ids=lambda case: str(case.id))
async def test_conformance(case: Case) -> None:
    await case.run(KRAKEN)
