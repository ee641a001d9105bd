"""The Lambda's entry: an event in, a result as JSON out, logs and metrics on standard output."""

import json
from pathlib import Path

import boto3
import pytest

from catalog_lambda.handler import handler
from coattail_common.tables import CORE
from coattail_testkit.catalog import FakeContext, FakeGlue


def test_it_looks_through_the_catalog(
    glue: FakeGlue,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    for name, value in {
        "CATALOG_LAMBDA_WAREHOUSE": f"file://{tmp_path}",
        "CATALOG_LAMBDA_DATABASE": "by_handler",
        "CATALOG_LAMBDA_BUS": "bus",
        "CATALOG_LAMBDA_SSM_PREFIX": "/coattail/test",
        "AWS_REGION": "us-west-2",
    }.items():
        monkeypatch.setenv(name, value)
    boto3.client("events", region_name="us-west-2").create_event_bus(Name="bus")
    ssm = boto3.client("ssm", region_name="us-west-2")
    parameter = {"Name": "/coattail/test/features/modules", "Type": "String", "Overwrite": True}
    ssm.put_parameter(**parameter, Value='["whale-detector"]')
    names = [f"by_handler.{table.name}" for table in CORE]
    whales = "by_handler.whale_trades"

    first = handler({}, FakeContext())
    ssm.put_parameter(**parameter, Value="[]")
    second = handler({"detail-type": "catalog.requested", "detail": {"requested_by": "ana"}}, FakeContext())

    assert json.loads(json.dumps(first)) == {"created": [*names, whales], "differing": [], "unchanged": []}
    # The module is not active any more: its table is not looked at, and stays.
    assert json.loads(json.dumps(second)) == {"created": [], "differing": [], "unchanged": names}
    assert {f"by_handler.{table['Name']}" for table in glue.get_tables(DatabaseName="by_handler")["TableList"]} == {
        *names,
        whales,
    }
    invoked = [vars(record) for record in caplog.records if record.message == "invoked"]
    assert [(line["by"], line["requested_by"]) for line in invoked] == [
        ("direct call", None),
        ("catalog.requested", "ana"),
    ]
    metrics = [json.loads(line) for line in capsys.readouterr().out.splitlines() if '"_aws"' in line]
    assert [(line["service"], line["TablesCreated"], line["TablesDiffering"]) for line in metrics] == [
        ("catalog-lambda", [4.0], [0.0]),
        ("catalog-lambda", [0.0], [0.0]),
    ]
