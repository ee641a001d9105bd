"""Whether the exchange has the markets: its WebSocket says nothing about a stream that does not exist, its REST API does.

Source: the exchange's REST API, `exchangeInfo` (weight 20 for any number of symbols; error -1121 when one of them does
not exist) and its general limits (429 and 418 with `Retry-After`).
"""

from collections.abc import Sequence
from itertools import batched
from typing import Final

import msgspec

from coattail_connector import DECODING_ERRORS, BackfillRefusedError, BackfillUnavailableError, RestClient

_SYMBOLS_A_REQUEST: Final = 100
"""Keeps the request's address short enough for any server."""
_NO_SUCH_SYMBOL: Final = (-1121, -1100)
"""No symbol has this name; and, no symbol can have it."""
_WEIGHT: Final = 20


class Symbol(msgspec.Struct, frozen=True):
    """A symbol of `exchangeInfo`. `status` is `TRADING` unless the market is halted or has ended."""

    symbol: str
    status: str


class Info(msgspec.Struct, frozen=True):
    """The answer of `exchangeInfo`, as far as it concerns trades."""

    symbols: list[Symbol]


class Failure(msgspec.Struct, frozen=True):
    """The body of a refusal."""

    code: int
    msg: str


class Listing(msgspec.Struct, frozen=True, kw_only=True):
    """The markets that were asked for: the names of those that do not exist, and of those that do not trade now."""

    absent: tuple[str, ...]
    halted: tuple[str, ...]


async def listing(rest: RestClient, names: Sequence[str]) -> Listing:
    """Ask the REST API about the markets `names` (`BTCUSDT`).

    Raises `BackfillUnavailableError` when it gave no answer that says whether they exist; a later request may.
    """
    absent: list[str] = []
    halted: list[str] = []
    waiting = [list(batch) for batch in batched(names, _SYMBOLS_A_REQUEST, strict=False)]
    while waiting:
        asked = waiting.pop()
        info = await _info(rest, asked)
        if info is not None:
            halted += [symbol.symbol for symbol in info.symbols if symbol.status != "TRADING"]
        elif len(asked) == 1:
            absent += asked
        else:  # a refusal does not say which of them it is about
            half = len(asked) // 2
            waiting += [asked[half:], asked[:half]]
    return Listing(absent=tuple(sorted(absent)), halted=tuple(sorted(halted)))


async def _info(rest: RestClient, names: list[str]) -> Info | None:
    """What the exchange says of the symbols, or None when one of them does not exist."""
    query = {"symbols": msgspec.json.encode(names).decode(), "showPermissionSets": "false"}
    try:
        answer = await rest.get("/api/v3/exchangeInfo", query, weight=_WEIGHT, never=_names_nothing)
        return msgspec.json.decode(answer.body, type=Info)
    except BackfillRefusedError:
        return None
    except DECODING_ERRORS as error:
        message = f"exchangeInfo cannot be read: {error}"
        raise BackfillUnavailableError(message) from error


def _names_nothing(body: bytes) -> bool:
    try:
        return msgspec.json.decode(body, type=Failure).code in _NO_SUCH_SYMBOL
    except DECODING_ERRORS:
        return False
