"""What of DynamoDB no emulator does: a call that answers for some of its keys, or for none."""

from typing import Any

import pytest

from coattail_connector.cursors import CursorsBrokenError, CursorsUnavailableError
from coattail_connector.cursors.dynamodb import DynamoCursors

CURSORS = {f"A{number}-USDT": number for number in range(150)}


class FakeThrottledTable:
    """A client of DynamoDB that answers for at most `some` keys of a call."""

    def __init__(self, some: int) -> None:
        self.some = some
        self.calls = 0

    async def batch_get_item(self, *, RequestItems: dict[str, Any]) -> dict[str, Any]:  # noqa: N803  (boto's name)
        """As DynamoDB does."""
        self.calls += 1
        ((table, asked),) = RequestItems.items()
        assert asked["ConsistentRead"]
        keys = [key["market"]["S"] for key in asked["Keys"]]
        assert len(keys) == len(set(keys)) <= 100
        found = [
            {"market": {"S": key}, "trade_id": {"N": str(CURSORS[key.removeprefix("binance:")])}}
            for key in keys[: self.some]
        ]
        left = {"Keys": asked["Keys"][self.some :][::-1]}
        return {"Responses": {table: found}, "UnprocessedKeys": {table: left} if left["Keys"] else {}}


async def test_keys_that_were_left_are_asked_for_again() -> None:
    client = FakeThrottledTable(some=40)

    assert await DynamoCursors(client, "cursors", "binance").get(CURSORS) == CURSORS
    assert client.calls == 5


async def test_a_table_that_answers_for_none_is_away_and_not_asked_without_a_pause() -> None:
    client = FakeThrottledTable(some=0)

    with pytest.raises(CursorsUnavailableError, match="the table cursors is throttled"):
        await DynamoCursors(client, "cursors", "binance").get(CURSORS)

    assert client.calls == 1


async def test_a_market_that_is_named_twice_is_asked_for_once() -> None:
    client = FakeThrottledTable(some=40)

    assert await DynamoCursors(client, "cursors", "binance").get(["A7-USDT", "A7-USDT"]) == {"A7-USDT": 7}


class FakeSpoiltTable:
    """A client of DynamoDB whose items were written by somebody else."""

    async def batch_get_item(self, *, RequestItems: dict[str, Any]) -> dict[str, Any]:  # noqa: N803  (boto's name)
        """As DynamoDB does."""
        ((table, asked),) = RequestItems.items()
        return {"Responses": {table: [key | {"trade_id": {"N": "7.5"}} for key in asked["Keys"]]}}


async def test_an_item_that_is_no_cursor_is_for_a_person() -> None:
    with pytest.raises(CursorsBrokenError, match="binance:BTC-USDT of table cursors has no trade_id"):
        await DynamoCursors(FakeSpoiltTable(), "cursors", "binance").get(["BTC-USDT"])
