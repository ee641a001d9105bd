"""Whatever Advanced Trade's socket may carry: the parser never raises, and says why it refuses."""

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from coattail_common.connector.testing import check_messages
from ingest_coinbase.advanced_normalising import normalise
from ingest_coinbase.naming import markets_by_name

MARKETS = markets_by_name(["BTC-USD"])

json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
amounts = st.from_regex(r"[0-9.eE+-]{0,30}", fullmatch=True) | st.sampled_from(["NaN", "1", "0.5"]) | json
plain = st.from_regex(r"[1-9][0-9]{0,4}\.[0-9]{1,8}", fullmatch=True)
good = st.fixed_dictionaries(
    {
        "trade_id": st.integers(0, 99).map(str),
        "product_id": st.just("BTC-USD"),
        "price": plain,
        "size": plain,
        "side": st.sampled_from(["BUY", "SELL"]),
        "time": st.just("2026-01-05T09:58:40.1234Z"),
    }
)
trades = st.fixed_dictionaries(
    {},
    optional={
        "trade_id": st.integers(-5, 2**70).map(str) | json,
        "product_id": st.just("BTC-USD") | json,
        "price": amounts,
        "size": amounts,
        "side": st.sampled_from(["BUY", "SELL"]) | json,
        "time": st.datetimes().map(lambda moment: moment.isoformat() + "Z") | json,
    },
)
events = st.fixed_dictionaries(
    {},
    optional={
        "type": st.sampled_from(["update", "snapshot"]) | json,
        "trades": st.lists(good | trades | json, max_size=4) | json,
    },
)
frames = st.fixed_dictionaries(
    {},
    optional={
        "channel": st.sampled_from(["market_trades", "heartbeats", "subscriptions", "level2"]) | json,
        "events": st.lists(events | json, max_size=3) | json,
        "type": st.just("error") | json,
        "message": json,
    },
)


def check(frame: bytes | str) -> None:
    check_messages(normalise(MARKETS, frame, 1))


@given(st.binary())
def test_any_bytes(frame: bytes) -> None:
    check(frame)


@given(st.text())
def test_any_text(frame: str) -> None:
    check(frame)


@given(frames | json)
def test_anything_like_a_frame(value: object) -> None:
    check(msgspec.json.encode(value))


@given(st.lists(good | trades | json, max_size=4), st.sampled_from(["update", "snapshot"]))
def test_anything_like_trades(told: object, kind: str) -> None:
    check(msgspec.json.encode({"channel": "market_trades", "events": [{"type": kind, "trades": told}]}))


@given(st.lists(good, min_size=1, max_size=3), st.data())
def test_any_cut_of_it(told: object, data: st.DataObject) -> None:
    frame = msgspec.json.encode({"channel": "market_trades", "events": [{"type": "update", "trades": told}]})
    start = data.draw(st.integers(0, len(frame)))
    check(frame[:start] + data.draw(st.binary(max_size=4)) + frame[start:])
    check(frame[:start])
