"""The active modules, whose tables there are: those that the settings name, or those that an SSM parameter lists for the tier.

The platform's stack writes the parameter from the tier files. It is read at each check, so that another tier has its tables within an hour.
"""

from typing import Any, Final, Protocol

import boto3
import msgspec
from aws_lambda_powertools import Logger
from botocore.config import Config

from catalog_lambda.settings import MODULE_IDS, Settings
from coattail_common.tables import CORE, Table
from coattail_detectors import ModuleRegistry

_CONFIG: Final = Config(connect_timeout=2, read_timeout=3, retries={"mode": "standard", "total_max_attempts": 3})


class ModulesError(RuntimeError):
    """The parameter does not list modules; the message says why and what to do."""


class ActiveModules(Protocol):
    """Says which modules are active."""

    def ids(self) -> frozenset[str]:
        """Return their ids, MOD-001. Raises `ModulesError`, or the client's error when AWS cannot be asked."""
        ...


class NamedModules:
    """Those that were named once and for all."""

    def __init__(self, ids: frozenset[str]) -> None:
        self._ids = ids

    def ids(self) -> frozenset[str]:
        """See `ActiveModules.ids`."""
        return self._ids


class ListedModules:
    """Those that an SSM parameter lists by their names. `client` is the SSM client."""

    def __init__(self, client: Any, parameter: str, log: Logger) -> None:
        self._client = client
        self._parameter = parameter
        self._log = log

    def ids(self) -> frozenset[str]:
        """See `ActiveModules.ids`.

        A module that owns no table here is logged and passed over: the list may be newer than this code, and the other tables are wanted.
        """
        names = self._names()
        known = {one.name: one.module_id for one in ModuleRegistry.load().modules}
        if unknown := sorted(names - known.keys()):
            self._log.warning("module has no table here", modules=unknown, parameter=self._parameter)
        return frozenset(known[name] for name in names & known.keys())

    def _names(self) -> frozenset[str]:
        try:
            text = self._client.get_parameter(Name=self._parameter)["Parameter"]["Value"]
            return msgspec.json.decode(text, type=frozenset[str])
        except self._client.exceptions.ParameterNotFound as error:
            message = f"the SSM parameter {self._parameter} is missing; apply the stack platform, which writes it"
            raise ModulesError(message) from error
        except msgspec.MsgspecError as error:
            message = f"the SSM parameter {self._parameter} is no JSON list of names: {error}; apply the stack platform, which writes it"
            raise ModulesError(message) from error


def tables(module_ids: frozenset[str]) -> tuple[Table, ...]:
    """Return the core tables and those of the modules: one that is switched off has no table."""
    return (*CORE, *(one.table for one in ModuleRegistry.load().modules if one.module_id in module_ids))


def open_modules(settings: Settings, log: Logger) -> ActiveModules:
    """Return where the settings say that the modules stand; every module where they say nothing."""
    if not settings.modules_parameter:
        return NamedModules(MODULE_IDS if settings.modules is None else settings.modules)
    client = boto3.client("ssm", region_name=settings.region, endpoint_url=settings.endpoint, config=_CONFIG)
    return ListedModules(client, settings.modules_parameter, log)
