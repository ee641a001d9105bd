"""Spark and Python judge every line alike: `records.judged`, the path that lands, and `quality.judge`, the Lambda's."""

import json
import os
from collections import Counter
from decimal import Decimal
from itertools import batched
from typing import Final

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyspark.sql import SparkSession
from pyspark.sql import functions as F  # noqa: N812

from coattail_common import quality
from coattail_common.contracts import Origin, Side, Trade, event_id
from coattail_common.lines import encode_trade
from coattail_common.quality.shape import canonical_sql
from coattail_testing.records import a_trade
from coattail_testkit.stream import frame, record
from stream_detectors import records

pytestmark = pytest.mark.spark

EXAMPLES: Final = int(os.environ.get("VERDICT_EXAMPLES", "3000"))
"""How many lines; more are worth it after a change of a rule."""
LINES_A_RECORD: Final = 7

FIELDS: Final = Trade.__struct_fields__
STRANGE_VALUES: Final = (
    *("null", "true", "false", "NaN", "-Infinity", "Infinity", "nul", "undefined"),
    *("0", "-0", "1", "-1", "7", "007", "+7", "1.0", "7.5", "-0.0", "1e5", "1E-7", "1e400", "1.", ".5", "5e", "0x10"),
    *("61837.63000000000000000001", "1700000000000000.0", "1e15"),
    *("2147483647", "2147483648", "4102444800000000", "4102444800000001", "1230940799999999", "1230940800000000"),
    *("9223372036854775807", "9223372036854775808", "-9223372036854775808", "-9223372036854775809"),
    *(
        "18446744073709551616",
        "1" * 255,
        "1" * 256,
        "0." + "1" * 255,
        "0." + "1" * 256,
        "1" * 999,
        "1" * 1000,
        "1" * 1001,
        "0." + "1" * 999,
        "0." + "1" * 1000,
        "1" * 5000,
    ),
    *('""', '" "', '"7"', '"0"', '"00.10"', '"1.5"', '"-1"', '"1e3"', '"+1"', '"NaN"', '"Infinity"', '".5"', '"5."'),
    *(
        '"1,5"',
        '"0.-10000"',
        '"1 "',
        '" 1"',
        '"1\\n"',
        '"1\\r"',
        '"1\\u2028"',
        '"1\\u0085"',
        '"1\\u0000"',
        '"1d"',
        '"0x1"',
    ),
    *('"1.0000000000000000001"', '"123456789012345678901"', '"0.000000000000000000"', '"٣"', '"\\u0665"', '"１"'),
    *(
        '"buy"',
        '"sell"',
        '"BUY"',
        '"buy "',
        '"b\\u0075y"',
        '"stream"',
        '"backfill"',
        '"btc-usdt"',
        '"BTC-USD"',
        '"BTC"',
    ),
    *(
        '"BTC-USDT\\n"',
        '"USDT\\n"',
        '"BTC-USDT-X"',
        '"-"',
        '"\\ud800"',
        '"\\ud83d\\ude00"',
        '"é"',
        '"\ufffd"',
        '"?"',
        '"\\x"',
    ),
    *('"\t"', '"\x00"', '"unended', "'buy'", "buy", '"binance"', '"Binance"', '"a:b"', '"a\\"b"', '"\\u006"', '"\\/"'),
    *(
        "[]",
        "{}",
        "[1]",
        '["buy"]',
        '{"a":1}',
        '{"price":"5"}',
        '{"a":1,"a":2}',
        '[{"side":"buy","side":1}]',
        "[1,]",
        "[[]",
    ),
    *(
        "[" * 62 + "]" * 62,
        "[" * 63 + "]" * 63,
        "[" * 64 + "]" * 64,
        "[" * 998 + "]" * 998,
        "[" * 12_000 + "]" * 12_000,
    ),
    *('{"a":' * 63 + "1" + "}" * 63, '{"a":' * 64 + "1" + "}" * 64, '{"a":' * 998 + "1" + "}" * 998),
)
STRANGE_KEYS: Final = (
    *(
        "Price",
        "PRICE",
        "price ",
        " price",
        "pr\\u0069ce",
        "",
        "venue_note",
        "x",
        "corrupt_line",
        "line",
        "$",
        "é",
        "\\ud800",
    ),
    *("a.b", "a`b", "s\\u0069de", "pri\\x", "trade_id\\u0000"),
)
SPACES: Final = ("", "", "", " ", "\t", "\r", "  ", "\f", "\u00a0", "\ufeff", "\v", ",", "//", "/**/", "#")
ENDINGS: Final = (
    "",
    " ",
    "\r",
    "\t",
    "}",
    "]",
    "{}",
    ",",
    " x",
    "null",
    '{"a":"b"}',
    "\x00",
    "\ufeff",
    "\\",
    " }",
    "\u2028",
    "}\r",
)
BEGINNINGS: Final = ("", " ", "\r", "\t", "\ufeff", "[", "{", "x", "\x00", "\u00a0", "\f", ",", " \t\r")

