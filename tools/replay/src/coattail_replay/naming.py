"""Venues' names of markets (`BTCUSDT`, `btc_usdt`, `BTC/USDT`) and ours (`BTC-USDT`), for single names and natively in Spark.

A name without a separator is parted by the quote currencies that its exchange has, the longest first. What ends with none of
them is unknown: it must be named, and is never guessed. Case is kept, since `AAPLx` may be an asset of its own; only what
no exchange means by small letters (`btc_usdt`) is put in capitals. An exchange's older names (`XBT/USD`, `XXBTZUSD`, `XDG`) are the
markets that its connector calls BTC-USD and DOGE-USD. What is an exchange's own of this, its `Venue` says (`Spelling`).
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

import msgspec

from coattail_common import venues
from coattail_common.contracts import is_symbol
from coattail_common.venues import Spelling
from coattail_connector import StreamedMarket, market, streamed

_ELSEWHERE: Final = Spelling()
_SPELLINGS: Final = {
    name: spelling
    for venue in venues.installed()
    for name, spelling in ((venue.name, venue.spelling), *venue.other_spellings.items())
    if spelling != _ELSEWHERE
}
"""Those that are not as everywhere, by exchange."""
_SEPARATORS: Final = "/_:"
_DASHES: Final = str.maketrans(_SEPARATORS, "-" * len(_SEPARATORS))
_SMALL: Final = "(^|-)[a-z.]+(-|$)|[a-z]{3,}$"
"""A name whose case says nothing: an asset is all in small letters, or the quote currency at its end is."""
_NO_CURRENCY: Final = "-([0-9]+|PERP)$"
"""How a future ends: BTCUSDT_240628, BTCUSD_PERP."""
_LOOKED_UP: Final = 100

_is_small: Final = re.compile(_SMALL).search
_is_future: Final = re.compile(_NO_CURRENCY).search


class VenueName(msgspec.Struct, frozen=True, order=True):
    """What an exchange calls a market."""

    exchange: str
    name: str


class Naming(msgspec.Struct, frozen=True):
    """How names are read: `named` are the markets that the user named, `BTC-USDT`."""

    named: tuple[str, ...] = ()

    def symbol(self, exchange: str, name: str) -> str | None:
        """Our name of the market that the exchange calls `name`; None when it cannot be told."""
        dashed = name.strip().translate(_DASHES)
        for names, text in zip(self._spellings(), (dashed, dashed.upper()), strict=True):
            if text in names:
                return names[text]
        text = dashed.upper() if _is_small(dashed) else dashed
        parted = text if "-" in text else _parted(exchange, text)
        if parted is None or not is_symbol(parted) or _is_future(parted):
            return None
        assets = _spelling(exchange).assets
        return "-".join(assets.get(asset, asset) for asset in parted.split("-")) if assets else parted

    def symbol_sql(self, exchange: str, name: str, known: str) -> tuple[dict[str, str], ...]:
        """The same as columns of SQL to add, one step after the other, over the columns of the exchange and its name; the last is
        `symbol`. It is `known` where that is one, and a name that cannot be told stays, marked, for the rules to refuse.
        """
        dashed = f"translate({name}, '{_SEPARATORS}', '{'-' * len(_SEPARATORS)}')"
        return (
            {"dashed": f"CASE WHEN {known} IS NULL THEN {dashed} END"},
            {
                "spelled": f"CASE WHEN dashed RLIKE '{_SMALL}' THEN upper(dashed) ELSE dashed END",
                "named": self._named_sql(),
            },
            {"parted": f"CASE WHEN contains(spelled, '-') THEN spelled ELSE {_parted_sql(exchange, 'spelled')} END"},
            {
                "symbol": f"CASE WHEN {known} IS NOT NULL THEN {known} WHEN named IS NOT NULL THEN named "
                f"WHEN parted IS NULL OR parted RLIKE '{_NO_CURRENCY}' THEN concat('?', {name}) "
                f"{_renamed_sql(exchange)}ELSE parted END"
            },
        )

    def _spellings(self) -> tuple[Mapping[str, str], Mapping[str, str]]:
        """How the named markets may be written: as they are, and in capitals. The first that is named so is meant."""
        as_is = {text: known for known in reversed(self.named) for text in (known, known.replace("-", ""))}
        return as_is, {text.upper(): known for text, known in as_is.items()}

    def _named_sql(self) -> str:
        as_is, capitals = self._spellings()
        cases = [f"WHEN dashed = '{text}' THEN '{known}'" for text, known in as_is.items()]
        cases += [f"WHEN upper(dashed) = '{text}' THEN '{known}'" for text, known in capitals.items()]
        return f"CASE {' '.join(cases)} END" if cases else "CAST(NULL AS string)"


def known_sql(exchange: str, name: str, known: Mapping[VenueName, str]) -> str:
    """Our name of a market, looked up by its venue's among the first of the `known`, as SQL over two columns; NULL when it is none
    of them."""
    cases = " ".join(
        f"WHEN {name} = '{one.name}' AND {exchange} = '{one.exchange}' THEN '{symbol}'"
        for one, symbol in sorted(known.items())[:_LOOKED_UP]
    )
    return f"CASE {cases} END" if cases else "CAST(NULL AS string)"


class NamedMarkets(Mapping[str, StreamedMarket]):
    """The markets of one exchange by the exchange's names, each made when it is first asked for: what a connector's normaliser
    looks names up in."""

    def __init__(self, exchange: str, naming: Naming) -> None:
        self._exchange = exchange
        self._naming = naming
        self._found: dict[str, StreamedMarket] = {}

    def __getitem__(self, name: str) -> StreamedMarket:
        found = self._found.get(name)
        if found is None:
            symbol = self._naming.symbol(self._exchange, name)
            if symbol is None:
                raise KeyError(name)
            found = self._found[name] = streamed(market(self._exchange, symbol))
        return found

    def __iter__(self) -> Iterator[str]:
        return iter(self._found)

    def __len__(self) -> int:
        return len(self._found)


def _spelling(exchange: str) -> Spelling:
    return _SPELLINGS.get(exchange, _ELSEWHERE)


def _quotes(exchange: str) -> Sequence[str]:
    return sorted(_spelling(exchange).quotes, key=len, reverse=True)


def _parted(exchange: str, text: str) -> str | None:
    """A name without a separator, parted; None when it ends with no quote currency of the exchange."""
    for first in _spelling(exchange).ids:
        if text.startswith(first) and text.removeprefix(first) in _spelling(exchange).ids:
            return f"{first}-{text.removeprefix(first)}"
    quote = next((one for one in _quotes(exchange) if text.endswith(one) and len(text) > len(one)), None)
    return None if quote is None else f"{text.removesuffix(quote)}-{quote}"


def _parted_sql(exchange: str, text: str) -> str:
    quote = _quote_sql(exchange, text)
    pairs = "".join(
        f"WHEN {exchange} = '{name}' AND {first} IN ({ids}) AND {second} IN ({ids}) THEN concat({first}, '-', {second}) "
        for name, spelling in _SPELLINGS.items()
        for length in sorted({len(one) for one in spelling.ids})
        for ids in [", ".join(f"'{one}'" for one in spelling.ids)]
        for first, second in [(f"left({text}, {length})", f"substring({text}, {length + 1})")]
    )
    by_quote = f"concat(left({text}, length({text}) - length({quote})), '-', {quote})"
    return f"CASE {pairs}ELSE {by_quote} END" if pairs else by_quote


def _renamed_sql(exchange: str) -> str:
    """The cases in which an exchange's assets have other names than ours."""
    return "".join(
        f"WHEN {exchange} = '{name}' THEN concat({_asset_sql(spelling.assets, 1)}, '-', {_asset_sql(spelling.assets, -1)}) "
        for name, spelling in _SPELLINGS.items()
        if spelling.assets
    )


