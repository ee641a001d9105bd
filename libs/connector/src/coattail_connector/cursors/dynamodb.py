"""Cursors in a DynamoDB table, which redundant tasks share.

Its key is `market` (a string, `binance:BTC-USDT`); `trade_id` is the cursor.
"""

import asyncio
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from itertools import batched
from typing import Any, Final

from aiobotocore.config import AioConfig
from botocore.exceptions import BotoCoreError, ClientError

from coattail_connector.cursors.store import CursorsBrokenError, CursorsRefusedError, CursorsUnavailableError
from coattail_runtime.aws import open_client

_KEYS_A_CALL: Final = 100
_CALLS_AT_ONCE: Final = 8
_CONNECT_SECONDS: Final = 3
_ANSWER_SECONDS: Final = 5
_ATTEMPTS: Final = 3
_FOR_A_PERSON: Final = frozenset({"ResourceNotFoundException", "AccessDeniedException", "ValidationException"})
_NOT_RISING: Final = "ConditionalCheckFailedException"


class DynamoCursors:
    """`CursorStore` in `table`, by `client`, aiobotocore's of DynamoDB."""

    def __init__(self, client: Any, table: str, exchange: str) -> None:
        self._client = client
        self._table = table
        self._exchange = exchange
        self._room = asyncio.Semaphore(_CALLS_AT_ONCE)

    async def get(self, symbols: Iterable[str]) -> Mapping[str, int]:
        """See `CursorStore.get`."""
        found: dict[str, int] = {}
        for part in batched(dict.fromkeys(symbols), _KEYS_A_CALL, strict=False):
            keys = [self._key(symbol) for symbol in part]
            while keys:
                asked = {self._table: {"Keys": keys, "ConsistentRead": True}}
                try:
                    answer = await self._client.batch_get_item(RequestItems=asked)
                except ClientError as error:
                    if error.response["Error"]["Code"] in _FOR_A_PERSON:
                        message = f"cannot keep cursors in the table {self._table}: {_describe(error)}"
                        raise CursorsRefusedError(message) from error
                    raise CursorsUnavailableError(_describe(error)) from error
                except (BotoCoreError, OSError) as error:
                    raise CursorsUnavailableError(_describe(error)) from error
                found.update(self._cursor(item) for item in answer["Responses"].get(self._table, ()))
                left = answer.get("UnprocessedKeys", {}).get(self._table, {}).get("Keys", [])
                if len(left) == len(keys):  # the caller waits before it asks again
                    problem = f"the table {self._table} is throttled"
                    raise CursorsUnavailableError(problem)
                keys = left
        return found

    async def advance(self, cursors: Mapping[str, int]) -> None:
        """See `CursorStore.advance`."""
        outcomes = await asyncio.gather(
            *(self._raise(symbol, trade_id) for symbol, trade_id in cursors.items()), return_exceptions=True
        )
        for outcome in outcomes:
            if outcome is not None:
                raise outcome

    async def _raise(self, symbol: str, trade_id: int) -> None:
        try:
            async with self._room:
                await self._client.update_item(
                    TableName=self._table,
                    Key=self._key(symbol),
                    UpdateExpression="SET trade_id = :id",
                    ConditionExpression="attribute_not_exists(trade_id) OR trade_id < :id",
                    ExpressionAttributeValues={":id": {"N": str(trade_id)}},
                )
        except ClientError as error:
            if error.response["Error"]["Code"] != _NOT_RISING:
                raise CursorsUnavailableError(_describe(error)) from error
        except (BotoCoreError, OSError) as error:
            raise CursorsUnavailableError(_describe(error)) from error

    def _cursor(self, item: Mapping[str, Any]) -> tuple[str, int]:
        _, _, symbol = item["market"]["S"].partition(":")
        try:
            return symbol, int(item["trade_id"]["N"])
        except (KeyError, ValueError) as error:
            message = f"item {item['market']['S']} of table {self._table} has no trade_id that is a whole number"
            raise CursorsBrokenError(message) from error

    def _key(self, symbol: str) -> dict[str, dict[str, str]]:
        return {"market": {"S": f"{self._exchange}:{symbol}"}}


@asynccontextmanager
async def open_table(table: str, region: str, exchange: str) -> AsyncIterator[DynamoCursors]:
    """The table, while the context is open. Endpoint and credentials come from the environment."""
    config = AioConfig(
        region_name=region,
        connect_timeout=_CONNECT_SECONDS,
        read_timeout=_ANSWER_SECONDS,
        max_pool_connections=_CALLS_AT_ONCE,
        retries={"total_max_attempts": _ATTEMPTS, "mode": "standard"},
    )
    async with open_client("dynamodb", config) as client:
        yield DynamoCursors(client, table, exchange)


def _describe(error: Exception) -> str:
    return " ".join(f"{type(error).__name__}: {error}".split())
