"""The judge: what a parser may not give is seen, whatever it is."""

from typing import Any

import pytest
from fuzz.contract import RECEIVED, judge_message
from fuzz.target import ViolationError
from msgspec import structs

from coattail_common.contracts import Origin
from coattail_common.lines import MarketName, TradeLine, trade_line
from coattail_connector import ConnectionEnd, Cursor, ExchangeError, Reason, Refusal, market
from coattail_testing.records import a_trade

MARKETS = {"BTC-USDT": market("binance", "BTC-USDT")}
TRADE = structs.replace(a_trade(7), ingestion_timestamp=RECEIVED)
LINE = trade_line(TRADE)


def told(**changes: Any) -> TradeLine:
    """The trade with a change, told without a contradiction."""
    return trade_line(structs.replace(TRADE, **changes))


def test_what_is_documented_is_told_by_its_kind() -> None:
    messages = [LINE, Cursor("BTC-USDT", 7), Refusal(Reason.TIME, "late"), ConnectionEnd(), ExchangeError("no")]

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
        ExchangeError(""),
        Cursor("ETH-USDT", 7),
        Cursor("BTC-USDT", -1),
        TRADE,
        told(symbol="ETH-USDT"),
        told(base="ETH"),
        told(trade_id=2**63),
        told(trade_id=8),
        told(price="65000.1e0"),
        told(price="65000.10\n"),
        told(quantity="0.0", quote_volume="0"),
        told(quote_volume="32500.051"),
        told(side="hold"),
        told(timestamp=7),
        told(timestamp=float(TRADE.timestamp)),
        told(ingestion_timestamp=7),
        told(origin=Origin.BACKFILL),
        told(schema_version=-1),
        structs.replace(LINE, market=MarketName("binance", "ETH-USDT")),
        structs.replace(LINE, trade_id=8),
        structs.replace(LINE, timestamp=TRADE.timestamp + 1),
        structs.replace(LINE, ingestion_timestamp=RECEIVED + 1),
        structs.replace(LINE, origin=Origin.BACKFILL),
        structs.replace(LINE, line=LINE.line + b"\n"),
        structs.replace(LINE, line=LINE.line.replace(b":", b": ", 1)),
        structs.replace(LINE, line=b"{}"),
    ],
)
def test_anything_else_is_a_violation(message: object) -> None:
    with pytest.raises(ViolationError):
        judge_message(message, MARKETS)
