"""Ids for rows that have none."""

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tools.replay.tests.engines import Engine

from coattail_replay.columns import parse
from coattail_replay.identity import IDS_A_MILLISECOND
from coattail_replay.naming import Naming
from coattail_replay.sources import Choices, look

_CHOICES = Choices(columns=parse("symbol=1,timestamp=2,side=3,price=4,quantity=5"), exchange="binance", naming=Naming())
_MOMENT = 1_767_225_600_000
_ROW = st.builds(
    "{},{},{},1.5,{}".format,
    st.sampled_from(["BTC-USDT", "ETH-USDT"]),
    st.integers(_MOMENT, _MOMENT + 2),
    st.sampled_from(["buy", "sell"]),
    st.integers(1, 2),
)


def _ids(engine: Engine, folder: Path, parts: list[list[str]]) -> list[tuple[object, ...]]:
    paths = []
    for number, part in enumerate(parts):
        if part:
            paths.append(folder / f"{number}.csv")
            paths[-1].write_text("\n".join(part) + "\n")
    rows = engine.once(look(paths, _CHOICES), _CHOICES.naming)
    return sorted((row["symbol"], row["trade_id"], row["timestamp"], row["side"], row["quantity"]) for row in rows)  # type: ignore[type-var]


@given(rows=st.lists(_ROW, min_size=1, max_size=40), data=st.data())
@settings(max_examples=3, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
def test_they_do_not_depend_on_where_the_file_is_cut(
    engine: Engine,
    tmp_path_factory: pytest.TempPathFactory,
    rows: list[str],
    data: st.DataObject,
) -> None:
    cuts = sorted(data.draw(st.lists(st.integers(0, len(rows)), max_size=3)))
    parts = [rows[start:end] for start, end in zip([0, *cuts], [*cuts, len(rows)], strict=True)]

    whole = _ids(engine, tmp_path_factory.mktemp("whole"), [rows])

    assert _ids(engine, tmp_path_factory.mktemp("parts"), parts) == whole
    # Fills alike are kept apart.
    assert len({(symbol, trade_id) for symbol, trade_id, *_ in whole}) == len(rows)


def test_those_of_one_millisecond_are_consecutive_in_the_order_of_the_file(engine: Engine, tmp_path: Path) -> None:
    rows = [f"BTC-USDT,{_MOMENT + late},buy,1.5,{size}" for late, size in [(0, 3), (0, 1), (0, 1), (1, 2)]]

    found = _ids(engine, tmp_path, [rows])

    first = _MOMENT * IDS_A_MILLISECOND
    assert [(trade_id, size) for _, trade_id, _, _, size in found] == [
        (first, "3"),
        (first + 1, "1"),
        (first + 2, "1"),
        (first + IDS_A_MILLISECOND, "2"),
    ]


def test_one_id_with_other_contents_is_refused_and_the_first_in_the_files_stays(
    engine: Engine, written: Callable[..., Path]
) -> None:
    row = "109,61837.63,{},{},1723161255342,{},True"
    first = written("BTCUSDT-trades-2024-08-08.csv", [row.format("0.010", "618.3763", "True")])
    second = written(
        "BTCUSDT-trades-2024-08-09.csv",
        [
            row.format("0.01", "618.3763", "True"),
            row.format("19.332", "1195445.06316", "True"),
            row.format("0.010", "618.3763", "False"),
        ],
    )
    choices = Choices()

    rows = engine.once(look([first, second], choices), choices.naming)

    (kept,) = [one for one in rows if one["verdict"] is None]
    assert (kept["trade_id"], kept["quantity"]) == (109, "0.010")
    refused = {one["verdict"]: one["line"] for one in rows if one["verdict"] is not None}
    # 0.01 is 0.010: a plain repeat, of which nothing stays.
    assert sorted(one["verdict"] for one in rows if one["verdict"]) == ["conflict.quantity", "conflict.side"]
    assert '"quantity":"19.332"' in refused["conflict.quantity"]
    assert '"trade_id":109' in refused["conflict.side"]


def test_a_trade_that_two_files_have_is_one(engine: Engine, written: Callable[..., Path]) -> None:
    row = "{},61837.63,0.02,1236.7526,1723161255342,True,True"
    first = written("BTCUSDT-trades-2024-08-08.csv", [row.format(number) for number in range(10)])
    second = written("BTCUSDT-trades-2024-08-09.zip", [row.format(number) for number in range(5, 15)])
    choices = Choices()

    found = engine.once(look([first, second], choices), choices.naming)

    assert sorted(row["trade_id"] for row in found) == list(range(15))


def test_a_bad_row_does_not_hide_the_good_one_of_its_id(engine: Engine, written: Callable[..., Path]) -> None:
    rows = ["7,nothing,0.02,0,1723161255342,True,True", "7,61837.63,0.02,0,1723161255342,True,True"]
    path = written("BTCUSDT-trades-2024-08-08.csv", ["6,61837.63,0.02,0,1723161255342,True,True", *rows])
    choices = Choices()

    found = engine.once(look([path], choices), choices.naming)

    assert sorted((row["trade_id"], row["verdict"]) for row in found if row["verdict"] is None) == [
        (6, None),
        (7, None),
    ]
    assert [(row["row"], row["verdict"]) for row in found if row["verdict"] is not None] == [(2, "invalid.price")]
