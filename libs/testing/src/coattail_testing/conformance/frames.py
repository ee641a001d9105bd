"""What every parser of frames keeps, as cases over the frames that an exchange gives: a good one, and pieces to damage it by."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import Final

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from coattail_common.contracts import Side, Trade
from coattail_connector import ExchangeError, Message, Reason, Refusal, StreamedMarket
from coattail_testing.conformance.stage import expect
from coattail_testing.connector import check_messages, decoded
from coattail_testing.strategies import cut, like

type Normalise = Callable[[Mapping[str, StreamedMarket], bytes | str, int], Sequence[Message]]
type Refused = tuple[bytes | str, Reason, str]
"""A frame, why it is refused, and a part of the refusal's detail."""

_AMOUNTS: Final = {
    "61837.63000000": "61837.63000000",
    "61837.10": "61837.10",
    "0.000000010": "0.000000010",
    "0.00000001": "0.00000001",
    "985": "985",
    "40": "40",
    "1e-8": "0.00000001",
    "1.5E+3": "1500",
    "12345678901.12345678": "12345678901.12345678",
    "98765432.123456789": "98765432.123456789",
    "0.100000000000000000": "0.100000000000000000",
}
"""JSON numbers, and the amounts that they are: the digits that are printed, which a float does not have."""
_TIMES: Final = {
    "2021-04-17T16:43:37Z": 1_618_677_817_000_000,
    "2021-04-17T16:43:37.0897Z": 1_618_677_817_089_700,
    "2021-04-17T16:43:37.08972Z": 1_618_677_817_089_720,
    "2021-04-17T16:43:37.089723Z": 1_618_677_817_089_723,
    "2021-04-17T16:43:37.089723000Z": 1_618_677_817_089_723,
    "2021-04-17T16:43:37.089723999Z": 1_618_677_817_089_723,
    "2021-04-17T16:43:37.0897235Z": 1_618_677_817_089_723,
    "2021-04-17T23:59:59.999999999Z": 1_618_703_999_999_999,
    "2021-04-17T18:43:37.089723+02:00": 1_618_677_817_089_723,
}
"""Digits beyond the microsecond are cut: rounded up, the last would be the next day, and another trade than that of REST."""
_CUT_AT: Final = 80
_NO_TIMES: Final = ("yesterday", "2021-04-17T16:43:37.089723", "2021-04-31T16:43:37.089723Z")
_OTHER: Final = {Side.BUY: Side.SELL, Side.SELL: Side.BUY}


class Fields(msgspec.Struct, frozen=True, kw_only=True):
    """What a feed calls the fields of a trade."""

    trade_id: str
    symbol: str
    price: str
    quantity: str
    side: str
    time: str


class Frames(msgspec.Struct, frozen=True, kw_only=True):
    """A feed's frames.

    `frame` holds one trade, `trade`, and is received at that one's time of receipt. `other_side` is printed where the other side
    took. `at` is where errors say that the trade is. `amounts_are_numbers` is for a feed that prints amounts as JSON numbers.
    `refused`, `quiet` and `errors` are frames of its own: refused, without a message, and complaints with their text. `samples`
    are its other kinds of frames.
    """

    normalise: Normalise
    markets: Mapping[str, StreamedMarket]
    frame: str
    trade: Trade
    fields: Fields
    other_side: str
    at: str = "$"
    amounts_are_numbers: bool = False
    refused: Sequence[Refused] = ()
    quiet: Sequence[str] = ()
    errors: Sequence[tuple[str, str]] = ()
    samples: Sequence[str] = ()

    def messages(self, frame: bytes | str) -> tuple[object, ...]:
        """Return what a frame says, with each trade decoded from its line."""
        return decoded(self.normalise(self.markets, frame, self.trade.ingestion_timestamp))

    def put(self, *changes: tuple[str, str | None]) -> str:
        """Return the good frame with other values printed for these fields; None leaves a field out."""
        frame = self.frame
        for field, printed in changes:
            found = _value_of(field).search(frame)
            if found is None:
                raise AssertionError(f"the frame has no field {field!r}")
            new = "" if printed is None else f'"{field}":{printed},'
            frame = frame[: found.start()] + new + frame[found.end() :]
        return frame.replace(",}", "}")

    @property
    def time_is_text(self) -> bool:
        """Whether the feed prints times as RFC 3339, and not as a number."""
        found = _value_of(self.fields.time).search(self.frame)
        return found is not None and found[1].startswith('"')


