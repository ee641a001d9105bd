"""The active modules: where they stand, and what is said when they cannot be read."""

from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from moto import mock_aws

from catalog_lambda.modules import ListedModules, ModulesError, open_modules
from catalog_lambda.settings import MODULE_IDS, Settings
from coattail_runtime import telemetry

PARAMETER = "/coattail/test/features/modules"


@pytest.fixture
def ssm() -> Iterator[Any]:
    with mock_aws():
        yield boto3.client("ssm", region_name="us-west-2")


def put(ssm: Any, text: str) -> None:
    ssm.put_parameter(Name=PARAMETER, Type="String", Value=text, Overwrite=True)


def settings(**given: Any) -> Settings:
    return Settings(warehouse="s3://lake/warehouse", **given)


def opened(**given: Any) -> frozenset[str]:
    return open_modules(settings(**given), telemetry.logger("test")).ids()


def test_modules_are_all_without_list() -> None:
    """A call of its own, without an environment, makes every table."""
    assert opened() == MODULE_IDS


def test_modules_that_are_named_win(ssm: Any) -> None:
    """They are named for one function, whatever the tier."""
    put(ssm, '["volume-anomaly"]')

    assert opened(modules="MOD-002", ssm_prefix="/coattail/test") == {"MOD-002"}
    assert opened(modules="", ssm_prefix="/coattail/test") == frozenset()


def test_modules_follow_list(ssm: Any) -> None:
    """The list is read again each time: another tier needs no new function."""
    put(ssm, '["whale-detector", "volume-anomaly"]')
    modules = open_modules(settings(ssm_prefix="/coattail/test"), telemetry.logger("test"))

    assert modules.ids() == {"MOD-001", "MOD-002"}
    put(ssm, "[]")
    assert modules.ids() == frozenset()


def test_module_without_table_stops_no_other(ssm: Any, caplog: pytest.LogCaptureFixture) -> None:
    """The platform may name a module that an older function does not know."""
    put(ssm, '["whale-detector", "wallet-scorer"]')

    assert opened(ssm_prefix="/coattail/test") == {"MOD-002"}
    [line] = [vars(record) for record in caplog.records]
    assert (line["message"], line["modules"]) == ("module has no table here", ["wallet-scorer"])


@pytest.mark.parametrize("text", ["whale-detector,volume-anomaly", '{"modules": []}', "[1]"])
def test_list_that_cannot_be_read_is_named(ssm: Any, text: str) -> None:
    """The error says which parameter, and who writes it."""
    put(ssm, text)

    with pytest.raises(ModulesError, match=rf"{PARAMETER} is no JSON list of names.*apply the stack platform"):
        opened(ssm_prefix="/coattail/test")


def test_list_that_is_missing_is_named(ssm: Any) -> None:
    """A platform that was deployed before there was a list."""
    with pytest.raises(ModulesError, match=rf"{PARAMETER} is missing; apply the stack platform"):
        ListedModules(ssm, PARAMETER, telemetry.logger("test")).ids()
