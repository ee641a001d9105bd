"""The Spark data source `kinesis`: one stream, read by one query, resumed from where the lakehouse says it has come."""
