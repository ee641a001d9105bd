"""Lists of markets that change at any time, among cuts and announced ends: a market that stays misses nothing."""

import asyncio
import random

import pytest
from libs.connector.tests.plain_exchange import PlainBackfill, PlainConnector, plain_rest

from coattail_testing.conformance import Subject
from coattail_testing.conformance.stage import Stage
from exchange_simulator.by_hand import ExchangeByHand
from exchange_simulator.model import Venue

STAYS, CHANGES = "BTC-USDT", "ETH-USDT"
_FIRST = 1000
_STEPS = 60

SUBJECT = Subject(
    name="binance",
    symbols=(STAYS, CHANGES),
    exchange=lambda heartbeat: ExchangeByHand(Venue.BINANCE, (STAYS, CHANGES), heartbeat_interval=heartbeat),
    connector=PlainConnector,
    backfill=lambda url, _: PlainBackfill(plain_rest(url)),
    attempts=300,
    attempts_seconds=300,
    announces_end=True,
)


@pytest.mark.parametrize("seed", range(10))
async def test_nothing_is_missed_whenever_the_list_changes(seed: int) -> None:
    chance = random.Random(seed)
    followed = True
    async with SUBJECT.exchange(60) as exchange, asyncio.timeout(60):
        the = Stage(SUBJECT, exchange, queue_size=100, quick_to_suspect=True, life=None)
        the.start({STAYS: _FIRST, CHANGES: _FIRST})
        for _ in range(_STEPS):
            match chance.choice(["trade", "trade", "wait", "follow", "cut", "end"]):
                case "trade":
                    exchange.trade(STAYS, chance.randrange(1, 20))
                    exchange.trade(CHANGES, chance.randrange(1, 20))
                case "wait":
                    await the.subscribed()
                case "follow":
                    followed = not followed
                    await the.follow(STAYS, *[CHANGES] * followed)
                case "cut":
                    exchange.disconnect()
                case "end":
                    exchange.announce_end(0.05)
        await the.follow(STAYS, CHANGES)
        await the.until(lambda: exchange.listeners(CHANGES) > 0, "a subscription to both")
        exchange.trade(STAYS)
        exchange.trade(CHANGES)
        await the.all_handed_on()
        happened = {fact.trade_id for fact in exchange.facts(CHANGES)}
        await the.until(lambda: happened <= set(the.ids(CHANGES)), "every trade of the market that came and went")
        assert the.reporter.tally.missing == 0
        await the.end()
