"""The application goes on where the one of the project's 0.3.0 was killed, on its tables and checkpoints: nothing missing, nothing doubled.

`tests/compatibility/write_tables.py` wrote them, and the stream, with the packages of commit 36361d5 (stream-detectors 0.2.1).
"""

import tarfile
from pathlib import Path

import msgspec
import pyarrow.parquet as pq
import pytest
from pyspark.sql import SparkSession

from coattail_common.lines import decode_trade, unpack
from coattail_common.tables import ANOMALY_ALERTS, DQ_REJECTS, RAW_TRADES
from coattail_detectors import ModuleRegistry
from coattail_detectors.kernel import features, tiers
from coattail_testkit.agreement import Agreement
from coattail_testkit.application import Application

pytestmark = pytest.mark.spark

REPOSITORY = Path(__file__).parents[3]
WRITTEN = REPOSITORY / "tests/compatibility/written_by_0_3_0/lakehouse.tar.gz"
CATALOG = "spark.sql.catalog.old"
NOT_A_TRADE = b"not a trade"


def event_ids(stream: Path) -> set[str]:
    """Of all trades in the stream."""
    lines = [line for data in pq.read_table(stream)["data"].to_pylist() for line in unpack(data)]
    return {decode_trade(line).event_id for line in lines if line != NOT_A_TRADE}


def test_the_application_goes_on_where_0_3_0_was_killed(spark: SparkSession, tmp_path: Path) -> None:
    folder = tmp_path / "lakehouse"
    with tarfile.open(WRITTEN) as written:
        written.extractall(folder, filter="data")
    mount = ("fs.viewfs.mounttable.default.link./lake", f"file://{folder / 'warehouse'}")
    options = {"": "org.apache.iceberg.spark.SparkCatalog", ".type": "hadoop", ".warehouse": "viewfs:///lake"}
    for name, value in {**options, ".cache-enabled": "false", f".hadoop.{mount[0]}": mount[1]}.items():
        spark.conf.set(CATALOG + name, value)
    modules = ModuleRegistry.load()
    wishes = features.parse((folder / "features.yaml").read_bytes(), modules.modules)
    detectors = modules.enabled(wishes, tiers.load(REPOSITORY / "config/tiers/small.yaml").modules)
    agreement = Agreement(spark, "old.written", wishes, detectors, unlike={"pipeline_version", "config_hash"})
    sent = event_ids(folder / "stream")
    before, old_alerts = agreement.table(RAW_TRADES).count(), agreement.rows(ANOMALY_ALERTS)
    assert 0 < before < len(sent)

    with Application(
        REPOSITORY, folder, "viewfs:///lake", "written", "--conf", f"spark.hadoop.{mount[0]}={mount[1]}"
    ) as application:
        landed, found = agreement.reached(application, len(sent))

    assert {row.event_id for row in agreement.table(RAW_TRADES).select("event_id").collect()} == sent
    assert agreement.table(RAW_TRADES).count() == len(sent)
    assert landed == found
    alerts = landed[ANOMALY_ALERTS.name]
    assert {key: alerts.get(key) for key in old_alerts} == old_alerts
    assert 0 < len(old_alerts) < len(alerts)
    versions = {
        msgspec.json.decode(row.lineage)["pipeline_version"] for row in agreement.table(ANOMALY_ALERTS).collect()
    }
    assert len(versions) == 2
    assert [bytes(row.line) for row in agreement.table(DQ_REJECTS).collect()] == [NOT_A_TRADE]
