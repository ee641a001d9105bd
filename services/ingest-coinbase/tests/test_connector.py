from contextlib import AbstractAsyncContextManager
from functools import partial

import pytest
from tenacity.wait import wait_base, wait_none

from coattail_connector import Reason, Reporter
from coattail_testing.conformance.sessions import SESSION_CASES, Session, SessionCase
from coattail_testing.connector import ReadableLog
from coattail_testing.scene import Scene, streaming
from ingest_coinbase.connector import CoinbaseConnector
from ingest_coinbase.feeds import Feed


def connector(feed: Feed, symbols: tuple[str, ...], url: str, reporter: Reporter, wait: wait_base) -> CoinbaseConnector:
    return CoinbaseConnector(symbols, url, reporter, feed=feed, wait=wait)


def following(reporter: Reporter, *symbols: str) -> AbstractAsyncContextManager[Scene[CoinbaseConnector]]:
    return streaming(lambda url: connector(Feed.EXCHANGE, symbols, url, reporter, wait_none()))


def match(trade_id: int, kind: str = "match") -> str:
    return (
        f'{{"type":"{kind}","trade_id":{trade_id},"side":"sell","size":"0.01","price":"91000.10","product_id":"BTC-USD",'
        '"sequence":70000001,"time":"2026-01-05T09:58:40.123456Z"}'
    )


def heartbeat(last_trade_id: int) -> str:
    return f'{{"type":"heartbeat","sequence":1,"last_trade_id":{last_trade_id},"product_id":"BTC-USD","time":"x"}}'


def subscription(*products: str) -> object:
    channels = [{"name": name, "product_ids": list(products)} for name in ("matches", "heartbeat")]
    return {"type": "subscribe", "channels": channels}


def batch(trade_id: int, kind: str = "update") -> str:
    """Advanced Trade's frame of one trade."""
    trade = (
        f'{{"trade_id":"{trade_id}","product_id":"BTC-USD","price":"91000.10","size":"0.01","side":"SELL",'
        '"time":"2026-01-05T09:58:40.1234Z"}'
    )
    return f'{{"channel":"market_trades","events":[{{"type":"{kind}","trades":[{trade}]}}]}}'


SESSIONS = {
    Feed.EXCHANGE: Session(
        connector=partial(connector, Feed.EXCHANGE),
        symbols=("BTC-USD", "ETH-USD"),
        trade=match,
        opening=[subscription("BTC-USD", "ETH-USD")],
        standing=lambda trade_id: [match(trade_id, "last_match"), heartbeat(trade_id)],
        unknown_market=(
            "XXX-USD",
            '{"type":"error","message":"Failed to subscribe","reason":"XXX-USD is not a valid product"}',
            "XXX-USD is not a valid product",
        ),
        asks_again=subscription("BTC-USD"),
        refusal=('{"type":"error","message":"Failed to subscribe","reason":"too many requests"}', "too many requests"),
        bad={
            match(101).replace("0.01", "0.-10000"): Reason.AMOUNT,
            match(101).replace("2026-01-05", "0001-01-01"): Reason.TIME,
        },
        complaint=('{"type":"error","message":"slow consume"}', "slow consume"),
    ),
    Feed.ADVANCED: Session(
        connector=partial(connector, Feed.ADVANCED),
        symbols=("BTC-USD", "ETH-USD"),
        trade=batch,
        opening=[  # one channel a request
            {"type": "subscribe", "channel": "market_trades", "product_ids": ["BTC-USD", "ETH-USD"]},
            {"type": "subscribe", "channel": "heartbeats"},
        ],
        standing=lambda trade_id: [batch(trade_id, "snapshot")],
        refusal=('{"type":"error","message":"authentication failure"}', "authentication failure"),
        bad={batch(101).replace("0.01", "-1"): Reason.AMOUNT},
    ),
}
PLAYED = [(feed, case) for feed in SESSIONS for case in SESSION_CASES if case.applies(SESSIONS[feed])]


@pytest.mark.parametrize(("feed", "case"), PLAYED, ids=[f"{feed}-{case}" for feed, case in PLAYED])
async def test_session(feed: Feed, case: SessionCase) -> None:
    await case.run(SESSIONS[feed])


async def test_a_gap_is_seen_in_a_quiet_market(reporter: Reporter, log: ReadableLog) -> None:
    async with following(reporter, "BTC-USD") as the:
        socket = await the.exchange.subscriber()
        for frame in (match(100, "last_match"), match(101), heartbeat(103), match(104)):
            await socket.send(frame)
        assert await the.ids(2) == [101, 104]
    assert log.lines('"first_trade_id":102,"last_trade_id":103')
    assert reporter.tally.missing == 2
