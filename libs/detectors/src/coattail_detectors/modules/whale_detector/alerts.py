"""What the alerts of MOD-002 carry."""

from typing import ClassVar

from coattail_common.contracts import Decimal38, Details, Int32, Side


class WhaleTradeDetails(Details, frozen=True, kw_only=True):
    """One fill above a threshold. Amounts: `usd` and `threshold_usd` in US dollars, `price` in quote units."""

    alert_type: ClassVar[str] = "whale_trade"

    side: Side
    trade_id: int
    price: Decimal38
    quantity: Decimal38
    usd: Decimal38
    threshold_usd: Decimal38


class WhaleSweepDetails(Details, frozen=True, kw_only=True):
    """One taker order that filled several times: consecutive trade ids of one side in one millisecond."""

    alert_type: ClassVar[str] = "whale_sweep"

    side: Side
    first_trade_id: int
    last_trade_id: int
    fills: Int32
    quantity: Decimal38
    usd: Decimal38
    threshold_usd: Decimal38
