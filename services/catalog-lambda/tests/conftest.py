"""A Glue in this process, with the tables' metadata in a folder."""

from collections.abc import Iterator
from pathlib import Path

import boto3
import pytest
from moto import mock_aws
from pyiceberg.catalog.glue import GlueCatalog

from catalog_lambda.catalog import LakehouseCatalog
from catalog_lambda.testing import FakeGlue


@pytest.fixture
def glue() -> Iterator[FakeGlue]:
    with mock_aws():
        yield FakeGlue(boto3.client("glue", region_name="us-west-2"))


@pytest.fixture
def iceberg(glue: FakeGlue, tmp_path: Path) -> GlueCatalog:
    """The catalog as pyiceberg has it."""
    return GlueCatalog("test", client=glue, warehouse=f"file://{tmp_path}")


@pytest.fixture
def catalog(iceberg: GlueCatalog, tmp_path: Path) -> LakehouseCatalog:
    return LakehouseCatalog(iceberg, "coattail", f"file://{tmp_path}")
