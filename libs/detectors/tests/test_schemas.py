"""What alerts carry: it comes back from the wire, and the schema files say what it is."""

from typing import Any

import jsonschema
import msgspec
import pytest

from coattail_common.contracts import Side
from coattail_common.contracts.json_schema import render, schema_of, write
from coattail_detectors import ModuleRegistry
from coattail_detectors.modules.spread_calculator.alerts import BasisSource, QuoteDepegDetails, SpreadDivergenceDetails
from coattail_detectors.modules.volume_anomaly.alerts import VolumeSpikeDetails
from coattail_detectors.modules.whale_detector.alerts import WhaleSweepDetails, WhaleTradeDetails
from coattail_detectors.schemas import FOLDER, contracts

NOW = 1_700_000_000_000_000

WHALE = WhaleTradeDetails(
    side=Side.SELL, trade_id=7, price="65000.1", quantity="20", usd="1300002.0", threshold_usd="100000"
)
SWEEP = WhaleSweepDetails(
    side=Side.BUY,
    first_trade_id=7,
    last_trade_id=9,
    fills=3,
    quantity="20",
    usd="1300002.0",
    threshold_usd="100000",
)
SPIKE = VolumeSpikeDetails(
    window_start=NOW,
    window_end=NOW + 60_000_000,
    volume="42.5",
    quote_volume="2626500.25",
    trades=1800,
    baseline_mean=10.25,
    baseline_stddev=4.5,
    baseline_windows=60,
    z_score=7.25,
    threshold=3.5,
)
DIVERGENCE = SpreadDivergenceDetails(
    window_start=NOW,
    window_end=NOW + 30_000_000,
    other_exchange="coinbase",
    other_symbol="BTC-USD",
    vwap=62_430.5,
    other_vwap=61_800.25,
    basis_percent=0.05,
    basis_source=BasisSource.ESTIMATED,
    spread_percent=0.9692,
    threshold_percent=0.5,
)
DEPEG = QuoteDepegDetails(
    window_start=NOW, window_end=NOW + 30_000_000, basis_percent=-1.75, symbols=3, threshold_percent=1.0
)
EXAMPLES: tuple[msgspec.Struct, ...] = (WHALE, SWEEP, SPIKE, DIVERGENCE, DEPEG)
CONTRACTS = contracts(ModuleRegistry.load().modules)


def named(value: object) -> str:
    return type(value).__name__


def test_there_is_an_example_of_what_every_alert_carries() -> None:
    assert {type(example) for example in EXAMPLES} == set(CONTRACTS.values())


@pytest.mark.parametrize("example", EXAMPLES, ids=named)
def test_it_comes_back_from_the_wire_and_fits_its_schema(example: msgspec.Struct) -> None:
    encoded = msgspec.json.encode(example)

    assert msgspec.json.decode(encoded, type=type(example)) == example
    jsonschema.Draft202012Validator(schema_of(type(example))).validate(msgspec.json.decode(encoded))


@pytest.mark.parametrize("example", EXAMPLES, ids=named)
def test_the_schema_asks_for_every_field_without_a_default(example: msgspec.Struct) -> None:
    validator = jsonschema.Draft202012Validator(schema_of(type(example)))
    encoded = msgspec.json.decode(msgspec.json.encode(example), type=dict[str, Any])

    for field in msgspec.structs.fields(example):
        without = {name: value for name, value in encoded.items() if name != field.name}
        assert validator.is_valid(without) == (not field.required), field.name


@pytest.mark.parametrize("name", CONTRACTS)
def test_the_schema_file_is_current(name: str) -> None:
    assert (FOLDER / name).read_bytes() == render(CONTRACTS[name]), (
        "run python -m coattail_detectors.schemas; a published version changes by addition only"
    )


def test_the_schema_files_are_written_where_one_says(tmp_path: Any) -> None:
    write(tmp_path, CONTRACTS)

    assert {str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*.json")} == set(CONTRACTS)
