"""Whatever a socket may carry: the parser never raises, and says why it refuses."""

import msgspec
from fuzz.strategies import AMOUNTS, JSON, PLAIN, TIMES, hurt
from hypothesis import given
from hypothesis import strategies as st

from coattail_testing.connector import check_messages
from ingest_coinbase.frames import KINDS
from ingest_coinbase.naming import markets_by_name
from ingest_coinbase.normalising import normalise

MARKETS = markets_by_name(["BTC-USD"])

good = st.fixed_dictionaries(
    {
        "type": st.just("match"),
        "trade_id": st.integers(0, 99),
        "side": st.sampled_from(["buy", "sell"]),
        "size": PLAIN,
        "price": PLAIN,
        "product_id": st.just("BTC-USD"),
        "time": st.just("2026-01-05T09:58:40.123456Z"),
    }
)
frames = st.fixed_dictionaries(
    {"type": st.sampled_from(sorted(KINDS)) | JSON},
    optional={
        "trade_id": st.integers(-5, 2**70) | JSON,
        "last_trade_id": st.integers(-5, 2**70) | JSON,
        "side": st.sampled_from(["buy", "sell"]) | JSON,
        "size": AMOUNTS,
        "price": AMOUNTS,
        "product_id": st.just("BTC-USD") | JSON,
        "time": TIMES,
        "message": JSON,
        "reason": JSON,
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


@given(good | frames | JSON)
def test_anything_like_a_frame(value: object) -> None:
    check(msgspec.json.encode(value))


@given(hurt(good | frames))
def test_any_cut_of_it(pair: tuple[bytes, bytes]) -> None:
    for frame in pair:
        check(frame)
