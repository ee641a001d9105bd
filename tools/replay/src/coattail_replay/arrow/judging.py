"""Cells of text → typed trades, column by column.

Only what is surely valid is taken here: plain digits, a known word, a time within its limits. Every other row is judged by itself
(`exact`), which decides whether it is valid, and by which rule it is not.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, Final, cast

import numpy as np
import pyarrow as pa

from coattail_common.contracts import Trade, is_symbol
from coattail_common.ids import Market
from coattail_common.quality import AHEAD_MICROS, EARLIEST_MICROS, LATEST_MICROS, is_exchange
from coattail_replay.arrow import exact
from coattail_replay.arrow.cells import Cells, Refused, Text
from coattail_replay.arrow.compute import arrow
from coattail_replay.arrow.compute import compute as pc
from coattail_replay.arrow.trades import (
    AMOUNT,
    MICROS_A_MILLISECOND,
    NO_SIDE,
    SCHEMA,
    SIDES,
    Column,
    Markets,
    column,
    keep,
    pick,
    scale_of,
)
from coattail_replay.columns import Columns
from coattail_replay.naming import Naming

_PLAIN: Final = r"^[0-9]{1,20}(\.[0-9]{1,18})?$"
_DIGITS_OF_A_LONG: Final = 18
_WHOLE_DIGITS: Final = 20
_SCALE: Final = 18
_SHIFTS: Final = {10: 1_000_000, 13: 1_000, 16: 1}
"""Digits of a time → what makes it µs; those of ns are divided."""
_NANOS_DIGITS: Final = 19
_IS_DIGIT_OR_POINT: Final = np.isin(np.arange(256), np.frombuffer(b"0123456789.", np.uint8))
_WIDE: Final = pa.decimal256(38, 18)
_REMEMBERED: Final = 100_000

type Amounts = Any
"""An array of decimals."""


class Judge:
    """Judges the rows of one file or another of the same columns. `told` are an exchange and a symbol that hold for all its rows."""

    def __init__(self, columns: Columns, naming: Naming, told: Mapping[str, str], markets: Markets) -> None:
        self._columns = columns
        self._naming = naming
        self._told = told
        self._markets = markets
        self._numbers: dict[tuple[str, str], int] = {}
        self._words = {word: SIDES.index(side) for word, side in exact.WORDS[columns.side_meaning].items()}

    def judge(self, cells: Cells, source: int) -> tuple[pa.RecordBatch, list[Refused]]:
        """Return the valid rows as `trades.SCHEMA` has them, in their order, and the others with the rules that refuse them."""
        is_valid = np.ones(cells.count, bool)
        market = self._number_markets(cells, is_valid)
        timestamp = _read_times(cells.texts["timestamp"], is_valid)
        received = self._receipts(cells, timestamp, is_valid)
        is_valid &= (
            (timestamp >= EARLIEST_MICROS) & (timestamp < LATEST_MICROS) & (timestamp <= received + AHEAD_MICROS)
        )
        is_valid &= (received >= EARLIEST_MICROS) & (received <= LATEST_MICROS)
        side = self._sides(cells, is_valid)
        ids = cells.texts.get("trade_id")
        key = timestamp // MICROS_A_MILLISECOND if ids is None else _read_integers(ids, is_valid)
        price, price_scale = _read_amounts(cells.texts["price"], is_valid)
        quantity, quantity_scale = _read_amounts(cells.texts["quantity"], is_valid)
        volume = _multiply(price, quantity, is_valid)
        found = pa.RecordBatch.from_arrays(
            [
                pa.array(market, pa.int32()),
                pa.array(key),
                pa.array(timestamp),
                pa.array(received),
                _as_amounts(price),
                _as_amounts(quantity),
                volume,
                pa.array(side, pa.int8()),
                pa.array(price_scale, pa.int8()),
                pa.array(quantity_scale, pa.int8()),
                pa.array(np.full(cells.count, source, np.int32)),
                pa.array(cells.rows),
            ],
            schema=SCHEMA,
        )
        if is_valid.all():
            return found, []
        trades, refused = self._judge_exactly(cells, np.flatnonzero(~is_valid))
        exactly = self._as_batch(trades, source)
        both = arrow.concat_batches([keep(found, is_valid), exactly])
        return pick(both, np.argsort(column(both, "row"), kind="stable")), refused

    def _judge_exactly(self, cells: Cells, places: Column) -> tuple[list[tuple[int, Trade]], list[Refused]]:
        trades, refused = [], []
        odd = {field: text.take(pa.array(places)).to_pylist() for field, text in cells.texts.items()}
        for number, place in enumerate(places.tolist()):
            texts = {field: text[number] for field, text in odd.items()} | dict(self._told)
            row = int(cells.rows[place])
            found = exact.judge(texts, self._columns, self._naming)
            if isinstance(found, str):
                refused.append(Refused(row, found, cells.line(place)))
            else:
                trades.append((row, found))
        return trades, refused

    def _as_batch(self, trades: Sequence[tuple[int, Trade]], source: int) -> pa.RecordBatch:
        has_id, has_side = self._columns.trade_id is not None, self._columns.side is not None
        return as_batch(trades, source, self._markets, has_id=has_id, has_side=has_side)

    def _number_markets(self, cells: Cells, is_valid: Column) -> Column:
        """The numbers of the rows' markets; each pair of names is looked up once."""
        columns: list[tuple[Column, list[str | None]]] = []
        for field in ("exchange", "symbol"):
            told = self._told.get(field)
            if told is not None:
                columns.append((np.zeros(cells.count, np.int64), [told]))
            else:
                columns.append(_words(cells.texts[field]))
        (exchanges, exchange_words), (symbols, symbol_words) = columns
        pairs = exchanges * len(symbol_words) + symbols
        table = np.full(len(exchange_words) * len(symbol_words), -1, np.int32)
        used = np.zeros(len(table), bool)
        used[pairs] = True
        for pair in np.flatnonzero(used).tolist():
            exchange, symbol = divmod(pair, len(symbol_words))
            table[pair] = self._number(exchange_words[exchange], symbol_words[symbol])
        market = table[pairs]
        is_valid &= market >= 0
        return cast("Column", market)

    def _number(self, exchange: str | None, name: str | None) -> int:
        """The number of a market that the rules find no fault with, or -1."""
        if not exchange or not name:
            return -1
        number = self._numbers.get((exchange, name))
        if number is None:
            exchange_name = exchange.lower()
            symbol = self._naming.symbol(exchange_name, name)
            is_market = is_exchange(exchange_name) and symbol is not None and _is_pair(symbol)
            number = self._markets.number(Market(exchange_name, symbol or "")) if is_market else -1
            if len(self._numbers) < _REMEMBERED:
                self._numbers[exchange, name] = number
        return number

    def _receipts(self, cells: Cells, timestamp: Column, is_valid: Column) -> Column:
        """The receive times, the trade's own where there is none."""
        text = cells.texts.get("received")
        if text is None:
            return timestamp
        is_told = np.asarray(pc.fill_null(pc.greater(pc.binary_length(text), 0), pa.scalar(False)).to_numpy(False))
        if is_told.all():
            return _read_times(text, is_valid)
        is_read = np.ones(cells.count, bool)
        received = np.where(is_told, _read_times(text, is_read), timestamp)
        is_valid &= is_read | ~is_told
        return received

    def _sides(self, cells: Cells, is_valid: Column) -> Column:
        if self._columns.side is None:
            return np.full(cells.count, NO_SIDE, np.int8)
        codes, words = _words(cells.texts["side"])
        table = np.array([-1 if word is None else self._words.get(word.lower(), -1) for word in words], np.int8)
        side = table[codes]
        is_valid &= side >= 0
        return cast("Column", side)


