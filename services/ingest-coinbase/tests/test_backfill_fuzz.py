"""Whatever REST may answer: it is trades of the gap, refusals with a reason, or an answer to ask for again."""

import msgspec
from fuzz.strategies import AMOUNTS, JSON
from hypothesis import given
from hypothesis import strategies as st

from coattail_connector import Answer, Gap
from coattail_testing.connector import FakeAnswer, check_answers
from ingest_coinbase.backfill import CoinbaseBackfill

GAP = Gap("BTC-USD", 5, 20)

trades = st.fixed_dictionaries(
    {},
    optional={
        "trade_id": st.integers(-5, 2**70) | JSON,
        "price": AMOUNTS,
        "size": AMOUNTS,
        "time": st.just("2026-01-05T09:58:40.123456Z") | JSON,
        "side": st.sampled_from(["buy", "sell"]) | JSON,
    },
)
good = st.fixed_dictionaries(
    {
        "trade_id": st.integers(0, 30),
        "price": st.sampled_from(["1", "0.5"]),
        "size": st.just("2.50"),
        "time": st.just("2026-01-05T09:58:40.123456Z"),
        "side": st.sampled_from(["buy", "sell"]),
    }
)
"""Whole, though perhaps not of the gap."""
headers = st.dictionaries(st.sampled_from(["CB-AFTER", "X-MBX-USED-WEIGHT-1M"]), st.text(max_size=8))


async def check(headers: dict[str, str], body: bytes) -> None:
    rest = FakeAnswer(Answer(headers, body))
    await check_answers(CoinbaseBackfill(rest, now=lambda: 1), GAP)


@given(headers, st.binary())
async def test_any_bytes(headers: dict[str, str], body: bytes) -> None:
    await check(headers, body)


@given(headers, st.lists(good | trades | JSON, max_size=4) | JSON)
async def test_anything_like_trades(headers: dict[str, str], value: object) -> None:
    await check(headers, msgspec.json.encode(value))
