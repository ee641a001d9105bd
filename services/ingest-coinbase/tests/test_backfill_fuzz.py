"""Whatever REST may answer: trades of the gap, refusals with a reason, or an answer to ask for again."""

import pytest

from coattail_connector import Gap
from coattail_testing.conformance.answers import ANSWER_CASES, AnswerCase, Answers
from ingest_coinbase.backfill import CoinbaseBackfill
from ingest_coinbase.venue import VENUE

ANSWERS = Answers(
    backfill=lambda rest: CoinbaseBackfill(rest, now=lambda: 1),
    gap=Gap("BTC-USD", 5, 20),
    samples=[
        '[{"trade_id":30,"price":"1","size":"2.50","time":"2026-01-05T09:58:40.123456Z","side":"buy"},'
        '{"trade_id":7,"price":"0.5","size":"2.50","time":"2026-01-05T09:58:40.123456Z","side":"sell"}]'
    ],
    headers=VENUE.headers,
)


@pytest.mark.parametrize("case", ANSWER_CASES, ids=str)
def test_answers(case: AnswerCase) -> None:
    case.play(ANSWERS)
