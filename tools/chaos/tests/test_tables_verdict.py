"""What a run over changing tables is judged by."""

import io
from collections.abc import Mapping

import msgspec
import pytest
from rich.console import Console

from coattail_chaos.contents import Contents, MarketRows
from coattail_chaos.tables import report
from coattail_chaos.tables.plan import Change
from coattail_chaos.tables.report import CourseReport, StepReport, TablesReport
from coattail_chaos.tables.stream import parts, trades, whales
from coattail_chaos.tables.verdict import judge
from coattail_common.ids import IdRange, Market
from coattail_common.lines import unpack

MARKET = Market("binance", "BTC-USDT")
ALERTS = dict.fromkeys(sorted(whales(2)), 1)
WHOLE = Contents(
    trades=(MarketRows(MARKET, (IdRange(0, 19),), 20),),
    alerts=ALERTS,
    refused={"shardId-000000000000/1/10": 1, "shardId-000000000000/2/10": 1},
    found={"whale_trades": ALERTS},
    landings=2,
)


def problems(contents: Contents) -> list[str]:
    return [problem for table in judge(2, contents) for problem in table.problems]


def test_each_row_once_is_right() -> None:
    assert problems(WHOLE) == []
    assert [(one.table, one.put) for one in judge(2, WHOLE)] == [
        ("raw_trades", 20),
        ("dq_rejects", 2),
        ("anomaly_alerts", 2),
        ("whale_trades", 2),
    ]


def test_the_stream_holds_what_is_judged_by() -> None:
    lines = [line for one in parts(2) for line in unpack(one.data)]
    assert len(lines) == len(trades(2)) + 2
    assert [number for number, line in enumerate(lines) if line.startswith(b"not ")] == [10, 21]
    assert len(whales(2)) == 2


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"trades": ()}, "raw_trades: 20 rows missing"),
        ({"trades": (MarketRows(MARKET, (IdRange(0, 19),), 30),)}, "raw_trades: 10 rows doubled"),
        ({"trades": (MarketRows(MARKET, (IdRange(0, 20),), 21),)}, "raw_trades: 1 rows never put"),
        ({"alerts": {**ALERTS, next(iter(ALERTS)): 2}}, "anomaly_alerts: 1 rows doubled"),
        ({"refused": {"shardId-000000000000/1/10": 1}}, "dq_rejects: 1 rows missing"),
        ({"found": {"whale_trades": {}}}, "whale_trades: 2 rows missing"),
    ],
)
def test_a_row_that_is_missing_or_doubled_is_a_problem(change: Mapping[str, object], problem: str) -> None:
    assert problems(msgspec.structs.replace(WHOLE, **change)) == [problem]


@pytest.mark.parametrize(("problem", "said"), [((), "PROVED"), (("course_1: gone",), "NOT PROVED")])
def test_the_report_says_what_was_found(problem: tuple[str, ...], said: str) -> None:
    steps = (
        StepReport(change=None, midway=False, changed=False, died_before="tag"),
        StepReport(change=Change.EXPIRY, midway=True, changed=True, died_before="raw_trades"),
    )
    made = TablesReport(
        passed=not problem,
        problems=problem,
        seed=1,
        seconds=60,
        courses=(CourseReport(database="course_1", steps=steps, tables=judge(2, WHOLE)),),
    )
    told = io.StringIO()
    report.show(Console(file=told, width=200), made)

    lines = [line.split() for line in told.getvalue().splitlines()]
    assert ["expiry", "1"] in [line[:2] for line in lines]
    assert ["0", "0", "0", "1", "1"] in lines
    assert ["raw_trades", "20", "0", "0", "0"] in lines
    assert said in told.getvalue()
    assert msgspec.json.decode(msgspec.json.encode(made), type=TablesReport) == made
