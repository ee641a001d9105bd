"""What Kinesis holds: where a trade that is in no table may still be, because Spark has not come to it."""

import itertools
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

import msgspec

from coattail_common.ids import Ranges, ranges_of
from coattail_common.lines import SEPARATOR
from coattail_demo import aws
from local_cloud.clients import Clients

NAME: Final = "crypto-pulse-trades"

type Place = tuple[str, str]
"""Exchange and symbol."""


class TradeId(msgspec.Struct, frozen=True):
    """A line of the stream, as far as it concerns us."""

    exchange: str
    symbol: str
    trade_id: int


_decode: Final = msgspec.json.Decoder(TradeId).decode


def trades_in_stream(endpoint: str) -> Mapping[Place, Ranges]:
    """The ids of the trades that the stream still has, by market. Blocking. Raises `CloudSilentError`."""
    with aws.answering(f"reading the stream {NAME}"):
        kinesis = Clients(endpoint).client("kinesis")
        shards = [shard["ShardId"] for page in _shards(kinesis) for shard in page]
        return ids_of(itertools.chain.from_iterable(_records(kinesis, shard) for shard in shards))


def ids_of(records: Iterable[bytes]) -> Mapping[Place, Ranges]:
    """The ids of the trades in records of lines. Lines that are no trades are passed over: no table waits for them."""
    found: dict[Place, set[int]] = defaultdict(set)
    for line in itertools.chain.from_iterable(record.split(SEPARATOR) for record in records):
        try:
            trade = _decode(line)
        except msgspec.DecodeError:
            continue
        found[trade.exchange, trade.symbol].add(trade.trade_id)
    return {place: ranges_of(ids) for place, ids in found.items()}


def _shards(kinesis: Any) -> Iterator[list[dict[str, Any]]]:
    answer = kinesis.list_shards(StreamName=NAME)
    yield answer["Shards"]
    while token := answer.get("NextToken"):
        answer = kinesis.list_shards(NextToken=token)
        yield answer["Shards"]


def _records(kinesis: Any, shard: str) -> Iterator[bytes]:
    """What is in a shard now."""
    iterator = kinesis.get_shard_iterator(StreamName=NAME, ShardId=shard, ShardIteratorType="TRIM_HORIZON")
    following = iterator["ShardIterator"]
    while following:
        answer = kinesis.get_records(ShardIterator=following, Limit=10_000)
        yield from (record["Data"] for record in answer["Records"])
        if not answer["Records"] and not answer.get("MillisBehindLatest"):
            return
        following = answer.get("NextShardIterator")
