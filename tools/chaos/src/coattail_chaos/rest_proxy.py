"""The fault proxy before an exchange's REST API."""

from contextlib import AbstractAsyncContextManager
from itertools import cycle
from random import Random
from typing import Final

import aiohttp
from aiohttp import web

from coattail_chaos.faults import Fault, Tally
from coattail_chaos.listening import listening
from coattail_common import venues
from coattail_common.venues import TooOften

_TOLD: Final = ("Content-Type", "Retry-After", *(name for venue in venues.installed() for name in venue.headers))
_FAULTS: Final = (Fault.REST_REFUSED, Fault.REST_LIMITED, Fault.REST_TRUNCATED)


USUAL: Final = TooOften()


class RestProxy:
    """Asks the exchange at `url`, and fails with the chance `failing`, which may be changed at any time; each way in turn."""

    def __init__(
        self, url: str, tally: Tally, random: Random, session: aiohttp.ClientSession, *, limited: TooOften = USUAL
    ) -> None:
        self.failing = 0.0
        self._faults = cycle(_FAULTS)
        self._url = url
        self._tally = tally
        self._random = random
        self._session = session
        self._limited = limited

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """One request."""
        fault = next(self._faults) if self._random.random() < self.failing else None
        if fault is not None:
            self._tally.count(fault)
        if fault is Fault.REST_REFUSED:
            return web.Response(status=503, text="chaos")
        if fault is Fault.REST_LIMITED:
            return self._refusal()
        try:
            async with self._session.get(self._url + request.path, params=request.query) as answer:
                body = await answer.read()
        except aiohttp.ClientError as error:
            return web.Response(status=502, text=str(error))
        headers = {name: answer.headers[name] for name in _TOLD if name in answer.headers}
        if fault is Fault.REST_TRUNCATED:
            return await _half(request, answer.status, headers, body)
        return web.Response(status=answer.status, headers=headers, body=body)

    def _refusal(self) -> web.Response:
        told = self._limited
        headers = {} if told.retry_after is None else {"Retry-After": told.retry_after}
        return web.Response(status=told.status, headers=headers, text=told.body)


async def _half(request: web.Request, status: int, headers: dict[str, str], body: bytes) -> web.StreamResponse:
    """Promise the whole body, send half of it, and end the connection."""
    response = web.StreamResponse(status=status, headers=headers)
    response.content_length = len(body)
    await response.prepare(request)
    await response.write(body[: len(body) // 2])
    if request.transport is not None:
        request.transport.close()
    return response


def serving(proxy: RestProxy) -> AbstractAsyncContextManager[int]:
    """Serve the proxy while the context is open; the port."""
    application = web.Application()
    application.router.add_get("/{path:.*}", proxy.handle)
    return listening(application)