_amounts = st.decimals(min_value="0.00000001", max_value="99999999", places=8, allow_nan=False, allow_infinity=False)
_moments = st.integers(1_230_940_800_000_000, 4_102_444_800_000_000)
_names = st.sampled_from(["BTC", "ETH", "1INCH", "USDT", "USD", "A" * 20] * 3 + ["A" * 21, "btc", "B-C"])


@st.composite
def trades(draw: st.DrawFn) -> Trade:
    """Trades that agree with themselves, most of them valid."""
    base, quote = draw(_names), draw(_names)
    exchange = draw(st.sampled_from(["binance", "coinbase", "okex-swap", "x"] * 4 + ["Binance", "a" * 33, "é", "a b"]))
    price, quantity, moment = draw(_amounts), draw(_amounts), draw(_moments)
    trade_id = draw(st.integers(-1, 2**63 + 1))
    return Trade(
        event_id=event_id(exchange, f"{base}-{quote}", trade_id),
        exchange=exchange,
        symbol=f"{base}-{quote}",
        base=base,
        quote=quote,
        trade_id=trade_id,
        price=f"{price:f}",
        quantity=f"{quantity:f}",
        quote_volume=f"{price * quantity * draw(st.sampled_from([Decimal(1), Decimal('1.0000000009'), Decimal(2)])):f}",
        side=draw(st.sampled_from(Side)),
        timestamp=moment + draw(st.sampled_from([0, 86_400_000_000, 86_400_000_001])),
        ingestion_timestamp=moment,
        origin=draw(st.sampled_from(Origin)),
    )


@st.composite
def plain_trades(draw: st.DrawFn) -> Trade:
    """One valid trade or another: what is changed about them is then what decides."""
    return Trade(
        event_id=event_id("binance", "BTC-USDT", 7),
        exchange="binance",
        symbol="BTC-USDT",
        base="BTC",
        quote="USDT",
        trade_id=7,
        price="1",
        quantity="1.5",
        quote_volume="1.5",
        side=draw(st.sampled_from(Side)),
        timestamp=1_700_000_000_000_000,
        ingestion_timestamp=1_700_000_000_001_000,
        origin=Origin.STREAM,
    )


def with_one_value_changed() -> list[bytes]:
    """A valid trade but for one field: every field with every strange value."""
    made = json.loads(encode_trade(a_trade(7)))
    good = {name: json.dumps(value) for name, value in made.items()}
    changes = [good | {field: value} for field in FIELDS for value in STRANGE_VALUES]
    written = [",".join(f'"{name}":{value}' for name, value in fields.items()) for fields in changes]
    return [f"{{{fields}}}".encode("utf-8", "surrogatepass") for fields in written]


@st.composite
def changed(draw: st.DrawFn) -> bytes:
    """A trade's object written in another way, with fields changed, left out, added, doubled or in another order."""
    made = json.loads(encode_trade(draw(st.one_of(plain_trades(), trades()))))
    pairs = [(name, json.dumps(value, ensure_ascii=draw(st.booleans()))) for name, value in made.items()]
    for _ in range(draw(st.integers(0, 3))):
        place = draw(st.integers(0, len(pairs) - 1)) if pairs else 0
        match draw(st.sampled_from(["value", "value", "value", "leave out", "add", "double", "rename", "shuffle"])):
            case "value" if pairs:
                pairs[place] = (pairs[place][0], draw(st.sampled_from(STRANGE_VALUES)))
            case "leave out" if pairs:
                del pairs[place]
            case "add":
                pairs.insert(place, (draw(st.sampled_from(STRANGE_KEYS)), draw(st.sampled_from(STRANGE_VALUES))))
            case "double" if pairs:
                key, value = pairs[place]
                pairs.append((key, draw(st.sampled_from((value, *STRANGE_VALUES)))))
            case "rename" if pairs:
                pairs[place] = (draw(st.sampled_from((*STRANGE_KEYS, *FIELDS))), pairs[place][1])
            case "shuffle":
                pairs = draw(st.permutations(pairs))
    spaced = draw(st.booleans())

    def space() -> str:
        return draw(st.sampled_from(SPACES)) if spaced and draw(st.integers(0, 9)) == 0 else ""

    body = f"{space()},{space()}".join(f'"{key}"{space()}:{space()}{value}' for key, value in pairs)
    odd = draw(st.integers(0, 3)) == 0
    before, after = (draw(st.sampled_from(BEGINNINGS)), draw(st.sampled_from(ENDINGS))) if odd else ("", "")
    return f"{before}{{{body}}}{after}".encode("utf-8", "surrogatepass")


