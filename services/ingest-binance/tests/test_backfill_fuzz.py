"""Whatever REST may answer: it is trades of the gap, refusals with a reason, or an answer to ask for again."""

import msgspec
from fuzz.strategies import AMOUNTS, JSON
from hypothesis import given
from hypothesis import strategies as st

from coattail_connector import Answer, Gap
from coattail_testing.connector import FakeAnswer, check_answers
from ingest_binance.backfill import BinanceBackfill

GAP = Gap("BTC-USDT", 5, 20)

trades = st.fixed_dictionaries(
    {},
    optional={
        "id": st.integers(-5, 2**70) | JSON,
        "price": AMOUNTS,
        "qty": AMOUNTS,
        "time": st.integers(-(2**63), 2**63) | JSON,
        "isBuyerMaker": st.booleans() | JSON,
    },
)
good = st.fixed_dictionaries(
    {
        "id": st.integers(0, 30),
        "price": st.sampled_from(["1", "0.5"]),
        "qty": st.just("2.50"),
        "time": st.just(1_767_225_600_000),
        "isBuyerMaker": st.booleans(),
    }
)
"""Whole, though perhaps not of the gap."""
headers = st.dictionaries(st.sampled_from(["CB-AFTER", "X-MBX-USED-WEIGHT-1M"]), st.text(max_size=8))


async def check(headers: dict[str, str], body: bytes) -> None:
    rest = FakeAnswer(Answer(headers, body))
    await check_answers(BinanceBackfill(rest, now=lambda: 1), GAP)


@given(headers, st.binary())
async def test_any_bytes(headers: dict[str, str], body: bytes) -> None:
    await check(headers, body)


@given(headers, st.lists(good | trades | JSON, max_size=4) | JSON)
async def test_anything_like_trades(headers: dict[str, str], value: object) -> None:
    await check(headers, msgspec.json.encode(value))
