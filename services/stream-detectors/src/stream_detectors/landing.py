"""Landing: what several batches brought goes into the tables in one commit each, and is sealed.

Order matters. Refusals, module rows and alerts are appended first, `raw_trades` last, because its commit is the checkpoint. After a
crash in between, the side tables are ahead of the checkpoint; what they hold already is recognised and not appended again.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from functools import reduce
from typing import Final

import msgspec
from pyspark.sql import DataFrame
from pyspark.sql import functions as F  # noqa: N812

from coattail_common import lake
from coattail_common.contracts import CONFLICT, Trade
from coattail_common.ids import Market, Ranges, common
from coattail_detectors.kernel.finding import Finding
from coattail_detectors.kernel.watermark import State
from stream_detectors import conflicts, parts, records, trade_files, unpacked
from stream_detectors.checkpoint import POSITIONS, PROPERTY, TAG, Checkpoint, CheckpointStore, MarketIds
from stream_detectors.conflicts import Repeats
from stream_detectors.deduplication import once
from stream_detectors.lakehouse import ANOMALY_ALERTS, DQ_REJECTS, RAW_TRADES, Lakehouse, Table
from stream_detectors.recovery import ResumePoint
from stream_detectors.source.positions import Positions, latest
from stream_detectors.writing.target import Files

TRADES_A_TASK: Final = 150_000
"""A landing in normal use is one task, which leaves the other cores to detection."""
_MOST_TASKS: Final = parts.BUCKETS
_PLACE: Final = ("shard_id", "sequence_number", "line_number")


class ReadAgainDifferentlyError(RuntimeError):
    """The landing had other trades in hand than detection had seen."""

    def __init__(self, seen: int, in_hand: int) -> None:
        super().__init__(
            f"a batch was read again, and came to {in_hand} trades where it had {seen}: nothing was landed; "
            "a restart goes on from the checkpoint"
        )


class LandingBatch(msgspec.Struct, frozen=True, kw_only=True):
    """What waits to be landed: the batches' parts (persisted), what was counted and found in them, and the state after them.

    `repeated`: the ids whose lines are to be compared with earlier trades; `with_repeats`: those of the frames that have such lines.
    """

    frames: tuple[DataFrame, ...]
    trades: int
    refused: int
    findings: tuple[tuple[Table, tuple[Finding, ...]], ...]
    positions: Positions
    seen: dict[Market, Ranges]
    repeated: dict[Market, Ranges] = {}
    with_repeats: tuple[DataFrame, ...] = ()
    modules: dict[str, msgspec.Raw]
    watermarks: State
    unsent_since: int | None = None
    depends_on: dict[str, msgspec.Raw] = {}
    newest: dict[str, int] = {}


class Lander:
    """Lands batch after batch; one at a time."""

    def __init__(self, lakehouse: Lakehouse, store: CheckpointStore, resumed: ResumePoint) -> None:
        self._lakehouse = lakehouse
        self._store = store
        self._landed = {one.market: one.ids for one in resumed.checkpoint.landed}
        self._positions = resumed.checkpoint.positions
        self._refused_until = resumed.refused_until
        self._known_ids = resumed.known_ids

    def land(self, landing_batch: LandingBatch, now: int) -> Repeats:
        """Append the batch to its tables and checkpoint it; return what its repeats came to. `now` is UTC, µs.

        Whatever fails, the application may start over from the checkpoint.
        """
        positions = latest(self._positions, landing_batch.positions)
        compared = self._compared(landing_batch)
        repeats = Repeats({}, {}) if compared is None else conflicts.counted(compared)
        if landing_batch.refused or repeats.conflicting:
            self._land_refusals(
                unpacked.lines(_union(landing_batch.frames)), compared if repeats.conflicting else None, positions, now
            )
        if compared is not None:
            compared.unpersist()
        self._positions = positions
        for table, findings in landing_batch.findings:
            self._land_findings(table, findings)
        if landing_batch.seen != self._landed:
            self._land_trades(landing_batch, bool(repeats.conflicting), now)
        return repeats

    def _compared(self, landing_batch: LandingBatch) -> DataFrame | None:
        """The repeats that are not plain, persisted. None where nothing is to be compared."""
        if not landing_batch.with_repeats:
            return None
        landed = {
            market: ids
            for market, repeated in landing_batch.repeated.items()
            if (ids := common(repeated, self._landed.get(market, ())))
        }
        found = conflicts.suspects(unpacked.lines(_union(landing_batch.with_repeats)), landing_batch.repeated, landed)
        stretches = conflicts.stretches(found, landed) if landed else []
        in_table = conflicts.stored(self._lakehouse.table(RAW_TRADES), stretches, landed) if stretches else None
        return conflicts.compared(found, in_table).persist()

    def _not_refused(self, conflicting: DataFrame) -> DataFrame:
        """The conflicts that `dq_rejects` does not hold: it has those of a landing that died after its first commit.

        Their positions alone do not say it. A trade and its conflict in two shards may have been read in another order then.
        """
        if not _is_beyond(self._refused_until, self._positions):
            return conflicting
        known = self._lakehouse.table(DQ_REJECTS).where(F.col("reason") == CONFLICT).select(*_PLACE)
        return conflicting.join(known, list(_PLACE), "left_anti")

    def _land_refusals(self, judged: DataFrame, compared: DataFrame | None, positions: Positions, now: int) -> None:
        refused = _beyond(records.refused(judged), self._refused_until).withColumnRenamed(
            records.VERDICT, conflicts.RULE
        )
        if compared is not None:
            conflicting = self._not_refused(compared.where(F.col(conflicts.RULE).isNotNull()))
            refused = refused.unionByName(conflicting.select(*refused.columns))
        rows = refused.select(
            F.expr(f"timestamp_micros({now})").alias("rejected_at"),
            F.substring_index(conflicts.RULE, ".", 1).alias("reason"),
            conflicts.RULE,
            "line",
            *_PLACE,
            "arrived_at",
        )
        self._refused_until = latest(self._refused_until, positions)
        self._lakehouse.append(DQ_REJECTS, rows.repartition(1), {POSITIONS: json.dumps(self._refused_until)})

    def _land_findings(self, table: Table, findings: Sequence[Finding]) -> None:
        alerts = self._unknown(ANOMALY_ALERTS, [finding.alert for finding in findings if finding.alert])
        rows = self._unknown(table, [finding.row for finding in findings if finding.row])
        if rows:
            self._lakehouse.append_rows(table, rows)
        if alerts:
            self._lakehouse.append_rows(ANOMALY_ALERTS, alerts)

    def _unknown[R: msgspec.Struct](self, table: Table, rows: Sequence[R]) -> list[R]:
        known = self._known_ids.get(table.name, frozenset())
        by_id: dict[str, R] = {getattr(row, table.key): row for row in rows}
        return [row for row_id, row in by_id.items() if row_id not in known]

    def _land_trades(self, landing_batch: LandingBatch, has_conflicts: bool, now: int) -> None:
        name = self._store.put(
            Checkpoint(
                sealed_at=now,
                positions=self._positions,
                landed=tuple(MarketIds(market, ids) for market, ids in sorted(landing_batch.seen.items())),
                modules=landing_batch.modules,
                watermarks=landing_batch.watermarks,
                unsent_since=landing_batch.unsent_since,
                depends_on=landing_batch.depends_on,
                newest=landing_batch.newest,
            )
        )
        batches = _union(landing_batch.frames)
        if has_conflicts:
            trades = once(
                records.arrived(unpacked.lines(batches)),
                self._landed,
                1 + landing_batch.trades // TRADES_A_TASK,
                records.arrival_order(),
            )
            self._lakehouse.append(RAW_TRADES, trades.selectExpr(*_lake_columns()), {PROPERTY: name})
        else:
            self._write_trades(batches, landing_batch.trades, name)
        self._landed = landing_batch.seen
        self._lakehouse.tag(RAW_TRADES, TAG, PROPERTY, name)
        self._store.prune(name)

    def _write_trades(self, batches: DataFrame, trades: int, name: str) -> None:
        table = self._lakehouse.open(RAW_TRADES)
        target = self._lakehouse.target(table)
        tasks = min(_MOST_TASKS, 1 + trades // TRADES_A_TASK)
        written = trade_files.write(batches, self._landed, target, f"landing-{name.removesuffix('.json')}", tasks)
        if written.trades != trades:
            raise ReadAgainDifferentlyError(trades, written.trades)
        self._lakehouse.append_files(RAW_TRADES, table, Files(written.files, target.spec_id), {PROPERTY: name})


def _union(frames: Iterable[DataFrame]) -> DataFrame:
    return reduce(DataFrame.unionAll, frames)


def _is_beyond(one: Positions, other: Positions) -> bool:
    """Whether `one` is further than `other` in any shard."""
    return any(int(number) > int(other.get(shard, "-1")) for shard, number in one.items())


def _beyond(refused: DataFrame, landed: Mapping[str, str]) -> DataFrame:
    """The refused lines that stand after the positions."""
    for shard, sequence_number in landed.items():
        is_landed = (F.col("shard_id") == shard) & (
            records.sequence() <= sequence_number.zfill(records.SEQUENCE_DIGITS)
        )
        refused = refused.where(~is_landed)
    return refused


def _lake_columns() -> list[str]:
    """Each field of the trade, from its type on the wire to its type in the table."""
    casts = {"timestamptz": "timestamp_micros({0}) AS {0}", "decimal(38,18)": "CAST({0} AS decimal(38,18)) AS {0}"}
    return [casts.get(column.type, "{0}").format(column.name) for column in lake.columns(Trade)]