class FrameCase(msgspec.Struct, frozen=True):
    """One thing that a parser keeps. `play` raises `AssertionError` where it does not."""

    id: str
    play: Callable[[], None]

    def __str__(self) -> str:
        return self.id


def changed(frame: str, old: str, new: str) -> str:
    """Return the frame with another part in place of `old`. Raises `AssertionError` where it has no such part."""
    expect(old in frame, f"the frame has no {old}")
    return frame.replace(old, new)


def frame_cases(subject: Frames) -> list[FrameCase]:
    """Return the cases of a feed."""
    return [
        FrameCase("says-its-trade", partial(_says_its_trade, subject)),
        FrameCase("tells-the-takers-side", partial(_other_side, subject)),
        *(FrameCase(f"keeps-digits-{number}", partial(_digits, subject, number)) for number in _AMOUNTS),
        *(FrameCase(f"cuts-time-{time}", partial(_time, subject, time)) for time in _TIMES if subject.time_is_text),
        *(
            FrameCase(f"refuses-{number}-{reason}", partial(_refuses, subject, frame, reason, detail))
            for number, (frame, reason, detail) in enumerate((*_refused(subject), *subject.refused), start=1)
        ),
        *(FrameCase(f"is-quiet-{frame[:40]}", partial(_says, subject, frame, ())) for frame in subject.quiet),
        *(
            FrameCase(f"complains-{text[:40]}", partial(_says, subject, frame, (ExchangeError(text),)))
            for frame, text in subject.errors
        ),
        FrameCase("any-bytes", partial(_any, subject, st.binary())),
        FrameCase("any-text", partial(_any, subject, st.text())),
        FrameCase("anything-like-a-trade", partial(_any, subject, like([subject.frame]))),
        FrameCase("anything-like-a-frame", partial(_any, subject, like(_samples(subject)))),
        FrameCase("any-cut-of-a-frame", partial(_any_cut, subject)),
    ]


def _says_its_trade(the: Frames) -> None:
    for frame in (the.frame, the.frame.encode()):
        _says(the, frame, (the.trade,))


def _other_side(the: Frames) -> None:
    trade = _trade(the, the.put((the.fields.side, the.other_side)))
    expect(trade == msgspec.structs.replace(the.trade, side=_OTHER[the.trade.side]), f"{trade} is of the wrong side")


def _digits(the: Frames, number: str) -> None:
    amount, price, quantity = _AMOUNTS[number], the.fields.price, the.fields.quantity
    priced = _trade(the, the.put((price, number)))
    expect((priced.price, priced.quantity) == (amount, the.trade.quantity), f"the price {number} is {priced.price}")
    sized = _trade(the, the.put((quantity, f" {number} ")))
    expect((sized.price, sized.quantity) == (the.trade.price, amount), f"the quantity {number} is {sized.quantity}")
    both = _trade(the, the.put((price, number), (quantity, "2")))
    expect((both.price, both.quantity) == (amount, "2"), f"{number} and 2 are {both.price} and {both.quantity}")
    if not the.amounts_are_numbers:
        text = _trade(the, the.put((price, f'"{number}"')))
        expect(text == priced, f"{number} is another trade as a text")


def _time(the: Frames, time: str) -> None:
    trade = _trade(the, the.put((the.fields.time, f'"{time}"')))
    expect(trade.timestamp == _TIMES[time], f"{time} is {trade.timestamp}")


def _refuses(the: Frames, frame: bytes | str, reason: Reason, detail: str) -> None:
    messages = the.messages(frame)
    expect(len(messages) == 1 and isinstance(messages[0], Refusal), f"{frame[:200]!r} comes to {messages}")
    for message in messages:
        if isinstance(message, Refusal):
            expect(message.reason is reason, f"{message} is not {reason}")
            expect(detail in message.detail, f"{message} does not say {detail}")


def _says(the: Frames, frame: bytes | str, expected: tuple[object, ...]) -> None:
    messages = the.messages(frame)
    expect(messages == expected, f"{frame!r} comes to {messages}, not {expected}")


