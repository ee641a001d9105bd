"""Whatever a socket may carry: the parser never raises, and says why it refuses."""

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from coattail_common.connector.testing import check_messages
from ingest_coinbase.frames import KINDS
from ingest_coinbase.naming import markets_by_name
from ingest_coinbase.normalising import normalise

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
        "type": st.just("match"),
        "trade_id": st.integers(0, 99),
        "side": st.sampled_from(["buy", "sell"]),
        "size": plain,
        "price": plain,
        "product_id": st.just("BTC-USD"),
        "time": st.just("2026-01-05T09:58:40.123456Z"),
    }
)
times = (
    st.datetimes().map(lambda moment: moment.isoformat() + "Z")
    | st.sampled_from(["0001-01-01T00:00:00.000000Z", "9999-12-31T23:59:59.999999999-23:59", "2021-04-17T16:43:60Z"])
    | json
)
frames = st.fixed_dictionaries(
    {"type": st.sampled_from(sorted(KINDS)) | json},
    optional={
        "trade_id": st.integers(-5, 2**70) | json,
        "last_trade_id": st.integers(-5, 2**70) | json,
        "side": st.sampled_from(["buy", "sell"]) | json,
        "size": amounts,
        "price": amounts,
        "product_id": st.just("BTC-USD") | json,
        "time": times,
        "message": json,
        "reason": json,
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


@given(good | frames | json)
def test_anything_like_a_frame(value: object) -> None:
    check(msgspec.json.encode(value))


@given(good | frames, st.data())
def test_any_cut_of_it(value: object, data: st.DataObject) -> None:
    frame = msgspec.json.encode(value)
    start = data.draw(st.integers(0, len(frame)))
    check(frame[:start] + data.draw(st.binary(max_size=4)) + frame[start:])
    check(frame[:start])
