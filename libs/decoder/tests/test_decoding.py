"""Both forms of the decoder say the same of every line, and `quality.judge` is the truth about it."""

import random
import shutil
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coattail_common import quality
from coattail_common.contracts import Origin, Side, Trade
from coattail_common.lines import encode_trade, pack
from coattail_decoder import decoder, reference, rules
from coattail_decoder.look import Look
from coattail_decoder.rows import Decoded, line_of, spelled_by_row
from coattail_testing.records import a_trade

MOMENT = 1_767_225_600_000_000
ARRIVAL = MOMENT + 5_000_000
WANTED: dict[str, Any] = {"bar": 1_000_000, "floor": 1_000.0, "rates": {"USD": 1.0, "USDT": 1.0}}
MARKETS = (("binance", "BTC-USDT"), ("coinbase", "BTC-USD"), ("kraken", "ETH-EUR"))
needs_compiled = pytest.mark.skipif(decoder.compiled() is None, reason="there is no compiled decoder")


def test_where_there_is_a_compiler_it_is_compiled() -> None:
    assert decoder.compiled() is not None or shutil.which("cc") is None


def decoded(records: Sequence[bytes], form: str = "compiled", **changes: Any) -> Decoded:
    wanted = WANTED | changes
    made = reference.Decoder(**wanted) if form == "reference" else decoder.decoder(**wanted)
    return made.decode(records, ["a" if n % 2 else "b" for n in range(len(records))], [ARRIVAL] * len(records))


def comparable(found: Decoded) -> Any:
    """What was decoded, in an order of its own: the forms find runs and bars in different orders."""
    look = msgspec.to_builtins(found.look)
    for name in ("runs", "bars", "arrivals", "marks"):
        look[name] = sorted(look[name])
    return found.rows.to_pylist(), sorted(found.spelled, key=str), sorted(found.refused, key=str), look


def lines_again(found: Decoded) -> dict[tuple[int, int], bytes]:
    """Each line by its place, made again of what was decoded."""
    spelled = spelled_by_row(found.spelled)
    valid = {
        (row["record"], row["line"]): line_of(found.look.markets[row["market"]], row, spelled.get(number))
        for number, row in enumerate(found.rows.to_pylist())
    }
    return valid | {(one.record, one.line_number): one.line for one in found.refused}


amounts = st.one_of(
    st.decimals("0.00000001", "100000", places=8).map(lambda one: f"{one:f}"),
    st.integers(1, 10**6).map(str),
    st.from_regex(r"[0-9]{1,20}(\.[0-9]{1,18})?", fullmatch=True),
)


@st.composite
def trades(draw: st.DrawFn) -> Trade:
    exchange, symbol = draw(st.sampled_from(MARKETS))
    made = a_trade(
        draw(st.integers(0, 40) | st.integers(0, 2**62)),
        exchange=exchange,
        symbol=symbol,
        price="1",
        quantity="1",
        side=draw(st.sampled_from(list(Side))),
        timestamp=MOMENT + draw(st.integers(0, 3_000_000)),
    )
    price, quantity = draw(amounts), draw(amounts)
    volume = f"{Decimal(price) * Decimal(quantity):f}"
    return msgspec.structs.replace(
        made, price=price, quantity=quantity, quote_volume=volume, origin=draw(st.sampled_from(list(Origin)))
    )


