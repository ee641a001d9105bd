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

    def symbol_sql(self, name: str, digits: str, known: Mapping[VenueName, str]) -> str:
        """The same as SQL over the columns `name` and `digits` (by `quote_length_sql`); a name that cannot be told stays.

        `known` are looked up before a name is taken apart.
        """
        text = f"upper({name})"
        dashed = f"translate({text}, '{_SEPARATORS}', '{'-' * len(_SEPARATORS)}')"
        looked_up = " ".join(
            f"WHEN {name} = '{venue_name.name}' AND exchange = '{venue_name.exchange}' THEN '{symbol}'"
            for venue_name, symbol in sorted(known.items())[:_LOOKED_UP]
        )
        named = " ".join(
            f"WHEN {dashed} IN ('{known}', '{known.replace('-', '')}') THEN '{known}'" for known in self.named
        )
        parted = f"concat(left({text}, length({text}) - {digits}), '-', right({text}, {digits}))"
        return (
            f"CASE {looked_up} {named} WHEN contains({dashed}, '-') AND NOT {dashed} RLIKE '-[0-9]+$' THEN {dashed} "
            f"WHEN {digits} > 0 AND length({text}) > {digits} THEN {parted} ELSE {text} END"
        )

    def quote_length_sql(self, exchange: str, name: str) -> str:
        """How long the quote currency is that a name without a separator ends with, as SQL; 0 when none is known."""
        every = {quote for quotes in (*_QUOTES.values(), _ELSEWHERE) for quote in quotes}
        cases = " ".join(
            f"WHEN endswith(upper({name}), '{quote}') AND {_has_sql(quote, exchange)} THEN {len(quote)}"
            for quote in sorted(every, key=lambda one: (-len(one), one))
        )
        return f"CASE {cases} ELSE 0 END"


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


def _has_sql(quote: str, exchange: str) -> str:
    """Whether an exchange has the quote currency."""
    those = [venue for venue, quotes in _QUOTES.items() if quote in quotes]
    if quote not in _ELSEWHERE:
        return f"{exchange} IN ({', '.join(map(repr, those))})"
    others = [venue for venue in _QUOTES if venue not in those]
    return f"{exchange} NOT IN ({', '.join(map(repr, others))})" if others else "true"