@st.composite
def damaged(draw: st.DrawFn) -> bytes:
    """A trade's line with bytes overwritten, put in or cut out."""
    line = bytearray(encode_trade(draw(plain_trades())))
    for _ in range(draw(st.integers(1, 2))):
        place = draw(st.integers(0, len(line)))
        span = draw(st.sampled_from([0, 0, 1, 1, 2, 30]))
        what = st.one_of(
            st.binary(max_size=3), st.sampled_from([b'"', b"\\", b"}", b"{", b",", b"\xed\xa0\x80", b"\xc0\x80"])
        )
        line[place : place + span] = draw(what)
    return bytes(line)


def lines() -> st.SearchStrategy[bytes]:
    """Lines of all kinds, none with a line break in it."""
    kinds = st.one_of(
        trades().map(encode_trade),
        changed(),
        changed(),
        damaged(),
        st.binary(max_size=40),
        st.text(max_size=40).map(lambda text: text.encode()),
        st.integers(16_000, 16_500).map(padded),
    )
    return kinds.map(lambda line: line.replace(b"\n", b"\r"))


def padded(size: int) -> bytes:
    """A valid line of `size` bytes: the rest is a field of a later version."""
    line = b'{"event_id":"binance:A-B:1","exchange":"binance","symbol":"A-B","base":"A","quote":"B","trade_id":1,"price":"1",'
    line += b'"quantity":"1","quote_volume":"1","side":"buy","timestamp":1700000000000000,"ingestion_timestamp":1700000000000000,'
    line += b'"origin":"stream","note":"'
    return line + b"x" * (size - len(line) - 2) + b'"}'


def spark_verdicts(spark: SparkSession, given_lines: list[bytes]) -> list[str | None]:
    """What Spark makes of the lines, which come to it in records, good and bad together."""
    parts = [record(part, number) for number, part in enumerate(batched(given_lines, LINES_A_RECORD, strict=False))]
    rows = records.judged(frame(spark, parts)).select("sequence_number", "line_number", records.VERDICT).collect()
    assert len(rows) == len(given_lines)
    places = {int(row[0]) * LINES_A_RECORD + row[1]: row[2] for row in rows}
    return [places[place] for place in range(len(given_lines))]


def python_verdict(line: bytes) -> str | None:
    judged = quality.judge(line)
    return None if isinstance(judged, Trade) else judged.name


def generated(count: int) -> list[bytes]:
    made: list[bytes] = []

    @settings(max_examples=count, database=None, suppress_health_check=list(HealthCheck))
    @given(lines())
    def collect(line: bytes) -> None:
        made.append(line)

    collect()
    return made


def test_spark_and_python_give_the_same_verdict_on_every_line(spark: SparkSession) -> None:
    given_lines = [*with_one_value_changed(), *generated(EXAMPLES)]
    in_python = [python_verdict(line) for line in given_lines]
    in_spark = spark_verdicts(spark, given_lines)

    differing = [
        (line, sql, python) for line, sql, python in zip(given_lines, in_spark, in_python, strict=True) if sql != python
    ]
    assert not differing, min(differing, key=lambda one: len(one[0]))
    # The lines are worth their name: they come to most of the rules, and not to one alone.
    assert len(Counter(in_python)) > 25
    assert in_python.count(None) > EXAMPLES // 50


def test_a_line_of_our_own_producers_is_canonical(spark: SparkSession) -> None:
    judged = records.judged(frame(spark, [record([encode_trade(a_trade(7))])]))
    (row,) = (
        judged.select(*Trade.__struct_fields__, F.lit(encode_trade(a_trade(7)).decode()).alias(quality.LINE))
        .selectExpr(canonical_sql())
        .collect()
    )

    assert row[0] is True


def test_the_bytes_of_a_bad_line_are_kept_and_its_neighbours_are_read(spark: SparkSession) -> None:
    good, bad = encode_trade(a_trade(7)), b'\xff\xed\xa0\x80{"a'
    judged = records.judged(frame(spark, [record([good, bad, good])]))

    rows = judged.select("line_number", records.VERDICT, F.hex(F.col("line").cast("binary"))).collect()

    assert [tuple(row) for row in sorted(rows)] == [
        (0, None, None),
        (1, "malformed.not_utf8", bad.hex().upper()),
        (2, None, None),
    ]
