"""Whether the exchange has the markets: its WebSocket says nothing about a stream that does not exist, its REST API does.

Source: the exchange's REST API, `exchangeInfo` (weight 20 for any number of symbols; error -1121 when one of them does
not exist) and its general limits (429 and 418 with `Retry-After`).
"""

from collections.abc import Sequence
from itertools import batched
from typing import Final

import aiohttp
import msgspec

_SYMBOLS_A_REQUEST: Final = 100
"""Keeps the request's address short enough for any server."""
_NO_SUCH_SYMBOL: Final = (-1121, -1100)
"""No symbol has this name; and, no symbol can have it."""
_SECONDS: Final = 10


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


class UnavailableError(Exception):
    """REST gave no answer that says whether the markets exist; a later request may."""


async def listing(rest_url: str, names: Sequence[str]) -> Listing:
    """Ask the REST API at `rest_url` (`https://api.binance.com`) about the markets `names` (`BTCUSDT`).

    Raises `UnavailableError`.
    """
    absent: list[str] = []
    halted: list[str] = []
    timeout = aiohttp.ClientTimeout(_SECONDS)
    try:
        async with aiohttp.ClientSession(timeout=timeout) as http:
            url = f"{rest_url.rstrip('/')}/api/v3/exchangeInfo"
            waiting = [list(batch) for batch in batched(names, _SYMBOLS_A_REQUEST, strict=False)]
            while waiting:
                asked = waiting.pop()
                info = await _info(http, url, asked)
                if info is not None:
                    halted += [symbol.symbol for symbol in info.symbols if symbol.status != "TRADING"]
                elif len(asked) == 1:
                    absent += asked
                else:  # a refusal does not say which of them it is about
                    half = len(asked) // 2
                    waiting += [asked[:half], asked[half:]]
    except (aiohttp.ClientError, TimeoutError, msgspec.DecodeError) as error:
        message = f"{type(error).__name__}: {error}"
        raise UnavailableError(message) from error
    return Listing(absent=tuple(sorted(absent)), halted=tuple(sorted(halted)))


async def _info(http: aiohttp.ClientSession, url: str, names: list[str]) -> Info | None:
    """What the exchange says of the symbols, or None when one of them does not exist."""
    query = {"symbols": msgspec.json.encode(names).decode(), "showPermissionSets": "false"}
    async with http.get(url, params=query) as answer:
        body = await answer.read()
        if answer.status == 200:
            return msgspec.json.decode(body, type=Info)
        if answer.status == 400 and msgspec.json.decode(body, type=Failure).code in _NO_SUCH_SYMBOL:
            return None
        message = f"{url} answered {answer.status}: {body[:200].decode(errors='backslashreplace')}"
        raise UnavailableError(message)
