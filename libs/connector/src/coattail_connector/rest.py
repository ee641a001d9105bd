"""Asking an exchange's REST API: within its limits, and with two kinds of failure."""

import asyncio
import re
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Final

import aiohttp
import msgspec

from coattail_connector.frames.decoding import DECODING_ERRORS
from coattail_connector.gaps.backfill import BackfillRefusedError, BackfillUnavailableError
from coattail_connector.rates import RateLimit
from coattail_connector.retry_after import TOO_MANY, retry_after

_SECONDS: Final = 10
_FIRST: Final = 200
_NUMBER: Final = re.compile(r"[0-9]{1,19}").fullmatch


class Answer(msgspec.Struct, frozen=True):
    """An answer of status 200."""

    headers: Mapping[str, str]
    body: bytes

    def number(self, header: str) -> int | None:
        """The whole number that a header says, of at most 19 digits; `None` where it says none."""
        text = self.headers.get(header, "")
        return int(text) if _NUMBER(text) else None


class RestClient:
    """The REST API at `url` (`https://api.binance.com`), through one rate limit, and the proxy that the environment names if it does.

    A 429 or 418 makes every later request wait for as long as its `Retry-After` says.
    """

    def __init__(
        self,
        url: str,
        limit: RateLimit,
        *,
        seconds: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self.url = url.rstrip("/")
        self._limit = limit
        self._seconds = seconds
        self._sleep = sleep
        self._session: aiohttp.ClientSession | None = None

    async def get(
        self,
        path: str,
        query: Mapping[str, str],
        *,
        weight: float = 1,
        never: Callable[[bytes], bool] = lambda _: False,
    ) -> Answer:
        """Return the answer to a request of `weight`, as soon as it may be sent.

        Raises `BackfillRefusedError` when a refusal says in the exchange's own words that there will never be one (`never`, asked of
        its body), and `BackfillUnavailableError` for all else: a status alone may come from a proxy, a firewall or a bad moment.
        """
        while delay := self._limit.delay(weight, self._seconds()):
            await self._sleep(delay)
        self._limit.spend(weight, self._seconds())
        if self._session is None:
            self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(_SECONDS), trust_env=True)
        url = self.url + path
        try:
            async with self._session.get(url, params=query) as response:
                body = await response.read()
        except (aiohttp.ClientError, TimeoutError) as error:
            message = f"{url}: {type(error).__name__} {error}"
            raise BackfillUnavailableError(message) from error
        if response.status == 200:
            return Answer(response.headers, body)
        message = f"{url} answered {response.status}: {body[:_FIRST].decode(errors='backslashreplace')}"
        if response.status in TOO_MANY:
            self.pause(retry_after(response.headers))
        elif response.status < 500 and never(body):
            raise BackfillRefusedError(message, body)
        raise BackfillUnavailableError(message)

    def pause(self, seconds: float) -> None:
        """Send nothing for so long."""
        self._limit.pause(seconds, self._seconds())

    async def close(self) -> None:
        """Let go of the connections."""
        session, self._session = self._session, None
        if session is not None:
            await session.close()


def items(answer: Answer) -> list[msgspec.Raw]:
    """The elements of a JSON list, each to be decoded by itself, so that one bad element costs no other.

    Raises `BackfillUnavailableError` when the body is no list: nothing but the exchange's own page over its troubles.
    """
    try:
        return msgspec.json.decode(answer.body, type=list[msgspec.Raw])
    except DECODING_ERRORS as error:
        shown = answer.body[:_FIRST].decode(errors="backslashreplace")
        message = f"no list of trades: {shown!r}"
        raise BackfillUnavailableError(message) from error
