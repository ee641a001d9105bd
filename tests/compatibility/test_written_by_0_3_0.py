"""What 0.3.0 kept is read by today's code, and goes on as if it had been kept by today's: nothing missing, nothing doubled.

`write.py` beside this has written the files, with the packages of 0.3.0.
"""

import json
import shutil
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import boto3
import msgspec
import pytest
from aws_lambda_powertools import Logger
from moto import mock_aws

from coattail_common.ids import IdRange, Market
from coattail_connector.cursors.files import FileCursors
from coattail_detectors import ModuleRegistry
from coattail_detectors.kernel.base import BaseDetector
from coattail_detectors.kernel.detector_input import DetectorInput
from coattail_detectors.kernel.features import Features
from coattail_detectors.kernel.finding import Finding
from coattail_detectors.kernel.observed import Bar, Fill, MarketFills
from coattail_detectors.kernel.watermark import Watermarks
from coattail_runtime.link import LineBatch
from coattail_runtime.telemetry import logger
from dq_lambda.dead_letters import LINES, S3DeadLetters, letters, read
from dq_lambda.inspection import Inspected
from dq_lambda.records import StreamRecord
from kinesis_writer.spool.folder import Folder
from kinesis_writer.spool.frames import encode
from kinesis_writer.spool.segment_store import SegmentStore
from stream_detectors.checkpoint import PROPERTY, Checkpoint, CheckpointStore
from stream_detectors.modules import go_on

WRITTEN = Path(__file__).parent / "written_by_0_3_0"
NAMES = ("volume-anomaly", "whale-detector", "spread-calculator")
BEGAN = 1_767_225_600_000_000
SECOND = 1_000_000
BINANCE, COINBASE = Market("binance", "BTC-USDT"), Market("coinbase", "BTC-USD")


@pytest.fixture
def written(tmp_path: Path) -> Path:
    return Path(shutil.copytree(WRITTEN, tmp_path / "written"))


async def test_the_spool_brings_every_line_once_and_in_order(written: Path) -> None:
    store = SegmentStore(Folder(written / "spool"), max_bytes=10_000, segment_bytes=120, log=Logger(service="spool"))
    found = []
    while store.unread:
        for spooled, entry in await store.read():
            found.append((entry.batch.source, entry.batch.key, entry.batch.lines))
            store.loaded(spooled)
            store.accept(spooled)

    assert found == [
        ("binance", "BTC-USDT", b'{"trade_id":1}\n{"trade_id":2}'),
        ("kraken", "BTC-USD", b'{"trade_id":9}'),
        ("binance", "BTC-USDT", b'{"trade_id":3}'),
    ]
    assert (store.damaged, list((written / "spool").iterdir())) == (0, [])


def test_the_spool_is_written_as_0_3_0_reads_it() -> None:
    """A writer that is rolled back finds what the newer one spooled."""
    batches = [
        LineBatch("binance", "BTC-USDT", 2, b'{"trade_id":1}\n{"trade_id":2}'),
        LineBatch("kraken", "BTC-USD", 1, b'{"trade_id":9}'),
        LineBatch("binance", "BTC-USDT", 1, b'{"trade_id":3}'),
    ]
    segments = sorted((WRITTEN / "spool").iterdir())

    assert b"".join(encode(batch, 1.5) for batch in batches) == b"".join(path.read_bytes() for path in segments)


async def test_cursors_go_on_from_where_they_stood(written: Path) -> None:
    cursors = FileCursors(written / "cursors", "binance")

    assert await cursors.get(["BTC-USDT", "ETH-USDT", "XRP-USDT"]) == {"BTC-USDT": 3735683259, "ETH-USDT": 7}
    await cursors.advance({"ETH-USDT": 9, "BTC-USDT": 1})
    assert json.loads((written / "cursors/binance.json").read_bytes()) == {
        "exchange": "binance",
        "cursors": {"BTC-USDT": 3735683259, "ETH-USDT": 9},
    }


def test_dead_letters_are_read_and_not_written_a_second_time(written: Path) -> None:
    bodies = {
        str(path.relative_to(written / "dead_letters")): path.read_bytes()
        for path in (written / "dead_letters").rglob("*.jsonl")
    }
    rejects = sorted((one for body in bodies.values() for one in read(body)), key=lambda one: one.line_number)
    assert [(one.reason, one.rule, one.line, one.line_number) for one in rejects] == [
        ("malformed", "malformed.not_json", b"\xff\x00", 0),
        ("invalid", "invalid.price", b'{"price":"-1"}', 3),
    ]

    with mock_aws():
        s3: Any = boto3.client("s3", region_name="us-east-1")
        s3.create_bucket(Bucket="lake")
        for key, body in bodies.items():
            s3.put_object(Bucket="lake", Key=key, Body=body)
        record = StreamRecord(rejects[0].shard_id, rejects[0].sequence_number, rejects[0].arrived_at, b"")
        inspected = Inspected(record, (), 0, {"malformed": 1, "invalid": 1}, tuple(rejects))
        for letter in letters(inspected):
            S3DeadLetters(s3, "lake", "").keep(letter)
        kept = {one["Key"] for one in s3.list_objects_v2(Bucket="lake")["Contents"]}
    assert kept == set(bodies)
    assert all(key.endswith(LINES) for key in bodies)


