"""What an exchange sends: frames of its feed, and answers of its REST API."""

from collections.abc import Callable, Coroutine, Iterable, Mapping, Sequence
from typing import Any, Final

from coattail_common import venues
from coattail_common.contracts import Origin
from coattail_common.lines import TradeLine
from coattail_connector import (
    Answer,
    Backfill,
    BackfillRefusedError,
    BackfillUnavailableError,
    Gap,
    Market,
    Message,
    RateLimit,
    Refusal,
    RestClient,
    StreamedMarket,
)
from fuzz.contract import RECEIVED, check_trade, judge_message, judge_refusal
from fuzz.structures import ANSWER
from fuzz.target import Judge, Target, ViolationError

SYMBOLS: Final = ("BTC-USDT", "ETH-USDT", "BTC-USD", "ETH-USD")
"""The markets that are followed, at each exchange."""

GAP: Final = Gap("BTC-USD", 1_000, 1_009)
"""The trades that are asked for."""

_MOST_REQUESTS: Final = 100
_HEADERS: Final = tuple(name for venue in venues.installed() for name in venue.headers)

type Normalise = Callable[[Mapping[str, StreamedMarket], bytes | str, int], Sequence[Message]]


class FakeRest(RestClient):
    """Asks nobody: gives the same answer each time, and no end of them is a violation."""

    def __init__(self, answer: Answer) -> None:
        super().__init__("", RateLimit(1, 1))
        self._answer = answer
        self._asked = 0

    async def get(self, path: str, query: Mapping[str, str], **options: object) -> Answer:  # noqa: ARG002
        """See `RestClient.get`."""
        self._asked += 1
        if self._asked > _MOST_REQUESTS:
            rule = "a gap is fetched with a bounded number of requests"
            raise ViolationError(rule, path)
        return self._answer

    def pause(self, seconds: float) -> None:
        """See `RestClient.pause`."""
        if not seconds >= 0:
            rule = "a pause is no negative time"
            raise ViolationError(rule, seconds)


def feed(
    name: str,
    normalise: Normalise,
    markets_by_name: Callable[[Iterable[str]], Mapping[str, StreamedMarket]],
    simulated: Iterable[bytes],
    recorded: tuple[str, ...] = (),
) -> Target:
    """The frames of a feed, as `normalise` reads them: as bytes, and the same as text."""
    markets = markets_by_name(SYMBOLS)
    return Target(name, _feed_judge(normalise, markets), tuple(simulated), recorded)


def past(name: str, backfill: Callable[[RestClient], Backfill], exchange: str, simulated: Iterable[bytes]) -> Target:
    """The answers of an exchange's REST API to who asks for `GAP`, and for the latest trade. An input is a header's value, a line feed
    and a body.
    """
    market = Market(exchange=exchange, symbol=GAP.symbol, base="BTC", quote="USD")
    return Target(name, _past_judge(backfill, {GAP.symbol: market}), tuple(simulated), structure=ANSWER)


def _feed_judge(normalise: Normalise, markets: Mapping[str, StreamedMarket]) -> Judge:
    ours = {market.symbol: market for market in markets.values()}

    def judge(frame: bytes) -> list[str]:
        messages = normalise(markets, frame, RECEIVED)
        said = [judge_message(message, ours) for message in messages] or ["nothing to do"]
        try:
            text = frame.decode()
        except UnicodeDecodeError:
            return said
        as_text = [judge_message(message, ours) for message in normalise(markets, text, RECEIVED)]
        if said != (as_text or ["nothing to do"]):
            rule = "a frame says the same as bytes and as text"
            raise ViolationError(rule, f"{said} and {as_text}")
        return said

    return judge


def _past_judge(make: Callable[[RestClient], Backfill], markets: Mapping[str, Market]) -> Judge:
    def judge(content: bytes) -> list[str]:
        header, _, body = content.partition(b"\n")
        value = header.decode(errors="surrogateescape")
        answer = Answer(dict.fromkeys(_HEADERS, value), body)
        fetched = _ended(make(FakeRest(answer)).fetch(GAP))
        said = [fetched] if isinstance(fetched, str) else _judge_fetched(fetched, markets)
        latest = _ended(make(FakeRest(answer)).latest(GAP.symbol))
        if not (latest is None or isinstance(latest, str) or (type(latest) is int and 0 <= latest < 2**63)):
            rule = "the latest trade's id is a whole number from 0 to 2⁶³-1"
            raise ViolationError(rule, latest)
        return said or ["no trades"]

    return judge


def _judge_fetched(answers: Sequence[object], markets: Mapping[str, Market]) -> list[str]:
    said: list[str] = []
    before = -1
    for one in answers:
        if isinstance(one, Refusal):
            said.append(judge_refusal(one))
            continue
        if not isinstance(one, TradeLine):
            rule = "what is fetched is trades and refusals"
            raise ViolationError(rule, repr(one))
        check_trade(one, markets, Origin.BACKFILL)
        if not GAP.first <= one.trade_id <= GAP.last:
            rule = "a trade that is fetched is of the gap"
            raise ViolationError(rule, one)
        if one.trade_id < before:
            rule = "trades that are fetched are ascending by id"
            raise ViolationError(rule, f"{one.trade_id} after {before}")
        before = one.trade_id
        said.append("trade")
    return said


def _ended[T](asking: Coroutine[Any, Any, T]) -> T | str:
    """What a coroutine that waits for nobody comes to, or which of the two refusals."""
    try:
        asking.send(None)
    except StopIteration as end:
        answer: T = end.value
        return answer
    except (BackfillUnavailableError, BackfillRefusedError) as error:
        if not str(error).strip():
            rule = "the error over an answer that is no list of trades has a text"
            raise ViolationError(rule, repr(error)) from error
        return "to be asked again" if isinstance(error, BackfillUnavailableError) else "never to be had"
    asking.close()
    rule = "an answer that is there is read without waiting"
    raise ViolationError(rule)
