"""Whatever REST may answer: it is trades of the gap, refusals with a reason, or an answer to ask for again."""

from contextlib import suppress

import msgspec
from fuzz.strategies import AMOUNTS, JSON
from hypothesis import given
from hypothesis import strategies as st

from coattail_connector import Answer, BackfillRefusedError, Gap
from coattail_testing.connector import FakeAnswer, check_answers
from ingest_kraken.backfill import KrakenBackfill

GAP = Gap("BTC-USD", 5, 20)

seconds = (
    st.floats(allow_nan=False, allow_infinity=False) | st.just(1_767_607_120.123456) | st.integers(-5, 2**70) | JSON
)
rows = st.tuples(
    AMOUNTS, AMOUNTS, seconds, st.sampled_from(["b", "s"]) | JSON, JSON, JSON, st.integers(-5, 2**70) | JSON
)
good = st.tuples(
    st.sampled_from(["1", "0.5"]),
    st.just("2.50"),
    st.integers(1_767_607_000, 1_767_607_200),
    st.sampled_from(["b", "s"]),
    st.just("m"),
    st.just(""),
    st.integers(0, 30),
)
"""Whole, though perhaps not of the gap, and in no order."""
answers = st.fixed_dictionaries(
    {},
    optional={
        "error": st.just([]) | st.lists(st.text(max_size=9)) | JSON,
        "result": st.dictionaries(
            st.sampled_from(["XXBTZUSD", "last", "x"]), st.lists(good | rows | JSON, max_size=4) | JSON, max_size=3
        )
        | JSON,
    },
)


async def check(body: bytes) -> None:
    backfill = KrakenBackfill(FakeAnswer(Answer({}, body)), now=lambda: 1)
    with suppress(BackfillRefusedError):  # in words that mean it
        await check_answers(backfill, GAP)


@given(st.binary())
async def test_any_bytes(body: bytes) -> None:
    await check(body)


@given(answers | JSON)
async def test_anything_like_an_answer(value: object) -> None:
    await check(msgspec.json.encode(value))


@given(st.lists(good | rows | JSON, max_size=4))
async def test_anything_like_trades(value: object) -> None:
    await check(msgspec.json.encode({"error": [], "result": {"XXBTZUSD": value, "last": "1"}}))
