"""A module of another package, `tests/integration/outside`: nothing of ours names it, and everything of ours finds it."""

import subprocess
import sys
from pathlib import Path

import msgspec
import pyarrow.parquet as pq
import pytest

from coattail_common.contracts import Alert

_MOMENT = 1_767_225_600_000_000
_HEADER = "exchange,symbol,timestamp,local_timestamp,id,side,price,amount"


def _python(*words: str) -> str:
    return subprocess.run([sys.executable, *words], check=True, capture_output=True, text=True).stdout


@pytest.mark.usefixtures("outside_module")
def test_it_is_among_the_modules_and_its_table_among_the_tables() -> None:
    names = "from coattail_detectors import ModuleRegistry; print(*[one.name for one in ModuleRegistry.load().modules])"
    tables = "from catalog_lambda.modules import tables; print(*[one.name for one in tables(frozenset({'MOD-901'}))])"

    assert _python("-c", names).split() == ["volume-anomaly", "whale-detector", "spread-calculator", "busy-market"]
    assert _python("-c", tables).split() == ["raw_trades", "anomaly_alerts", "dq_rejects", "busy_markets"]


@pytest.mark.usefixtures("outside_module")
def test_it_goes_with_the_job_to_emr(tmp_path: Path) -> None:
    """Only what is in the zip is there: no package of this machine is looked at."""
    _python("-c", f"from stream_detectors.artifacts import packages; open('{tmp_path}/zip', 'wb').write(packages())")
    points = f"(point for one in distributions(path=['{tmp_path}/zip']) for point in one.entry_points.select(group='coattail.detectors'))"
    find = f"from importlib.metadata import distributions; print(*(point.value for point in {points}))"

    assert sorted(_python("-c", find).split()) == [
        "acme_detectors.busy_market:BusyMarketDetector",
        "coattail_detectors.modules",
    ]


@pytest.mark.spark
@pytest.mark.usefixtures("outside_module")
def test_it_runs_in_a_replay(tmp_path: Path) -> None:
    times = [second * 1_000_000 for second in range(60) for _ in range(40 if 20 <= second < 25 else 1)]
    rows = [
        f"binance,BTCUSDT,{_MOMENT + at},{_MOMENT + at},{number},buy,90000.5,0.01" for number, at in enumerate(times, 1)
    ]
    (tmp_path / "trades.csv").write_text("\n".join([_HEADER, *rows]))
    places = [
        part for name in ("warehouse", "tables", "plots", "alerts") for part in (f"--{name}", str(tmp_path / name))
    ]

    _python(
        "-m",
        "coattail_replay",
        "--plain",
        "--memory",
        "1g",
        "--detectors",
        "busy-market",
        *places,
        str(tmp_path / "trades.csv"),
    )

    (line,) = (tmp_path / "alerts").read_bytes().splitlines()
    alert = msgspec.json.decode(line, type=Alert)
    assert (alert.alert_type, alert.module_id, msgspec.json.decode(alert.details)["trades"]) == (
        "busy_market",
        "MOD-901",
        200,
    )
    assert pq.read_table(tmp_path / "tables/busy_markets.parquet")["alert_id"].to_pylist() == [alert.alert_id]
