"""Health over HTTP: `GET /health/live` and `GET /health/ready`, for the orchestrator's probes and for people.

Both answer 200 when every check holds and 503 when one does not, with the checks as JSON:
`{"healthy":false,"checks":[{"name":"kinesis","ok":false,"detail":"no answer from http://127.0.0.1:4566"}]}`.
A service that works, but worse than it should, answers 200 and says `"degraded":true`, and so do the checks that are the cause;
a service that never is leaves the field out.
"""

from collections.abc import Iterable
from types import TracebackType
from typing import Protocol, Self

import msgspec
from aiohttp import web
from msgspec import UNSET, UnsetType

from coattail_runtime.ports import refuse_port


class Check(msgspec.Struct, frozen=True):
    """One thing that was looked at. `detail` says what was seen, for a person to read."""

    name: str
    ok: bool
    detail: str = ""
    degraded: bool | UnsetType = UNSET
    """Whether it works worse than it should, where that can be told."""


class Report(msgspec.Struct, frozen=True):
    """The answer of a probe: healthy when every check is."""

    healthy: bool
    checks: tuple[Check, ...]
    degraded: bool | UnsetType = UNSET
    """Whether any of them is degraded, where one can tell."""


class Probes(Protocol):
    """What a service says about itself. Called on each request: answer from memory, at once, and never raise."""

    def live(self) -> Iterable[Check]:
        """Whether the process is sound. A failing check asks the orchestrator to replace it."""
        ...

    def ready(self) -> Iterable[Check]:
        """Whether it can do its work now. A failing check may pass by itself."""
        ...


class HealthServer:
    """The two endpoints, served while the context is open.

    `port` 0 takes any free port; `port` holds the real one once the context is entered. When the address cannot be
    had, the process ends with code 2 and a line that names `setting`.
    """

    def __init__(self, host: str, port: int, probes: Probes, *, setting: str) -> None:
        self.host = host
        self.port = port
        self._probes = probes
        self._setting = setting
        application = web.Application()
        application.router.add_get("/health/live", self._live)
        application.router.add_get("/health/ready", self._ready)
        self._runner = web.AppRunner(application, access_log=None)

    async def __aenter__(self) -> Self:
        await self._runner.setup()
        try:
            await web.TCPSite(self._runner, self.host, self.port).start()
        except OSError as error:
            await self._runner.cleanup()
            refuse_port(error, self.host, self.port, self._setting)
        self.port = self._runner.addresses[0][1]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._runner.cleanup()

    async def _live(self, _: web.Request) -> web.Response:
        return _answer(self._probes.live())

    async def _ready(self, _: web.Request) -> web.Response:
        return _answer(self._probes.ready())


def _answer(checks: Iterable[Check]) -> web.Response:
    seen = tuple(checks)
    told = [check.degraded for check in seen if check.degraded is not UNSET]
    report = Report(healthy=all(check.ok for check in seen), checks=seen, degraded=any(told) if told else UNSET)
    return web.Response(
        body=msgspec.json.encode(report), status=200 if report.healthy else 503, content_type="application/json"
    )
