"""The cases of frames and of answers: what keeps the rules passes them, and each broken parser fails the case about it."""

from collections.abc import Callable, Mapping, Sequence

import pytest
from msgspec import structs

from coattail_common.contracts import Side
from coattail_common.lines import TradeLine, decode_trade, trade_line
from coattail_connector import ExchangeError, Gap, Message, Reason, Refusal, RestClient, StreamedMarket
from coattail_testing.conformance.answers import ANSWER_CASES, AnswerCase, Answers
from coattail_testing.conformance.frames import Fields, FrameCase, Frames, Normalise, frame_cases
from coattail_testing.records import a_trade
from ingest_binance.backfill import BinanceBackfill
from ingest_binance.naming import markets_by_name
from ingest_binance.normalising import normalise

type Markets = Mapping[str, StreamedMarket]

FRAMES = Frames(
    normalise=normalise,
    markets=markets_by_name(["BTC-USDT"]),
    frame='{"stream":"x","data":{"e":"trade","s":"BTCUSDT","t":7,"p":"2.50","q":"4","T":1700000000000,"m":true}}',
    trade=a_trade(
        7,
        exchange="binance",
        symbol="BTC-USDT",
        price="2.50",
        quantity="4",
        side=Side.SELL,
        timestamp=1_700_000_000_000_000,
    ),
    fields=Fields(trade_id="t", symbol="s", price="p", quantity="q", side="m", time="T"),
    other_side="false",
    at="$.data",
    quiet=['{"result":null,"id":7}'],
    errors=[('{"code":2,"msg":"no"}', "2: no")],
)


def each(change: Callable[[Message], Message]) -> Normalise:
    """A parser that changes each message."""

    def changed(markets: Markets, frame: bytes | str, received_at: int) -> Sequence[Message]:
        return [change(message) for message in normalise(markets, frame, received_at)]

    return changed


def traded(**values: object) -> Normalise:
    """A parser whose trades have these values."""

    def change(message: Message) -> Message:
        if not isinstance(message, TradeLine):
            return message
        return trade_line(structs.replace(decode_trade(message.line), **values))

    return each(change)


def refused(change: Callable[[Refusal], Refusal]) -> Normalise:
    return each(lambda message: change(message) if isinstance(message, Refusal) else message)


def raising(markets: Markets, frame: bytes | str, received_at: int) -> Sequence[Message]:
    """Raises over what is not JSON."""
    messages = normalise(markets, frame, received_at)
    if any(isinstance(one, Refusal) and one.reason is Reason.MALFORMED for one in messages):
        raise ValueError(str(frame))
    return messages


def chatty(markets: Markets, frame: bytes | str, received_at: int) -> Sequence[Message]:
    """Complains over what needs no reaction."""
    return normalise(markets, frame, received_at) or (ExchangeError("?"),)


@pytest.mark.parametrize("case", frame_cases(FRAMES), ids=str)
def test_a_parser_that_keeps_the_rules_passes(case: FrameCase) -> None:
    case.play()


@pytest.mark.parametrize(
    ("parser", "case"),
    [
        (traded(quantity="3"), "says-its-trade"),
        (traded(side=Side.SELL), "tells-the-takers-side"),
        (traded(price="61837.63"), "keeps-digits-61837.63000000"),
        (refused(lambda one: Refusal(Reason.INVALID, one.detail)), "refuses-1-malformed"),
        (refused(lambda one: Refusal(one.reason, "")), "refuses-1-malformed"),
        (chatty, "is-quiet-"),
        (each(lambda one: ExchangeError("no") if isinstance(one, ExchangeError) else one), "complains-"),
        (raising, "any-bytes"),
        (raising, "any-text"),
        (raising, "any-cut-of-a-frame"),
        (traded(quote_volume="9"), "anything-like-a-trade"),
        (refused(lambda one: Refusal(one.reason, "")), "anything-like-a-frame"),
    ],
)
def test_a_parser_that_breaks_a_rule_fails(parser: Normalise, case: str) -> None:
    (broken,) = [one for one in frame_cases(structs.replace(FRAMES, normalise=parser)) if str(one).startswith(case)]
    with pytest.raises((AssertionError, ValueError)):
        broken.play()


class CarelessBackfill(BinanceBackfill):
    """Returns what it finds, of the gap or not."""

    async def fetch(self, gap: Gap) -> Sequence[TradeLine | Refusal]:
        return await super().fetch(structs.replace(gap, first=0, last=gap.last + 100))


def answers(backfill: Callable[[RestClient], BinanceBackfill]) -> Answers:
    return Answers(
        backfill=backfill,
        gap=Gap("BTC-USDT", 5, 20),
        samples=['[{"id":30,"price":"1","qty":"2.50","time":1767225600000,"isBuyerMaker":true}]'],
        headers=["X-MBX-USED-WEIGHT-1M"],
    )


@pytest.mark.parametrize("case", ANSWER_CASES, ids=str)
def test_a_backfill_that_keeps_the_rules_passes(case: AnswerCase) -> None:
    case.play(answers(lambda rest: BinanceBackfill(rest, now=lambda: 1)))


def test_a_backfill_that_breaks_a_rule_fails() -> None:
    with pytest.raises(AssertionError):
        ANSWER_CASES[1].play(answers(lambda rest: CarelessBackfill(rest, now=lambda: 1)))
