"""Trades that come again: what detectors are shown has each trade once, and a landing compares those whose contents may differ."""

from collections.abc import Mapping, Sequence

import msgspec
import pyarrow as pa
import pyarrow.compute as pc
from pyspark.sql import DataFrame

from coattail_common.ids import Market, Ranges, merge, overlap
from coattail_decoder.look import MarketName
from coattail_decoder.rows import ROWS, values_of
from coattail_decoder.typed import Part, once, together
from coattail_detectors.kernel.observed import Wanted
from stream_detectors import parts
from stream_detectors.contents import Known
from stream_detectors.observation import Observation, observed
from stream_detectors.parts import RowsPart, TaskLook, Wishes
from stream_detectors.progress import Progress


class RepeatedTrades:
    """Knows repeats by the ids of `progress`, and plain ones by their contents. `ids` are those to be compared, since `clear`."""

    def __init__(self, progress: Progress, wanted: Wanted) -> None:
        self.ids: dict[Market, Ranges] = {}
        self._progress = progress
        self._wanted = wanted
        self._known = Known()

    def once(self, batch: DataFrame, observation: Observation) -> Observation:
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
        again = _looked_at_once(batch, self._progress.seen, self._wanted)
        if differing:
            return msgspec.structs.replace(observation, fills=again.fills, bars=again.bars)
        return msgspec.structs.replace(observation, bars=again.bars)

    def any_of(self, ids: Mapping[Market, Ranges]) -> bool:
        """Return whether any of these ids is to be compared."""
        return any(overlap(self.ids.get(market, ()), ranges) for market, ranges in ids.items())

    def clear(self) -> None:
        """Begin again with no ids: a landing has taken them."""
        self.ids = {}


def _looked_at_once(batch: DataFrame, seen: Mapping[Market, Ranges], wanted: Wanted) -> Observation:
    """The fills and bars of the trades that were not seen before, of each the first that arrived. Rows come to the driver for it."""
    rows = batch.where(f"{parts.KIND} = '{parts.ROWS}'").select(parts.PART).toArrow()[parts.PART]
    names, found = _in_order_of_arrival([parts.rows_of(one) for one in values_of(rows)])
    kept = once(names, found, seen)
    size = kept.num_rows
    # Where they arrived makes no difference to fills and bars.
    one_record = kept.set_column(
        kept.schema.get_field_index("record"), ROWS.field("record"), pa.array([0] * size, pa.int32())
    )
    look = parts.decoder_of(Wishes.of(wanted)).look_at(names, one_record, [""], [0])
    return observed([TaskLook(look)], wanted)


def _in_order_of_arrival(found: Sequence[RowsPart]) -> tuple[Sequence[MarketName], pa.Table]:
    """All rows in the order in which their lines arrived, which depends on the stream alone: not on batches, nor on which shard
    was read first.
    """
    records = sorted(
        (arrived_at, shard, int(number), part, place)
        for part, one in enumerate(found)
        for place, (arrived_at, shard, number) in enumerate(
            zip(one.records.arrived_at, one.records.shards, one.records.sequence_numbers, strict=True)
        )
    )
    ranks: list[list[int]] = [[0] * len(one.records.shards) for one in found]
    for rank, (_, _, _, part, place) in enumerate(records):
        ranks[part][place] = rank
    ranked = []
    for part, one in enumerate(found):
        ranked_records = pc.take(pa.array(ranks[part], pa.int32()), one.rows["record"])
        at = one.rows.schema.get_field_index("record")
        ranked.append(Part(one.markets, one.rows.set_column(at, ROWS.field("record"), ranked_records)))
    names, rows = together(ranked)
    return names, rows.take(pc.sort_indices(rows, [("record", "ascending"), ("line", "ascending")]))