def _asset_sql(assets: Mapping[str, str], place: int) -> str:
    """Our name of the asset on that side of the dash."""
    asset = f"substring_index(parted, '-', {place})"
    cases = " ".join(f"WHEN '{name}' THEN '{ours}'" for name, ours in assets.items())
    return f"CASE {asset} {cases} ELSE {asset} END"


def _quote_sql(exchange: str, text: str) -> str:
    """The quote currency that a name without a separator ends with, the longest that its exchange has; NULL when there is none."""
    cases = " ".join(f"WHEN '{name}' THEN {_ending_sql(text, one.quotes)}" for name, one in _SPELLINGS.items())
    elsewhere = _ending_sql(text, _ELSEWHERE.quotes)
    return f"CASE {exchange} {cases} ELSE {elsewhere} END" if cases else elsewhere


def _ending_sql(text: str, quotes: Sequence[str]) -> str:
    """Return the SQL for the quote that a longer text ends with. It compares by length: a list of endings for each."""
    cases = []
    for length in sorted({len(quote) for quote in quotes}, reverse=True):
        those = ", ".join(f"'{quote}'" for quote in quotes if len(quote) == length)
        cases.append(
            f"WHEN length({text}) > {length} AND right({text}, {length}) IN ({those}) THEN right({text}, {length})"
        )
    return f"CASE {' '.join(cases)} END"