def as_batch(
    trades: Sequence[tuple[int, Trade]], source: int, markets: Markets, *, has_id: bool, has_side: bool
) -> pa.RecordBatch:
    """Return trades that were judged one by one, with their rows, as `trades.SCHEMA` has them."""
    told = [trade for _, trade in trades]
    return pa.RecordBatch.from_arrays(
        [
            pa.array([markets.number(Market(one.exchange, one.symbol)) for one in told], pa.int32()),
            pa.array([one.trade_id if has_id else one.timestamp // MICROS_A_MILLISECOND for one in told], pa.int64()),
            pa.array([one.timestamp for one in told], pa.int64()),
            pa.array([one.ingestion_timestamp for one in told], pa.int64()),
            pa.array([Decimal(one.price) for one in told], AMOUNT),
            pa.array([Decimal(one.quantity) for one in told], AMOUNT),
            pa.array([Decimal(one.quote_volume) for one in told], AMOUNT),
            pa.array([SIDES.index(one.side) if has_side else NO_SIDE for one in told], pa.int8()),
            pa.array([scale_of(one.price) for one in told], pa.int8()),
            pa.array([scale_of(one.quantity) for one in told], pa.int8()),
            pa.array([source] * len(told), pa.int32()),
            pa.array([row for row, _ in trades], pa.int64()),
        ],
        schema=SCHEMA,
    )


def _is_pair(symbol: str) -> bool:
    base, _, rest = symbol.partition("-")
    return is_symbol(symbol) and bool(base) and "-" not in rest


def _words(text: Text) -> tuple[Column, list[str | None]]:
    """The words of a column and, for each row, which one it has."""
    coded = text if pa.types.is_dictionary(text.type) else text.dictionary_encode()
    words: list[str | None] = [*coded.dictionary.to_pylist(), None]
    if not coded.null_count:
        return np.asarray(coded.indices.to_numpy(zero_copy_only=False)).astype(np.int64), words
    return np.asarray(pc.fill_null(coded.indices, len(words) - 1).to_numpy(False)).astype(np.int64), words


def _read_integers(text: Text, is_valid: Column) -> Column:
    """Whole numbers without a sign; where there is none, `is_valid` becomes false."""
    digits = pc.ascii_is_decimal(text)
    is_number = pc.and_(digits, pc.less_equal(pc.binary_length(text), _DIGITS_OF_A_LONG))
    return _as_integers(text, is_number, is_valid)


def _as_integers(text: Text, is_number: Any, is_valid: Column) -> Column:
    mask = pc.fill_null(is_number, pa.scalar(False))
    if not pc.all(mask, min_count=0).as_py():
        is_valid &= np.asarray(mask.to_numpy(zero_copy_only=False))
        text = pc.if_else(mask, text, pa.scalar("0"))
    return np.asarray(pc.cast(text, pa.int64()).to_numpy())


def _read_times(text: Text, is_valid: Column) -> Column:
    """Times in µs, of s, ms, µs or ns, told by their digits."""
    sizes = pc.binary_length(text)
    digits = pc.ascii_is_decimal(text)
    least, most = pc.min_max(sizes).as_py().values()
    if least == most and least in _SHIFTS and not text.null_count:
        return _as_integers(text, digits, is_valid) * _SHIFTS[least]
    # A time in ns begins with 1 or 2 until the year 2065, and fits a long; others are judged by themselves.
    is_nanos = pc.and_(pc.equal(sizes, _NANOS_DIGITS), pc.less(text, pa.scalar("3")))
    is_short = pc.is_in(sizes, pa.array(list(_SHIFTS), sizes.type))
    values = _as_integers(text, pc.and_(digits, pc.or_(is_nanos, is_short)), is_valid)
    counted = np.asarray(pc.fill_null(sizes, 0).to_numpy(zero_copy_only=False))
    found = values // 1000
    for size, factor in _SHIFTS.items():
        found = np.where(counted == size, values * factor, found)
    return found


def _read_amounts(text: Text, is_valid: Column) -> tuple[Amounts, Column]:
    """Amounts above zero of plain digits, as decimals of as many digits as these need, and the digits that each has behind the point."""
    plain = _are_plain(text)
    if plain is not None:
        is_valid &= plain
        text = pc.if_else(pa.array(plain), text, pa.scalar("1"))
    point = np.asarray(pc.find_substring(text, pattern=".").to_numpy())
    size = np.asarray(pc.binary_length(text).to_numpy())
    has_point = point >= 0
    whole = np.where(has_point, point, size)
    scale = np.where(has_point, size - point - 1, 0)
    is_odd = (whole < 1) | (whole > _WHOLE_DIGITS) | (scale > _SCALE) | (has_point & (scale == 0))
    if is_odd.any():
        is_valid &= ~is_odd
        text = pc.if_else(pa.array(is_odd), pa.scalar("1"), text)
        scale = np.where(is_odd, 0, scale)
        whole = np.where(is_odd, 1, whole)
    behind = int(scale.max(initial=0))
    before = int(whole.max(initial=1))
    kind = pa.decimal128(max(before + behind, 1), behind) if before + behind <= _DIGITS_OF_A_LONG else AMOUNT
    amounts = pc.cast(text, kind)
    is_zero = np.asarray(pc.equal(amounts, pa.scalar(Decimal(0), kind)).to_numpy(zero_copy_only=False))
    is_valid &= ~is_zero
    return amounts, scale


def _are_plain(text: Text) -> Column | None:
    """Which of the texts are plain digits; None when the bytes of all show that they are, but for where the points stand."""
    if not text.null_count:
        buffer = text.buffers()[2]
        if buffer is not None and _IS_DIGIT_OR_POINT[_used(text, buffer)].all():
            several = pc.greater(pc.count_substring(text, pattern="."), 1)
            if not pc.any(several, min_count=0).as_py():
                return None
    plain = pc.fill_null(pc.match_substring_regex(text, pattern=_PLAIN), pa.scalar(False))
    return np.asarray(plain.to_numpy(zero_copy_only=False))


def _multiply(price: Amounts, quantity: Amounts, is_valid: Column) -> Amounts:
    """The exact products; where one does not fit `AMOUNT`, `is_valid` becomes false."""
    narrow = price.type.precision + quantity.type.precision + 1 <= AMOUNT.precision
    whole = price.type.precision - price.type.scale + quantity.type.precision - quantity.type.scale
    if narrow and whole <= _WHOLE_DIGITS and price.type.scale + quantity.type.scale <= _SCALE:
        return pc.cast(pc.multiply(price, quantity), AMOUNT)
    # The product's type has room for 76 digits, one fewer than two of 38 need: a quantity of 20 digits is judged by itself.
    is_small = pc.less(quantity, pa.scalar(Decimal(10 ** (_WHOLE_DIGITS - 1)), AMOUNT))
    is_valid &= np.asarray(is_small.to_numpy(zero_copy_only=False))
    quantity = pc.if_else(is_small, quantity.cast(AMOUNT), pa.scalar(Decimal(1), AMOUNT))
    product = pc.multiply(price.cast(_WIDE), quantity.cast(pa.decimal256(37, _SCALE)))
    rounded = pc.round(product, _SCALE)
    limit = pa.scalar(Decimal(10**_WHOLE_DIGITS), pa.decimal256(76, 2 * _SCALE))
    fits = pc.and_(pc.equal(product, rounded), pc.less(product, limit))
    mask = np.asarray(fits.to_numpy(zero_copy_only=False))
    is_valid &= mask
    kept = rounded if mask.all() else pc.if_else(fits, rounded, pa.scalar(Decimal(1), rounded.type))
    return pc.cast(pc.cast(kept, _WIDE), AMOUNT)


def _as_amounts(amounts: Amounts) -> Amounts:
    return amounts if amounts.type == AMOUNT else pc.cast(amounts, AMOUNT)


def _used(text: Text, buffer: pa.Buffer) -> Column:
    """The bytes of the texts themselves: an array may be a slice of another."""
    offsets = np.frombuffer(text.buffers()[1], np.int32)[text.offset : text.offset + len(text) + 1]
    return np.frombuffer(buffer, np.uint8)[offsets[0] : offsets[-1]]
