"""The audit, for programs and for people."""

from collections.abc import Iterator, Sequence
from typing import Final

import msgspec
from rich.box import SIMPLE
from rich.console import Console
from rich.table import Table

from coattail_audit import spans
from coattail_audit.spans import Spans
from coattail_audit.tally import Audit

_LISTED: Final = 1_000
"""Spans that a report lists of each kind; it counts them all."""
_SHOWN: Final = 5


class Ids(msgspec.Struct, frozen=True):
    """So many `ids` in so many `spans`; `first` are the first of these, each a first and a last id."""

    ids: int
    spans: int
    first: tuple[tuple[int, int], ...]


class MarketReport(msgspec.Struct, frozen=True, kw_only=True):
    """See `Audit`. `is_sound`: nothing is doubled, and what is missing was reported."""

    exchange: str
    symbol: str
    trades: int
    duplicates: int
    held: Ids
    doubled: Ids
    filled: Ids
    missing: Ids
    unreported: Ids
    is_sound: bool


class Report(msgspec.Struct, frozen=True):
    """All markets, by their names, of so many partitions. `absent`: what was asked for, symbols or an exchange, and has no trades.
    `is_sound`: there are trades of all that was asked for, and every market is sound."""

    partitions: int
    markets: tuple[MarketReport, ...]
    absent: tuple[str, ...]
    is_sound: bool


def report(audits: Sequence[Audit], partitions: int, wanted: Sequence[str]) -> Report:
    """The report of the audits; `wanted` are the symbols, or the exchange, that were asked for."""
    markets = tuple(
        MarketReport(
            exchange=one.market.exchange,
            symbol=one.market.symbol,
            trades=one.trades,
            duplicates=one.duplicates,
            held=_ids(one.held),
            doubled=_ids(one.doubled),
            filled=_ids(one.filled),
            missing=_ids(one.missing),
            unreported=_ids(one.unreported),
            is_sound=one.is_sound,
        )
        for one in audits
    )
    found = {name for one in markets for name in (one.exchange, one.symbol)}
    absent = tuple(name for name in wanted if name not in found)
    return Report(partitions, markets, absent, bool(markets) and not absent and all(one.is_sound for one in markets))


def encode(made: Report) -> bytes:
    """The report as JSON for people too."""
    return msgspec.json.format(msgspec.json.encode(made), indent=2) + b"\n"


def show(console: Console, made: Report) -> None:
    """A line a market, and where trades are missing."""
    table = Table(
        title="Trades by their ids", title_justify="left", header_style="dim", box=SIMPLE, padding=(0, 2, 0, 0)
    )
    table.add_column("market", no_wrap=True)
    table.add_column("trades", justify="right", no_wrap=True)
    # On two lines where there is no room for one.
    table.add_column("ids", justify="right", min_width=2 + max(len(str(one.held.first[-1][1])) for one in made.markets))
    for column in ("filled", "doubled", "missing", "untold"):
        table.add_column(column, justify="right", no_wrap=True)
    for one in made.markets:
        counts = (one.filled.ids, one.duplicates, one.missing.ids, one.unreported.ids)
        table.add_row(
            f"{one.exchange}:{one.symbol}",
            f"{one.trades:,}",
            f"{one.held.first[0][0]} - {one.held.first[-1][1]}",
            *(f"{count:,}" for count in counts),
            style=None if one.is_sound else "bold red",
        )
    console.print(table)
    for one in made.markets:
        for said, those in _remarks(one):
            console.print(f"{one.exchange}:{one.symbol} {said} {_listed(those)}", soft_wrap=True)
    unsound = sum(not one.is_sound for one in made.markets)
    said = (
        f"{unsound:,} of {len(made.markets):,} markets are not whole"
        if unsound
        else "every market is whole, or its gaps were reported"
    )
    console.print(f"{made.partitions:,} partitions: {said}", style="bold")


def _remarks(one: MarketReport) -> Iterator[tuple[str, Ids]]:
    """What there is to say of a market, and of which ids."""
    if one.doubled.ids:
        yield "holds more than once", one.doubled
    if one.unreported.ids:
        yield "misses, and no event reported,", one.unreported
    elif one.missing.ids:
        yield "misses, as events told,", one.missing


def _listed(those: Ids) -> str:
    shown = ", ".join(str(first) if first == last else f"{first}-{last}" for first, last in those.first[:_SHOWN])
    return f"{shown} and {those.spans - _SHOWN:,} more" if those.spans > _SHOWN else shown


def _ids(those: Spans) -> Ids:
    listed = those if len(those) <= _LISTED else [*those[: _LISTED - 1], those[-1]]
    return Ids(spans.size(those), len(those), tuple((int(first), int(last)) for first, last in listed))
