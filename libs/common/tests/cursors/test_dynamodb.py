"""What a table may answer that moto never does."""

from typing import Any

import pytest

from coattail_common.cursors import CursorsBrokenError, CursorsUnavailableError
from coattail_common.cursors.dynamodb import DynamoCursors

BTC, ETH = "BTC-USDT", "ETH-USDT"


class FakeTable:
    """A client of DynamoDB with the answers of a test: the items it gives, all else that was asked for is left."""

    def __init__(self, *answers: dict[str, str]) -> None:
        self._answers = list(answers)
        self.asked: list[list[str]] = []

    async def batch_get_item(self, *, RequestItems: dict[str, Any]) -> dict[str, Any]:  # noqa: N803  (AWS's name)
        keys = [key["market"]["S"] for key in RequestItems["cursors"]["Keys"]]
        self.asked.append(keys)
        has = self._answers.pop(0)
        left = [{"market": {"S": key}} for key in keys if key not in has]
        items = [{"market": {"S": key}, "trade_id": {"N": value}} for key, value in has.items()]
        return {
            "Responses": {"cursors": items},
            "UnprocessedKeys": {"cursors": {"Keys": left, "ConsistentRead": True}} if left else {},
        }


async def test_what_it_left_is_asked_for_again() -> None:
    table = FakeTable({f"binance:{ETH}": "9"}, {f"binance:{BTC}": "7"})
    assert await DynamoCursors(table, "cursors", "binance").get([BTC, ETH]) == {BTC: 7, ETH: 9}
    assert table.asked == [[f"binance:{BTC}", f"binance:{ETH}"], [f"binance:{BTC}"]]


async def test_a_table_that_gives_nothing_is_left_in_peace() -> None:
    table = FakeTable({f"binance:{ETH}": "9"}, {})
    with pytest.raises(CursorsUnavailableError, match="gave none of the cursors"):
        await DynamoCursors(table, "cursors", "binance").get([BTC, ETH])
    assert len(table.asked) == 2


async def test_an_item_that_is_no_cursor_is_for_a_person() -> None:
    table = FakeTable({f"binance:{BTC}": "7.5"})
    with pytest.raises(CursorsBrokenError, match=f"binance:{BTC} of table cursors has no trade_id"):
        await DynamoCursors(table, "cursors", "binance").get([BTC])
