"""Whatever a socket may carry: the parser never raises, and says why it refuses."""

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from coattail_common.connector.testing import check_messages
from ingest_kraken.naming import markets_by_name
from ingest_kraken.normalising import normalise

MARKETS = markets_by_name(["BTC-USD"])

json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
amounts = st.floats(allow_nan=False, allow_infinity=False) | st.sampled_from([0.5, 1, "0.5"]) | json
times = (
    st.datetimes().map(lambda moment: moment.isoformat() + "Z")
    | st.sampled_from(["0001-01-01T00:00:00.000000Z", "9999-12-31T23:59:59.999999999-23:59", "2021-04-17T16:43:60Z"])
    | json
)
items = st.fixed_dictionaries(
    {},
    optional={
        "symbol": st.just("BTC/USD") | json,
        "side": st.sampled_from(["buy", "sell"]) | json,
        "price": amounts,
        "qty": amounts,
        "trade_id": st.integers(-5, 2**70) | json,
        "timestamp": times,
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
        "channel": st.sampled_from(["trade", "status", "heartbeat", "book"]) | json,
        "type": st.sampled_from(["update", "snapshot"]) | json,
        "data": st.lists(good | items | json, max_size=4) | json,
        "method": st.sampled_from(["subscribe", "pong"]) | json,
        "error": json,
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


@given(st.lists(good | items | json, max_size=4))
def test_anything_like_trades(data: object) -> None:
    check(msgspec.json.encode({"channel": "trade", "type": "update", "data": data}))


@given(st.lists(good, min_size=1, max_size=3), st.data())
def test_any_cut_of_it(trades: object, data: st.DataObject) -> None:
    frame = msgspec.json.encode({"channel": "trade", "type": "update", "data": trades})
    start = data.draw(st.integers(0, len(frame)))
    check(frame[:start] + data.draw(st.binary(max_size=4)) + frame[start:])
    check(frame[:start])