def test_the_checkpoint_is_found_where_the_table_names_it(written: Path) -> None:
    checkpoint = stored(written)

    assert PROPERTY == "coattail.seal"
    assert checkpoint.positions == {"shardId-000000000000": "49", "shardId-000000000001": "50"}
    assert [(one.market, one.ids) for one in checkpoint.landed] == [(BINANCE, (IdRange(1, 700), IdRange(702, 900)))]
    assert checkpoint.modules.keys() == {"MOD-001", "MOD-002", "MOD-003"}
    Watermarks(10 * SECOND, 5 * SECOND).restore(checkpoint.watermarks, BEGAN)


def test_modules_go_on_as_if_they_had_never_stopped(written: Path, capsys: pytest.CaptureFixture[str]) -> None:
    whole, resumed = detectors(), detectors()
    inspect(whole, first_half())
    go_on(resumed, stored(written), logger("written-by-0-3-0"))

    expected, found = inspect(whole, second_half()), inspect(resumed, second_half())

    assert capsys.readouterr().out == ""
    assert [msgspec.json.encode(one) for one in found] == [msgspec.json.encode(one) for one in expected]
    kinds = [one.alert.alert_type for one in found if one.alert]
    assert {"volume_spike", "whale_sweep", "spread_divergence"} <= set(kinds)
    assert len({one.alert.alert_id for one in found if one.alert}) == len(kinds)


def stored(written: Path) -> Checkpoint:
    return CheckpointStore.at(str(written), "us-west-2", None).get("00000000000000000007-written0.json")


def detectors() -> list[BaseDetector]:
    return ModuleRegistry.load().enabled(Features(), NAMES)


def inspect(running: Sequence[BaseDetector], inputs: Sequence[DetectorInput]) -> list[Finding]:
    return [found for shown in inputs for one in running for found in one.inspect(shown, BEGAN)]


def first_half() -> list[DetectorInput]:
    """What `write.py` showed to the modules of 0.3.0."""
    quiet = [bar(minute * 60, exchange) for minute in range(15) for exchange in ("binance", "coinbase")]
    half = [bar(900, exchange, volume="40") for exchange in ("binance", "coinbase")]
    reached = {"binance": BEGAN + 910 * SECOND, "coinbase": BEGAN + 905 * SECOND}
    return [
        DetectorInput(bars=tuple(quiet)),
        DetectorInput(bars=tuple(half), watermarks=reached),
        DetectorInput(fills=(fills(701, 702),)),
    ]


def second_half() -> list[DetectorInput]:
    """The rest of the window, much of it; another price at Coinbase; the trade that ends the sweep."""
    rest = [bar(930, "binance", volume="90"), bar(930, "coinbase", volume="90", price="104")]
    after = [bar(1020, exchange) for exchange in ("binance", "coinbase")]
    reached = {"binance": BEGAN + 1030 * SECOND, "coinbase": BEGAN + 1030 * SECOND}
    return [
        DetectorInput(bars=tuple(rest), seen={BINANCE: (IdRange(700, 703),)}),
        DetectorInput(bars=tuple(after), watermarks=reached),
    ]


def bar(second: int, exchange: str, volume: str = "10", price: str | None = None) -> Bar:
    market, usual = (BINANCE, "100") if exchange == "binance" else (COINBASE, "101")
    return Bar(
        market=market,
        start=BEGAN + second * SECOND,
        trades=10,
        volume=Decimal(volume),
        amount=Decimal(volume) * Decimal(price or usual),
        first_trade_id=1 + second // 6,
        last_trade_id=10 + second // 6,
        newest=BEGAN + second * SECOND,
    )


def fills(first: int, last: int) -> MarketFills:
    return MarketFills(
        BINANCE,
        "USDT",
        tuple(
            Fill(
                trade_id=number,
                side="buy",
                timestamp=BEGAN + 912 * SECOND,
                price=Decimal(100),
                quantity=Decimal(600),
                amount=Decimal(60_000),
            )
            for number in range(first, last + 1)
        ),
    )
