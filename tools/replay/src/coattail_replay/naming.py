"""Venues' names of markets (`BTCUSDT`, `btc_usdt`, `BTC/USDT`) and ours (`BTC-USDT`), for single names and natively in Spark.

A name without a separator is parted by the quote currencies that its exchange has, the longest first. What ends with none of
them is unknown: it must be named, and is never guessed.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

import msgspec

from coattail_common.connector import Market, market

_STABLE: Final = ("USDT", "USDC", "DAI", "EURI")
_FIAT: Final = ("EUR", "GBP", "TRY", "BRL", "JPY", "AUD", "UAH", "PLN", "ZAR", "MXN", "ARS")
_COINS: Final = ("BTC", "ETH", "BNB", "XRP", "TRX", "DOGE", "SOL")
_ELSEWHERE: Final = (*_STABLE, *_FIAT, *_COINS, "USD")
_QUOTES: Final = {
    # Has no dollar markets: BTCTUSD is BTC-TUSD there, and nowhere else for certain.
    "binance": (*_STABLE, *_FIAT, *_COINS, "FDUSD", "TUSD", "BUSD"),
    # Has both, so what ends with USD has to be named.
    "binance-us": (*_STABLE, *_FIAT, *_COINS),
}
_SEPARATORS: Final = "/_:"
_DASHES: Final = str.maketrans(_SEPARATORS, "-" * len(_SEPARATORS))
_LOOKED_UP: Final = 100
_OURS: Final = re.compile(r"[A-Z0-9]{1,20}-[A-Z0-9]{1,20}").fullmatch


class VenueName(msgspec.Struct, frozen=True, order=True):
    """What an exchange calls a market."""

    exchange: str
    name: str


class Naming(msgspec.Struct, frozen=True):
    """How names are read: `named` are the markets that the user named, `BTC-USDT`."""

    named: tuple[str, ...] = ()

    def symbol(self, exchange: str, name: str) -> str | None:
        """Our name of the market that the exchange calls `name`; None when it cannot be told."""
        text = name.strip().upper()
        for known in self.named:
            if text.translate(_DASHES) in (known, known.replace("-", "")):
                return known
        dashed = text.translate(_DASHES)
        if "-" in dashed:
            # BTCUSDT_240628 is a future, and 240628 no currency.
            return dashed if _OURS(dashed) and not dashed.rpartition("-")[2].isdigit() else None
        quote = next((one for one in _quotes(exchange) if text.endswith(one) and len(text) > len(one)), None)
        parted = None if quote is None else f"{text.removesuffix(quote)}-{quote}"
        return parted if parted is not None and _OURS(parted) else None

    def symbol_sql(self, exchange: str, name: str) -> str:
        """The same as SQL over two columns; a name that cannot be told stays."""
        text = f"upper({name})"
        dashed = f"translate({text}, '{_SEPARATORS}', '{'-' * len(_SEPARATORS)}')"
        named = " ".join(
            f"WHEN {dashed} IN ('{known}', '{known.replace('-', '')}') THEN '{known}'" for known in self.named
        )
        quote = _quote_sql(exchange, text)
        return (
            f"CASE {named} WHEN contains({dashed}, '-') AND NOT {dashed} RLIKE '-[0-9]+$' THEN {dashed} "
            f"ELSE coalesce(concat(left({text}, length({text}) - length({quote})), '-', {quote}), {text}) END"
        )


def known_sql(exchange: str, name: str, known: Mapping[VenueName, str]) -> str:
    """Our name of a market, looked up by its venue's among the first of the `known`, as SQL over two columns; NULL when it is none
    of them."""
    cases = " ".join(
        f"WHEN {name} = '{one.name}' AND {exchange} = '{one.exchange}' THEN '{symbol}'"
        for one, symbol in sorted(known.items())[:_LOOKED_UP]
    )
    return f"CASE {cases} END" if cases else "CAST(NULL AS string)"


class NamedMarkets(Mapping[str, Market]):
    """The markets of one exchange by the exchange's names, each made when it is first asked for: what a connector's normaliser
    looks names up in."""

    def __init__(self, exchange: str, naming: Naming) -> None:
        self._exchange = exchange
        self._naming = naming
        self._found: dict[str, Market] = {}

    def __getitem__(self, name: str) -> Market:
        found = self._found.get(name)
        if found is None:
            symbol = self._naming.symbol(self._exchange, name)
            if symbol is None:
                raise KeyError(name)
            found = self._found[name] = market(self._exchange, symbol)
        return found

    def __iter__(self) -> Iterator[str]:
        return iter(self._found)

    def __len__(self) -> int:
        return len(self._found)


def is_ours(symbol: str) -> bool:
    """Whether it is written BASE-QUOTE."""
    return _OURS(symbol) is not None


def _quotes(exchange: str) -> Sequence[str]:
    return sorted(_QUOTES.get(exchange, _ELSEWHERE), key=len, reverse=True)


def _quote_sql(exchange: str, text: str) -> str:
    """The quote currency that a name without a separator ends with, the longest that its exchange has; NULL when there is none."""
    venues = " ".join(f"WHEN '{venue}' THEN {_ending_sql(text, quotes)}" for venue, quotes in _QUOTES.items())
    return f"CASE {exchange} {venues} ELSE {_ending_sql(text, _ELSEWHERE)} END"


def _ending_sql(text: str, quotes: Sequence[str]) -> str:
    """Which of the quotes a text that is longer ends with. They are told by length: a list of endings for each."""
    cases = []
    for length in sorted({len(quote) for quote in quotes}, reverse=True):
        those = ", ".join(f"'{quote}'" for quote in quotes if len(quote) == length)
        cases.append(
            f"WHEN length({text}) > {length} AND right({text}, {length}) IN ({those}) THEN right({text}, {length})"
        )
    return f"CASE {' '.join(cases)} END"
