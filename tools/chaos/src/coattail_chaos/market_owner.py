"""Which markets a writer puts on the stream: each holds to one writer (ADR 0018), and no other may put it."""

from collections.abc import Collection, Iterator, Sequence
from typing import Any

from coattail_chaos.landing import market_of
from coattail_chaos.verdict import named
from coattail_common.ids import Market
from coattail_testing.kinesis import Entry, Kinesis


class OwnedMarkets:
    """The Kinesis `behind` as one writer sees it, and the `markets` that this writer has put there."""

    def __init__(self, behind: Kinesis) -> None:
        self.markets: set[Market] = set()
        self._behind = behind

    async def put_records(self, *, StreamName: str, Records: Sequence[Entry]) -> Any:  # noqa: N803
        """See `Kinesis.put_records`."""
        self.markets.update(market_of(record["Data"]) for record in Records)
        return await self._behind.put_records(StreamName=StreamName, Records=Records)

    async def describe_stream_summary(self, *, StreamName: str) -> Any:  # noqa: N803
        """See `Kinesis.describe_stream_summary`."""
        return await self._behind.describe_stream_summary(StreamName=StreamName)


def strangers(writer: str, held: Collection[Market], put: Collection[Market]) -> Iterator[str]:
    """A line for each market that the writer put and that does not hold to it."""
    for market in sorted(set(put) - set(held)):
        yield f"{writer} put {named(market)}, which holds to another writer"
