"""The compiled encoder against the Python that says what a trade is: the same line, or the same refusal."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from coattail_common.contracts import Origin, Side
from coattail_common.lines import TradeLine
from coattail_connector import Refusal, TimeError, market, streamed
from coattail_connector.frames.times import exact_micros
from coattail_connector.frames.trades import EARLIEST, LATEST, normalised

compiled = pytest.importorskip("coattail_encoder.lines", reason="the encoder is not compiled: there is no C compiler")

BTC = streamed(market("binance", "BTC-USDT"))
LONGEST = streamed(market("coinbase", "A" * 20 + "-" + "9" * 20))
NOON = 1_723_161_255_342_000

digits = st.text("0123456789", min_size=1, max_size=12)
plain = st.builds(lambda whole, rest: f"{whole}.{rest}" if rest else whole, digits, st.text("0123456789", max_size=10))
amounts = st.one_of(
    plain,
    st.decimals(0, 10**20, allow_nan=False, places=8).map(str),
    st.integers(0, 10**21).map(str),
    st.text("0123456789.", max_size=25),
    st.builds(lambda digits, sign, power: f"{digits}e{sign}{power}", plain, st.sampled_from("+-"), st.integers(0, 25)),
    st.text(max_size=5),
    st.sampled_from(["", ".", "0", "0.0", "5.", ".5", "1.2.3", "-1", "+1", "1e5", "NaN", "１", "1\x00", "1\n", " 1"]),
)
numbers = st.one_of(st.integers(0, 2**63 - 1), st.integers(-(2**70), 2**70))
times = st.one_of(st.integers(EARLIEST - 2, LATEST + 2), st.sampled_from([EARLIEST, EARLIEST - 1, LATEST - 1, LATEST]))


def never(*fields: object) -> Any:
    raise AssertionError(f"not made by the encoder: {fields}")


def alone() -> Any:
    """An encoder with nobody to ask, whose lines are their fields between bars."""
    parts = (b"",) + (b"|",) * 6 + (b"",)
    return compiled.LineEncoder(
        lambda *made: made,
        "the market",
        "the origin",
        sell=("sell", parts),
        buy=("buy", parts),
        earliest=0,
        latest=2**62,
        otherwise=never,
    )


@given(numbers, amounts, amounts, st.sampled_from(Side), times, numbers)
@example(0, "0.00000001", "0.00000001", Side.BUY, NOON, 0)
@example(2**63 - 1, "999999999999999999", "999999999999999999", Side.SELL, NOON, 2**63 - 1)
@example(1, "0.814", "1e-8", Side.BUY, NOON, 1)
@example(1, "99999999999.9999999", "99999999999.9999999", Side.SELL, NOON, 1)
def test_a_line_or_a_refusal_is_the_same(
    trade_id: int, price: str, quantity: str, side: Side, timestamp: int, received_at: int
) -> None:
    for one in (BTC, LONGEST):
        try:
            expected = normalised(one, Origin.STREAM, trade_id, price, quantity, side, timestamp, received_at)
        except OverflowError:  # an id of more than 64 bits, which no frame can bring
            with pytest.raises(OverflowError):
                one.streamed_trade(trade_id, price, quantity, side, timestamp, received_at)
        else:
            assert one.streamed_trade(trade_id, price, quantity, side, timestamp, received_at) == expected


@pytest.mark.parametrize(
    ("price", "quantity"),
    [
        ("100.00", "007.50"),  # zeros on either side
        ("0.5", "0.5"),  # as many digits as stand after the point
        ("4294967297", "4294967297"),  # just beyond 64 bits
        ("18446744073709551616", "1"),  # more digits than 64 bits have
        ("1234567890123456789", "1"),
        ("12345678901234567890.5", "1"),
        ("0.000000000000000001", "1"),
        ("0.0000000001", "0.0000000001"),  # 20 digits after the point
        ("0.1000000000", "0.100000000"),  # 19, the last ones zeros
        ("100000000000", "1000000000"),  # 21 before it
        ("0", "1"),
        ("0.000", "1"),
        (".5", "1"),
        ("5.", "1"),
        ("1.2.3", "1"),
        ("12:4", "1"),
        ("12/4", "1"),
        ("-1", "1"),
        ("1e5", "1"),
        ("1\n", "1"),
        ("1\0", "1"),
        ("\u3131", "1"),  # whose bytes are those of digits
        ("１", "1"),
        ("", "1"),
    ],
)
def test_at_the_edges_too(price: str, quantity: str) -> None:
    for fields in ((price, quantity), (quantity, price)):
        expected = normalised(BTC, Origin.STREAM, 7, *fields, Side.BUY, NOON, NOON)
        assert BTC.streamed_trade(7, *fields, Side.BUY, NOON, NOON) == expected


@pytest.mark.parametrize("timestamp", [0, 2**62 - 1])
def test_the_first_and_the_last_time_are_usual(timestamp: int) -> None:
    assert alone().trade(7, "1", "1", "sell", timestamp, 9)[2] == timestamp


@pytest.mark.parametrize(
    ("price", "quantity", "volume"),
    [
        ("61837.63000000", "0.02000000", "1236.7526000000000000"),
        ("0.00001305", "985", "0.01285425"),
        ("1", "1", "1"),
        ("999999999.99999999", "9999999999.9999999", "9999999999999999800.000000000000001"),
        ("0.1", "0.3", "0.03"),
        ("18446744073", "1000000000.00", "18446744073000000000.00"),
    ],
)
def test_what_is_usual_asks_nobody(price: str, quantity: str, volume: str) -> None:
    made = alone().trade(7, price, quantity, "buy", 8, 9)
    assert made == ("the market", 7, 8, 9, "the origin", f"7|7|{price}|{quantity}|{volume}|8|9".encode())


def test_the_recorded_kind_of_trade_is_compiled() -> None:
    assert BTC.streamed_trade.__name__ == "trade"
    made = BTC.streamed_trade(3735683259, "61837.63000000", "0.02000000", Side.SELL, NOON, NOON + 5)
    assert isinstance(made, TradeLine)


@pytest.mark.parametrize(
    "fields",
    [
        (-1, "1", "1", "buy", 8, 9),
        (2**63, "1", "1", "buy", 8, 9),
        (True, "1", "1", "buy", 8, 9),
        (7, "1" * 19, "1", "buy", 8, 9),
        (7, "0", "1", "buy", 8, 9),
        (7, "1", b"1", "buy", 8, 9),
        (7, "1", None, "buy", 8, 9),
        (7, "1", "\ud800", "buy", 8, 9),
        (7, "1", "1", "hold", 8, 9),
        (7, "1", "1", "buy", -1, 9),
        (7, "1", "1", "buy", 2**62, 9),
        (7, "1", "1", "buy", 8, -1),
        (7, "1", "1", "buy", 8.0, 9),
        (7, "0.0000000001", "0.0000000001", "buy", 8, 9),
        (7, "999999999999999999", "999999999999999999", "buy", 8, 9),
    ],
)
def test_everything_else_is_left_to_others(fields: tuple[Any, ...]) -> None:
    with pytest.raises(AssertionError, match="not made by the encoder"):
        alone().trade(*fields)


def test_a_trade_that_is_refused_says_the_same() -> None:
    assert BTC.streamed_trade(7, "1", "-1", Side.BUY, NOON, NOON) == normalised(
        BTC, Origin.STREAM, 7, "1", "-1", Side.BUY, NOON, NOON
    )
    assert isinstance(BTC.streamed_trade(7, "1", "-1", Side.BUY, NOON, NOON), Refusal)


@pytest.mark.parametrize("parts", [(b"",) * 7, (b"",) * 9, (b"x" * 769, *(b"",) * 7)])
def test_parts_that_no_line_has_are_refused(parts: tuple[bytes, ...]) -> None:
    with pytest.raises(ValueError, match="parts"):
        compiled.LineEncoder(
            never, "", "", sell=("sell", parts), buy=("buy", parts), earliest=0, latest=1, otherwise=never
        )


def test_a_part_that_is_no_bytes_is_refused() -> None:
    parts = (b"",) * 7 + ("",)
    with pytest.raises(TypeError):
        compiled.LineEncoder(
            never, "", "", sell=("sell", parts), buy=("buy", parts), earliest=0, latest=1, otherwise=never
        )


two = st.text("0123456789", min_size=2, max_size=2)
written = st.builds(
    lambda second, fraction, zone: f"{second.isoformat(timespec='seconds')}{fraction}{zone}",
    st.datetimes(),
    st.text("0123456789", max_size=12).map(lambda digits: digits and f".{digits}"),
    st.just("Z") | st.builds("{}{}:{}".format, st.sampled_from("+-"), two, two),
)
shaped = st.builds("{}{}-{}-{}T{}:{}:{}.{}Z".format, two, two, two, two, two, two, two, two)
"""Of the right shape, and often no day or no hour that there is."""


@st.composite
def changed(draw: st.DrawFn) -> str:
    """A time with one character in place of another."""
    text = draw(written)
    place = draw(st.integers(0, len(text) - 1))
    return text[:place] + draw(st.sampled_from("0123456789-:.TtZz+ /\x00\u3131\u0661")) + text[place + 1 :]


def told(read: Callable[[str], int], text: str) -> int | str:
    try:
        return read(text)
    except TimeError as error:
        return str(error)


@given(written | shaped | changed() | st.text(max_size=30))
@example("2000-02-29T23:59:59.999999999Z")
@example("1900-02-29T00:00:00Z")
@example("2100-02-29T00:00:00Z")
@example("0001-01-01T00:00:00Z")
@example("0000-12-31T00:00:00Z")
@example("9999-12-31T23:59:59.9999999Z")
@example("1969-12-31T23:59:59.999999Z")
@example("2026-04-31T00:00:00Z")
@example("2026-01-05T24:00:00Z")
@example("2026-01-05T23:59:60Z")
@example("2026-01-05T23:59:59.Z")
@example("2026-01-05T23:59:59.5")
@example("2026-01-05T23:59:5:Z")
@example("2026-01-05T23:59:59Z\u3131")
def test_a_time_is_the_same_number_or_refused_alike(text: str) -> None:
    assert told(compiled.TimeReader(exact_micros).micros, text) == told(exact_micros, text)


@given(st.datetimes(), st.text("0123456789", max_size=40))
@example(datetime(2000, 2, 29, 23, 59, 59), "999999999")  # noqa: DTZ001
@example(datetime(1900, 3, 1), "")  # noqa: DTZ001
@example(datetime(1, 1, 1), "0")  # noqa: DTZ001
def test_a_time_as_exchanges_print_it_asks_nobody(second: datetime, digits: str) -> None:
    text = f"{second.isoformat(timespec='seconds')}{digits and f'.{digits}'}Z"
    assert compiled.TimeReader(never).micros(text) == exact_micros(text)


@pytest.mark.parametrize("text", [None, 5, b"2026-01-05T23:59:59Z"])
def test_what_is_no_text_is_left_to_others(text: Any) -> None:
    with pytest.raises(AssertionError, match="not made by the encoder"):
        compiled.TimeReader(never).micros(text)
