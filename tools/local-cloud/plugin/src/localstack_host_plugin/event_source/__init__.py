"""Kinesis event source mappings: from a stream's shards to a function, in order, retried, split, and never lost.

It replaces LocalStack's own poller. That one reads one shard after the other and does not split batches. It keeps no
position: after a reshard or an update it starts over, or skips what it had not read. What AWS does:
https://docs.aws.amazon.com/lambda/latest/dg/with-kinesis.html
"""