def damaged(line: bytes, draw: random.Random) -> bytes:
    """The line with one thing wrong, or only otherwise."""
    at = draw.randrange(len(line)) if line else 0
    ways: list[Callable[[], bytes]] = [
        lambda: line[:at] + bytes([draw.randrange(256)]) + line[at + 1 :],
        lambda: line[:at] + line[at + 1 :],
        lambda: line[:at],
        lambda: line[:at] + line[at : at + 1] + line[at:],
        lambda: line.replace(b'"price":"', b'"price":"0'),
        lambda: line.replace(b'"quantity":"', b'"quantity":"-'),
        lambda: line.replace(b'"side":"buy"', b'"side":"Buy"'),
        lambda: line.replace(b":", b": ", 1),
        lambda: line.replace(b"}", b',"more":1}'),
        lambda: line.replace(b'"schema_version":1', b'"schema_version":2'),
        lambda: line.replace(b',"schema_version":1', b""),
        lambda: line.replace(b'"trade_id":', b'"trade_id":0'),
        lambda: line.replace(b"BTC", b"ETH", draw.randrange(1, 4)),
        lambda: line.replace(b'"quote_volume":"', b'"quote_volume":"1'),
        lambda: line.replace(b'"timestamp":17', b'"timestamp":97'),
        lambda: line + b" ",
        lambda: b"\xff" + line,
        lambda: b"",
    ]
    return draw.choice(ways)()


@needs_compiled
@settings(max_examples=150, deadline=None)
@given(st.lists(st.lists(st.tuples(trades(), st.integers(0, 5)), max_size=8), max_size=5), st.integers(0, 2**32))
def test_the_forms_agree_on_records_of_whatever_lines(made: list[list[tuple[Trade, int]]], seed: int) -> None:
    draw = random.Random(seed)
    records = [
        pack(encode_trade(trade) if whole else damaged(encode_trade(trade), draw) for trade, whole in record)
        for record in made
    ]

    assert comparable(decoded(records)) == comparable(decoded(records, "reference"))


@pytest.mark.parametrize("form", ["reference", "compiled"])
def test_every_line_comes_out_as_it_went_in(form: str) -> None:
    draw = random.Random(5)
    records = [pack([*_lines(draw, 30), b""]) for _ in range(20)]

    again = lines_again(decoded(records, form))

    assert again == {
        (record, number): line for record, data in enumerate(records) for number, line in enumerate(data.split(b"\n"))
    }


@needs_compiled
def test_no_line_is_taken_that_the_rules_refuse_and_no_value_differs() -> None:
    """50,000 lines, a third of them damaged."""
    draw = random.Random(11)
    lines = _lines(draw, 50_000)
    records = [pack(lines[begin : begin + 50]) for begin in range(0, len(lines), 50)]

    found = decoded(records)

    judged = [quality.judge(line) for line in lines]
    valid = {number: one for number, one in enumerate(judged) if isinstance(one, Trade)}
    rows = {row["record"] * 50 + row["line"]: row for row in found.rows.to_pylist()}
    assert rows.keys() == valid.keys()
    assert {one.record * 50 + one.line_number: one.rule for one in found.refused} == {
        number: one.name for number, one in enumerate(judged) if not isinstance(one, Trade)
    }
    for number, trade in valid.items():
        row = rows[number]
        name = found.look.markets[row["market"]]
        assert (name.exchange, name.symbol, name.base, name.quote) == (
            trade.exchange,
            trade.symbol,
            trade.base,
            trade.quote,
        )
        assert (row["trade_id"], row["timestamp"], row["ingestion_timestamp"]) == (
            trade.trade_id,
            trade.timestamp,
            trade.ingestion_timestamp,
        )
        assert (row["price"], row["quantity"], row["quote_volume"]) == (
            Decimal(trade.price),
            Decimal(trade.quantity),
            Decimal(trade.quote_volume),
        )
    assert len(valid) > 30_000
    assert len({one.rule for one in found.refused}) > 10


def _lines(draw: random.Random, count: int) -> list[bytes]:
    lines = []
    for number in range(count):
        exchange, symbol = draw.choice(MARKETS)
        price, quantity = f"{draw.randrange(1, 10**7)}.{draw.randrange(10**4):04d}", f"0.{draw.randrange(1, 10**8):08d}"
        made = a_trade(
            1_000 + number // 3,
            exchange=exchange,
            symbol=symbol,
            price=price,
            quantity=quantity,
            side=draw.choice(list(Side)),
            timestamp=MOMENT + number * 300,
        )
        line = encode_trade(made)
        lines.append(damaged(line, draw).replace(b"\n", b"") if draw.random() < 0.33 else line)
    return lines


