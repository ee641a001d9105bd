"""The contracts: they come back from the wire, and their schema files say what they are."""

import subprocess
import sys
from typing import Any, ClassVar

import jsonschema
import msgspec
import pytest

from coattail_common.contracts import (
    Alert,
    BatchCompleted,
    BatchFailed,
    CatalogRequested,
    ConnectorStalled,
    Details,
    DifferenceKind,
    Event,
    Lineage,
    MarketAvailable,
    MarketUnavailable,
    ModuleFailed,
    QualityDegraded,
    Reject,
    Severity,
    TableChanged,
    TableDifference,
    TableDiffers,
    TradesGapDetected,
    TradesGapFilled,
    event_id,
)
from coattail_common.contracts.json_schema import CURRENT, FOLDER, render, schema_of, write
from coattail_testing.records import a_trade

NOW = 1_700_000_000_000_000


class SeenDetails(Details, frozen=True, kw_only=True):
    alert_type: ClassVar[str] = "seen"

    trade_id: int


class HeardDetails(SeenDetails, frozen=True, kw_only=True):
    alert_type: ClassVar[str] = "heard"


SEEN = SeenDetails(trade_id=7)
LINEAGE = Lineage(
    correlation_id="c",
    module_id="MOD-002",
    detector="whale",
    config_hash="h",
    pipeline_version="0.1.0",
    processed_at=NOW,
    first_trade_id=7,
    last_trade_id=7,
    trade_count=1,
)
ALERT = Alert.with_details(
    SEEN,
    alert_id="a",
    module_id="MOD-002",
    symbol="BTC-USDT",
    severity=Severity.HIGH,
    detected_at=NOW,
    event_time=NOW,
    message="a whale sold",
    lineage=LINEAGE,
)
REJECT = Reject(
    rejected_at=NOW,
    reason="malformed",
    rule="malformed.not_json",
    line=b"\xff\x00",
    shard_id="shardId-000000000000",
    sequence_number="49",
    line_number=0,
    arrived_at=NOW,
)
EVENTS: tuple[Event, ...] = (
    TradesGapDetected(occurred_at=NOW, exchange="binance", symbol="BTC-USDT", first_trade_id=1, last_trade_id=2),
    TradesGapFilled(occurred_at=NOW, exchange="binance", symbol="BTC-USDT", first_trade_id=1, last_trade_id=2),
    ConnectorStalled(occurred_at=NOW, exchange="coinbase", symbol="BTC-USD", silent_seconds=31),
    MarketUnavailable(
        occurred_at=NOW, exchange="kraken", symbol="XRP-USD", reason="Currency pair not supported XRP/USD"
    ),
    MarketAvailable(occurred_at=NOW, exchange="kraken", symbol="XRP-USD"),
    QualityDegraded(occurred_at=NOW, score="94.5", floor="95"),
    TableChanged(occurred_at=NOW, table="raw_trades", change="added column venue"),
    TableDiffers(
        occurred_at=NOW,
        table="coattail.raw_trades",
        differences=(TableDifference(kind=DifferenceKind.MISSING_COLUMN, column="origin", expected="string"),),
    ),
    CatalogRequested(occurred_at=NOW, requested_by="operator"),
    ModuleFailed(occurred_at=NOW, module_id="MOD-002", batch_id=3, error="ZeroDivisionError"),
    BatchCompleted(occurred_at=NOW, workflow="reprocess", run_id="r"),
    BatchFailed(occurred_at=NOW, workflow="reprocess", run_id="r", error="States.Timeout"),
)
EXAMPLES: tuple[msgspec.Struct, ...] = (a_trade(1), ALERT, REJECT, *EVENTS)


def named(value: object) -> str:
    return type(value).__name__


def test_there_is_an_example_of_every_contract() -> None:
    assert {type(example) for example in EXAMPLES} == set(CURRENT.values())


@pytest.mark.parametrize("example", EXAMPLES, ids=named)
def test_it_comes_back_from_the_wire(example: msgspec.Struct) -> None:
    assert msgspec.json.decode(msgspec.json.encode(example), type=type(example)) == example


@pytest.mark.parametrize("example", EXAMPLES, ids=named)
def test_what_is_encoded_fits_its_schema(example: msgspec.Struct) -> None:
    encoded: Any = msgspec.json.decode(msgspec.json.encode(example))

    jsonschema.Draft202012Validator(schema_of(type(example))).validate(encoded)


@pytest.mark.parametrize("example", EXAMPLES, ids=named)
def test_the_schema_asks_for_every_field_without_a_default(example: msgspec.Struct) -> None:
    validator = jsonschema.Draft202012Validator(schema_of(type(example)))
    encoded = msgspec.json.decode(msgspec.json.encode(example), type=dict[str, Any])

    for field in msgspec.structs.fields(example):
        without = {name: value for name, value in encoded.items() if name != field.name}
        assert validator.is_valid(without) == (not field.required), field.name


@pytest.mark.parametrize(
    "change", [{"price": "1e5"}, {"symbol": "BTCUSDT"}, {"side": "hold"}, {"timestamp": -1}, {"trade_id": "1"}]
)
def test_the_schema_refuses_what_the_contract_refuses(change: dict[str, object]) -> None:
    wrong = msgspec.to_builtins(a_trade(1)) | change

    assert not jsonschema.Draft202012Validator(schema_of(type(a_trade(1)))).is_valid(wrong)


@pytest.mark.parametrize("name", CURRENT)
def test_the_schema_file_is_current(name: str) -> None:
    assert (FOLDER / name).read_bytes() == render(CURRENT[name]), (
        "run python -m coattail_common.contracts.json_schema; a published version changes by addition only"
    )


def test_every_schema_file_belongs_to_a_contract() -> None:
    assert {str(path.relative_to(FOLDER)) for path in FOLDER.rglob("*.json")} >= set(CURRENT)


def test_the_schema_files_are_written_where_one_says(tmp_path: Any) -> None:
    write(tmp_path)

    assert {str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*.json")} == set(CURRENT)


def test_the_same_trade_has_the_same_identity() -> None:
    assert event_id("binance", "BTC-USDT", 3735683259) == "binance:BTC-USDT:3735683259"


def test_details_are_read_as_their_own_type_only() -> None:
    assert ALERT.details_as(SeenDetails) == SEEN
    with pytest.raises(msgspec.ValidationError, match="alert a is a seen, not a heard"):
        ALERT.details_as(HeardDetails)


def test_severities_are_ordered() -> None:
    assert [severity.rank for severity in Severity] == [0, 1, 2, 3]


def test_contracts_cannot_be_changed() -> None:
    with pytest.raises(AttributeError):
        a_trade(1).price = "2"  # type: ignore[misc]


def test_import_compiles_no_pattern_of_a_symbol() -> None:
    """Its ranges of letters take longer to compile than all else of the contracts takes to import."""
    program = (
        "import re\n"
        "compiled, real = [], re.compile\n"
        "re.compile = lambda pattern, *flags: compiled.append(pattern) or real(pattern, *flags)\n"
        "from coattail_common.contracts import SYMBOL_PATTERN, is_symbol\n"
        "at_import = SYMBOL_PATTERN in compiled\n"
        "print(at_import, is_symbol('BTC-USDT'), is_symbol('btc-usdt'), compiled.count(SYMBOL_PATTERN))"
    )
    told = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert told.stdout.split() == ["False", "True", "False", "1"]
