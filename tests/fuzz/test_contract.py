"""The judge: what a parser may not give is seen, whatever it is."""

import pytest
from fuzz.contract import RECEIVED, judge_message
from fuzz.target import ViolationError
from msgspec import structs

from coattail_common.connector import Complaint, Cursor, Ending, Reason, Refusal, market
from coattail_common.testing import a_trade

MARKETS = {"BTC-USDT": market("binance", "BTC-USDT")}
TRADE = structs.replace(a_trade(7), ingestion_timestamp=RECEIVED)


def test_what_is_documented_is_told_by_its_kind() -> None:
    messages = [TRADE, Cursor("BTC-USDT", 7), Refusal(Reason.TIME, "late"), Ending(), Complaint("no")]

    assert [judge_message(message, MARKETS) for message in messages] == [
        "trade",
        "cursor",
        "refused: time",
        "ending",
        "complaint",
    ]


@pytest.mark.parametrize(
    "message",
    [
        None,
        {"trade_id": 7},
        Refusal(Reason.TIME, " "),
        Refusal("because", "of it"),  # type: ignore[arg-type]
        Complaint(""),
        Cursor("ETH-USDT", 7),
        Cursor("BTC-USDT", -1),
        structs.replace(TRADE, symbol="ETH-USDT"),
        structs.replace(TRADE, base="ETH"),
        structs.replace(TRADE, trade_id=2**63),
        structs.replace(TRADE, trade_id=8),
        structs.replace(TRADE, price="65000.1e0"),
        structs.replace(TRADE, price="65000.10\n"),
        structs.replace(TRADE, quantity="0.0", quote_volume="0"),
        structs.replace(TRADE, quote_volume="32500.051"),
        structs.replace(TRADE, side="buy"),
        structs.replace(TRADE, timestamp=7),
        structs.replace(TRADE, timestamp=float(TRADE.timestamp)),
        structs.replace(TRADE, ingestion_timestamp=7),
        structs.replace(TRADE, origin="backfill"),
        structs.replace(TRADE, schema_version=-1),
    ],
)
def test_anything_else_is_a_violation(message: object) -> None:
    with pytest.raises(ViolationError):
        judge_message(message, MARKETS)
