"""A Glue in this process, with the tables' metadata in a folder."""

from collections.abc import Iterator
from pathlib import Path

import boto3
import pytest
from moto import mock_aws
from pyiceberg.catalog.glue import GlueCatalog

from catalog_lambda.catalog import LakehouseCatalog, open_catalog
from catalog_lambda.settings import Settings
from coattail_testkit.catalog import FakeGlue


@pytest.fixture
def glue() -> Iterator[FakeGlue]:
    with mock_aws():
        yield FakeGlue(boto3.client("glue", region_name="us-west-2"))


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(warehouse=f"file://{tmp_path}")


@pytest.fixture
def iceberg(glue: FakeGlue, settings: Settings) -> GlueCatalog:
    """The catalog as pyiceberg has it."""
    return open_catalog(settings, glue)


@pytest.fixture
def catalog(iceberg: GlueCatalog, settings: Settings) -> LakehouseCatalog:
    return LakehouseCatalog(iceberg, settings.database, settings.warehouse)
