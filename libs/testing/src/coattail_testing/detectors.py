"""For tests of detectors: bars and inputs made by hand."""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal

from coattail_common.ids import Market
from coattail_detectors.kernel.base import BaseDetector
from coattail_detectors.kernel.detector_input import DetectorInput
from coattail_detectors.kernel.finding import Finding
from coattail_detectors.kernel.observed import Bar
from coattail_detectors.kernel.provenance import Provenance

SECOND = 1_000_000
PROVENANCE = Provenance(config_hash="c0ffee", pipeline_version="0.1.0")
BINANCE = Market("binance", "BTC-USDT")
COINBASE = Market("coinbase", "BTC-USD")


def bar(
    second: int, volume: str, price: str = "100", *, market: Market = BINANCE, first_id: int = 1, trades: int = 1
) -> Bar:
    """A bar that starts at a second, of one price."""
    return Bar(
        market=market,
        start=second * SECOND,
        trades=trades,
        volume=Decimal(volume),
        amount=Decimal(volume) * Decimal(price),
        first_trade_id=first_id,
        last_trade_id=first_id + trades - 1,
        newest=second * SECOND,
    )


def until(second: int, *exchanges: str) -> Mapping[str, int]:
    """Watermarks, of binance unless others are named."""
    return dict.fromkeys(exchanges or ("binance",), second * SECOND)


def told(detector: BaseDetector, bars: Iterable[Bar], marks: Mapping[str, int], now: int = 7) -> list[Finding]:
    """What a detector makes of bars, and of the watermarks after them."""
    return [
        *detector.inspect(DetectorInput(bars=tuple(bars)), now),
        *detector.inspect(DetectorInput(watermarks=marks), now),
    ]


def alert_ids(findings: Sequence[Finding]) -> list[str]:
    """The alerts' ids, in their order."""
    return [finding.alert.alert_id for finding in findings if finding.alert]
