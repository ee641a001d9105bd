"""What our producers make is what the schema files say: trades of the connectors, alerts, rejects, events."""

import gzip
import json
from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import jsonschema
import msgspec
import pytest

from coattail_common import lake
from coattail_common.contracts import Alert, ModuleFailed, Reject, Trade, json_schema
from coattail_common.ids import IdRange, Market
from coattail_common.lines import encode_trade
from coattail_connector import Message
from coattail_detectors import ModuleRegistry, schemas
from coattail_detectors.kernel import features
from coattail_detectors.kernel.detector_input import DetectorInput
from coattail_detectors.kernel.observed import Fill, MarketFills
from coattail_runtime import telemetry
from coattail_runtime.bus.bridge import EventBridge
from coattail_testing.bus import FakeBus
from coattail_testing.connector import decoded
from coattail_testkit.quality import FakeState
from dq_lambda.dead_letters import letters
from dq_lambda.degradation import Bounds, Count
from dq_lambda.inspection import inspect
from dq_lambda.records import StreamRecord
from dq_lambda.watch import Watch
from ingest_binance.naming import markets_by_name as binance_markets
from ingest_binance.normalising import normalise as normalise_binance
from ingest_coinbase.advanced_normalising import normalise as normalise_advanced
from ingest_coinbase.naming import markets_by_name as coinbase_markets
from ingest_coinbase.normalising import normalise as normalise_coinbase
from ingest_kraken.naming import markets_by_name as kraken_markets
from ingest_kraken.normalising import normalise as normalise_kraken
from stream_detectors.lakehouse import DQ_REJECTS

NOW = 1_700_000_000_000_000
FEATURES = Path(__file__).parents[2] / "config" / "features.yaml"

# The shapes of the exchanges' own documentation, with values made up.
BINANCE_TRADE = (
    b'{"stream":"btcusdt@trade","data":{"e":"trade","E":1700000000130,"s":"BTCUSDT","t":12345,"p":"61852.01000000",'
    b'"q":"0.00089000","T":1700000000123,"m":true,"M":true}}'
)
COINBASE_MATCH = (
    b'{"type":"match","trade_id":10,"sequence":50,"maker_order_id":"ac928c66-ca53-498f-9c13-a110027a60e8",'
    b'"taker_order_id":"132fb6ae-456b-4654-b4e0-d681ac05cea1","time":"2023-11-14T22:13:20.123456Z",'
    b'"product_id":"BTC-USD","size":"5.23512","price":"400.23","side":"sell"}'
)
ADVANCED_UPDATE = (
    b'{"channel":"market_trades","client_id":"","timestamp":"2023-11-14T22:13:20.39625135Z","sequence_num":1,"events":['
    b'{"type":"update","trades":[{"trade_id":"10","product_id":"BTC-USD","price":"400.23","size":"5.23512",'
    b'"side":"SELL","time":"2023-11-14T22:13:20.123456Z"}]}]}'
)
KRAKEN_UPDATE = (
    b'{"channel":"trade","type":"update","data":[{"symbol":"BTC/USD","side":"sell","price":61852.1,"qty":0.00089,'
    b'"ord_type":"market","trade_id":4665906,"timestamp":"2023-11-14T22:13:20.123456Z"}]}'
)
EVERY = 50
"""Of the recordings, each so many-th frame: validating is slow and the shapes repeat."""


def validator(contract: str) -> jsonschema.Draft202012Validator:
    """Checks against a schema file."""
    folder = schemas.FOLDER if contract.startswith("details/") else json_schema.FOLDER
    return jsonschema.Draft202012Validator(json.loads((folder / contract).read_bytes()))


def trades(messages: Iterable[Message]) -> list[Trade]:
    """Those of a frame's messages that are trades."""
    return [message for message in decoded(messages) if isinstance(message, Trade)]


@pytest.mark.parametrize(
    ("normalised", "side"),
    [
        (normalise_binance(binance_markets(["BTC-USDT"]), BINANCE_TRADE, NOW), "sell"),
        (normalise_coinbase(coinbase_markets(["BTC-USD"]), COINBASE_MATCH, NOW), "buy"),
        (normalise_advanced(coinbase_markets(["BTC-USD"]), ADVANCED_UPDATE, NOW), "buy"),
        (normalise_kraken(kraken_markets(["BTC-USD"]), KRAKEN_UPDATE, NOW), "sell"),
    ],
    ids=["binance", "coinbase", "coinbase advanced", "kraken"],
)
def test_a_connector_makes_trades_of_the_contract_with_the_takers_side(
    normalised: Sequence[Message], side: str
) -> None:
    (trade,) = trades(normalised)
    validator("trade/v1.json").validate(json.loads(encode_trade(trade)))
    assert trade.side == side


def test_recorded_binance_frames_become_trades_of_the_contract(recordings: Path) -> None:
    markets = binance_markets(["BTC-USDT", "ETH-USDT"])
    made: list[Trade] = []
    for name in ("btcusdt_20240808.gz", "ethusdt_20240808.gz"):
        made += _recorded(
            recordings / "binance_spot" / name,
            b" ",
            b'"e":"trade"',
            lambda frame: normalise_binance(markets, frame, NOW),
        )
    assert len(made) > 300
    check = validator("trade/v1.json")
    for trade in made:
        check.validate(json.loads(encode_trade(trade)))


