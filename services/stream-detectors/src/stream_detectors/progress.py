"""How far the application has come: which ids it has seen. Everything admitted here is landed by the next landing or seen again."""

from collections.abc import Mapping

import msgspec

from coattail_common.ids import Market, Ranges, common, contains, merge, overlap, size
from coattail_detectors.kernel.observed import MarketFills
from stream_detectors.observation import Observation


class Progress:
    """The ids seen of each market, grown batch by batch."""

    def __init__(self, seen: Mapping[Market, Ranges]) -> None:
        self._seen = dict(seen)

    @property
    def seen(self) -> dict[Market, Ranges]:
        """Market → its seen ids."""
        return dict(self._seen)

    def repeats(self, observation: Observation) -> bool:
        """Whether any trade of the batch came twice, in it or before."""
        return any(
            observation.lines[market] != size(ids) or overlap(self._seen.get(market, ()), ids)
            for market, ids in observation.ids.items()
        )

    def twice(self, observation: Observation) -> frozenset[Market]:
        """Return the markets of which an id came twice in the batch."""
        return frozenset(market for market, ids in observation.ids.items() if observation.lines[market] != size(ids))

    def seen_before(self, observation: Observation) -> dict[Market, Ranges]:
        """Return the ids of the batch that came before it."""
        both = {market: common(self._seen.get(market, ()), ids) for market, ids in observation.ids.items()}
        return {market: ids for market, ids in both.items() if ids}

    def admit(self, observation: Observation) -> tuple[MarketFills, ...]:
        """Note the ids of a batch; returns its fills without those seen before."""
        fresh = tuple(
            msgspec.structs.replace(one, fills=new)
            for one in observation.fills
            if (new := tuple(fill for fill in one.fills if not contains(self._seen.get(one.market, ()), fill.trade_id)))
        )
        for market, ids in observation.ids.items():
            self._seen[market] = merge(self._seen.get(market, ()), ids)
        return fresh
