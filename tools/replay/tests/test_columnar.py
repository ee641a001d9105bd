"""Parquet, as other programs write it, becomes the texts that a CSV would have."""

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tools.replay.tests.engines import Engine

from coattail_connector import plain
from coattail_replay.columnar import as_text
from coattail_replay.columns import parse
from coattail_replay.errors import InputError
from coattail_replay.naming import Naming
from coattail_replay.sources import Choices, look

_CHOICES = Choices(
    columns=parse("timestamp=t,price=p,quantity=q,buyer_maker=m,trade_id=i"),
    exchange="binance",
    naming=Naming(("BTC-USDT",)),
)
_MICROS = 1_767_225_600_250_000


@pytest.mark.parametrize(
    ("column", "texts"),
    [
        (pa.array([" x ", "", None]), ["x", None, None]),
        (pa.array(["buy", "buy", None]).dictionary_encode(), ["buy", "buy", None]),
        (pa.array([b"buy"]), ["buy"]),
        (pa.array([True, False, None]), ["true", "false", None]),
        (pa.array([7, None], pa.uint64()), ["7", None]),
        # Ids and times that pandas made floating, because one was missing.
        (pa.array([float(_MICROS), 7.0, float("nan")]), [str(_MICROS), "7", None]),
        (pa.array([1767225600.25]), ["1767225600.25"]),
        (pa.array([0.1, 16777216.0], pa.float32()), ["0.1", "16777216"]),
        (
            pa.array([Decimal("1.50"), Decimal(2), Decimal("0.00000001")], pa.decimal128(38, 18)),
            ["1.5", "2", "1.0000000000E-8"],
        ),
        (pa.array([100], pa.decimal256(50, 0)), ["100"]),
        # Finer than a microsecond: cut.
        (pa.array([_MICROS * 1000 + 999], pa.timestamp("ns")), [str(_MICROS)]),
        (pa.array([_MICROS // 1000], pa.timestamp("ms", "UTC")), [str(_MICROS)]),
        (pa.array([datetime(2026, 1, 1, tzinfo=UTC)], pa.timestamp("s", "Europe/Berlin")), ["1767225600000000"]),
        (pa.nulls(2), [None, None]),
    ],
)
def test_a_column_becomes_text(column: pa.Array, texts: list[str | None]) -> None:
    assert as_text(column).to_pylist() == texts


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False)))
def test_a_floating_number_is_the_decimal_that_python_prints(numbers: list[float]) -> None:
    texts = as_text(pa.array(numbers, pa.float64())).to_pylist()

    assert [Decimal(text) for text in texts] == [Decimal(repr(number)) for number in numbers]


def _written(path: Path, compression: str = "brotli", flags: list[object] | None = None, **columns: object) -> Path:
    table = {
        "t": pa.array([_MICROS * 1000 + 999] * 4, pa.timestamp("ns")),
        "p": pa.array([61837.63, 1e-8, 2**-44, 0.1]),
        "q": pa.array([1e-8, 1.0, 1.0, 0.2]),
        "m": pa.array(flags or ["True", "FALSE", "t", "0"]),
        "i": pa.array([1.0, 2.0, 3.0, 4.0]),
    }
    pq.write_table(pa.table(table | columns), path, compression=compression)
    return path


@pytest.mark.parametrize("compression", ["brotli", "lz4", "zstd", "none"])
def test_what_pyarrow_reads_is_replayed_exactly(compression: str, engine: Engine, tmp_path: Path) -> None:
    """Spark reads neither Brotli nor ns. What needs more than 18 digits behind the point is refused, and was rounded."""
    path = _written(tmp_path / "x.parquet", compression)

    rows = {row["row"]: row for row in engine.read(look([path], _CHOICES), _CHOICES.naming)}

    assert [rows[row]["verdict"] for row in (1, 2, 3, 4)] == [None, None, "invalid.price", None]
    assert [(rows[row]["price"], rows[row]["quantity"], rows[row]["side"]) for row in (1, 2, 4)] == [
        ("61837.63", "0.00000001", "sell"),
        ("0.00000001", "1", "buy"),
        ("0.1", "0.2", "buy"),
    ]
    assert {rows[row]["timestamp"] for row in (1, 2, 4)} == {_MICROS}
    assert [rows[row]["trade_id"] for row in (1, 2, 4)] == [1, 2, 4]
    assert '"p":"5.684341886080802e-14"' in rows[3]["line"]
    assert plain("5.684341886080802e-14") == "5.684341886080802e-14"


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (
            lambda path: _written(path, p=pa.array([[1.5]] * 4)),
            r"column 'p' holds list<.*>, which is no text, number or time",
        ),
        (lambda path: path.write_bytes(_written(path).read_bytes()[:-100]), "is no whole Parquet file"),
        (lambda path: path.write_bytes(_holed(_written(path).read_bytes())), "is damaged|is no whole Parquet file"),
    ],
)
def test_what_pyarrow_cannot_read_is_refused(
    change: Callable[[Path], object], says: str, reads: Callable[..., object], tmp_path: Path
) -> None:
    change(tmp_path / "x.parquet")

    with pytest.raises(InputError, match=says):
        reads(look([tmp_path / "x.parquet"], _CHOICES), _CHOICES.naming)


def _holed(content: bytes) -> bytes:
    return content[:60] + bytes(60) + content[120:]
