"""Kinesis event source mappings: from a stream's shards to a function, in order, retried, split, and never lost.

In the place of LocalStack's own poller, which reads one shard after the other, keeps no position (a reshard or an
update starts it over, or past what it had not read) and does not split batches. What AWS does:
https://docs.aws.amazon.com/lambda/latest/dg/with-kinesis.html
"""
