"""Made-up trade files for the replay benchmark: Tardis-like CSV, a file an exchange, the same from the same seed."""

from pathlib import Path
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.csv

from benchmarks.trades import BASES

VENUES: Final = {"binance": "{}USDT", "coinbase": "{}-USD"}
_MOMENT: Final = 1_767_225_600_000_000
"""2026-01-01, UTC, µs."""
_SPAN: Final = 6 * 3_600_000_000
"""Six hours, µs: what so many trades of so many markets take on the real exchanges."""


def write(folder: Path, trades: int, seed: int = 1) -> list[Path]:
    """Write `trades` trades of ten markets on each of two exchanges; the files are in the order of their times.

    Prices walk at random, one trade in three is a further fill of the order before it (same millisecond and side), and about one
    in five thousand is large.
    """
    folder.mkdir(parents=True, exist_ok=True)
    draw = np.random.default_rng(seed)
    paths = []
    for exchange, name in VENUES.items():
        path = folder / f"{exchange}_trades.csv"
        part = path.with_name(f"{path.name}.part")
        table = _table(exchange, name, trades // len(VENUES), draw)
        with part.open("wb") as file:
            file.write(",".join(table.column_names).encode() + b"\n")
            pa.csv.write_csv(table, file, pa.csv.WriteOptions(include_header=False, quoting_style="none"))
        part.replace(path)
        paths.append(path)
    return paths


def _table(exchange: str, name: str, trades: int, draw: np.random.Generator) -> pa.Table:
    goes_on = draw.random(trades) < 1 / 3
    goes_on[0] = False
    order = np.cumsum(~goes_on) - 1
    orders = int(order[-1]) + 1
    market = draw.integers(len(BASES), size=orders)[order]
    side = np.array(["buy", "sell"])[draw.integers(2, size=orders)][order]
    moment = _MOMENT + np.sort(draw.integers(_SPAN // 1000, size=orders))[order] * 1000
    trade_id, price = np.empty(trades, np.int64), np.empty(trades)
    for number in range(len(BASES)):
        rows = np.flatnonzero(market == number)
        trade_id[rows] = 1_000_000 + np.arange(rows.size)
        steps = np.where(goes_on[rows], 0.0, draw.normal(0, 2e-5, rows.size))
        price[rows] = 60_000 / (number + 1) ** 2 * np.exp(np.cumsum(steps))
    quantity = draw.lognormal(5.5, 1.8, trades) / price * np.where(draw.random(trades) < 1 / 5_000, 400, 1)
    symbols = np.array([name.format(base) for base in BASES])
    return pa.table(
        {
            "exchange": pa.array(np.full(trades, exchange)),
            "symbol": pa.array(symbols[market]),
            "timestamp": moment,
            "local_timestamp": moment + 5_000,
            "id": trade_id,
            "side": pa.array(side),
            "price": _decimals(price, 2),
            "amount": _decimals(np.maximum(quantity, 1e-8), 8),
        }
    )


def _decimals(values: "np.ndarray[tuple[int], np.dtype[np.float64]]", digits: int) -> "pa.Array[pa.Decimal128Scalar]":
    return pa.array(values).cast(pa.decimal128(24, digits), safe=False)
