"""Looking at every part once a second, for the screen; and ending the demo when one of them has ended for good."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator
from typing import Final

import aiohttp

from coattail_demo import health
from coattail_demo.detectors import NAME as DETECTORS
from coattail_demo.errors import CloudSilentError, DemoError
from coattail_demo.evidence import TableState
from coattail_demo.gathering import Witnesses
from coattail_demo.screen import Screen, first_alert_line
from coattail_demo.snapshot import Part, Snapshot
from coattail_demo.system import Listening, System
from coattail_harness.exchange import NAME as SIMULATOR
from local_cloud.record import process_of, read_record

_EVERY_SECONDS: Final = 1.0
_TABLES_EVERY: Final = 3
"""The tables' state is read at each third look: it changes with a commit only."""
_RATE_OVER_SECONDS: Final = 5.0
_FAILED_LOOKS: Final = 10
CLOUD: Final = "localstack"
STARTING: Final = "starting"
"""The phase before trades flow."""


class Monitor:
    """What is seen. `phase` is set by the main path; `first_alert_seconds` by the first alert."""

    def __init__(self, system: System, witnesses: Witnesses, screen: Screen, began: float) -> None:
        self.phase = STARTING
        self.first_alert_seconds: float | None = None
        self._system = system
        self._witnesses = witnesses
        self._screen = screen
        self._began = began
        self._tables = TableState()
        self._sent: list[tuple[float, int]] = []
        self._cloud = read_record(system.foundation.layout.cloud / "cloud.json")

    async def look_regularly(self) -> None:
        """Look until cancelled. Raises `DemoError` when Spark or the cloud has ended."""
        looks = failures = 0
        async with aiohttp.ClientSession() as session:
            while True:
                self._require_cloud()
                try:
                    if looks % _TABLES_EVERY == 0:
                        self._tables = await self._witnesses.rows()
                    self._screen.show(await self._look(session))
                    failures = 0
                except CloudSilentError:
                    # A cloud that is busy is asked again; one that has died is not.
                    failures += 1
                    if failures >= _FAILED_LOOKS:
                        raise
                looks += 1
                await asyncio.sleep(_EVERY_SECONDS)

    def _require_cloud(self) -> None:
        if self._cloud is not None and self._cloud.pid and process_of(self._cloud) is None:
            log = self._system.foundation.layout.cloud / "localstack.log"
            raise DemoError(f"the local cloud has ended (LocalStack, pid {self._cloud.pid}); its log is {log}")

    async def _look(self, session: aiohttp.ClientSession) -> Snapshot:
        base = self._system.foundation
        alerts = await self._witnesses.alerts()
        if alerts and self.first_alert_seconds is None:
            self.first_alert_seconds = base.tap.arrived_at(alerts[0].alert_id) / 1e6 - self._began
            self._screen.say(first_alert_line(alerts[0], self.first_alert_seconds))
        parts = [await self._detectors(), await self._listening(session, self._system.writer)]
        parts += [await self._listening(session, connector) for connector in self._system.connectors]
        sent, rate = None, 0.0
        if base.exchange is not None:
            status = await base.exchange.client.status()
            sent, rate = status.sent, self._rate(status.sent)
            parts.append(self._part(SIMULATOR, base.exchange.service.pid, ready=True, detail=str(status.state)))
        parts.append(self._part(CLOUD, self._cloud.pid if self._cloud else None, ready=True, detail=base.endpoint))
        return Snapshot(
            phase=self.phase,
            seconds=time.time() - self._began,
            sent=sent,
            rate=rate,
            stored=self._tables.trades,
            parts=tuple(parts),
            alerts=alerts,
            events=tuple(sorted(base.tap.events.items())),
        )

    async def _detectors(self) -> Part:
        run = await self._system.job.require_alive()
        ready = await self._system.job.is_ready(run)
        detail = f"{run.state}, attempt {run.attempt}" if ready else f"Spark is starting, attempt {run.attempt}"
        return self._part(DETECTORS, self._system.job.pid, ready=ready, detail=detail, restarts=run.attempt - 1)

    async def _listening(self, session: aiohttp.ClientSession, listening: Listening) -> Part:
        state = await health.ask(session, listening.health_port, before_trades=self.phase == STARTING)
        service = listening.service
        return self._part(service.name, service.pid, ready=state.ready, detail=state.detail, restarts=service.restarts)

    def _part(self, name: str, pid: int | None, *, ready: bool, detail: str, restarts: int = 0) -> Part:
        # LocalStack is Spark's parent, and not its memory.
        without = self._system.job.pid if name == CLOUD else None
        rss = self._system.memory.sample(name, pid, without=without)
        return Part(name=name, pid=pid, ready=ready, rss_mb=rss, restarts=restarts, detail=detail)

    def _rate(self, sent: int) -> float:
        now = time.monotonic()
        self._sent = [one for one in self._sent if now - one[0] <= _RATE_OVER_SECONDS]
        self._sent.append((now, sent))
        began, before = self._sent[0]
        passed = now - began
        return (sent - before) / passed if passed > 0 else 0.0


@contextlib.asynccontextmanager
async def monitored(system: System, witnesses: Witnesses, screen: Screen, began: float) -> AsyncIterator[Monitor]:
    """A monitor that looks while the context is open."""
    monitor = Monitor(system, witnesses, screen, began)
    looking = system.foundation.group.create_task(monitor.look_regularly())
    try:
        yield monitor
    finally:
        looking.cancel()
