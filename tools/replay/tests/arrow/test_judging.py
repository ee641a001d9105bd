"""The columns take what a row by itself is judged to be, and nothing else."""

from decimal import Decimal

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coattail_common.contracts import Trade
from coattail_common.ids import Market
from coattail_replay.arrow import exact, judging
from coattail_replay.arrow.cells import Cells
from coattail_replay.arrow.judging import Judge
from coattail_replay.arrow.trades import SIDES, Markets
from coattail_replay.columns import Columns, parse
from coattail_replay.naming import Naming

_FIELDS = ("exchange", "symbol", "timestamp", "received", "trade_id", "side", "price", "quantity")
_COLUMNS = Columns(**{field: field for field in _FIELDS})  # type: ignore[arg-type]
_DIGITS = st.text("0123456789", min_size=1, max_size=22)
_AMOUNT = st.one_of(
    st.decimals(0, 10**9, places=8).map(lambda amount: f"{amount:f}"),
    st.builds("{}.{}".format, _DIGITS, _DIGITS),
    _DIGITS,
    st.sampled_from(["", "0", "0.0", ".5", "5.", "1e3", "2E-8", "+7", "-1", "1.2.3", "NaN", "0x10", "0.1 ", "９"]),
)
_TIME = st.one_of(
    st.integers(1_767_225_600_000_000, 1_767_225_700_000_000).map(str),
    st.sampled_from(
        [
            *("1767225600", "1767225600016", "1767225600016000", "1767225600016000999", "9223372036854775808"),
            *("", "0000000000", "0x12345678", "-176722560", "1767225600.5", "2026-01-01T00:00:00.25+01:00", "soon"),
            *("4102444800", "1230940799999", "4102444799999999", "3000000000000000000"),
        ]
    ),
)
_ID = st.one_of(st.integers(0, 2**63 - 1).map(str), st.sampled_from(["", "-7", "+7", "007", "seven", "9" * 19, "1.0"]))
_ROW = st.fixed_dictionaries(
    {
        "exchange": st.sampled_from(["binance", "Kraken", "", "no exchange", "coinbase"]),
        "symbol": st.sampled_from(
            ["BTCUSDT", "BTC-USD", "XBT/USD", "btc_usdt", "AAPLx-USD", "NOTHING", "", "A-B-C", "币安人生-USDT"]
        ),
        "timestamp": _TIME,
        "received": _TIME,
        "trade_id": _ID,
        "side": st.sampled_from(["buy", "B", "SELL", "s", "", "none", "true", "0"]),
        "price": _AMOUNT,
        "quantity": _AMOUNT,
    }
)


def _judged(rows: list[dict[str, str]], *, dictionaries: bool) -> dict[int, object]:
    texts = {field: pa.array([row[field] for row in rows], pa.string()) for field in _FIELDS}
    if dictionaries:
        texts |= {field: texts[field].dictionary_encode() for field in ("exchange", "symbol", "side")}
    markets = Markets()
    cells = Cells(np.arange(len(rows)), texts, lambda at: str(at).encode())
    batch, refused = Judge(_COLUMNS, Naming(), {}, markets).judge(cells, 0)
    found: dict[int, object] = {one.row: (one.rule, one.line) for one in refused}
    for row in batch.to_pylist():
        found[row["row"]] = (
            markets[row["market"]],
            SIDES[row["side"]],
            *(row[name] for name in ("key", "timestamp", "ingestion_timestamp", "price", "quantity", "quote_volume")),
            f"{row['price']:.{row['price_scale']}f}",
            f"{row['quantity']:.{row['quantity_scale']}f}",
        )
    return found


def _exactly(row: dict[str, str], number: int) -> object:
    trade = exact.judge(row, _COLUMNS, Naming())
    if not isinstance(trade, Trade):
        return trade, str(number).encode()
    return (
        Market(trade.exchange, trade.symbol),
        trade.side,
        *(trade.trade_id, trade.timestamp, trade.ingestion_timestamp),
        *(Decimal(text) for text in (trade.price, trade.quantity, trade.quote_volume)),
        *(f"{Decimal(text):f}" for text in (trade.price, trade.quantity)),
    )


@given(rows=st.lists(_ROW, min_size=1, max_size=30), dictionaries=st.booleans())
def test_the_columns_take_what_a_row_by_itself_is(rows: list[dict[str, str]], dictionaries: bool) -> None:
    found = _judged(rows, dictionaries=dictionaries)

    assert found == {number: _exactly(row, number) for number, row in enumerate(rows)}


def test_plain_rows_are_not_judged_one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """What they cost would be ten times as much."""
    monkeypatch.setattr(judging.exact, "judge", None)
    row = dict(
        zip(_FIELDS, ("binance", "BTCUSDT", "1767225600016", "1767225600021", "7", "buy", "0.5", "2"), strict=True)
    )

    found = _judged([row, row | {"price": "61837.63000000", "trade_id": "8"}], dictionaries=False)

    assert len(found) == 2


@pytest.mark.parametrize(
    ("price", "quantity", "volume"),
    [
        ("99999999999999999999", "1", "99999999999999999999"),
        ("1", "99999999999999999999", "99999999999999999999"),
        ("0.000000001", "0.000000001", "0.000000000000000001"),
        ("0.500000000000000000", "0.5", "0.25"),
        ("12345678901234567.25", "4.000000000000000000", "49382715604938269"),
    ],
)
def test_the_largest_and_the_finest_product_are_exact(price: str, quantity: str, volume: str) -> None:
    row = dict(zip(_FIELDS, ("binance", "BTCUSDT", "1767225600016", "", "7", "buy", price, quantity), strict=True))

    (found,) = _judged([row], dictionaries=False).values()

    assert Decimal(str(found[7])) == Decimal(volume)  # type: ignore[index]


def test_a_file_of_which_no_column_says_the_side() -> None:
    columns = parse("timestamp=timestamp,price=price,quantity=quantity")
    texts = {"timestamp": ["1767225600016", "1767225600.5"], "price": ["1", "1"], "quantity": ["2", "3"]}
    cells = Cells(np.arange(2), {field: pa.array(text) for field, text in texts.items()}, lambda _: b"")
    markets = Markets()

    batch, refused = Judge(columns, Naming(), {"exchange": "kraken", "symbol": "BTC-USD"}, markets).judge(cells, 3)

    assert refused == []
    assert batch["side"].to_pylist() == [2, 2]
    assert batch["key"].to_pylist() == [1767225600016, 1767225600500]
    assert batch["source"].to_pylist() == [3, 3]
    assert [markets[number] for number in batch["market"].to_pylist()] == [Market("kraken", "BTC-USD")] * 2
