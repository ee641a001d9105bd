"""What the alerts of MOD-003 carry."""

from enum import StrEnum
from typing import ClassVar

from coattail_common.contracts import Details, Int32, Micros, Symbol


class BasisSource(StrEnum):
    """Where the quote basis of a comparison comes from."""

    SAME = "same"
    """Both markets have the same quote currency: there is none to remove."""
    ESTIMATED = "estimated"
    """The median over the symbols that both venues trade."""
    ASSUMED = "assumed"
    """Zero, because both venues trade too few symbols to tell a basis from a divergence."""


class SpreadDivergenceDetails(Details, frozen=True, kw_only=True):
    """The same asset at two prices. The alert's market is the one, `other_exchange` and `other_symbol` the other.

    `spread_percent` is (vwap − other_vwap) / other_vwap × 100 after the quote basis (`basis_percent`, of the alert's quote
    over the other) is removed from `vwap`. Prices in each market's quote units, as traded.
    """

    alert_type: ClassVar[str] = "spread_divergence"

    window_start: Micros
    window_end: Micros
    other_exchange: str
    other_symbol: Symbol
    vwap: float
    other_vwap: float
    basis_percent: float
    basis_source: BasisSource
    spread_percent: float
    threshold_percent: float


class QuoteDepegDetails(Details, frozen=True, kw_only=True):
    """Two quote currencies that count as the same have come apart: one costs `basis_percent` more than parity with the other.

    The alert's symbol is the pair of quotes (`USDT-USD`): how many of its quote a unit of its base is worth, minus one, in
    percent, over `symbols` assets that both venues trade.
    """

    alert_type: ClassVar[str] = "quote_depeg"

    window_start: Micros
    window_end: Micros
    basis_percent: float
    symbols: Int32
    threshold_percent: float
