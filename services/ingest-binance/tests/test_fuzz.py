"""Whatever a socket may carry: the parser never raises, and says why it refuses."""

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from coattail_common.connector.testing import check_messages
from ingest_binance.naming import markets_by_name
from ingest_binance.normalising import normalise

MARKETS = markets_by_name(["BTC-USDT"])

json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
amounts = st.from_regex(r"[0-9.eE+-]{0,30}", fullmatch=True) | st.sampled_from(["NaN", "1", "0.5"]) | json
plain = st.from_regex(r"[1-9][0-9]{0,4}\.[0-9]{1,8}", fullmatch=True)
good = st.fixed_dictionaries(
    {
        "e": st.just("trade"),
        "s": st.just("BTCUSDT"),
        "t": st.integers(0, 99),
        "p": plain,
        "q": plain,
        "T": st.just(1_723_161_255_342),
        "m": st.booleans(),
    }
).map(lambda trade: {"stream": "btcusdt@trade", "data": trade})
trades = st.fixed_dictionaries(
    {},
    optional={
        "stream": st.just("btcusdt@trade") | json,
        "data": st.fixed_dictionaries(
            {"e": st.just("trade") | json},
            optional={
                "s": st.just("BTCUSDT") | json,
                "t": st.integers(-5, 2**70) | json,
                "p": amounts,
                "q": amounts,
                "T": st.integers(-(2**63), 2**63) | st.just(1_723_161_255_342) | json,
                "m": st.booleans() | json,
            },
        )
        | json,
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


@given(good | trades | json)
def test_anything_like_a_trade(value: object) -> None:
    check(msgspec.json.encode(value))


@given(good | trades, st.data())
def test_any_cut_of_it(value: object, data: st.DataObject) -> None:
    frame = msgspec.json.encode(value)
    start = data.draw(st.integers(0, len(frame)))
    check(frame[:start] + data.draw(st.binary(max_size=4)) + frame[start:])
    check(frame[:start])
