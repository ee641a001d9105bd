"""The catalog: creates a table when it is missing, and otherwise compares it with its definition."""

from contextlib import suppress
from typing import Any, Final

import msgspec
from pyiceberg.catalog import Catalog
from pyiceberg.catalog.glue import GlueCatalog
from pyiceberg.exceptions import (
    CommitFailedException,
    NoSuchIcebergTableError,
    NoSuchPropertyException,
    NoSuchTableError,
    TableAlreadyExistsError,
)

from catalog_lambda.differences import NOT_ICEBERG, differences
from catalog_lambda.settings import Settings
from coattail_common.contracts import TableDifference
from coattail_common.lake import iceberg_partitions, iceberg_schema
from coattail_common.tables import PROPERTIES, Table

UNTOLD: Final = "coattail.created-untold"
"""The property of a table whose creation is not announced yet: when it was created (UTC, µs)."""


class Seen(msgspec.Struct, frozen=True):
    """A table after the check: whether this check created it, since when (UTC, µs) its creation waits to be announced (None: it does
    not), and in what it differs from its definition."""

    created: bool
    untold_since: int | None = None
    differences: tuple[TableDifference, ...] = ()


class LakehouseCatalog:
    """The tables of one database. `warehouse` is where the database is put when it has to be created."""

    def __init__(self, catalog: Catalog, database: str, warehouse: str) -> None:
        self._catalog = catalog
        self._database = database
        self._warehouse = warehouse

    def ensure_database(self) -> None:
        """Create the database if it is missing. It is not an error that another creates it at the same time."""
        if not self._catalog.namespace_exists(self._database):
            self._catalog.create_namespace_if_not_exists(self._database, {"location": self._warehouse})

    def ensure(self, table: Table, now: int) -> Seen:
        """Create the table if it is missing, `now` (UTC, µs); else compare it with its definition and leave it as it is.

        Of several creators at once the catalog lets one win; the others see the winner's table as any table that is there.
        The metadata file that a loser had written is an orphan in the table's folder, as after any failed Iceberg commit.
        """
        return self._look(table) or self._create(table, now)

    def told(self, table: Table) -> None:
        """Its creation has been announced. It is not an error that the table changes, or goes, or was announced, at the same time."""
        with suppress(CommitFailedException, NoSuchTableError):
            found = self._catalog.load_table(self.name(table))
            # pyiceberg raises a KeyError for a property that is not there.
            if UNTOLD in found.properties:
                with found.transaction() as change:
                    change.remove_properties(UNTOLD)

    def name(self, table: Table) -> str:
        """The table's name with its database's: `coattail.raw_trades`."""
        return f"{self._database}.{table.name}"

    def _look(self, table: Table) -> Seen | None:
        """The table as it is there; None when it is not."""
        try:
            found = self._catalog.load_table(self.name(table))
        except (NoSuchIcebergTableError, NoSuchPropertyException):
            return Seen(created=False, differences=NOT_ICEBERG)
        except NoSuchTableError:
            return None
        return Seen(
            created=False,
            untold_since=_micros(found.properties.get(UNTOLD)),
            differences=differences(table, found.schema(), found.spec()),
        )

    def _create(self, table: Table, now: int) -> Seen:
        schema = iceberg_schema(table.rows)
        try:
            self._catalog.create_table(
                self.name(table),
                schema,
                partition_spec=iceberg_partitions(schema, table.partitioned_by),
                # A copy: pyiceberg takes the format version out of what it is given.
                properties={**PROPERTIES, UNTOLD: str(now)},
            )
        except TableAlreadyExistsError:
            winner = self._look(table)
            if winner is None:
                raise
            return winner
        return Seen(created=True, untold_since=now)


def _micros(text: str | None) -> int | None:
    """Return the time of the property; of one that another client made unreadable, 0: the creation waits to be told all the same."""
    if text is None:
        return None
    return int(text) if text.isascii() and text.isdigit() else 0


def open_catalog(settings: Settings, client: Any = None) -> GlueCatalog:
    """The Glue catalog of the settings. `client` is the Glue client; None makes one."""
    properties = {
        "warehouse": settings.warehouse,
        "glue.region": settings.region,
        "s3.region": settings.region,
        # Arrow's would be most of what a Lambda's package may weigh, for a few kilobytes of metadata.
        "py-io-impl": "pyiceberg.io.fsspec.FsspecFileIO",
    }
    if settings.endpoint:
        properties |= {"glue.endpoint": settings.endpoint, "s3.endpoint": settings.endpoint}
    return GlueCatalog("lakehouse", client, **properties)
