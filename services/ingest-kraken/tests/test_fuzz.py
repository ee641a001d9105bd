"""Whatever a socket may carry: the parser never raises, and says why it refuses."""

import msgspec
from fuzz.strategies import JSON, TIMES, hurt
from hypothesis import given
from hypothesis import strategies as st

from coattail_testing.connector import check_messages
from ingest_kraken.naming import markets_by_name
from ingest_kraken.normalising import normalise

MARKETS = markets_by_name(["BTC-USD"])

amounts = st.floats(allow_nan=False, allow_infinity=False) | st.sampled_from([0.5, 1, "0.5"]) | JSON
items = st.fixed_dictionaries(
    {},
    optional={
        "symbol": st.just("BTC/USD") | JSON,
        "side": st.sampled_from(["buy", "sell"]) | JSON,
        "price": amounts,
        "qty": amounts,
        "trade_id": st.integers(-5, 2**70) | JSON,
        "timestamp": TIMES,
    },
)
good = st.fixed_dictionaries(
    {
        "symbol": st.just("BTC/USD"),
        "side": st.sampled_from(["buy", "sell"]),
        "price": st.integers(1, 9) | st.just(0.5),
        "qty": st.integers(1, 9) | st.just(0.5),
        "trade_id": st.integers(0, 99),
        "timestamp": st.just("2026-01-05T09:58:40.123456Z"),
    }
)
frames = st.fixed_dictionaries(
    {},
    optional={
        "channel": st.sampled_from(["trade", "status", "heartbeat", "book"]) | JSON,
        "type": st.sampled_from(["update", "snapshot"]) | JSON,
        "data": st.lists(good | items | JSON, max_size=4) | JSON,
        "method": st.sampled_from(["subscribe", "pong"]) | JSON,
        "error": JSON,
    },
)


def message(told: object) -> object:
    return {"channel": "trade", "type": "update", "data": told}


def check(frame: bytes | str) -> None:
    check_messages(normalise(MARKETS, frame, 1))


@given(st.binary())
def test_any_bytes(frame: bytes) -> None:
    check(frame)


@given(st.text())
def test_any_text(frame: str) -> None:
    check(frame)


@given(frames | JSON)
def test_anything_like_a_frame(value: object) -> None:
    check(msgspec.json.encode(value))


@given(st.lists(good | items | JSON, max_size=4))
def test_anything_like_trades(told: object) -> None:
    check(msgspec.json.encode(message(told)))


@given(hurt(st.lists(good, min_size=1, max_size=3).map(message)))
def test_any_cut_of_it(pair: tuple[bytes, bytes]) -> None:
    for frame in pair:
        check(frame)
