"""Whatever REST may answer: trades of the gap, refusals with a reason, or an answer to ask for again."""

import pytest

from coattail_connector import Gap
from coattail_testing.conformance.answers import ANSWER_CASES, AnswerCase, Answers
from ingest_kraken.backfill import KrakenBackfill
from ingest_kraken.venue import VENUE

ANSWERS = Answers(
    backfill=lambda rest: KrakenBackfill(rest, now=lambda: 1),
    gap=Gap("BTC-USD", 5, 20),
    samples=[
        '{"error":[],"result":{"XXBTZUSD":[["1","2.50",1767607000,"b","m","",7],["0.5","2.50",1767607200.123456,"s","m","",30]],'
        '"last":"1"}}',
        '{"error":["EQuery:Unknown asset pair"]}',
    ],
    headers=VENUE.headers,
    refuses_in_words=True,
)


@pytest.mark.parametrize("case", ANSWER_CASES, ids=str)
def test_answers(case: AnswerCase) -> None:
    case.play(ANSWERS)
