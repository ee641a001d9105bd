"""The rules of all connectors, kept by this one; docs/adding-an-exchange.md lists them."""

import pytest

from coattail_connector import RestClient
from coattail_testing.conformance import CASES, Case, Setup, Subject
from exchange_simulator.by_hand import ExchangeByHand
from exchange_simulator.model import Venue
from ingest_coinbase.backfill import CoinbaseBackfill, rate_limit
from ingest_coinbase.connector import CoinbaseConnector
from ingest_coinbase.feeds import Feed
from ingest_coinbase.naming import EXCHANGE

SYMBOLS = ("BTC-USD", "ETH-USD")


def subject(feed: Feed, path: str) -> Subject:
    def connector(setup: Setup) -> CoinbaseConnector:
        return CoinbaseConnector(
            setup.symbols,
            setup.ws_url,
            setup.reporter,
            feed=feed,
            options=setup.options,
            gaps=setup.gaps,
            wait=setup.wait,
        )

    return Subject(
        name=EXCHANGE,
        symbols=SYMBOLS,
        exchange=lambda heartbeat: ExchangeByHand(Venue.COINBASE, SYMBOLS, heartbeat_interval=heartbeat, feed=path),
        connector=connector,
        backfill=lambda url, _: CoinbaseBackfill(RestClient(url, rate_limit())),
        attempts=8,  # the "WebSocket Rate Limits" of both feeds: connections per second and IP
        attempts_seconds=1,
    )


SUBJECTS = {
    Feed.EXCHANGE: subject(Feed.EXCHANGE, "coinbase/ws"),
    Feed.ADVANCED: subject(Feed.ADVANCED, "coinbase/advanced"),
}


PLAYED = [(feed, case) for feed in SUBJECTS for case in CASES if case.applies(SUBJECTS[feed])]


@pytest.mark.parametrize(("feed", "case"), PLAYED, ids=[f"{feed}-{case.id}" for feed, case in PLAYED])
async def test_conformance(feed: Feed, case: Case) -> None:
    await case.run(SUBJECTS[feed])
