"""Committing files to an Iceberg table by Iceberg's own Java API, from the driver."""

from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final, Self

from pyspark import inheritable_thread_target
from pyspark.sql import SparkSession

from stream_detectors.writing.target import Field, PartitionField, Target, WrittenFile

_FOOTERS_AT_ONCE: Final = 8
"""Footers that are read side by side: in S3 each is a round trip."""
_CODEC: Final = "write.parquet.compression-codec"


class OpenTable:
    """One Iceberg table as it is now. `name` is that in SQL."""

    def __init__(self, spark: SparkSession, name: str, table: Any) -> None:
        self._spark = spark
        self._java: Any = spark._jvm
        self._name = name
        self._table = table

    @classmethod
    def load(cls, spark: SparkSession, name: str) -> Self:
        """Load the table. Raises what the catalog raises."""
        loader: Any = spark._jvm.org.apache.iceberg.spark.Spark3Util  # type: ignore[union-attr]
        return cls(spark, name, loader.loadIcebergTable(spark._jsparkSession, name))

    def target(self, region: str, endpoint: str | None) -> Target:
        """Return what whoever writes files for it must know."""
        schema, spec = self._table.schema(), self._table.spec()
        folder = self._folder()
        return Target(
            name=self._name.rpartition(".")[2],
            folder=folder,
            place=self._place(folder),
            fields=tuple(
                Field(one.name(), one.fieldId(), one.type().toString(), one.isRequired()) for one in schema.columns()
            ),
            partition=tuple(
                PartitionField(schema.findColumnName(one.sourceId()), one.transform().toString())
                for one in spec.fields()
            ),
            spec_id=spec.specId(),
            codec=str(self._table.properties().getOrDefault(_CODEC, "zstd")),
            region=region,
            endpoint=endpoint,
        )

    def append(self, files: Iterable[WrittenFile], spec_id: int, properties: Mapping[str, str]) -> None:
        """Add the files in one commit, whose snapshot carries the properties. They were written for the spec with that id.

        Columns' bounds and counts come from the files' footers, by the table's own settings.
        """
        iceberg = self._java.org.apache.iceberg
        spec, config = self._table.specs().get(spec_id), iceberg.MetricsConfig.forTable(self._table)

        def data_file(written: WrittenFile) -> Any:
            file = self._table.io().newInputFile(written.uri, written.size)
            builder = (
                iceberg.DataFiles.builder(spec)
                .withPath(written.uri)
                .withFormat("PARQUET")
                .withFileSizeInBytes(written.size)
                .withMetrics(iceberg.parquet.ParquetUtil.fileMetrics(file, config))
            )
            if written.partition:
                builder = builder.withPartitionValues(self._list(written.partition))
            return builder.build()

        append = self._table.newAppend()
        for key, value in properties.items():
            append.set(key, value)
        with ThreadPoolExecutor(_FOOTERS_AT_ONCE) as pool:
            for one in pool.map(inheritable_thread_target(self._spark)(data_file), files):
                append.appendFile(one)
        append.commit()

    def _list(self, values: Iterable[str | None]) -> Any:
        found = self._java.java.util.ArrayList()
        for value in values:
            found.add(value)
        return found

    def _folder(self) -> str:
        """Where data files go: as the table's own property has it, or below its location."""
        own = self._table.properties().get("write.data.path")
        return str(own or f"{self._table.location().rstrip('/')}/data").rstrip("/")

    def _place(self, folder: str) -> str:
        """The folder itself, where its URI is a view of another one (`viewfs:`) or lacks a scheme."""
        if folder.startswith("s3://"):
            return folder
        path = self._java.org.apache.hadoop.fs.Path(folder)
        files = path.getFileSystem(self._spark.sparkContext._jsc.hadoopConfiguration())
        files.mkdirs(path)
        return str(files.resolvePath(path).toUri().toString())
