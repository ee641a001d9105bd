"""The resident memory of processes, looked at again and again."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Final

import psutil

from coattail_chaos.supervisor import Service

_EVERY_SECONDS: Final = 0.25
_MEGABYTE: Final = 1e6


class Memory:
    """Peaks, in MB (10⁶ bytes), over all processes that a service has had."""

    def __init__(self) -> None:
        self._peaks: dict[str, float] = {}

    @property
    def peaks(self) -> Mapping[str, float]:
        """By service."""
        return self._peaks

    async def watch(self, services: Sequence[Service]) -> None:
        """Look, until cancelled."""
        while True:
            for service in services:
                self._look(service)
            await asyncio.sleep(_EVERY_SECONDS)

    def _look(self, service: Service) -> None:
        if service.pid is None:
            return
        try:
            resident = psutil.Process(service.pid).memory_info().rss / _MEGABYTE
        except psutil.NoSuchProcess:
            return
        self._peaks[service.name] = max(self._peaks.get(service.name, 0.0), round(resident, 1))
