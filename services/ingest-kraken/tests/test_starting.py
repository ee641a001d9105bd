"""The service as a process, between an exchange and a writer on this machine."""

from collections.abc import Sequence

import pytest

from coattail_testing.conformance.services import SERVICE_CASES, Service, ServiceCase


def frames(ids: range) -> Sequence[str]:
    return [
        '{"channel":"trade","type":"update","data":[{"symbol":"BTC/USD","side":"sell","price":91000.10,'
        f'"qty":0.01,"ord_type":"limit","trade_id":{trade_id},"timestamp":"2026-01-05T09:58:40.123456Z"}}]}}'
        for trade_id in ids
    ]


SERVICE = Service(
    module="ingest_kraken",
    symbol="BTC-USD",
    environment={"INGEST_KRAKEN_SYMBOLS": "BTC-USD,XXX-USD"},
    frames=frames,
    unknown_market=(
        "XXX-USD",
        '{"error":"Currency pair not supported XXX/USD","method":"subscribe","success":false}',
    ),
)


@pytest.mark.parametrize("case", [case for case in SERVICE_CASES if case.applies(SERVICE)], ids=str)
async def test_service(case: ServiceCase) -> None:
    await case.play(SERVICE)
