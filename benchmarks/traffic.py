"""Made-up traffic of the stream in which some lines are no trades, and the truth about it."""

import random
import time
from collections.abc import Iterator
from decimal import Decimal
from typing import Final

import msgspec

from benchmarks.trades import MARKETS, a_trade
from coattail_common.contracts import Side
from coattail_common.lines import encode_trade

REASONS: Final = ("malformed", "incomplete", "invalid")


class Line(msgspec.Struct, frozen=True):
    """A line, and why it is no trade; `reason` is None when it is one."""

    text: bytes
    reason: str | None


def ticks(
    rate: int, seconds: float, bad_share: float, tick: float, seed: int = 1
) -> Iterator[list[tuple[str, list[Line]]]]:
    """What there is to put, tick by tick: for each market that traded, its symbol and its lines. No two lines are the same.

    `bad_share` is that of each reason; `rate` in lines a second; `tick` in seconds.
    """
    draw = random.Random(seed)  # noqa: S311  (made-up trades, not secrets)
    made = 0
    for number in range(round(seconds / tick)):
        markets: dict[int, list[Line]] = {}
        while made < rate * tick * (number + 1):
            made += 1
            market = draw.randrange(len(MARKETS))
            markets.setdefault(market, []).append(_line(market, made, bad_share, draw))
        yield [(_symbol(market), lines) for market, lines in markets.items()]


def _symbol(market: int) -> str:
    _, base, quote = MARKETS[market]
    return f"{base}-{quote}"


def _line(market: int, number: int, bad_share: float, draw: random.Random) -> Line:
    good = _trade(market, number, draw)
    place = draw.random() / bad_share if bad_share else len(REASONS)
    if place >= len(REASONS):
        return Line(good, None)
    reason = REASONS[int(place)]
    match reason:
        case "malformed":
            bad = draw.choice([good[:-9], b"\xff" + good, b"<html>%d</html>" % number, good + good])
        case "incomplete":
            bad = draw.choice([good.replace(b'"price"', b'"prize"'), good.replace(b'"side":"buy"', b'"side":null')])
        case _:
            bad = draw.choice(
                [good.replace(b'"side":"buy"', b'"side":"hold"'), good.replace(b'"price":"', b'"price":"-')]
            )
    return Line(bad, reason)


def _trade(market: int, trade_id: int, draw: random.Random) -> bytes:
    price, quantity = Decimal(draw.randrange(10**9, 6 * 10**9)).scaleb(-5), Decimal(draw.randrange(1, 10**6)).scaleb(-6)
    return encode_trade(a_trade(market, trade_id, time.time_ns() // 1000 - 5_000, price, quantity, Side.BUY))
