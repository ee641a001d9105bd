"""Which column of a file holds what."""

from collections.abc import Sequence
from enum import StrEnum
from typing import Final

import msgspec

from coattail_replay.errors import InputError


class SideMeaning(StrEnum):
    """What a file's side column says."""

    TAKER = "side"
    """What the taker did: `buy`, `b`, `sell`, `s`, in any case."""
    MAKER = "maker_side"
    """What the maker did, in the same words: the taker did the opposite."""
    BUYER_MAKER = "buyer_maker"
    """Whether the buyer was the maker: `true`, `t`, `1` is a taker that sold, `false`, `f`, `0` one that bought."""


class Columns(msgspec.Struct, frozen=True, kw_only=True):
    """The file's columns by what they hold. Options may give `exchange` and `symbol`. Without `received` it is the trade's own time,
    without `trade_id` the replay makes ids, and without `side` the trades serve only detectors that need none."""

    timestamp: str
    price: str
    quantity: str
    side: str | None = None
    side_meaning: SideMeaning = SideMeaning.TAKER
    exchange: str | None = None
    symbol: str | None = None
    received: str | None = None
    trade_id: str | None = None

    @property
    def used(self) -> tuple[str, ...]:
        """The columns that the file must have."""
        all_of_them = (
            self.exchange,
            self.symbol,
            self.timestamp,
            self.received,
            self.trade_id,
            self.side,
            self.price,
            self.quantity,
        )
        return tuple(column for column in all_of_them if column is not None)


_NAMES: Final = ("exchange", "symbol", "timestamp", "received", "trade_id", "price", "quantity", *SideMeaning)


def parse(text: str) -> Columns:
    """The columns of `--columns symbol=pair,timestamp=time,side=taker,price=px,quantity=size`. Raises `InputError`."""
    told: dict[str, str] = {}
    for part in text.split(","):
        name, equals, column = (piece.strip() for piece in part.partition("="))
        if not equals or not column or name not in _NAMES:
            raise InputError(f"--columns: {part!r} is not NAME=COLUMN; the names are {', '.join(_NAMES)}")
        told[name] = column
    sides = [meaning for meaning in SideMeaning if meaning in told]
    if len(sides) > 1:
        raise InputError(
            f"--columns: give one of {', '.join(SideMeaning)}, which say what the taker did in different ways"
        )
    missing = [name for name in ("timestamp", "price", "quantity") if name not in told]
    if missing:
        raise InputError(f"--columns: {missing[0]}=… is missing; it says which column holds the {missing[0]}")
    others = {name: column for name, column in told.items() if name not in SideMeaning}
    return Columns(
        side=told[sides[0]] if sides else None, side_meaning=sides[0] if sides else SideMeaning.TAKER, **others
    )


def check(columns: Columns, has: Sequence[str], where: str) -> None:
    """Raises `InputError` when a column that is needed is not among those the file has."""
    missing = [column for column in columns.used if column not in has]
    if missing:
        raise InputError(f"{where}: there is no column {missing[0]!r}; it has {', '.join(has)}")
