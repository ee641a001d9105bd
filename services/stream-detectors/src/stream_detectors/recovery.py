"""Recovery: where the tables stand at a start. The application goes on from there, whichever commit the last one died after."""

import json
from collections.abc import Iterable, Sequence
from typing import Final

import msgspec

from coattail_common.ids import Market, Ranges, includes
from stream_detectors.checkpoint import POSITIONS, PROPERTY, TAG, Checkpoint, CheckpointStore, MarketIds
from stream_detectors.lakehouse import ANOMALY_ALERTS, DQ_REJECTS, RAW_TRADES, Lakehouse, Table
from stream_detectors.source.positions import Positions

_CLOCK_STEPS_BACK: Final = 3_600_000_000
"""Alerts are looked for from so long before the checkpoint (µs): after it the machine's clock may have stepped back."""


class CheckpointMissingError(RuntimeError):
    """`raw_trades` has rows, and no checkpoint fits them: what of the stream it holds is not known, and nothing may be landed twice."""

    def __init__(self) -> None:
        super().__init__(
            f"raw_trades has rows but no snapshot with the property {PROPERTY} and no kept checkpoint fits them: roll the table back "
            "to one that has, or see docs/runbooks/restart-and-recovery.md"
        )


class ResumePoint(msgspec.Struct, frozen=True):
    """Where the tables stand: the newest checkpoint, and what the side tables hold beyond it."""

    checkpoint: Checkpoint
    refused_until: Positions
    known_ids: dict[str, frozenset[str]]


def resume(lakehouse: Lakehouse, store: CheckpointStore, tables: Sequence[Table]) -> ResumePoint:
    """Find out where the tables stand. `tables` are those of the modules.

    Raises `CheckpointMissingError` when `raw_trades` has rows that no checkpoint accounts for.
    """
    checkpoint = _newest_checkpoint(lakehouse, store)
    refused = lakehouse.newest_property(DQ_REJECTS, POSITIONS, TAG)
    # All refusals up to a position land in one commit: where expiry took the property, the rows say it.
    refused_until = lakehouse.refused_until() if refused.is_cut else json.loads(refused.value or "{}")
    known = {
        table.name: lakehouse.ids_since(table, table.key, "detected_at", checkpoint.sealed_at - _CLOCK_STEPS_BACK)
        for table in (ANOMALY_ALERTS, *tables)
    }
    return ResumePoint(checkpoint, refused_until, known)


def _newest_checkpoint(lakehouse: Lakehouse, store: CheckpointStore) -> Checkpoint:
    found = lakehouse.newest_property(RAW_TRADES, PROPERTY, TAG)
    if found.value is not None:
        return store.get(found.value)
    if lakehouse.is_empty(RAW_TRADES):
        return Checkpoint(sealed_at=0)
    if not found.is_cut:
        raise CheckpointMissingError
    # Compaction and expiry left no ancestor with a checkpoint. The tag names one; but a landing that died before it moved the tag may be in
    # the table too, or a rollback may have taken what the tag names out of it. The rows decide.
    tagged = None if found.tagged is None else store.find(found.tagged)
    if tagged is not None and tagged.rows == lakehouse.rows(RAW_TRADES):
        return tagged
    return _fitting(lakehouse.landed_ids(), store.all())


def _fitting(landed: dict[Market, Ranges], seals: Iterable[Checkpoint]) -> Checkpoint:
    """The newest checkpoint all of whose trades are in the table, with the ids that are there.

    An older checkpoint than the true one is safe: what is read again after its positions is known by the ids.
    """
    fitting = [
        checkpoint
        for checkpoint in seals
        if all(includes(landed.get(one.market, ()), one.ids) for one in checkpoint.landed)
    ]
    if not fitting:
        raise CheckpointMissingError
    newest = max(fitting, key=lambda checkpoint: checkpoint.rows)
    ids = tuple(MarketIds(market, ranges) for market, ranges in sorted(landed.items()))
    return msgspec.structs.replace(newest, landed=ids)
