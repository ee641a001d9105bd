"""The service as a process, between an exchange and a writer on this machine."""

from collections.abc import Sequence

import pytest

from coattail_testing.conformance.services import SERVICE_CASES, Service, ServiceCase


def frames(ids: range) -> Sequence[str]:
    return [
        f'{{"stream":"btcusdt@trade","data":{{"e":"trade","s":"BTCUSDT","t":{trade_id},"p":"61837.63","q":"0.02",'
        '"T":1723161255342,"m":true}}'
        for trade_id in ids
    ]


SERVICE = Service(
    module="ingest_binance",
    symbol="BTC-USDT",
    environment={"INGEST_BINANCE_REST_URL": "http://127.0.0.1:9", "SYMBOLS": "BTC-USDT"},
    frames=frames,
    speaks_first=False,
)


@pytest.mark.parametrize("case", [case for case in SERVICE_CASES if case.applies(SERVICE)], ids=str)
async def test_service(case: ServiceCase) -> None:
    await case.play(SERVICE)