def test_recorded_coinbase_frames_become_trades_of_the_contract(recordings: Path) -> None:
    path = recordings / "coinbase_exchange" / "COINBASE.ws.28.0.gz"
    with gzip.open(path, "rb") as lines:
        frames = [frame for _, _, frame in (line.partition(b": ") for line in lines) if b'"type":"match"' in frame]
    markets = coinbase_markets({msgspec.json.decode(frame)["product_id"] for frame in frames})
    made = [trade for frame in frames for trade in trades(normalise_coinbase(markets, frame, NOW))]
    assert len(made) == 97
    check = validator("trade/v1.json")
    for trade in made:
        check.validate(json.loads(encode_trade(trade)))


def test_the_detectors_raise_alerts_of_the_contract() -> None:
    check = validator("alert/v1.json")
    alerts = _whales()
    assert {alert.alert_type for alert in alerts} == {"whale_trade", "whale_sweep"}
    for alert in alerts:
        check.validate(json.loads(msgspec.json.encode(alert)))
        validator(f"details/{alert.alert_type}/v1.json").validate(json.loads(bytes(alert.details)))


def test_what_the_bus_gets_is_of_the_contract() -> None:
    client = FakeEventsClient()
    bus = EventBridge(client, "coattail", "coattail.stream-detectors")
    failed = ModuleFailed(occurred_at=NOW, module_id="MOD-002", batch_id=3, error="ValueError()")
    assert bus.send([*_whales(), failed]) == []
    assert {entry["Source"] for entry in client.entries} == {"coattail.stream-detectors"}
    for entry in client.entries:
        kind = entry["DetailType"]
        contract = "alert/v1.json" if kind == "alert.raised" else f"events/{kind}/v1.json"
        validator(contract).validate(json.loads(entry["Detail"]))


def test_the_table_of_refusals_is_the_contract_of_refusals() -> None:
    assert DQ_REJECTS.rows is Reject
    required = json.loads((json_schema.FOLDER / "reject/v1.json").read_bytes())["$defs"]["Reject"]["required"]
    assert [column.name for column in lake.columns(Reject) if column.required] == required


def test_the_letters_of_the_quality_lambda_are_refusals_of_the_contract() -> None:
    record = StreamRecord("shardId-000000000000", "4959", NOW, b'{"side":"hold"}\n\xff')
    bodies = [letter.body for letter in letters(inspect(record, 60_000_000, NOW))]
    assert len(bodies) == 2
    for body in bodies:
        validator("reject/v1.json").validate(json.loads(body))


def test_the_quality_lambda_tells_of_a_degradation_as_the_contract_has_it() -> None:
    bus = FakeBus()
    watch = Watch(
        FakeState(),
        bus,
        Bounds(Decimal(95), 5),
        0,
        telemetry.logger("dq-lambda"),
        lambda: NOW,
        telemetry.metrics("dq-lambda"),
    )
    watch.add({minute: Count(3, 1) for minute in range(6)})
    (event,) = bus.events
    validator("events/quality.degraded/v1.json").validate(json.loads(msgspec.json.encode(event)))


class FakeEventsClient:
    """EventBridge, which takes everything."""

    def __init__(self) -> None:
        self.entries: list[dict[str, str]] = []

    def put_events(self, *, Entries: list[dict[str, str]]) -> dict[str, Any]:  # noqa: N803  (boto3's name)
        """As boto3's client."""
        self.entries += Entries
        return {"FailedEntryCount": 0, "Entries": [{"EventId": "1"} for _ in Entries]}


def _recorded(
    path: Path, separator: bytes, mark: bytes, normalise: Callable[[bytes], Sequence[Message]]
) -> list[Trade]:
    with gzip.open(path, "rb") as lines:
        frames = [frame for _, _, frame in (line.partition(separator) for line in lines) if mark in frame]
    return [trade for frame in frames[::EVERY] for trade in trades(normalise(frame))]


def _whales() -> list[Alert]:
    """A whale, and a sweep that another trade ends."""
    registry = ModuleRegistry.load()
    (detector,) = registry.enabled(features.load(FEATURES, registry.modules), ["whale-detector"])
    fills = (_fill(1, "2.5", 0), _fill(2, "1", 5), _fill(3, "1", 5), _fill(4, "0.001", 9))
    market = Market("binance", "BTC-USDT")
    shown = DetectorInput(fills=(MarketFills(market, "USDT", fills),), seen={market: (IdRange(0, 5),)})
    return [one.alert for one in detector.inspect(shown, NOW) if one.alert]


def _fill(trade_id: int, quantity: str, millisecond: int) -> Fill:
    price, exact = Decimal(60_000), Decimal(quantity)
    return Fill(
        trade_id=trade_id,
        side="buy",
        timestamp=NOW + millisecond * 1000,
        price=price,
        quantity=exact,
        amount=price * exact,
    )
