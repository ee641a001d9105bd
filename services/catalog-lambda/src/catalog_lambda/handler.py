"""The Lambda's entry: `catalog_lambda.handler.handler`.

Its event may be the hourly schedule's, `catalog.requested` or anything else; each invocation looks through the catalog.
"""

import time
from functools import cache
from typing import Any, Final

import msgspec
from aws_lambda_powertools.utilities.typing import LambdaContext

from catalog_lambda import invocation
from catalog_lambda.catalog import LakehouseCatalog, open_catalog
from catalog_lambda.catalog_check import CatalogCheck
from catalog_lambda.modules import ActiveModules, open_modules, tables
from catalog_lambda.settings import Settings
from coattail_runtime import telemetry
from coattail_runtime.bus.bridge import Bus, EventBridge
from coattail_runtime.settings import read

SERVICE: Final = "catalog-lambda"

_log: Final = telemetry.logger(SERVICE)
_metrics: Final = telemetry.metrics(SERVICE)


class _Parts(msgspec.Struct, frozen=True):
    """What is kept from one invocation to the next."""

    catalog: LakehouseCatalog
    modules: ActiveModules
    bus: Bus


@_log.inject_lambda_context
@_metrics.log_metrics
def handler(event: object, _context: LambdaContext) -> dict[str, Any]:
    """Look through the catalog. Returns `catalog_check.Result` as JSON; raises what made going on impossible, for AWS to try again."""
    parts = _parts()
    called = invocation.read(event)
    _log.info("invoked", by=called.detail_type, requested_by=called.detail.requested_by)
    check = CatalogCheck(
        parts.catalog, tables(parts.modules.ids()), parts.bus, _metrics, _log, clock=lambda: time.time_ns() // 1000
    )
    answer: dict[str, Any] = msgspec.to_builtins(check.run())
    return answer


@cache
def _parts() -> _Parts:
    """The parts of this process, made at its first invocation."""
    settings = read(Settings, [])
    _log.setLevel(settings.log_level)
    return _Parts(
        LakehouseCatalog(open_catalog(settings), settings.database, settings.warehouse),
        open_modules(settings, _log),
        EventBridge.at(settings.bus, settings.region, settings.endpoint, f"coattail.{SERVICE}"),
    )
