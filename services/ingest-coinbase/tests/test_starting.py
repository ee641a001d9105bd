"""The service as a process, between an exchange and a writer on this machine."""

from collections.abc import Sequence

import msgspec
import pytest

from coattail_testing.conformance.services import FORWARDS, SERVICE_CASES, Service, ServiceCase


def frames(ids: range) -> Sequence[str]:
    return [
        f'{{"type":"match","trade_id":{trade_id},"side":"sell","size":"0.01","price":"91000.10",'
        '"product_id":"BTC-USD","time":"2026-01-05T09:58:40.123456Z"}'
        for trade_id in ids
    ]


def newest_first(ids: range) -> Sequence[str]:
    """Advanced Trade's frame of them all."""
    trades = ",".join(
        f'{{"trade_id":"{trade_id}","side":"SELL","size":"0.01","price":"91000.10","product_id":"BTC-USD",'
        '"time":"2026-01-05T09:58:40.1234Z"}'
        for trade_id in reversed(ids)
    )
    return [f'{{"channel":"market_trades","events":[{{"type":"update","trades":[{trades}]}}]}}']


SERVICE = Service(
    module="ingest_coinbase",
    symbol="BTC-USD",
    environment={"INGEST_COINBASE_SYMBOLS": "BTC-USD,XXX-USD"},
    frames=frames,
    unknown_market=(
        "XXX-USD",
        '{"type":"error","message":"Failed to subscribe","reason":"XXX-USD is not a valid product"}',
    ),
)


@pytest.mark.parametrize("case", [case for case in SERVICE_CASES if case.applies(SERVICE)], ids=str)
async def test_service(case: ServiceCase) -> None:
    await case.play(SERVICE)


async def test_service_follows_the_other_feed() -> None:
    other = {**SERVICE.environment, "INGEST_COINBASE_FEED": "advanced"}
    await FORWARDS.play(msgspec.structs.replace(SERVICE, environment=other, frames=newest_first))
