"""Glue's optimistic locking, which moto lacks and Iceberg's commits depend on.

Without it two concurrent commits to one table both succeed and the first is lost in silence. Protocol: `VersionId` of
https://docs.aws.amazon.com/glue/latest/webapi/API_UpdateTable.html, which Iceberg's GlueTableOperations sends.
"""

import functools
import threading
from collections.abc import Callable
from typing import Any

from moto.core.exceptions import JsonRESTError
from moto.glue.responses import GlueResponse

# One lock for every table: a change takes microseconds, and moto's check-then-write is not safe across threads at all.
_catalog_lock = threading.RLock()


def install() -> None:
    """Makes moto's table changes atomic, and UpdateTable honour `VersionId` and `SkipArchive`."""
    for name in ("create_database", "create_table", "delete_table"):
        setattr(GlueResponse, name, _locked(getattr(GlueResponse, name)))
    setattr(GlueResponse, "update_table", _versioned(GlueResponse.update_table))  # noqa: B010 - a method, to mypy


def _locked[**P, R](call: Callable[P, R]) -> Callable[P, R]:
    @functools.wraps(call)
    def locked(*args: P.args, **kwargs: P.kwargs) -> R:
        with _catalog_lock:
            return call(*args, **kwargs)

    return locked


def _versioned[R](update_table: Callable[[Any], R]) -> Callable[[Any], R]:
    @functools.wraps(update_table)
    def versioned(response: Any) -> R:
        parameters = response.parameters
        with _catalog_lock:
            table = response.glue_backend.get_table(parameters["DatabaseName"], parameters["TableInput"]["Name"])
            current = table.as_dict()["VersionId"]
            expected = parameters.get("VersionId")
            if expected is not None and expected != current:
                raise JsonRESTError(
                    "ConcurrentModificationException",
                    f"Update table failed due to concurrent modifications: version {current}, caller has {expected}.",
                )
            answer = update_table(response)
            if parameters.get("SkipArchive"):
                table.delete_version(current)
            return answer

    return versioned
