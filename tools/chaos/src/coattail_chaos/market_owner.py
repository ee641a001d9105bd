"""Which markets a writer puts on the stream: each holds to one writer (ADR 0018), and no other may put it."""

from collections.abc import Collection, Iterator, Sequence

from aiohttp import web

from coattail_chaos.kinesis import Asked, Kinesis, PutRequest, Result
from coattail_chaos.landing import market_of
from coattail_chaos.verdict import named
from coattail_common.ids import Market


class OwnedMarkets:
    """The Kinesis `behind` as one writer sees it, and the `markets` that this writer has put there."""

    def __init__(self, behind: Kinesis) -> None:
        self.markets: set[Market] = set()
        self._behind = behind

    async def put(self, asked: Asked, request: PutRequest) -> Sequence[Result]:
        """See `Kinesis.put`."""
        self.markets.update(market_of(entry.data) for entry in request.records)
        return await self._behind.put(asked, request)

    async def other(self, asked: Asked) -> web.Response:
        """See `Kinesis.other`."""
        return await self._behind.other(asked)


def strangers(writer: str, held: Collection[Market], put: Collection[Market]) -> Iterator[str]:
    """A line for each market that the writer put and that does not hold to it."""
    for market in sorted(set(put) - set(held)):
        yield f"{writer} put {named(market)}, which holds to another writer"
