"""The record rules in Python. That Spark judges alike is shown where Spark is: `services/stream-detectors/tests/test_same_verdicts.py`."""

import json

import pytest

from coattail_common.contracts import Origin, Side, Trade
from coattail_common.lines import encode_trade
from coattail_common.quality import RULES, RecordRule, judge
from coattail_testing.records import a_trade

GOOD = a_trade(7)
FIELDS = json.loads(encode_trade(GOOD))


def changed(**fields: object) -> bytes:
    return json.dumps(FIELDS | fields).encode()


def rule_of(line: bytes) -> RecordRule:
    rule = judge(line)
    assert isinstance(rule, RecordRule)
    return rule


def test_a_line_of_our_own_producers_is_its_trade() -> None:
    assert judge(encode_trade(GOOD)) == GOOD


def test_the_same_trade_written_in_another_way_is_the_same_trade() -> None:
    spaced = json.dumps(dict(reversed(FIELDS.items())), indent=None, separators=(" , ", "\t: ")).encode() + b" \r"

    judged = judge(spaced)

    assert judged == GOOD
    assert isinstance(judged, Trade)
    assert (type(judged.side), type(judged.origin)) == (Side, Origin)


def test_fields_of_later_versions_are_read_over_and_the_version_may_be_left_out() -> None:
    unversioned = json.dumps({name: value for name, value in FIELDS.items() if name != "schema_version"}).encode()

    assert judge(changed(note={"deep": [1, {}]})) == GOOD
    assert judge(unversioned) == GOOD
    assert judge(changed(schema_version=None)) == GOOD


@pytest.mark.parametrize(
    ("line", "name"),
    [
        (b"", "malformed.not_json"),
        (b"\xff", "malformed.not_utf8"),
        (b"[" * 100_000, "malformed.too_large"),
        (b'{"n":' + b"1" * 5_000 + b"}", "malformed.too_large"),
        (encode_trade(GOOD) * 2, "malformed.not_json"),
        (encode_trade(GOOD)[:-1], "malformed.not_json"),
        (encode_trade(GOOD).replace(b'"side":"buy"', b'"side":"sell","side":"buy"'), "malformed.not_json"),
        (changed(price=65000.1), "invalid.type"),
        (changed(trade_id=True), "invalid.type"),
        (changed(trade_id=2**63), "invalid.type"),
        (encode_trade(a_trade(-(2**63) - 1)), "invalid.type"),
        (encode_trade(a_trade(-(2**63))), "invalid.trade_id"),
        (b"{}", "incomplete.event_id"),
        (changed(side=None), "incomplete.side"),
        (changed(side="hold"), "invalid.side"),
        (changed(quote_volume="1"), "invalid.quote_volume"),
        (changed(ingestion_timestamp=2**63 - 1), "invalid.ingestion_timestamp"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_bad_line_is_refused_by_its_rule(line: bytes, name: str) -> None:
    assert rule_of(line).name == name
    assert rule_of(line).reason == name.partition(".")[0]


def test_the_kinds_of_refusal_are_three() -> None:
    assert {rule.reason for rule in RULES} == {"malformed", "incomplete", "invalid"}
