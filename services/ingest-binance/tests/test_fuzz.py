"""Whatever a socket may carry: the parser never raises, and says why it refuses."""

import msgspec
from fuzz.strategies import AMOUNTS, JSON, PLAIN, hurt
from hypothesis import given
from hypothesis import strategies as st

from coattail_testing.connector import check_messages
from ingest_binance.naming import markets_by_name
from ingest_binance.normalising import normalise

MARKETS = markets_by_name(["BTC-USDT"])

good = st.fixed_dictionaries(
    {
        "e": st.just("trade"),
        "s": st.just("BTCUSDT"),
        "t": st.integers(0, 99),
        "p": PLAIN,
        "q": PLAIN,
        "T": st.just(1_723_161_255_342),
        "m": st.booleans(),
    }
).map(lambda trade: {"stream": "btcusdt@trade", "data": trade})
trades = st.fixed_dictionaries(
    {},
    optional={
        "stream": st.just("btcusdt@trade") | JSON,
        "data": st.fixed_dictionaries(
            {"e": st.just("trade") | JSON},
            optional={
                "s": st.just("BTCUSDT") | JSON,
                "t": st.integers(-5, 2**70) | JSON,
                "p": AMOUNTS,
                "q": AMOUNTS,
                "T": st.integers(-(2**63), 2**63) | st.just(1_723_161_255_342) | JSON,
                "m": st.booleans() | JSON,
            },
        )
        | JSON,
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


@given(good | trades | JSON)
def test_anything_like_a_trade(value: object) -> None:
    check(msgspec.json.encode(value))


@given(hurt(good | trades))
def test_any_cut_of_it(pair: tuple[bytes, bytes]) -> None:
    for frame in pair:
        check(frame)
