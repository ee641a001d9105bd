"""Trades that come again: what detectors are shown has each trade once, and a landing compares those whose contents may differ."""

from collections.abc import Mapping

import msgspec
from pyspark.sql import DataFrame
from pyspark.sql import functions as F  # noqa: N812

from coattail_common.ids import Market, Ranges, merge, overlap
from coattail_detectors.kernel.observed import Bar, Wanted
from stream_detectors import bars, records
from stream_detectors.contents import Known
from stream_detectors.deduplication import in_ranges, once
from stream_detectors.observation import Observation, observe
from stream_detectors.progress import Progress


class RepeatedTrades:
    """Knows repeats by the ids of `progress`, and plain ones by their contents. `ids` are those to be compared, since `clear`."""

    def __init__(self, progress: Progress, wanted: Wanted) -> None:
        self.ids: dict[Market, Ranges] = {}
        self._progress = progress
        self._wanted = wanted
        self._known = Known()

    def once(self, judged: DataFrame, observation: Observation) -> Observation:
        """Return the observation with each trade once: as it is, unless a trade in it is a repeat, which is rare.

        Notes the contents, and which ids are to be compared at the landing: those whose contents may be others than before.
        """
        if not self._progress.repeats(observation):
            self._known.note(observation.contents)
            return observation
        before, twice = self._progress.seen_before(observation), self._progress.twice(observation)
        doubtful = self._known.unlike(observation.contents, before)
        differing = observation.contents.differing(twice)
        for market, ids in differing.items():
            doubtful[market] = merge(doubtful.get(market, ()), ids)
        self._known.note(observation.contents.without(doubtful))
        for market, ids in doubtful.items():
            self.ids[market] = merge(self.ids.get(market, ()), ids)
        if differing:
            kept = once(judged.where(F.col(records.VERDICT).isNull()), self._progress.seen, 1, records.arrival_order())
            again = observe(kept.persist(), self._wanted)
            kept.unpersist()
            return msgspec.structs.replace(observation, fills=again.fills, bars=again.bars)
        return msgspec.structs.replace(observation, bars=self._bars_once(judged, before, bool(twice)))

    def any_of(self, ids: Mapping[Market, Ranges]) -> bool:
        """Return whether any of these ids is to be compared."""
        return any(overlap(self.ids.get(market, ()), ranges) for market, ranges in ids.items())

    def clear(self) -> None:
        """Begin again with no ids: a landing has taken them."""
        self.ids = {}

    def _bars_once(self, judged: DataFrame, before: Mapping[Market, Ranges], has_twins: bool) -> tuple[Bar, ...]:
        if not self._wanted.bar:
            return ()
        trades = records.valid(judged)
        if before:
            trades = in_ranges(trades, before, "is_old").where("NOT is_old")
        if has_twins:
            trades = bars.once(trades)
        return bars.of(bars.aggregated(trades, self._wanted.bar).collect())
