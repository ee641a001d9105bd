"""Whatever Advanced Trade's socket may carry: the parser never raises, and says why it refuses."""

import msgspec
from fuzz.strategies import AMOUNTS, JSON, PLAIN, TIMES, hurt
from hypothesis import given
from hypothesis import strategies as st

from coattail_testing.connector import check_messages
from ingest_coinbase.advanced_normalising import normalise
from ingest_coinbase.naming import markets_by_name

MARKETS = markets_by_name(["BTC-USD"])

good = st.fixed_dictionaries(
    {
        "trade_id": st.integers(0, 99).map(str),
        "product_id": st.just("BTC-USD"),
        "price": PLAIN,
        "size": PLAIN,
        "side": st.sampled_from(["BUY", "SELL"]),
        "time": st.just("2026-01-05T09:58:40.1234Z"),
    }
)
trades = st.fixed_dictionaries(
    {},
    optional={
        "trade_id": st.integers(-5, 2**70).map(str) | JSON,
        "product_id": st.just("BTC-USD") | JSON,
        "price": AMOUNTS,
        "size": AMOUNTS,
        "side": st.sampled_from(["BUY", "SELL"]) | JSON,
        "time": TIMES,
    },
)
events = st.fixed_dictionaries(
    {},
    optional={
        "type": st.sampled_from(["update", "snapshot"]) | JSON,
        "trades": st.lists(good | trades | JSON, max_size=4) | JSON,
    },
)
frames = st.fixed_dictionaries(
    {},
    optional={
        "channel": st.sampled_from(["market_trades", "heartbeats", "subscriptions", "level2"]) | JSON,
        "events": st.lists(events | JSON, max_size=3) | JSON,
        "type": st.just("error") | JSON,
        "message": JSON,
    },
)


def message(told: object, kind: str = "update") -> object:
    return {"channel": "market_trades", "events": [{"type": kind, "trades": told}]}


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


@given(st.lists(good | trades | JSON, max_size=4), st.sampled_from(["update", "snapshot"]))
def test_anything_like_trades(told: object, kind: str) -> None:
    check(msgspec.json.encode(message(told, kind)))


@given(hurt(st.lists(good, min_size=1, max_size=3).map(message)))
def test_any_cut_of_it(pair: tuple[bytes, bytes]) -> None:
    for frame in pair:
        check(frame)
