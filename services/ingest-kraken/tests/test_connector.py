from contextlib import AbstractAsyncContextManager

import pytest
from tenacity.wait import wait_base, wait_none

from coattail_connector import Reason, Reporter
from coattail_testing.conformance.sessions import SESSION_CASES, Session, SessionCase
from coattail_testing.connector import ReadableLog
from coattail_testing.scene import Scene, streaming
from ingest_kraken.connector import KrakenConnector


def connector(symbols: tuple[str, ...], url: str, reporter: Reporter, wait: wait_base) -> KrakenConnector:
    return KrakenConnector(symbols, url, reporter, wait=wait)


def following(reporter: Reporter, *symbols: str) -> AbstractAsyncContextManager[Scene[KrakenConnector]]:
    return streaming(lambda url: connector(symbols, url, reporter, wait_none()))


def trades(*ids: int, kind: str = "update") -> str:
    items = ",".join(
        f'{{"symbol":"BTC/USD","side":"sell","price":91000.10,"qty":0.01,"ord_type":"limit","trade_id":{trade_id},'
        '"timestamp":"2026-01-05T09:58:40.123456Z"}'
        for trade_id in ids
    )
    return f'{{"channel":"trade","type":"{kind}","data":[{items}]}}'


SESSION = Session(
    connector=connector,
    symbols=("BTC-USD", "ETH-USD"),
    trade=trades,
    opening=[
        {"method": "subscribe", "params": {"channel": "trade", "symbol": ["BTC/USD", "ETH/USD"], "snapshot": True}}
    ],
    standing=lambda trade_id: [trades(*range(trade_id - 2, trade_id + 1), kind="snapshot")],
    unknown_market=(
        "XXX-USD",
        '{"error":"Currency pair not supported XXX/USD","method":"subscribe","success":false,"symbol":"XXX/USD"}',
        "Currency pair not supported XXX/USD",
    ),
    refusal=('{"error":"Exceeded msg rate","method":"subscribe","success":false}', "subscribe: Exceeded msg rate"),
    bad={
        trades(101).replace("0.01", "-0.01"): Reason.AMOUNT,
        trades(101).replace("2026-01-05", "0001-01-01"): Reason.TIME,
    },
    complaint=(
        '{"channel":"status","type":"update","data":[{"system":"cancel_only"}]}',
        "the trading engine is in cancel_only",
    ),
)


@pytest.mark.parametrize("case", [case for case in SESSION_CASES if case.applies(SESSION)], ids=str)
async def test_session(case: SessionCase) -> None:
    await case.run(SESSION)


async def test_a_refusal_that_names_its_market_in_a_field_ends_no_other(reporter: Reporter, log: ReadableLog) -> None:
    async with following(reporter, "BTC-USD", "XXX-USD") as the:
        socket = await the.exchange.subscriber()
        await socket.send('{"error":"Market not available","method":"subscribe","success":false,"symbol":"XXX/USD"}')
        await socket.send(trades(101))
        assert await the.ids(1) == [101]
    assert log.lines("subscribe: Market not available (XXX/USD)")
    assert the.connector.followed.symbols == ("BTC-USD",)
