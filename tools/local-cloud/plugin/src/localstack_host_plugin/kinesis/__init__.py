"""Kinesis Data Streams in memory, with the semantics a consumer depends on when a stream is resharded."""
