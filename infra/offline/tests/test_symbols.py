"""From plans to who carries which market."""

import json
from typing import Any

import pytest
from infra.offline.coverage import Carrier
from infra.offline.layout import STACK_ORDER
from infra.offline.symbols import concerned, of_plans

LIST = ["binance:BTC-USDT", "binance:ETH-USDT", "coinbase:BTC-USD"]


def resource(kind: str, index: str | None = None, **values: Any) -> dict[str, Any]:
    return {"type": kind, "mode": "managed", "index": index, "change": {"after": values}}


def platform(*markets: str) -> dict[str, Any]:
    return {
        "resource_changes": [
            resource("aws_ssm_parameter", name="/coattail/test/features/tier", value="small"),
            resource("aws_ssm_parameter", name="/coattail/test/features/symbols", value=json.dumps(markets)),
        ]
    }


def tasks(name: str, settings: dict[str, str], group: str = "all", count: int = 1) -> list[dict[str, Any]]:
    container = {"environment": [{"name": key, "value": value} for key, value in settings.items()]}
    return [
        resource("aws_ecs_task_definition", group, container_definitions=json.dumps([container])),
        resource("aws_ecs_service", group, name=name, desired_count=count),
    ]


def connector(*resources: dict[str, Any], shared: tuple[str, ...] = ()) -> dict[str, Any]:
    return {"resource_changes": list(resources), "variables": {"shared_symbols": {"value": list(shared)}}}


COINBASE = connector(*tasks("ingest-coinbase", {"INGEST_COINBASE_SSM_PREFIX": "/coattail/test"}))


def test_tasks_that_are_told_where_the_list_is_carry_it() -> None:
    listed, carriers, found = of_plans(
        {
            "platform": platform(*LIST),
            "kinesis-writer": connector(*tasks("kinesis-writer", {})),
            "ingest-binance": connector(
                *tasks("ingest-binance", {"INGEST_BINANCE_SSM_PREFIX": "/coattail/test"}, count=2)
            ),
            "ingest-coinbase": COINBASE,
        }
    )
    assert listed == tuple(LIST)
    assert carriers == [Carrier("ingest-binance", "binance", 2), Carrier("ingest-coinbase", "coinbase", 1)]
    assert found.sound


def test_groups_carry_what_they_name_in_either_notation() -> None:
    prefix = {"INGEST_BINANCE_SSM_PREFIX": "/coattail/test"}
    groups = [
        *tasks("ingest-binance-a", prefix | {"SYMBOLS": "binance:BTC-USDT, ETH-USDT"}, "a"),
        *tasks("ingest-binance-b", prefix | {"SYMBOLS": "x", "INGEST_BINANCE_SYMBOLS": '["BTC-USDT"]'}, "b"),
    ]
    plans = {"platform": platform(*LIST), "ingest-coinbase": COINBASE, "ingest-binance": connector(*groups)}
    _, carriers, found = of_plans(plans)
    assert [one.markets for one in carriers] == [None, ("binance:BTC-USDT", "binance:ETH-USDT"), ("binance:BTC-USDT",)]
    assert found.faults() == [
        "binance:BTC-USDT: carried by ingest-binance-a and ingest-binance-b; name it in shared_symbols if that is meant"
    ]
    plans["ingest-binance"] = connector(*groups, shared=("binance:BTC-USDT",))
    assert of_plans(plans)[2].sound


@pytest.mark.parametrize("settings", [{}, {"INGEST_BINANCE_SSM_PREFIX": "/coattail/other"}])
def test_tasks_that_read_no_list_or_another_one_carry_nothing(settings: dict[str, str]) -> None:
    plans = {"platform": platform(*LIST), "ingest-binance": connector(*tasks("ingest-binance", settings))}
    assert of_plans(plans)[2].uncarried == tuple(LIST)


def test_without_a_list_nothing_can_be_said() -> None:
    with pytest.raises(LookupError, match="features/symbols"):
        of_plans({"ingest-coinbase": COINBASE})


def test_the_list_and_all_connectors_are_looked_at() -> None:
    assert {"platform", "ingest-binance", "ingest-coinbase"} <= set(concerned(STACK_ORDER))
    assert "kinesis-writer" not in concerned(STACK_ORDER)