def _any(the: Frames, frames: st.SearchStrategy[bytes] | st.SearchStrategy[str]) -> None:
    @given(frames)
    def check(frame: bytes | str) -> None:
        check_messages(the.normalise(the.markets, frame, 1))

    check()


def _any_cut(the: Frames) -> None:
    @given(cut(_samples(the)))
    def check(frames: tuple[bytes, bytes]) -> None:
        for frame in frames:
            check_messages(the.normalise(the.markets, frame, 1))

    check()


def _refused(the: Frames) -> Iterable[Refused]:
    """The frames that no feed takes."""
    fields, at = the.fields, the.at
    yield "", Reason.MALFORMED, "truncated"
    yield the.frame[:_CUT_AT], Reason.MALFORMED, "truncated"
    yield "<html>502 Bad Gateway</html>", Reason.MALFORMED, "malformed"
    yield b"\xff\xfe", Reason.MALFORMED, ""
    yield "[" * 100_000, Reason.INVALID, "got `array`"
    yield "null", Reason.INVALID, "got `null`"
    for field in (fields.price, fields.time):
        yield the.put((field, None)), Reason.INCOMPLETE, f"`{field}`" + ("" if at == "$" else f" - at `{at}`")
    yield the.put((fields.trade_id, '"abc"')), Reason.INVALID, f"`{at}.{fields.trade_id}`"
    for number in (-1, 2**63):
        text = _like_before(the, fields.trade_id, str(number))
        yield the.put((fields.trade_id, text)), Reason.INVALID, f"`{at}.{fields.trade_id}`"
    yield the.put((fields.side, '"hold"')), Reason.INVALID, f"`{at}.{fields.side}`"
    yield the.put((fields.symbol, '"NOSUCH"')), Reason.UNKNOWN_SYMBOL, "'NOSUCH' at `$"
    yield from _bad_amounts(the)
    if the.time_is_text:
        for time in _NO_TIMES:
            yield the.put((fields.time, f'"{time}"')), Reason.INVALID, f"`{at}.{fields.time}`"
        yield the.put((fields.time, "1618677817")), Reason.INVALID, f"`{at}.{fields.time}`"
        yield the.put((fields.time, '"0001-01-01T00:00:00.000000Z"')), Reason.TIME, str(the.trade.trade_id)


def _bad_amounts(the: Frames) -> Iterable[Refused]:
    for field in (the.fields.price, the.fields.quantity):
        for printed in ("null", "[1]", "true", '{"a":1}'):
            where = (
                (Reason.AMOUNT, f"'{printed}'") if the.amounts_are_numbers else (Reason.INVALID, f"`{the.at}.{field}`")
            )
            yield the.put((field, printed)), *where
        yield the.put((field, "NaN")), Reason.MALFORMED, "malformed"
        for number, detail in (("-1", "'-1'"), ("0.0", "above zero"), ("6.1e-19", "'6.1e-19'")):
            yield the.put((field, number)), Reason.AMOUNT, detail
            if not the.amounts_are_numbers:
                yield the.put((field, f'"{number}"')), Reason.AMOUNT, detail
        if not the.amounts_are_numbers:
            for text in ("NaN", "0.-10000"):
                yield the.put((field, f'"{text}"')), Reason.AMOUNT, f"'{text}'"


def _like_before(the: Frames, field: str, value: str) -> str:
    """Print a value with quotes where the good frame has them."""
    found = _value_of(field).search(the.frame)
    return f'"{value}"' if found is not None and found[1].startswith('"') else value


def _trade(the: Frames, frame: str) -> Trade:
    (message,) = the.messages(frame)
    if not isinstance(message, Trade):
        raise AssertionError(f"{frame} comes to {message}")
    return message


def _samples(the: Frames) -> list[str]:
    return [the.frame, *the.samples, *the.quiet, *(frame for frame, _ in the.errors)]


def _value_of(field: str) -> re.Pattern[str]:
    """Return what finds a field with its printed value, a text or a number, and the comma after it."""
    return re.compile(rf'"{field}"\s*:\s*("[^"]*"|[^,}}\]]+),?')
