"""Writes a stream, and the tables and checkpoints of an application that `kill -9` ended in the middle of it.

Run it with the Python and the checkout of the version that is to write:
`OLD/.venv/bin/python tests/compatibility/write_tables.py OLD FOLDER`.

`find FOLDER -name '*.crc' -delete; tar -czf lakehouse.tar.gz -C FOLDER .`

`written_by_0_3_0/lakehouse.tar.gz` is 36361d5's, without Hadoop's checksum files. The tables' paths begin with `viewfs:///lake`, so that
the folder can be laid anywhere.
"""

import os
import random
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from itertools import batched
from pathlib import Path

import psutil
import pyarrow as pa
import pyarrow.parquet as pq
from coattail_common.testing import a_trade

from coattail_common.contracts import Side, Trade
from coattail_common.lines import encode_trade, pack
from stream_detectors.source.kinesis import to_arrow
from stream_detectors.source.records import StreamRecord

FEATURES = """\
watermark: {lateness_seconds: 3, idle_seconds: 2}
whale_detector: {hold_seconds: 600}
volume_anomaly: {window_seconds: 6, least_windows: 4, z_score: {medium: 3, high: 5}}
spread_calculator: {window_seconds: 4}
"""
MOMENT = 1_767_225_600_000_000
SECOND = 1_000_000
PRICES = {"BTC": Decimal(60_000), "ETH": Decimal(3_000), "SOL": Decimal(150)}
VENUES = (("binance", "USDT"), ("coinbase", "USD"))
TRADES = 1_500


def main(checkout: Path, folder: Path) -> None:
    """Write all of it; return after the application's second landing."""
    for name in ("stream", "warehouse"):
        (folder / name).mkdir(parents=True)
    (folder / "features.yaml").write_text(FEATURES)
    records = [record(at, list(some)) for at, some in enumerate(batched(trades(), 10, strict=False))]
    pq.write_table(pa.Table.from_batches(to_arrow(records)), folder / "stream/0.parquet", compression="zstd")
    process = start(checkout, folder)
    assert process.stdout is not None
    landings = 0
    for line in process.stdout:
        landings += '"TradesLanded"' in line
        if landings == 2:
            break
    else:
        raise SystemExit(f"the application ended after {landings} landings")
    tree = psutil.Process(process.pid)
    for one in (*tree.children(recursive=True), tree):
        one.kill()


def record(number: int, some: list[Trade]) -> StreamRecord:
    """It arrives half a second after its last trade. One of them has a line that is no trade, and one of its trades twice."""
    lines = [encode_trade(one) for one in some]
    if number == 70:
        lines += [b"not a trade", lines[3]]
    arrived = datetime.fromtimestamp((some[-1].timestamp + SECOND // 2) / 1e6, UTC)
    return StreamRecord(pack(lines), "any", str(10**20 + number), f"shardId-{number % 2}", arrived)


def trades() -> Iterator[Trade]:
    """Two minutes of six markets, with whales, sweeps, a spike and a divergence in each minute."""
    draw = random.Random(4)
    ids: Counter[tuple[str, str]] = Counter()
    for number in range(TRADES):
        moment = number * 120 * SECOND // TRADES
        second = moment // SECOND % 60
        base, (exchange, quote) = draw.choice(list(PRICES)), draw.choice(VENUES)
        side = draw.choice(list(Side))
        for _ in range(6 if number % 300 == 200 else 6 if base == "ETH" and 40 <= second < 46 else 1):
            ids[exchange, base] += 1
            price = PRICES[base] * Decimal(1 + draw.uniform(-1, 1) * 1e-4).quantize(Decimal("0.000001"))
            if (exchange, base) == ("binance", "SOL") and 20 <= second < 32:
                price *= Decimal("1.008")
            usd = 150_000 if number % 400 == 7 else 40_000 if number % 300 == 200 else draw.uniform(5, 500)
            yield a_trade(
                10_000 + ids[exchange, base],
                exchange=exchange,
                symbol=f"{base}-{quote}",
                price=f"{price:.6f}",
                quantity=f"{Decimal(usd) / price:.8f}",
                side=side,
                timestamp=MOMENT + moment,
            )


def start(checkout: Path, folder: Path) -> subprocess.Popen[str]:
    """That version's application, on these records."""
    binaries = checkout / ".venv/bin"
    jars = ",".join(sorted(str(jar) for jar in (checkout / ".local/ivy/jars").glob("*.jar")))
    return subprocess.Popen(
        [
            str(binaries / "spark-submit"),
            *("--master", "local[2]", "--driver-memory", "2g", "--jars", jars),
            *("--conf", "spark.ui.enabled=false", "--conf", "spark.sql.shuffle.partitions=2"),
            *("--conf", f"spark.hadoop.fs.viewfs.mounttable.default.link./lake=file://{folder / 'warehouse'}"),
            str(checkout / "services/stream-detectors/src/stream_detectors/__main__.py"),
            *("--catalog", "hadoop", "--warehouse", "viewfs:///lake", "--database", "written"),
            *("--seals", str(folder / "seals"), "--bus", "", "--recorded", str(folder / "stream")),
            *("--features", str(folder / "features.yaml"), "--tier", str(checkout / "config/tiers/small.yaml")),
            *("--landing-seconds", "1", "--trigger-seconds", "0.1", "--batch-bytes", "40000"),
        ],
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ
        | {"PATH": f"{binaries}{os.pathsep}{os.environ['PATH']}", "PYSPARK_PYTHON": str(binaries / "python")}
        | {"SPARK_LOCAL_IP": "127.0.0.1"},
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve(), Path(sys.argv[2]).resolve())
