"""The catalog's Lambda as it is deployed: its zip, its rules, on a real server of their protocols."""

import json
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
from pyiceberg.catalog.glue import GlueCatalog

from catalog_lambda.catalog import open_catalog
from catalog_lambda.catalog_check import Result
from catalog_lambda.differences import differences
from catalog_lambda.settings import Settings
from coattail_common.contracts import BUS, CatalogRequested, DifferenceKind, TableChanged, TableDiffers
from coattail_common.tables import CORE
from coattail_testing.tables import TABLES
from local_cloud.deploy import deploy_rendered
from local_cloud.install import find_uv
from local_cloud.packages import Platform, build
from local_cloud.testing import TestCloud

pytestmark = pytest.mark.localstack

FUNCTION = "coattail-local-catalog-lambda"
TAP = "coattail-local-alert-tap"
MODULES = "/coattail/local/features/modules"
STACKS = ("platform", "catalog-lambda")
NAMES = [f"coattail.{name}" for name in TABLES]
PATIENCE = 240.0
NOW = 1_700_000_000_000_000


class Deployed:
    """The deployed Lambda, the bus it speaks on, and the tables behind it."""

    def __init__(self, cloud: TestCloud) -> None:
        self._lambda = cloud.clients.client("lambda")
        self._events = cloud.clients.client("events")
        self._sqs = cloud.clients.client("sqs")
        self._ssm = cloud.clients.client("ssm")
        self._tap = self._sqs.get_queue_url(QueueName=TAP)["QueueUrl"]
        self.tables: GlueCatalog = open_catalog(
            Settings(warehouse="s3://coattail-local-lake/warehouse", AWS_ENDPOINT_URL=cloud.record.endpoint)
        )

    def invoke(self) -> Result:
        """One invocation, waited for."""
        answer = self._lambda.invoke(FunctionName=FUNCTION, Payload=b"{}")
        payload = answer["Payload"].read()
        assert "FunctionError" not in answer, payload
        return msgspec.json.decode(payload, type=Result)

    def list_modules(self, names: list[str]) -> None:
        """List these modules as those of the tier."""
        self._ssm.put_parameter(Name=MODULES, Type="String", Overwrite=True, Value=json.dumps(names))

    def request(self, requested_by: str) -> None:
        """`catalog.requested` on the bus."""
        event = CatalogRequested(occurred_at=NOW, requested_by=requested_by)
        entry = {"EventBusName": BUS, "Source": "coattail.operator", "DetailType": event.detail_type}
        self._events.put_events(Entries=[entry | {"Detail": msgspec.json.encode(event).decode()}])

    def heard(self, enough: Callable[[list[dict[str, Any]]], bool]) -> list[dict[str, Any]]:
        """What the bus says until it is enough, as EventBridge wraps it."""
        events: list[dict[str, Any]] = []
        deadline = time.monotonic() + PATIENCE
        while not enough(events):
            assert time.monotonic() < deadline, f"not heard; only {events}"
            answer = self._sqs.receive_message(QueueUrl=self._tap, MaxNumberOfMessages=10, WaitTimeSeconds=2)
            for message in answer.get("Messages", ()):
                events.append(json.loads(message["Body"]))
                self._sqs.delete_message(QueueUrl=self._tap, ReceiptHandle=message["ReceiptHandle"])
        return events


@pytest.fixture(scope="module")
def deployed(cloud: TestCloud, tmp_path_factory: pytest.TempPathFactory) -> Deployed:
    folder = tmp_path_factory.mktemp("catalog-plans")
    plans = folder / "plans"
    plans.mkdir()
    for stack in STACKS:
        shutil.copy(cloud.layout.rendered / f"{stack}.json", plans)
    uv = find_uv(cloud.layout, cloud.settings.uv)

    def package(service: str) -> Path:
        return build(cloud.layout.services / service, Platform.HOST, cloud.layout.packages, uv, print)

    deploy_rendered(cloud.clients, plans, folder / "deployed.json", print, package)
    return Deployed(cloud)


def of_type(events: list[dict[str, Any]], detail_type: str) -> list[dict[str, Any]]:
    """The details of the events of a type."""
    return [event["detail"] for event in events if event["detail-type"] == detail_type]


def test_a_deployment_creates_the_tables_and_each_is_reported_once(deployed: Deployed) -> None:
    events = deployed.heard(lambda events: len(of_type(events, TableChanged.detail_type)) >= len(NAMES))

    assert sorted(detail["table"] for detail in of_type(events, TableChanged.detail_type)) == sorted(NAMES)
    assert {(event["source"], event["detail"]["change"]) for event in events} == {
        ("coattail.catalog-lambda", "created")
    }
    for table in TABLES.values():
        found = deployed.tables.load_table(f"coattail.{table.name}")
        assert differences(table, found.schema(), found.spec()) == ()
        assert found.location() == f"s3://coattail-local-lake/warehouse/{table.name}"


def test_invoked_again_it_changes_and_tells_nothing(deployed: Deployed) -> None:
    before = {name: deployed.tables.load_table(name).metadata_location for name in NAMES}

    result = deployed.invoke()

    assert result == Result(created=(), differing=(), unchanged=tuple(NAMES))
    assert {name: deployed.tables.load_table(name).metadata_location for name in NAMES} == before
    deployed.request("the end of the silence")
    events = deployed.heard(bool)
    assert [event["detail-type"] for event in events] == ["catalog.requested"]


def test_a_request_on_the_bus_brings_a_dropped_table_back(deployed: Deployed) -> None:
    deployed.tables.drop_table("coattail.dq_rejects")

    deployed.request("test")

    events = deployed.heard(lambda events: bool(of_type(events, TableChanged.detail_type)))
    assert [detail["table"] for detail in of_type(events, TableChanged.detail_type)] == ["coattail.dq_rejects"]
    assert deployed.tables.table_exists("coattail.dq_rejects")


def test_a_table_that_differs_is_reported_and_not_touched(deployed: Deployed) -> None:
    with deployed.tables.load_table("coattail.whale_trades").update_schema() as update:
        update.rename_column("kind", "sort")
    before = deployed.tables.load_table("coattail.whale_trades").metadata_location

    result = deployed.invoke()

    (differing,) = result.differing
    kinds = [(one.kind, one.column) for one in differing.differences]
    assert kinds == [(DifferenceKind.MISSING_COLUMN, "kind"), (DifferenceKind.UNKNOWN_COLUMN, "sort")]
    events = deployed.heard(lambda events: bool(of_type(events, TableDiffers.detail_type)))
    # The request of the test before may have been answered after the table was changed.
    detail = of_type(events, TableDiffers.detail_type)[0]
    assert msgspec.convert(detail, TableDiffers).differences == differing.differences
    assert deployed.tables.load_table("coattail.whale_trades").metadata_location == before


def test_a_module_that_is_listed_no_more_is_left_alone(deployed: Deployed) -> None:
    """The list in SSM is read at each check: what is not active is neither made nor looked at, and stays."""
    core = tuple(f"coattail.{table.name}" for table in CORE)
    deployed.list_modules([])
    deployed.tables.drop_table("coattail.exchange_spreads")

    assert deployed.invoke() == Result(created=(), differing=(), unchanged=core)
    assert not deployed.tables.table_exists("coattail.exchange_spreads")
    assert deployed.tables.table_exists("coattail.whale_trades")

    deployed.list_modules(["spread-calculator"])
    assert deployed.invoke().created == ("coattail.exchange_spreads",)
