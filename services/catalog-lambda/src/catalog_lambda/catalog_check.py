"""The main path: every table is looked at, created when it is missing, reported when it differs."""

from collections.abc import Callable, Sequence
from typing import Final

import msgspec
from aws_lambda_powertools import Logger, Metrics

from catalog_lambda.catalog import LakehouseCatalog
from coattail_common.contracts import TableChanged, TableDifference, TableDiffers
from coattail_common.tables import Table
from coattail_runtime.bus.bridge import Bus, deliver
from coattail_runtime.telemetry import MetricUnit

CREATOR_GONE_MICROS: Final = 900_000_000
"""No invocation lives longer: the process that created a table so long ago, and has not announced it, stopped before it could."""


class Differing(msgspec.Struct, frozen=True):
    """A table that is not as its definition says."""

    table: str
    differences: tuple[TableDifference, ...]


class Result(msgspec.Struct, frozen=True):
    """What a check found and did; each table is named once."""

    created: tuple[str, ...]
    differing: tuple[Differing, ...]
    unchanged: tuple[str, ...]


class CatalogCheck:
    """Looks through the catalog. `clock` gives the time of the events (UTC, µs)."""

    def __init__(
        self,
        catalog: LakehouseCatalog,
        tables: Sequence[Table],
        bus: Bus,
        metrics: Metrics,
        log: Logger,
        clock: Callable[[], int],
    ) -> None:
        self._catalog = catalog
        self._tables = tables
        self._bus = bus
        self._metrics = metrics
        self._log = log
        self._clock = clock

    def run(self) -> Result:
        """Look at every table once. A table that raises an error stops no other.

        Raises an `ExceptionGroup` in the end when there were errors: what is left over is done at the next check.
        """
        self._catalog.ensure_database()
        created: list[str] = []
        differing: list[Differing] = []
        unchanged: list[str] = []
        errors: list[Exception] = []
        for table in self._tables:
            name = self._catalog.name(table)
            try:
                now = self._clock()
                seen = self._catalog.ensure(table, now)
                if seen.untold_since is not None and (seen.created or _creator_is_gone(seen.untold_since, now)):
                    self._tell_created(name)
                    self._catalog.told(table)
                if seen.created:
                    created.append(name)
                elif seen.differences:
                    differing.append(Differing(name, seen.differences))
                    self._tell_differing(differing[-1])
                else:
                    unchanged.append(name)
            except Exception as error:
                self._log.exception("table failed; the others go on", table=name)
                error.add_note(f"at table {name}")
                errors.append(error)
        self._metrics.add_metric("TablesCreated", MetricUnit.Count, len(created))
        self._metrics.add_metric("TablesDiffering", MetricUnit.Count, len(differing))
        self._log.info(
            "catalog checked",
            tables_created=created,
            tables_differing=[one.table for one in differing],
            tables_unchanged=len(unchanged),
        )
        if errors:
            message = f"{len(errors)} of {len(self._tables)} tables failed"
            raise ExceptionGroup(message, errors)
        return Result(tuple(created), tuple(differing), tuple(unchanged))

    def _tell_created(self, name: str) -> None:
        self._log.info("table created", table=name)
        deliver(self._bus, TableChanged(occurred_at=self._clock(), table=name, change="created"))

    def _tell_differing(self, one: Differing) -> None:
        self._log.warning("table differs", table=one.table, differences=msgspec.to_builtins(one.differences))
        deliver(self._bus, TableDiffers(occurred_at=self._clock(), table=one.table, differences=one.differences))


def _creator_is_gone(created_at: int, now: int) -> bool:
    """Whether the creator had its time. A creation far in the future is damage, and must not wait for that time to come.

    One that lies a little ahead is another's, who created the table after this check had read the clock, or by a faster clock.
    """
    return abs(now - created_at) > CREATOR_GONE_MICROS
