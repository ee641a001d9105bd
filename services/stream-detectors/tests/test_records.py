"""Each kind of bad line is refused by its own rule, and good lines beside it go on."""

import json

import msgspec
import pytest
from pyspark.sql import SparkSession

from coattail_common.lines import encode_trade
from coattail_testkit.stream import frame, record, trade
from stream_detectors import records

pytestmark = pytest.mark.spark

GOOD = json.loads(encode_trade(trade(7, "61837.63000000")))


def changed(**fields: object) -> bytes:
    return json.dumps(GOOD | fields).encode()


def without(field: str) -> bytes:
    return json.dumps({name: value for name, value in GOOD.items() if name != field}).encode()


CASES = {
    b"": "malformed.not_json",
    b"not a trade": "malformed.not_json",
    b'{"event_id": "binance:BTC-US': "malformed.not_json",
    b"[]": "malformed.not_json",
    b"{}": "incomplete.event_id",
    b"null": "malformed.not_json",
    '{"symbol": "é'.encode("latin-1"): "malformed.not_utf8",
    changed() + changed(): "malformed.not_json",
    changed(note="a" * 16_384): "malformed.too_large",
    changed(note=[[]] * 64): "malformed.too_large",
    changed().replace(b'"side"', b'"price":"2","side"'): "malformed.not_json",
    changed(price=61837.63): "invalid.type",
    changed(trade_id="seven"): "invalid.type",
    changed(timestamp=1.5): "invalid.type",
    changed(schema_version=2): "invalid.schema_version",
    changed(symbol="btc-usdt"): "invalid.symbol",
    changed(symbol="BTC-USD"): "invalid.symbol",
    changed(trade_id=-1, event_id="binance:BTC-USDT:-1"): "invalid.trade_id",
    changed(event_id="binance:BTC-USDT:8"): "invalid.event_id",
    changed(exchange="Binance", event_id="Binance:BTC-USDT:7"): "invalid.exchange",
    changed(price="61837.63000000\n"): "invalid.price",
    changed(price="NaN"): "invalid.price",
    changed(price="-1"): "invalid.price",
    changed(price="1e3"): "invalid.price",
    changed(price="0.0"): "invalid.price",
    changed(quantity="0.-10000"): "invalid.quantity",
    changed(quantity="0"): "invalid.quantity",
    changed(quantity="1.0000000000000000001"): "invalid.quantity",
    changed(quantity="123456789012345678901"): "invalid.quantity",
    changed(quote_volume="61837.64"): "invalid.quote_volume",
    changed(quote_volume="Infinity"): "invalid.quote_volume",
    changed(side="BUY"): "invalid.side",
    changed(origin="guess"): "invalid.origin",
    changed(ingestion_timestamp=2**63 - 1): "invalid.ingestion_timestamp",
    changed(timestamp=0): "invalid.timestamp",
    changed(timestamp=GOOD["ingestion_timestamp"] + 86_400_000_001): "invalid.timestamp",
} | {without(field): f"incomplete.{field}" for field in GOOD if field != "schema_version"}


def test_every_bad_line_is_refused_by_its_rule_and_the_good_ones_go_on(spark: SparkSession) -> None:
    lines = [changed(), *CASES, changed(timestamp=GOOD["ingestion_timestamp"] + 1_000_000)]
    judged = records.judged(frame(spark, [record(lines, sequence_number=5)])).persist()

    refused = {row["line_number"]: row[records.VERDICT] for row in records.refused(judged).collect()}
    kept = {row["line_number"]: row["line"] for row in judged.collect()}

    assert [refused.get(number) for number in range(len(lines))] == [None, *CASES.values(), None]
    assert [kept[number] for number in (0, len(lines) - 1)] == [None, None]
    assert kept[2] == "not a trade"
    judged.unpersist()


def test_an_added_field_of_a_later_version_is_read_over(spark: SparkSession) -> None:
    (row,) = records.valid(records.judged(frame(spark, [record([changed(venue_note="new")])]))).collect()

    assert row["price"] == "61837.63000000"


def test_a_line_without_a_version_is_of_the_first(spark: SparkSession) -> None:
    (row,) = records.valid(records.judged(frame(spark, [record([without("schema_version")])]))).collect()

    assert row["schema_version"] == 1


def test_a_record_with_one_trade_and_one_with_many_read_alike(spark: SparkSession) -> None:
    lines = [encode_trade(trade(number)) for number in range(100)]
    together = records.judged(frame(spark, [record(lines)]))
    apart = records.judged(frame(spark, [record([line]) for line in lines]))

    def ids(judged: object) -> list[int]:
        return sorted(row["trade_id"] for row in records.valid(judged).collect())  # type: ignore[arg-type]

    assert ids(together) == ids(apart) == list(range(100))


def test_every_field_of_the_contract_comes_through(spark: SparkSession) -> None:
    made = trade(7, "61837.63000000")
    (row,) = records.valid(records.judged(frame(spark, [record([encode_trade(made)])]))).collect()

    assert row.asDict() == msgspec.to_builtins(made)


def test_the_bytes_of_every_line_are_known(spark: SparkSession) -> None:
    """As our own producers write it, in other forms of JSON, with a field of a later version, without one, and refused."""
    ours = encode_trade(trade(7))
    lines = [ours, changed(), b" " + ours, changed(venue_note="\u00e4"), without("schema_version"), b"{}", b"\xff", b""]
    judged = records.judged(frame(spark, [record(lines)]))
    rows = judged.select("line_number", records.line(), "line", records.SPELLING).collect()

    assert [bytes(row[1]) for row in sorted(rows)] == lines
    assert [row[2:] == (None, None) for row in sorted(rows)] == [True] + [False] * 7, (
        "kept where it is not said by the fields"
    )


@pytest.mark.parametrize("unit", [b"\n", b"\xff\n", b"{}\n"], ids=["feeds", "not utf-8", "objects"])
def test_judged_takes_a_record_of_a_million_bad_lines(spark: SparkSession, unit: bytes) -> None:
    """A mebibyte of the shortest bad lines, as the largest record that the stream takes may hold, with a trade behind it."""
    times = 1_048_576 // len(unit)
    data = unit * times + encode_trade(trade(7))

    found = records.judged(frame(spark, [record([data])])).groupBy(records.VERDICT).count().collect()

    reasons = {b"\n": "malformed.not_json", b"\xff\n": "malformed.not_utf8", b"{}\n": "incomplete.event_id"}
    assert {row[records.VERDICT]: row["count"] for row in found} == {reasons[unit]: times, None: 1}
