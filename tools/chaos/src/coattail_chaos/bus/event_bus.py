"""An EventBridge on this machine: it takes what it is sent, unless it has an outage.

Source: the API reference of EventBridge, PutEvents: a refused entry has `ErrorCode` in its place, `FailedEntryCount` counts them.
"""

import asyncio
from collections import Counter
from typing import Any, Final

import msgspec
from aiohttp import web

from coattail_chaos.bus.outages import Kind
from coattail_common.contracts import Alert
from coattail_testing.kinesis import CONTENT_TYPE, failure

PREFIX: Final = "AWSEvents."
_LOOKED_EVERY_SECONDS: Final = 0.1


class EventBus:
    """Counts what arrives by `alert_id`, what else arrives by its detail type, and the calls that met an outage."""

    def __init__(self) -> None:
        self.alerts: Counter[str] = Counter()
        self.others: Counter[str] = Counter()
        self.calls = 0
        self.met: Counter[Kind] = Counter()
        self._outage: Kind | None = None

    def begin(self, kind: Kind) -> None:
        """Begin an outage."""
        self._outage = kind

    def end(self) -> None:
        """Be well again; calls that hang lose their connection."""
        self._outage = None

    async def answer(self, request: web.Request) -> web.Response:
        """Answer one call of PutEvents."""
        entries = msgspec.json.decode(await request.read())["Entries"]
        self.calls += 1
        kind = self._outage
        if kind is not None:
            self.met[kind] += 1
        match kind:
            case None:
                return self._take(entries)
            case Kind.FAILING:
                status, error = (500, "InternalException") if self.calls % 2 else (503, "ServiceUnavailable")
                return failure(status, error, "chaos")
            case Kind.DENYING:
                return failure(400, "AccessDeniedException", "not authorized to perform: events:PutEvents")
            case Kind.REFUSING:
                # A call of one entry is refused, or the application would notice nothing.
                return self._take(entries, every_second=len(entries) > 1, none=len(entries) == 1)
            case Kind.SILENT:
                self._take(entries)
                await self._hang(request)
            case Kind.HANGING:
                await self._hang(request)
            case Kind.GONE:
                pass
        if request.transport is not None:
            request.transport.abort()
        return failure(500, "InternalException", "nobody reads this: the connection is gone")

    def _take(self, entries: list[dict[str, Any]], *, every_second: bool = False, none: bool = False) -> web.Response:
        results: list[dict[str, str]] = []
        for number, entry in enumerate(entries):
            if none or (every_second and number % 2):
                results.append({"ErrorCode": "ThrottlingException", "ErrorMessage": "Rate exceeded"})
                continue
            results.append({"EventId": f"{self.calls}-{number}"})
            if entry["DetailType"] == "alert.raised":
                self.alerts[msgspec.json.decode(entry["Detail"], type=Alert).alert_id] += 1
            else:
                self.others[entry["DetailType"]] += 1
        failed = sum("ErrorCode" in result for result in results)
        body = msgspec.json.encode({"FailedEntryCount": failed, "Entries": results})
        return web.Response(body=body, content_type=CONTENT_TYPE)

    async def _hang(self, request: web.Request) -> None:
        """Return when the outage has ended, or who asked has given up."""
        while self._outage is not None and request.transport is not None and not request.transport.is_closing():  # noqa: ASYNC110  (a connection sets no event)
            await asyncio.sleep(_LOOKED_EVERY_SECONDS)
