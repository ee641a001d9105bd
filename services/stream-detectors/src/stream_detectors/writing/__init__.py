"""Writing to Iceberg tables without a Spark write: Arrow tables → Parquet files, by whoever has them; files → one commit, by the driver."""
