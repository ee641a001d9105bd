from decimal import Decimal

from coattail_detectors.kernel.features import Features
from coattail_replay.landed import LandedMarket
from coattail_replay.report import without_usd


def test_it_says_what_thresholds_in_dollars_passed_over() -> None:
    landed = [
        LandedMarket("kraken", f"BTC-{quote}", trades, 0, 1)
        for quote, trades in (("USD", 5), ("EUR", 2), ("GBP", 1), ("JPY", 9))
    ]
    landed.append(LandedMarket("binance", "ETH-EUR", 3, 0, 1))

    assert without_usd(landed, Features()) == {"JPY": 9, "EUR": 5, "GBP": 1}
    assert without_usd(landed, Features(usd_rates={"EUR": Decimal("1.08"), "JPY": Decimal("0.006")})) == {"GBP": 1}
