"""Whatever REST may answer: it is trades of the gap, refusals with a reason, or an answer to ask for again."""

from collections.abc import Mapping

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from coattail_common.connector import Answer, BackfillUnavailableError, Gap, Refusal
from coattail_common.contracts import Origin
from coattail_common.lines import decode_trade, encode_trade
from ingest_binance.backfill import BinanceBackfill
from ingest_binance.naming import markets_by_name

GAP = Gap("BTC-USDT", 5, 20)

json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
amounts = st.from_regex(r"[0-9.eE+-]{0,30}", fullmatch=True) | st.sampled_from(["NaN", "1", "0.5"]) | json
trades = st.fixed_dictionaries(
    {},
    optional={
        "id": st.integers(-5, 2**70) | json,
        "price": amounts,
        "qty": amounts,
        "time": st.integers(-(2**63), 2**63) | json,
        "isBuyerMaker": st.booleans() | json,
    },
)
headers = st.dictionaries(st.sampled_from(["CB-AFTER", "X-MBX-USED-WEIGHT-1M"]), st.text(max_size=8))


class OneAnswer:
    """Stands in for the `RestClient`: gives one answer, and an empty list then."""

    def __init__(self, answer: Answer) -> None:
        self._answers = [answer]

    async def get(self, path: str, query: Mapping[str, str], *, weight: float = 1) -> Answer:  # noqa: ARG002
        return self._answers.pop() if self._answers else Answer({}, b"[]")

    def pause(self, seconds: float) -> None:
        assert seconds >= 0


async def check(headers: dict[str, str], body: bytes) -> None:
    backfill = BinanceBackfill(OneAnswer(Answer(headers, body)), markets_by_name([GAP.symbol]), now=lambda: 1)
    try:
        answers = await backfill.fetch(GAP)
    except BackfillUnavailableError:
        return
    for answer in answers:
        if isinstance(answer, Refusal):
            assert answer.detail
        else:
            assert GAP.first <= answer.trade_id <= GAP.last
            assert answer.origin is Origin.BACKFILL
            assert decode_trade(encode_trade(answer)) == answer


@given(headers, st.binary())
async def test_any_bytes(headers: dict[str, str], body: bytes) -> None:
    await check(headers, body)


@given(headers, st.lists(trades | json, max_size=4) | json)
async def test_anything_like_trades(headers: dict[str, str], value: object) -> None:
    await check(headers, msgspec.json.encode(value))