@pytest.mark.parametrize("form", ["reference", "compiled"])
def test_a_sum_without_room_stays_at_the_largest(form: str) -> None:
    most = "9" * 20
    lines = [encode_trade(a_trade(n, price="1", quantity=most, timestamp=MOMENT)) for n in range(1, 3)]
    (bar,) = decoded([pack(lines)], form).look.bars
    assert Decimal(bar.all.volume) == 2 * int(most) * 10**12
    assert rules.LARGEST == 10**38 - 1


@pytest.mark.parametrize("form", ["reference", "compiled"])
def test_a_bar_says_what_each_side_did_and_where_prices_went(form: str) -> None:
    def at(number: int, price: str, side: Side) -> bytes:
        return encode_trade(a_trade(number, price=price, quantity="2", side=side, timestamp=MOMENT + number))

    lines = [at(3, "9", Side.BUY), at(1, "7", Side.SELL), at(2, "11.5", Side.BUY), at(4, "8", Side.SELL)]
    (bar,) = decoded([pack(lines)], form).look.bars

    assert (bar.all.trades, bar.buys.trades) == (4, 2)
    assert [int(one) // 10**12 for one in (bar.all.volume, bar.buys.volume, bar.all.amount, bar.buys.amount)] == [
        8,
        4,
        71,
        41,
    ]
    assert [Decimal(one) / 10**18 for one in (bar.open, bar.high, bar.low, bar.close)] == [7, Decimal("11.5"), 7, 8]
    assert (bar.first_trade_id, bar.last_trade_id, bar.newest) == (1, 4, MOMENT + 4)


@needs_compiled
def test_markets_beyond_what_is_kept_are_learned_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decoder, "MOST_MARKETS", 3)
    the = decoder.decoder(**WANTED)
    for turn in range(4):
        lines = [encode_trade(a_trade(turn * 10 + n, symbol=f"C{turn}{n}-USD")) for n in range(5)]
        found = the.decode([pack(lines)], ["a"], [ARRIVAL])
        assert [name.symbol for name in found.look.markets] == [f"C{turn}{n}-USD" for n in range(5)]
        assert found.rows.num_rows == 5


@needs_compiled
def test_with_more_holes_than_anybody_could_look_at_only_the_ends_are(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rules, "MOST_AT_HOLES", 3)
    monkeypatch.setattr(reference, "MOST_AT_HOLES", 3)
    lines = [encode_trade(a_trade(n, timestamp=MOMENT + n * 1000)) for n in (10, 2, 30, 4, 50, 6)]

    compiled = decoded([pack(lines)], floor=10**9)

    assert [fill.trade_id for fill in compiled.look.fills] == [2, 50]
    assert comparable(compiled) == comparable(decoded([pack(lines)], "reference", floor=10**9))


def test_another_contract_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rules, "_FIELDS", ("event_id", "exchange"))
    with pytest.raises(ValueError, match="the decoder reads the fields event_id, exchange, and a trade has event_id"):
        rules.template()


def test_the_look_travels() -> None:
    look = decoded([pack(_lines(random.Random(3), 100))]).look
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(look), type=Look) == look


@pytest.mark.parametrize("form", ["reference", "compiled"])
def test_records_without_a_trade(form: str) -> None:
    found = decoded([b"", b"\n", b"{}"], form)
    assert (found.rows.num_rows, found.look.markets, found.look.bars) == (0, (), ())
    assert [(one.record, one.line_number, one.line) for one in found.refused] == [
        (0, 0, b""),
        (1, 0, b""),
        (1, 1, b""),
        (2, 0, b"{}"),
    ]


def test_the_form_is_said_in_a_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decoder, "compiled", lambda: None)

    assert decoder.implementation().startswith("lines are decoded in Python")
    assert isinstance(decoder.decoder(**WANTED), reference.Decoder)
