"""The gaps that were reported: `trades.gap_detected`, as EventBridge hands it on, from files of JSON lines or a log group."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from coattail_audit import spans
from coattail_audit.errors import AuditError, refusing
from coattail_audit.spans import Spans
from coattail_common.contracts import TradesGapDetected
from coattail_common.ids import Market


class _Envelope(msgspec.Struct, frozen=True, rename={"detail_type": "detail-type"}):
    """What EventBridge puts around an event."""

    detail_type: str
    detail: msgspec.Raw


def in_files(files: Sequence[Path]) -> Iterator[TradesGapDetected]:
    """The gaps in files of JSON lines. Other events among them are passed over; raises `AuditError` for a line that is none."""
    for path in files:
        try:
            with path.open("rb") as file:
                for number, line in enumerate(file, start=1):
                    if line.strip():
                        yield from _gap(line, f"{path}, line {number}")
        except OSError as error:
            raise AuditError(f"{path}: {error.strerror}") from error


def in_log_group(logs: Any, group: str) -> Iterator[TradesGapDetected]:
    """The gaps in a CloudWatch log group that a rule of the bus writes; `logs` is its client. Raises `AuditError`."""
    with refusing(f"log group {group}"):
        for page in logs.get_paginator("filter_log_events").paginate(logGroupName=group):
            for event in page["events"]:
                yield from _gap(event["message"].encode(), f"log group {group}, event {event.get('eventId', '')}")


def by_market(gaps: Iterable[TradesGapDetected]) -> dict[Market, Spans]:
    """The ids of each market that were reported as missing."""
    found: defaultdict[Market, list[tuple[int, int]]] = defaultdict(list)
    for gap in gaps:
        found[Market(gap.exchange, gap.symbol)].append((gap.first_trade_id, gap.last_trade_id))
    return {market: spans.merge([np.array(those, np.int64)]) for market, those in found.items()}


def _gap(line: bytes, where: str) -> Iterator[TradesGapDetected]:
    try:
        envelope = msgspec.json.decode(line, type=_Envelope)
        if envelope.detail_type == TradesGapDetected.detail_type:
            yield msgspec.json.decode(envelope.detail, type=TradesGapDetected)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise AuditError(f"{where} is no event of the bus ({error})") from error
