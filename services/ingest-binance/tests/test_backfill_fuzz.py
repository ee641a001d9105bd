"""Whatever REST may answer: trades of the gap, refusals with a reason, or an answer to ask for again."""

import pytest

from coattail_connector import Gap
from coattail_testing.conformance.answers import ANSWER_CASES, AnswerCase, Answers
from ingest_binance.backfill import BinanceBackfill
from ingest_binance.venue import VENUE

ANSWERS = Answers(
    backfill=lambda rest: BinanceBackfill(rest, now=lambda: 1),
    gap=Gap("BTC-USDT", 5, 20),
    samples=[
        '[{"id":7,"price":"1","qty":"2.50","time":1767225600000,"isBuyerMaker":true},'
        '{"id":30,"price":"0.5","qty":"2.50","time":1767225600000,"isBuyerMaker":false}]'
    ],
    headers=VENUE.headers,
)


@pytest.mark.parametrize("case", ANSWER_CASES, ids=str)
def test_answers(case: AnswerCase) -> None:
    case.play(ANSWERS)
