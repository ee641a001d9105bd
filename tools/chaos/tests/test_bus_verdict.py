"""What a run with a failing bus is judged by."""

import io

import msgspec
import pytest
from rich.console import Console

from coattail_chaos.bus import report
from coattail_chaos.bus.feed import Trade
from coattail_chaos.bus.outages import Kind
from coattail_chaos.bus.report import BusReport, OutageReport
from coattail_chaos.bus.verdict import judge
from coattail_chaos.contents import Contents, MarketRows
from coattail_chaos.verdict import Sent
from coattail_common.ids import IdRange, Market

MARKET = Market("binance", "BTC-USDT")
WHALES = {"whale:3": Trade(MARKET, 3), "whale:7": Trade(MARKET, 7)}
SENT = [Sent(MARKET, 1, 10)]
ON_BUS = {"whale:3": 1, "whale:7": 2, "spike": 1}
WHOLE = Contents(
    trades=(MarketRows(MARKET, (IdRange(1, 10),), 10),),
    alerts={"whale:3": 1, "whale:7": 1, "spike": 1},
    refused={},
    found={},
    landings=4,
)


def problems(contents: Contents = WHOLE, on_bus: dict[str, int] = ON_BUS) -> tuple[str, ...]:
    return judge(SENT, WHALES, on_bus, contents).problems


def test_everything_once_in_the_tables_and_at_least_once_on_the_bus_is_right() -> None:
    found = judge(SENT, WHALES, ON_BUS, WHOLE)

    assert found.problems == ()
    assert (found.put, found.landed, found.alerts_in_table, found.repeated_on_bus) == (10, 10, 3, 1)


@pytest.mark.parametrize(
    ("ids", "rows", "problem"),
    [
        ((IdRange(1, 4), IdRange(6, 10)), 9, "1 trades are missing"),
        ((IdRange(1, 10),), 12, "2 rows repeat a trade"),
        ((IdRange(1, 11),), 11, "1 trades landed that were never put"),
        ((), 0, "10 trades are missing"),
    ],
)
def test_a_trade_that_is_missing_or_doubled_is_a_problem(ids: tuple[IdRange, ...], rows: int, problem: str) -> None:
    held = (MarketRows(MARKET, ids, rows),) if rows else ()
    assert problems(msgspec.structs.replace(WHOLE, trades=held)) == (problem,)


def test_a_trade_that_the_application_had_not_read_is_not_lost_and_not_proved() -> None:
    """A machine that is too busy to start Spark is none that loses trades."""
    held = msgspec.structs.replace(
        WHOLE, trades=(MarketRows(MARKET, (IdRange(1, 4),), 4),), alerts={"whale:3": 1, "spike": 1}
    )
    found = judge(SENT, WHALES, {"whale:3": 1, "spike": 1}, held, {MARKET: (IdRange(4, 9),)})

    assert (found.unread, found.missing, found.whales_missing) == (5, 1, 0)
    assert [problem.partition(" trades ")[::2] for problem in found.problems] == [
        ("5", "were not read yet, and wait in the stream: the application had not come so far"),
        ("1", "are missing"),
    ]


@pytest.mark.parametrize(
    ("alerts", "on_bus", "found"),
    [
        ({"whale:3": 2, "whale:7": 1, "spike": 1}, ON_BUS, ["1 rows of anomaly_alerts repeat an alert"]),
        (WHOLE.alerts, {"whale:3": 1, "whale:7": 1}, ["1 alerts stand in the table and never came to the bus: spike"]),
        (
            {"whale:3": 1, "spike": 1},
            ON_BUS,
            [
                "1 whale trades raised no alert in the table",
                "1 alerts came to the bus and do not stand in the table: whale:7",
            ],
        ),
    ],
)
def test_an_alert_that_is_lost_or_doubled_is_a_problem(
    alerts: dict[str, int], on_bus: dict[str, int], found: list[str]
) -> None:
    assert list(problems(msgspec.structs.replace(WHOLE, alerts=alerts), on_bus)) == found


@pytest.mark.parametrize(("problem", "said"), [((), "PROVED"), (("4 trades are missing",), "NOT PROVED")])
def test_the_report_says_what_was_found(problem: tuple[str, ...], said: str) -> None:
    made = BusReport(
        passed=not problem,
        problems=problem,
        seed=1,
        rate=100,
        seconds=60,
        outages=(
            OutageReport(kind=Kind.HANGING, seconds=12.0, calls=3, taken=0, killed=True),
            OutageReport(kind=Kind.HANGING, seconds=8.0, calls=1, taken=0, killed=False),
        ),
        kills=1,
        spark_gave_up=2,
        landings=20,
        repeated=17,
        calls=99,
        verdict=judge(SENT, WHALES, ON_BUS, WHOLE),
    )
    told = io.StringIO()
    report.show(Console(file=told, width=200), made)

    lines = [line.split() for line in told.getvalue().splitlines()]
    assert ["hanging", "2", "1", "4", "20", "12"] in [line[:6] for line in lines]
    assert said in told.getvalue()
    assert msgspec.json.decode(msgspec.json.encode(made), type=BusReport) == made
    for line in problem:
        assert f"✗ {line}" in told.getvalue()
