"""Trades come back in order, in memory and from disk, however they were cut into pieces."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from coattail_replay.arrow import spill
from coattail_replay.arrow.spill import Spill, by_market, sort

_SCHEMA = pa.schema([("market", pa.int32()), ("key", pa.int64()), ("row", pa.int64())])
_MARKETS = 3


def _batches(keys: list[list[int]]) -> list[pa.RecordBatch]:
    rows = iter(range(10**9))
    made = []
    for batch in keys:
        columns = [[key % _MARKETS for key in batch], batch, [next(rows) for _ in batch]]
        arrays = [pa.array(column, field.type) for column, field in zip(columns, _SCHEMA, strict=True)]
        made.append(pa.RecordBatch.from_arrays(arrays, schema=_SCHEMA))
    return made


def _spilled(path: Path, batches: list[pa.RecordBatch], kept: int) -> Spill:
    with Spill(path, _SCHEMA, "key", kept) as found:
        for batch in batches:
            found.write(by_market(batch))
    return found


@given(
    keys=st.lists(st.lists(st.integers(0, 40), max_size=30), max_size=8),
    kept=st.sampled_from([0, 300, 1 << 30]),
    rows=st.sampled_from([1, 4, 1 << 20]),
)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_markets_rows_come_back_by_key(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, keys: list[list[int]], kept: int, rows: int
) -> None:
    monkeypatch.setattr(spill, "_SAMPLED", 1)
    path = tmp_path / "rows.arrow"
    path.unlink(missing_ok=True)

    found = _spilled(path, _batches(keys), kept)

    written = [(key % _MARKETS, key, row) for row, key in enumerate(key for batch in keys for key in batch)]
    assert set(found.pieces) == {market for market, _, _ in written}
    for market in found.pieces:
        stretches = [sort(one, "key", "row") for one in found.stretches(market, rows)]
        read = [(row["key"], row["row"]) for one in stretches for row in one.to_pylist()]
        assert read == sorted((key, row) for where, key, row in written if where == market)
        # All rows of a key are in one stretch.
        told = [set(one["key"].to_pylist()) for one in stretches]
        assert sum(map(len, told)) == len(set().union(*told))
        if rows == 1:
            assert len([one for one in stretches if len(one)]) == len({key for key, _ in read})
    if kept == 0 and written:
        assert path.exists()


def test_the_next_key_is_found_in_any_piece(tmp_path: Path) -> None:
    found = _spilled(tmp_path / "x", _batches([[0, 9, 30], [3, 12], [6]]), 0)

    assert [found.first_from(0, key, 100) for key in (0, 1, 4, 10, 13, 31)] == [0, 3, 6, 12, 30, None]
    assert found.first_from(0, 13, 30) is None
    assert found.first_from(1, 0, 100) is None


def test_windows_are_cut_at_multiples(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spill, "_SAMPLED", 1)
    found = _spilled(tmp_path / "x", _batches([list(range(0, 3000, 3))]), 0)

    bounds = found.bounds(found.pieces[0], 50, 60)

    assert all(bound % 60 == 0 for bound in bounds)
    assert bounds[0] == 0
    assert bounds[-1] == 3000
    assert len(bounds) > 10


def test_more_markets_than_16_bits_hold_are_sorted_too() -> None:
    markets = np.array([70_000, 1, 70_000, 1], np.int32)
    batch = pa.RecordBatch.from_arrays(
        [pa.array(markets), pa.array([2, 4, 1, 3]), pa.array([0, 1, 2, 3])], schema=_SCHEMA
    )

    assert by_market(batch)["row"].to_pylist() == [3, 1, 2, 0]
