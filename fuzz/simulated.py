"""First inputs as our simulator prints them."""

from typing import Final

import msgspec

from exchange_simulator.binance import frames as binance
from exchange_simulator.binance.replies import historical_trade
from exchange_simulator.coinbase import advanced_frames as advanced
from exchange_simulator.coinbase import frames as coinbase
from exchange_simulator.coinbase.rest import product_trade
from exchange_simulator.history import PastTrade
from exchange_simulator.kraken import frames as kraken
from exchange_simulator.kraken import rest as kraken_rest
from exchange_simulator.model import Market, TakerSide, Trade, Venue
from exchange_simulator.source import Emission
from fuzz.exchanges import GAP

_AT: Final = 1_767_225_599_123_456
_PRICE: Final = 6_183_763_000_000
_QUANTITY: Final = 2_000_000


def binance_frames() -> list[bytes]:
    """Of the feed: trades, the announcement of an end, answers to requests."""
    sold, bought = (_emission(Venue.BINANCE, "BTC-USDT", side) for side in TakerSide)
    return [
        binance.combined(sold),
        binance.combined(bought),
        binance.raw(sold),
        binance.server_shutdown(_AT // 1000, is_combined=True),
        binance.server_shutdown(_AT // 1000, is_combined=False),
        msgspec.json.encode(binance.Acknowledgement(None, 1)),
        msgspec.json.encode(binance.Refusal(2, "Invalid request: too many parameters", "a")),
    ]


def coinbase_frames() -> list[bytes]:
    """Of the feed: matches, the last one, a heartbeat, answers to requests."""
    sold, bought = (_emission(Venue.COINBASE, "BTC-USD", side) for side in TakerSide)
    return [
        coinbase.match(sold),
        coinbase.match(bought),
        coinbase.last_match(sold),
        coinbase.heartbeat(sold, _AT),
        msgspec.json.encode(coinbase.Subscriptions([coinbase.Channel("matches", ["BTC-USD"])])),
        msgspec.json.encode(coinbase.ErrorMessage("Failed to subscribe", "XXX-USD is not a valid product")),
    ]


def binance_answers() -> list[bytes]:
    """Of REST, behind a used weight."""
    trades = [historical_trade(trade) for trade in _past()]
    return [b"25\n" + msgspec.json.encode(part) for part in (trades, trades[:1], [])]


def coinbase_answers() -> list[bytes]:
    """Of REST, behind the id that the next page begins after: the newest trade first."""
    trades = [product_trade(trade) for trade in reversed(_past())]
    return [b"%d\n" % GAP.first + msgspec.json.encode(part) for part in (trades, trades[:1], [])]


def advanced_frames() -> list[bytes]:
    """Of Coinbase's other feed: an update, a snapshot, a heartbeat, answers to requests."""
    trades = [advanced.trade(_emission(Venue.COINBASE, "BTC-USD", side)) for side in TakerSide]
    told = {
        "market_trades": advanced.market_trades("update", trades[:1]),
        "heartbeats": advanced.heartbeats(_AT, 3),
        "subscriptions": advanced.subscriptions({"market_trades": ["BTC-USD"]}),
    }
    snapshot = advanced.enveloped("market_trades", 0, _AT, advanced.market_trades("snapshot", trades))
    failure = msgspec.json.encode(advanced.Failure("authentication failure"))
    return [snapshot, failure, *(advanced.enveloped(channel, 1, _AT, events) for channel, events in told.items())]


def kraken_frames() -> list[bytes]:
    """Of the feed: an update, a snapshot, the engine's status, a heartbeat, answers to requests."""
    reply = kraken.Reply(
        "subscribe", "2025-12-31T23:59:59Z", "2025-12-31T23:59:59Z", error="Currency pair not supported"
    )
    return [
        *(kraken.update(_emission(Venue.KRAKEN, "BTC-USD", side)) for side in TakerSide),
        kraken.snapshot("BTC/USD", _past()),
        kraken.status(7),
        kraken.HEARTBEAT,
        msgspec.json.encode(reply),
    ]


def kraken_answers() -> list[bytes]:
    """Of REST, behind nothing: pages, and errors that say never, too fast, and later."""
    pages = [
        kraken_rest.Answer([], {"XXBTZUSD": kraken_rest.rows(past), "last": "1"}) for past in (_past(), _past()[:1], [])
    ]
    errors = ("EQuery:Unknown asset pair", "EGeneral:Too many requests", "EService:Unavailable")
    return [b"\n" + msgspec.json.encode(part) for part in (*pages, *(kraken_rest.Answer([error]) for error in errors))]


def _emission(venue: Venue, symbol: str, side: TakerSide) -> Emission:
    trade = Trade(3_735_683_259, _PRICE, _QUANTITY, side, _AT, sequence=7, maker_order=1, taker_order=2)
    return Emission(Market(venue, symbol), trade, _AT)


def _past() -> list[PastTrade]:
    return [PastTrade(number, _PRICE, _QUANTITY, TakerSide.BUY, _AT) for number in range(GAP.first, GAP.first + 4)]
